"""Models of the classifier as `masses.json` of their variants say they are, mass by mass, and means over masses.

A model is a mapping of signal process to the variant that is judged there: one parametric classifier at all of them, or
a classifier of its own at each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from signedag.errors import UserError
from signedag.json_blocks import Block
from signedag.metrics.mass_replicas import METRICS, ReplicatedNumber, mean_of
from signedag.metrics.masses import GROUPS
from signedag.metrics.seed_spread import SeedSpread

OTHER_EVENTS = "judged with other events or other replicas of them, so that errors cannot be paired"


@dataclass(frozen=True)
class NumberOfModel:
    """One number of a model: of the combined score, and of each seed."""

    combined: ReplicatedNumber
    per_seed: Mapping[int, float | None]
    """None where undefined."""
    events: tuple[Any, ...]
    """What replicas must have in common to be paired."""

    def as_json(self) -> dict[str, Any]:
        """Give the number of the combined score, and mean and spread over seeds."""
        return {**self.combined.estimate().as_json(), "over_seeds": over_seeds(self.per_seed)}


@dataclass(frozen=True)
class ModelAtMass:
    """A model at one mass."""

    variant: str
    parameters: Mapping[str, float]
    trained: bool
    numbers: Mapping[str, NumberOfModel]
    """By metric."""
    threshold: float | None
    """Where the significance ratio of the combined score is reached."""
    signal: tuple[Any, ...]
    """What tells the signal events from others."""

    @classmethod
    def read(cls, content: Block, process: str) -> ModelAtMass:
        """Read what `masses.json` of a variant says about one signal process.

        Raises:
            UserError: it says nothing about it, or something is missing.
        """
        masses = content.blocks("processes")
        if process not in masses:
            raise UserError(
                f"{content.path}: says nothing about '{process}'; judge the variant there, or take it out of the models"
            )
        mass = masses[process]
        common = (content.text("region"), content.block("provenance").text("seed"), _events(content, "background"))
        return cls(
            content.text("variant"),
            {name: mass.block("parameters").number(name) for name in mass.block("parameters")},
            mass.flag("trained"),
            {metric: _number(mass, metric, common) for metric in METRICS},
            mass.block("significance_ratio").number_or_none("threshold"),
            _events(mass, "signal"),
        )

    def as_json(self) -> dict[str, Any]:
        """Give everything."""
        content: dict[str, Any] = {metric: one.as_json() for metric, one in self.numbers.items()}
        content["significance_ratio"] |= {"threshold": self.threshold}
        return content | {"variant": self.variant, "parameters": dict(self.parameters), "trained": self.trained}


@dataclass(frozen=True)
class JudgedModel:
    """A model at all its masses."""

    masses: Mapping[str, ModelAtMass]
    """By signal process."""

    def group(self, group: str) -> tuple[str, ...]:
        """Give the signal processes of one of `GROUPS`, as this model is trained."""
        return tuple(name for name, one in self.masses.items() if group == "all" or one.trained == (group == "trained"))

    def mean(self, processes: Sequence[str], metric: str, none: str) -> NumberOfModel:
        """Give a metric's mean over some masses.

        Args:
            processes: the masses.
            metric: one of `METRICS`.
            none: why there is no mean where there is no mass.
        """
        numbers = {name: self.masses[name].numbers[metric] for name in processes}
        seeds = sorted({seed for one in numbers.values() for seed in one.per_seed})
        events = {one.events for one in numbers.values()}
        combined = (
            mean_of({name: one.combined for name, one in numbers.items()}, none)
            if len(events) < 2
            else ReplicatedNumber(math.nan, np.zeros(0), "masses are judged with different background")
        )
        per_seed = {seed: _mean(one.per_seed.get(seed) for one in numbers.values()) for seed in seeds}
        return NumberOfModel(combined, per_seed, next(iter(events), ()))

    def as_json(self) -> dict[str, Any]:
        """Give each mass and the means over those that are trained, held out, and all."""
        means = {
            group: {"processes": list(self.group(group))}
            | {metric: self.mean(self.group(group), metric, none).as_json() for metric in METRICS}
            for group, none in GROUPS.items()
        }
        return {"processes": {name: one.as_json() for name, one in self.masses.items()}, "means": means}


def over_seeds(per_seed: Mapping[int, float | None]) -> dict[str, Any]:
    """Give mean, spread and error over seeds, and each seed's number."""
    spread = SeedSpread(tuple(per_seed.values()))
    return {**spread.as_json(), "per_seed": {str(seed): value for seed, value in per_seed.items()}}


def difference(one: NumberOfModel, other: NumberOfModel, same_signal: bool = True) -> dict[str, Any]:
    """Give the difference of two numbers, paired seed by seed, and that of the combined scores beside it.

    docs/physics.md, "Metrics by mass". The first has the error over seeds, the second the paired bootstrap over events.

    Args:
        one: a number of a model.
        other: the number that is subtracted.
        same_signal: whether both are judged with the same signal events.
    """
    seeds = [seed for seed in one.per_seed if seed in other.per_seed]
    paired = SeedSpread(tuple(one.per_seed[seed] for seed in seeds)).paired_with(
        SeedSpread(tuple(other.per_seed[seed] for seed in seeds)), lambda a, b: a - b
    )
    combined = _difference_of_combined(one, other, same_signal).estimate()
    return {
        **over_seeds(dict(zip(seeds, paired.per_seed, strict=True))),
        "combined": combined.as_json(),
    }


def _difference_of_combined(one: NumberOfModel, other: NumberOfModel, same_signal: bool) -> ReplicatedNumber:
    reason = one.combined.reason or other.combined.reason
    if not reason and not (same_signal and one.events == other.events):
        reason = OTHER_EVENTS
    if reason:
        return ReplicatedNumber(math.nan, np.zeros(0), reason)
    return ReplicatedNumber(one.combined.value - other.combined.value, one.combined.replicas - other.combined.replicas)


def differences_of_models(model: JudgedModel, reference: JudgedModel) -> dict[str, Any]:
    """Give the differences of all numbers at each mass that both have, and of their means over masses.

    The groups of masses, trained and held out, are those of the first model: what it does not reach where it was not
    trained is compared with a reference that may have been.
    """
    shared = [name for name in model.masses if name in reference.masses]
    same = {name: model.masses[name].signal == reference.masses[name].signal for name in shared}
    masses = {
        name: {
            metric: difference(model.masses[name].numbers[metric], reference.masses[name].numbers[metric], same[name])
            for metric in METRICS
        }
        for name in shared
    }

    def means(group: str, none: str) -> dict[str, Any]:
        names = [name for name in model.group(group) if name in shared]
        alike = all(same[name] for name in names)
        pairs = {metric: (model.mean(names, metric, none), reference.mean(names, metric, none)) for metric in METRICS}
        return {"processes": names} | {metric: difference(*pair, alike) for metric, pair in pairs.items()}

    return {"processes": masses, "means": {group: means(group, none) for group, none in GROUPS.items()}}


def _number(mass: Block, metric: str, common: tuple[Any, ...]) -> NumberOfModel:
    block = mass.block(metric)
    value = block.number_or_none("value")
    replicas = np.array([math.nan if one is None else one for one in mass.block("replicas").numbers(metric)])
    combined = ReplicatedNumber(
        math.nan if value is None else value, replicas, block.text_or_empty("reason") if value is None else ""
    )
    per_seed = {
        int(seed): judged.block(metric).number_or_none("value") for seed, judged in mass.blocks("per_seed").items()
    }
    return NumberOfModel(combined, dict(sorted(per_seed.items())), (*common, replicas.size))


def _events(content: Block, role: str) -> tuple[Any, ...]:
    block = content.block(role)
    return (block.count("events"), block.number("sum_of_weights"))


def _mean(values: Iterable[float | None]) -> float | None:
    """Give the mean; None where one value is undefined, or there is none."""
    known = list(values)
    return float(np.mean([value for value in known if value is not None])) if known and None not in known else None
