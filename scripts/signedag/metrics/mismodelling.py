"""How far a score stays decorrelated on a background that is not the simulated one.

Cuts on the score are chosen in the nominal simulation and stay. The mass of the changed background in each quantile is
compared with the changed background at all scores: what analysts see in data when they compare regions of the score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from signedag.metrics.distances import ChiSquare, chi2_to_inclusive, pair_of_shapes
from signedag.metrics.estimate import number
from signedag.metrics.map_halves import p_values, per_degree
from signedag.metrics.mass_shapes import mass_template
from signedag.metrics.quantiles import signed_quantiles
from signedag.metrics.scored_events import ScoredEvents
from signedag.metrics.sculpting import quantile_of_score
from signedag.metrics.weighted_sample import Floats

NOMINAL = "nominal"


@dataclass(frozen=True)
class QuantilesOfCase:
    """The mass of one background in fixed quantiles of the score."""

    tests: tuple[ChiSquare, ...]
    """Of each quantile against all scores, the lowest first; empty if the nominal background cannot be divided."""
    ratios: Floats
    """Unit-normalised shape in each quantile over that of all scores, shape (quantiles, bins); NaN where undefined."""
    shape: Floats
    """Share of each bin at all scores, shape (bins,)."""
    reason: str = ""
    """Why there are none; empty if there are."""

    @property
    def undefined(self) -> str:
        """Why there is no mean χ²; empty if there is."""
        return self.reason or next((test.reason for test in self.tests if test.reason), "")

    @property
    def chi2_mean(self) -> float | None:
        """Mean χ²/ndf; None if one is undefined."""
        return None if self.undefined else float(np.mean([test.per_degree for test in self.tests]))

    @property
    def chi2_p_smallest(self) -> float | None:
        """The smallest p-value; None if one is undefined."""
        return None if self.undefined else min(test.p_value for test in self.tests)

    def as_json(self) -> dict[str, Any]:
        """Give χ²/ndf and p-values; null with a reason where they are undefined."""
        return {
            "chi2_per_quantile": per_degree(self.tests),
            "chi2_p_per_quantile": p_values(self.tests),
            "chi2_mean": self.chi2_mean,
            "chi2_p_smallest": self.chi2_p_smallest,
            "reason": self.undefined or None,
        }


@dataclass(frozen=True)
class Change:
    """What a change of the background does to the mass in quantiles of the score; the events are the same."""

    chi2_mean: float | None
    """Mean χ²/ndf after less before; None if one is undefined."""
    distortion: float
    """Largest root mean square, over bins, of the change of a quantile's ratio to all scores; NaN if undefined."""

    def as_json(self) -> dict[str, float | None]:
        """Give both, with null for what is undefined."""
        return {"chi2_mean_change": self.chi2_mean, "distortion": number(self.distortion)}


def quantile_cuts(background: ScoredEvents, quantiles: int) -> tuple[Floats, str]:
    """Give the cuts between quantiles of the score, and why there are none where there are none."""
    found = signed_quantiles(background.scores(), [index / quantiles for index in range(1, quantiles)])
    return found.values, found.reason.replace("the sample", "background")


def compare_case(
    background: ScoredEvents, cuts: Floats, mass_edges: Floats, effective_events: float, reason: str = ""
) -> QuantilesOfCase:
    """Compare the mass in each quantile with that of all scores; docs/physics.md, "Mismodelled backgrounds".

    Args:
        background: events with mass on the axis.
        cuts: scores between the quantiles, those of the nominal background.
        mass_edges: bins of the mass, shape (bins + 1,).
        effective_events: smallest number of effective events of a bin of the χ²; sparser ones are merged.
        reason: why there are no cuts, if there are none.
    """
    masses = background.masses()
    inclusive = mass_template(masses, mass_edges).values
    nothing = np.full((0, inclusive.size), np.nan)
    if reason:
        return QuantilesOfCase((), nothing, inclusive, reason)
    quantile = quantile_of_score(background.score, cuts)
    tests, ratios = [], []
    with np.errstate(divide="ignore", invalid="ignore"):
        shape = inclusive / inclusive.sum()
        for index in range(cuts.size + 1):
            inside = mass_template(masses.where(quantile == index), mass_edges)
            rest = mass_template(masses.where(quantile != index), mass_edges)
            tests.append(chi2_to_inclusive(pair_of_shapes(inside, rest, effective_events)))
            ratios.append(np.where(shape > 0, inside.values / inside.values.sum() / shape, np.nan))
    return QuantilesOfCase(tuple(tests), np.array(ratios), shape)


def change(before: QuantilesOfCase, after: QuantilesOfCase) -> Change:
    """Compare a changed background with the nominal one, from the same events.

    docs/physics.md, "Mismodelled backgrounds". Fluctuations of the events are the same in both ratios and cancel in
    their difference, so the distortion does not grow with the number of events as χ² does.
    """
    if before.undefined or after.undefined:
        return Change(None, float("nan"))
    difference = after.ratios - before.ratios
    defined = np.isfinite(difference) & (before.shape > 0)
    weights = np.where(defined, before.shape, 0.0)
    squares = (weights * np.square(np.where(defined, difference, 0.0))).sum(axis=1) / weights.sum(axis=1)
    assert before.chi2_mean is not None and after.chi2_mean is not None
    return Change(after.chi2_mean - before.chi2_mean, float(np.sqrt(squares.max())))


def rows_of_table(variant: str, cases: Mapping[str, QuantilesOfCase]) -> list[dict[str, Any]]:
    """Give the rows of the table of one variant: each case with its change of the nominal one, which comes first."""
    nominal = cases[NOMINAL]
    return [
        {"variant": variant, "case": name, **case.as_json(), **change(nominal, case).as_json()}
        for name, case in cases.items()
    ]
