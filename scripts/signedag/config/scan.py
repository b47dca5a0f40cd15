"""Settings of a scan: a classifier trained again with other values for some of its numeric settings."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pydantic import Field, field_validator, model_validator

from signedag.config.base import Settings, validated
from signedag.config.classifier import Variant
from signedag.config.fitting import Treatment
from signedag.config.names import Name
from signedag.config.seed import Seed
from signedag.config.setting_paths import NumericSetting, SettingPath, changed, resolve, value_at
from signedag.errors import UserError
from signedag.seeds import stream


class ScanRange(Settings):
    """Where random values of a setting lie."""

    low: float
    """The least value."""
    high: float
    """The largest value."""
    scale: Literal["linear", "log"] = "linear"
    """Evenly spread values, or evenly spread logarithms."""
    integer: bool = False
    """Whole numbers only, `low` and `high` among them."""

    @model_validator(mode="after")
    def _ordered(self) -> ScanRange:
        if self.low >= self.high:
            raise ValueError(f"low must be below high, got {self.low:g} and {self.high:g}")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"scale 'log' needs a positive low, got {self.low:g}")
        if self.integer and not (self.low.is_integer() and self.high.is_integer()):
            raise ValueError(f"integer: low and high must be whole, got {self.low:g} and {self.high:g}")
        return self

    def value(self, uniform: float) -> float:
        """Give the value that a uniform number from [0, 1) stands for.

        >>> ScanRange(low=1e-4, high=1e-2, scale="log").value(0.5), ScanRange(low=1, high=4, integer=True).value(0.99)
        (0.001, 4.0)
        """
        low, high = self.low, self.high + self.integer
        if self.scale == "log":
            value = float(f"{math.exp(math.log(low) + uniform * (math.log(high) - math.log(low))):.4g}")
        else:
            value = float(f"{low + uniform * (high - low):.6g}")
        return min(float(math.floor(value)) if self.integer else value, self.high)


class RandomPoints(Settings):
    """Points at random."""

    points: int = Field(ge=1, le=100_000)
    """How many."""
    ranges: dict[SettingPath, ScanRange] = Field(min_length=1)
    """Where their values lie, by the path of the setting, as in `grid`."""
    seed: Seed = 1
    """Seed of the points. It is not that of the analysis, so that replicas of it have the same points; more points
    keep those that were there."""


class Scan(Settings):
    """One classifier trained, judged and fitted again and again with other values for some numeric settings."""

    variant: Name
    """The classifier; or a score map: then its classifier is changed, and each point is judged through the same map."""
    grid: dict[SettingPath, tuple[float, ...]] = {}
    """Values of each setting, by its path inside the classifier: `phases[0].updates[0].learning_rate`; its end is
    enough where no other one ends so, and a term may be called by its objective: `disco.weight`. The points are all
    combinations."""
    random: RandomPoints | None = None
    """Points at random instead."""
    most_points: int = Field(500, ge=1, le=100_000)
    """More points are refused."""
    treatment: Treatment | None = None
    """Which fit judges the points; the first of `fit.treatments` if left out."""
    binning: Name | None = None
    """In which binning; the first of `fit.binnings` if left out."""
    sculpting_limit: float = Field(2.0, gt=0)
    """Largest mean χ²/ndf of the mass in quantiles of the score that a point may have to be called best; the verdict
    calls no classifier good beyond 2."""

    @field_validator("grid")
    @classmethod
    def _values_differ(cls, grid: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
        for path, values in grid.items():
            if not values:
                raise ValueError(f"{path}: has no values; give at least one")
            repeated = [value for number, value in enumerate(values) if value in values[:number]]
            if repeated:
                raise ValueError(f"{path}: lists {repeated[0]:g} twice")
        return grid

    @model_validator(mode="after")
    def _one_kind(self) -> Scan:
        if bool(self.grid) == (self.random is not None):
            raise ValueError("a scan needs either 'grid' or 'random'")
        if self.asked_points() > self.most_points:
            raise ValueError(
                f"asks for {self.asked_points()} points, {self.most_points} are the most (most_points); take fewer "
                "values, or raise it"
            )
        return self

    def asked_points(self) -> int:
        """Count the points."""
        return self.random.points if self.random else math.prod(len(values) for values in self.grid.values())

    def paths(self) -> tuple[str, ...]:
        """Give the paths as the user wrote them, in this order."""
        return tuple(self.random.ranges if self.random else self.grid)

    def block(self) -> str:
        """Name the key that the paths are under."""
        return "scan.random.ranges" if self.random else "scan.grid"

    def values(self) -> Iterator[dict[str, float]]:
        """Give each point's values, by path."""
        if self.random is None:
            for values in itertools.product(*self.grid.values()):
                yield dict(zip(self.grid, values, strict=True))
            return
        # A stream for each point and path, so that more points, or other paths, keep the numbers that were there.
        for number in range(self.random.points):
            yield {
                path: own.value(stream(self.random.seed, "scan", number, path).random())
                for path, own in self.random.ranges.items()
            }


@dataclass(frozen=True)
class ScanPoint:
    """A point of a scan."""

    name: str
    """The name under which it is judged; that of the scanned variant where nothing is changed."""
    trained: str
    """The name of its classifier: the same, unless a score map is scanned."""
    settings: Mapping[str, float]
    """Value of every scanned setting, by the path as the user wrote it."""
    variant: Variant
    """The classifier with these values."""


@dataclass(frozen=True)
class ScanPoints:
    """The points of a scan, and why there are not all of them."""

    points: tuple[ScanPoint, ...]
    """In the order of the configuration; of random points that are the same, one."""
    problems: tuple[str, ...]
    """One line for each path or value that does not work."""


def scan_points(scan: Scan, classifier: str, template: Variant) -> ScanPoints:
    """Give the points of a scan.

    Args:
        scan: what to change.
        classifier: name of the classifier whose settings are changed.
        template: that classifier.
    """
    return _scan_points(scan.model_dump_json(), classifier, template.model_dump_json())


@lru_cache(maxsize=64)  # every stage of every rule asks for them
def _scan_points(scan_json: str, classifier: str, template_json: str) -> ScanPoints:
    content = json.loads(template_json)
    try:
        scan, template = validated(Scan, json.loads(scan_json), "scan"), validated(Variant, content, "scan.variant")
    except UserError as error:
        return ScanPoints((), (str(error),))
    targets, problems = _targets(scan, classifier, template)
    if problems:
        return ScanPoints((), problems)
    points: dict[str, ScanPoint] = {}
    refused: dict[str, str] = {}
    for values in scan.values():
        given = {targets[path].steps: value for path, value in values.items()}
        try:
            variant = validated(Variant, changed(content, given), "")
        except UserError as error:
            # of a setting of several kinds, such as a term's weight, the last line is of the kind that the block has
            cause = str(error).splitlines()[-1].removeprefix(": ")
            refused.setdefault(cause, f"{scan.block()}: {described(values)} is refused: {cause}")
            continue
        made = json.loads(variant.as_json())
        settings = {path: value_at(made, one.steps) for path, one in targets.items()}
        other = {targets[path].path: value for path, value in settings.items() if value != targets[path].value}
        name, trained = (point_name(variant_name, other) for variant_name in (scan.variant, classifier))
        points.setdefault(name, ScanPoint(name, trained, settings, variant))
    return ScanPoints(tuple(points.values()), tuple(refused.values()))


def _targets(scan: Scan, classifier: str, template: Variant) -> tuple[dict[str, NumericSetting], tuple[str, ...]]:
    """Find the setting of each path; give one line for each that does not lead to one."""
    targets: dict[str, NumericSetting] = {}
    problems: list[str] = []
    for path in scan.paths():
        try:
            setting = resolve(template, path)
        except ValueError as error:
            problems.append(f"{scan.block()}: '{path}' in classifier '{classifier}': {error}")
            continue
        same = next((other for other, one in targets.items() if one == setting), None)
        if setting.steps[0] == "seeds":
            problems.append(f"{scan.block()}: '{path}': seeds are no setting to choose by its result; remove it")
        elif same is not None:
            problems.append(f"{scan.block()}: '{path}' and '{same}' are one setting; remove one of them")
        targets[path] = setting
    return targets, tuple(problems)


def described(settings: Mapping[str, float]) -> str:
    """Write a point's settings.

    >>> described({"learning_rate": 0.001, "batch.size": 512})
    'learning_rate = 0.001, batch.size = 512'
    """
    return ", ".join(f"{path} = {value:g}" for path, value in settings.items())


def point_name(variant: str, changes: Mapping[str, float]) -> str:
    """Name a point by what it changes, so that neither more values nor their order give it another name.

    Args:
        variant: the scanned classifier.
        changes: other values than the classifier has, by whole path.

    >>> point_name("disco", {"batch.size": 512})
    'disco_scan_62bdb5d1'
    """
    if not changes:
        return variant
    text = json.dumps(dict(changes), sort_keys=True, separators=(",", ":"))
    return f"{variant}_scan_{hashlib.sha256(text.encode()).hexdigest()[:8]}"


class SummariseScanSettings(Settings):
    """Stage settings of `summarise_scan`."""

    scan: Scan
    """The scan."""
    paths: tuple[SettingPath, ...]
    """Paths of the scanned settings, in their order."""
    classifier: Name
    """Name of the classifier whose settings are scanned: the scanned variant, or the one that it maps."""
    template: Variant
    """That classifier."""
    seed: Seed
    """The analysis seed."""
    folds: int
    """Folds of each training."""
    has_sculpting: bool
    """Whether there is a sculpting check."""
    binning: Name | None
    """The binning of the fit that judges the points; none without a fit."""
    treatment: Treatment | None
    """The fit's treatment of the scale factors; none without a fit."""

    def points(self) -> tuple[ScanPoint, ...]:
        """Give the points."""
        return scan_points(self.scan, self.classifier, self.template).points
