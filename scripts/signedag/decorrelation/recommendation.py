"""Which score to take: the frontier of what is sculpted and what is measured, and the one that the numbers support."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from signedag.decorrelation.rows import DecorrelationRow
from signedag.metrics.seed_spread import as_good

Rows = Mapping[str, DecorrelationRow]


@dataclass(frozen=True)
class Recommendation:
    """Which score the numbers support."""

    variant: str | None
    """Its name; None if none passes."""
    reason: str
    """Why."""
    best: str | None = None
    """The one with the smallest mean σ_μ among those that pass."""
    equally_good: tuple[str, ...] = ()
    """Those that pass and whose σ_μ is within two paired errors of the best, the best among them."""
    refused: Mapping[str, str] | None = None
    """Those that do not pass, and why."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "variant": self.variant,
            "reason": self.reason,
            "best": self.best,
            "within_two_errors": list(self.equally_good),
            "refused": dict(self.refused or {}),
        }


def frontier(rows: Rows) -> tuple[str, ...]:
    """Name the variants that no other one beats in both mean σ_μ and mean χ²/ndf, by growing σ_μ.

    docs/physics.md, "Choice of a decorrelation". Another one beats a variant if it is nowhere worse and somewhere
    better. What is undefined in a simulation is left out: its means would be of other simulations.
    """
    known = {
        name: (row.sigma_mu.mean, row.chi2_mean.mean)
        for name, row in rows.items()
        if row.sigma_mu.is_complete and row.chi2_mean.is_complete
    }

    def beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
        return one != other and one[0] <= other[0] and one[1] <= other[1]

    unbeaten = [name for name, point in known.items() if not any(beats(other, point) for other in known.values())]
    return tuple(sorted(unbeaten, key=known.__getitem__))


def recommend(rows: Rows) -> Recommendation:
    """Say which score the numbers support; docs/physics.md, "Choice of a decorrelation".

    Among the variants that pass in every simulation the smallest mean σ_μ leads. Those whose σ_μ, simulation by
    simulation, is within two paired errors of it are equally good, and of these the simplest is recommended: the
    fewest networks to train, then the fewest additions to a classifier trained by cross-entropy, then the smaller σ_μ.
    """
    refused = {name: refusal for name, row in rows.items() if (refusal := _refusal(row))}
    qualified = {name: row for name, row in rows.items() if name not in refused}
    if not qualified:
        return Recommendation(None, "no variant passes in every simulation", refused=refused)
    best = min(qualified, key=lambda name: qualified[name].sigma_mu.mean)
    equally_good = tuple(name for name, row in qualified.items() if name == best or _equally_good(row, qualified[best]))

    def simplicity(name: str) -> tuple[int, int, float]:
        row = qualified[name]
        return row.effort.trainings, row.effort.additions, row.sigma_mu.mean

    chosen = min(equally_good, key=simplicity)
    reason = "smallest σ_μ of those that pass in every simulation"
    if chosen != best:
        reason = (
            f"passes in every simulation, its σ_μ is within two paired errors of the smallest one ({best}), and it is "
            "the simplest of these: fewest networks to train, then fewest additions to a plain classifier"
        )
    return Recommendation(chosen, reason, best, equally_good, refused)


def _refusal(row: DecorrelationRow) -> str:
    return row.failure or ("" if row.sigma_mu.is_complete else "σ_μ is undefined in a simulation")


def _equally_good(row: DecorrelationRow, best: DecorrelationRow) -> bool:
    distance = row.sigma_mu.paired_with(best.sigma_mu, operator.sub)
    return as_good(distance.mean, distance.error)
