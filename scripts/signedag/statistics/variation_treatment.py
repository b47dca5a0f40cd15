"""Variations as fits take them: symmetrised and smoothed where the settings name them, as they are otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from signedag.config.fitting import ModelSettings
from signedag.config.variation_treatment import Symmetrisation
from signedag.errors import UserError
from signedag.statistics.local_smoothing import Smoother, smoother
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Floats, Template

Pair = tuple[Floats, Floats]
"""Templates at +1 and -1 standard deviations, of the template's shape."""


class UselessSymmetrisationError(UserError):
    """What symmetrising asks for takes away all that a variation does."""


@dataclass(frozen=True)
class TreatedVariation:
    """What was done to one variation of one process in one region."""

    region: str
    process: str
    uncertainty: str
    symmetrised: Symmetrisation | None
    smoothed: str | None
    """The method: `local_linear`, `constant` (the yield alone varies) or `none` (no events to smooth)."""
    relative_error: float | None
    """What smoothing was to reach."""
    bins_short_of_it: int | None
    """Bins whose relative change is known worse than that in the widest window, too."""
    largest_change: float
    """Of any bin on either side, after minus before, events."""
    side: str
    """Where it is."""
    indices: tuple[int, ...]
    """The bin's index on each axis."""
    smoothing_in_errors: float | None
    """The largest change of any bin by smoothing alone, over its √Σw²; `None` if not smoothed, or if no bin has one."""
    yields: Mapping[str, tuple[float, float]]
    """Events in all bins before and after, by side."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "region": self.region,
            "process": self.process,
            "uncertainty": self.uncertainty,
            "symmetrised": self.symmetrised,
            "smoothed": self.smoothed,
            "relative_error": self.relative_error,
            "bins_short_of_it": self.bins_short_of_it,
            "largest_change": {"events": self.largest_change, "side": self.side, "indices": list(self.indices)},
            "largest_smoothing_in_errors": self.smoothing_in_errors,
            "yields": {side: {"before": before, "after": after} for side, (before, after) in self.yields.items()},
        }


class VariationTreatment:
    """Symmetrises and smooths the variations of one process; what smooths them is made once."""

    def __init__(self, process: str, nominal: Template, settings: ModelSettings) -> None:
        self._process, self._nominal, self._settings = process, nominal, settings
        self._smoothers: dict[float, Smoother] = {}

    def __call__(self, name: str, pair: tuple[Template, Template]) -> Pair:
        """Give the templates of a nuisance at +1 and -1 standard deviations."""
        up, down = self.symmetric(name, pair)
        smooth = self.smoother(name)
        if smooth is not None:
            up, down = (self._nominal.values + smooth(side - self._nominal.values) for side in (up, down))
        return up, down

    def symmetric(self, name: str, pair: tuple[Template, Template]) -> Pair:
        """Give them without smoothing."""
        up, down = pair[0].values, pair[1].values
        method = self._settings.symmetrise.get(name)
        return (up, down) if method is None else symmetrised(self._nominal.values, up, down, method)

    def smoother(self, name: str) -> Smoother | None:
        """Give what smooths a nuisance, if the settings name it for this process."""
        chosen = self._settings.smooth.get(name)
        if chosen is None or not chosen.acts_on(self._process):
            return None
        error = chosen.relative_error
        if error not in self._smoothers:
            self._smoothers[error] = smoother(self._nominal.values, self._nominal.variances, error)
        return self._smoothers[error]


def symmetrised(nominal: Floats, up: Floats, down: Floats, method: Symmetrisation) -> Pair:
    """Make two templates symmetric around the nominal one; docs/physics.md, "Symmetrised variations".

    >>> one = np.ones(1)
    >>> [symmetrised(10 * one, 14 * one, 8 * one, method)[1].item() for method in ("difference", "mirror_up")]
    [7.0, 6.0]
    """
    half = {"difference": (up - down) / 2, "mirror_up": up - nominal, "mirror_down": nominal - down}[method]
    return nominal + half, nominal - half


def refuse_useless(regions: Sequence[RegionTemplates], settings: ModelSettings, source: Path) -> None:
    """Refuse to mirror a side that no process has anywhere, and differences that are zero or half of one side.

    A single process may have a side without effect by chance; all of them have not.

    Raises:
        UselessSymmetrisationError: naming the uncertainty and the fix.
    """
    for name, method in settings.symmetrise.items():
        nominal_and_sides = [
            (region.nominal[process].values, up.values, down.values)
            for region in regions
            for process, _, (up, down) in acting_variations(region, settings, name)
        ]
        moves_up = any(not np.array_equal(up, nominal) for nominal, up, _ in nominal_and_sides)
        moves_down = any(not np.array_equal(down, nominal) for nominal, _, down in nominal_and_sides)
        differs = any(not np.array_equal(up, down) for _, up, down in nominal_and_sides)
        problem = ""
        if moves_up != moves_down:
            there, missing = ("up", "down") if moves_up else ("down", "up")
            if method != f"mirror_{there}":
                problem = f"it has no {missing}ward side; use mirror_{there}"
        elif moves_up and not differs and method == "difference":
            problem = "up and down are the same templates, whose difference is zero; use mirror_up"
        if problem:
            raise UselessSymmetrisationError(f"{source}: uncertainties.symmetrise.{name}: {method}, and {problem}")


def acting_variations(
    region: RegionTemplates, settings: ModelSettings, only: str | None = None
) -> Iterator[tuple[str, str, tuple[Template, Template]]]:
    """Give process, nuisance and templates of all variations in a region that act and have templates."""
    for name, processes in settings.shapes.items():
        for process in region.nominal:
            pair = region.variations.get((process, name))
            if pair is not None and only in (None, name) and (processes is None or process in processes):
                yield process, name, pair


def treated_variations(regions: Sequence[RegionTemplates], settings: ModelSettings) -> tuple[TreatedVariation, ...]:
    """List what was done to which variation, in the order of regions and nuisances."""
    listed = []
    for region in regions:
        treatments = {name: VariationTreatment(name, template, settings) for name, template in region.nominal.items()}
        for process, name, pair in acting_variations(region, settings):
            if name in settings.symmetrise or treatments[process].smoother(name) is not None:
                listed.append(_described(region, process, name, pair, treatments[process], settings))
    return tuple(listed)


def _described(
    region: RegionTemplates,
    process: str,
    name: str,
    pair: tuple[Template, Template],
    treatment: VariationTreatment,
    settings: ModelSettings,
) -> TreatedVariation:
    before = np.stack([item.values for item in pair])
    after = np.stack(treatment(name, pair))
    change = np.abs(after - before)
    side, *indices = (int(number) for number in np.unravel_index(int(change.argmax()), change.shape))
    by_smoothing = np.abs(after - np.stack(treatment.symmetric(name, pair)))
    errors = np.sqrt(np.max([item.variances for item in (region.nominal[process], *pair)], axis=0))
    known = errors > 0
    smooth = treatment.smoother(name)
    asked = None if smooth is None else settings.smooth[name].relative_error
    short = None if smooth is None or asked is None else int((~(smooth.errors <= asked)).sum())
    sides = ("up", "down")
    return TreatedVariation(
        region=region.region,
        process=process,
        uncertainty=name,
        symmetrised=settings.symmetrise.get(name),
        smoothed=None if smooth is None else smooth.method,
        relative_error=asked,
        bins_short_of_it=short,
        largest_change=float((after - before)[side, *indices]),
        side=sides[side],
        indices=tuple(indices),
        smoothing_in_errors=None
        if smooth is None or not known.any()
        else float((by_smoothing / errors)[:, known].max()),
        yields={one: (float(old.sum()), float(new.sum())) for one, old, new in zip(sides, before, after, strict=True)},
    )
