"""A fit checked by pseudo-experiments: coverage of its intervals, and its asymptotic upper limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from signedag.statistics.asymptotics import AsymptoticTest
from signedag.statistics.coverage import FittedToys, study_coverage
from signedag.statistics.data_sets import asimov_data, parameters_at
from signedag.statistics.expectation import Expectation
from signedag.statistics.limits import UpperLimits, upper_limits
from signedag.statistics.toy_limits import ToyLimits, toy_limits
from signedag.statistics.toys import ToyTest, cls_by_toys

AROUND = (0.6, 0.85, 1.1, 1.5, 2.1)
"""Values at which limits are tested, in units of the median expected one: they hold the bands up to +2 sigma."""


@dataclass(frozen=True)
class ToyStudy:
    """What pseudo-experiments say of one fit."""

    strength: str
    coverage: tuple[FittedToys, ...]
    """One for each strength that they were drawn with."""
    asymptotic: UpperLimits
    """Expected without signal."""
    by_toys: ToyLimits | None
    """The same by pseudo-experiments; `None` where there is no asymptotic limit to look around."""
    tests: tuple[ToyTest, ...]
    """At each tested value."""
    asymptotic_cls: tuple[float, ...]
    """Median expected CLs at each tested value, asymptotic."""

    def as_json(self) -> dict[str, Any]:
        """Give all of it."""
        return {
            "strength": self.strength,
            "coverage": [toys.as_json() for toys in self.coverage],
            "limits": {
                "asymptotic": self.asymptotic.as_json(),
                "by_toys": None if self.by_toys is None else self.by_toys.as_json(),
            },
            "tests": [
                test.as_json() | {"asymptotic_cls": cls}
                for test, cls in zip(self.tests, self.asymptotic_cls, strict=True)
            ],
        }


def study_toys(
    expectation: Expectation, strengths: Sequence[float], intervals: int, limits: int, confidence: float, seed: int
) -> ToyStudy:
    """Draw, fit and test pseudo-experiments; docs/physics.md, "Coverage".

    Args:
        expectation: of the model that is fitted.
        strengths: of the first signal, that they are drawn with; everything else is where it starts.
        intervals: how many are fitted at each.
        limits: how many are drawn with and without signal at each tested value.
        confidence: of the limits.
        seed: the analysis seed.

    Raises:
        UserError: fewer than two could be fitted at some strength, or a prediction is not positive there.
        ConditionalFitError: a fit of the Asimov data failed.
    """
    model = expectation.model
    name = model.strengths[0]
    coverage = []
    for strength in strengths:
        truth = parameters_at(model, {name: strength})
        asimov_data(expectation, truth)  # says what is wrong where nothing can be drawn
        coverage.append(study_coverage(expectation, truth, intervals, seed, name, f"{strength:g}", parameter=name))
    none = asimov_data(expectation, parameters_at(model, {name: 0.0})).likelihood(expectation)
    asymptotic = upper_limits(none, name, confidence)
    median = asymptotic.observed.value
    if median is None:
        return ToyStudy(name, tuple(coverage), asymptotic, None, (), ())
    tests = tuple(cls_by_toys(none, factor * median, limits, seed, name) for factor in AROUND)
    expected = AsymptoticTest(none, name)
    cls = tuple(float(expected.at(test.tested).expected[2].ratio) for test in tests)
    return ToyStudy(name, tuple(coverage), asymptotic, toy_limits(tests, confidence), tests, cls)
