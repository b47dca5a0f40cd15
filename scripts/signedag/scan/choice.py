"""Which points of a scan are worth looking at: those that pass, the frontier, and the best of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from signedag.report.classifier_results import Sculpting
from signedag.report.values import Estimate

MOST_LISTED = 10
"""So many of the best points are listed."""


@dataclass(frozen=True)
class Strength:
    """What a point's fit says of the signal strength."""

    error: float | None
    """σ_μ: half the length of the interval, the statistical error of the simulation included."""
    template_statistical: float | None
    """The simulation's own statistical error alone."""
    significance: float | None
    """Expected significance of the fit alone, in standard deviations."""
    reason: str = ""
    """Why the error is undefined."""

    def as_json(self) -> dict[str, Any]:
        """Give the numbers; null where undefined, with the reason."""
        return {
            "sigma_mu": self.error,
            "sigma_mu_reason": self.reason or None,
            "template_statistical": self.template_statistical,
            "expected_significance": self.significance,
        }


@dataclass(frozen=True)
class ScanRow:
    """One point of a scan and what came of it."""

    variant: str
    settings: Mapping[str, float]
    """Value of every scanned setting, by path."""
    auc: Estimate
    significance: Estimate
    """Binned significance."""
    sculpting: Sculpting | None
    """Of what decides on sculpting: the background without resonant samples; None without a sculpting check."""
    strength: Strength
    training_problems: tuple[str, ...]
    """What the trainings say against their networks."""

    @property
    def chi2_mean(self) -> float | None:
        """Mean χ²/ndf of the background's mass in quantiles of the score."""
        return None if self.sculpting is None else self.sculpting.chi2_mean

    @property
    def failed(self) -> str:
        """Why the point cannot be chosen: a training diverged or failed, or σ_μ is undefined; empty if it can."""
        return "; ".join(self.training_problems) or self.strength.reason

    def passes(self, limit: float) -> bool:
        """Tell whether the point did not fail and its mean χ²/ndf is at most the limit."""
        return not self.failed and self.chi2_mean is not None and self.chi2_mean <= limit

    def as_json(self) -> dict[str, Any]:
        """Give everything; what is undefined is null with a reason."""
        return {
            "variant": self.variant,
            "settings": dict(self.settings),
            "auc": self.auc.as_json(),
            "binned_significance": self.significance.as_json(),
            "sculpting": None if self.sculpting is None else self.sculpting.as_json(),
            "failed": self.failed or None,
            "training_problems": list(self.training_problems),
        } | self.strength.as_json()


@dataclass(frozen=True)
class Choice:
    """What a scan recommends, and from how many points."""

    limit: float
    """Largest mean χ²/ndf of a point that passes."""
    points: int
    failed: int
    passing: tuple[str, ...]
    """Points that pass, the smallest σ_μ first."""
    frontier: tuple[str, ...]
    """Points that no other one beats in σ_μ and χ² at once, the smallest σ_μ first."""
    reason: str
    """How the best was chosen, or why there is none."""
    caution: str
    """What this choice is worth."""

    @property
    def best(self) -> str | None:
        """The point that passes with the smallest σ_μ; None if none passes."""
        return self.passing[0] if self.passing else None

    def as_json(self) -> dict[str, Any]:
        """Give the fields, with at most `MOST_LISTED` of the best."""
        return {
            "sculpting_limit": self.limit,
            "points": self.points,
            "failed": self.failed,
            "passing": len(self.passing),
            "best": self.best,
            "best_of": list(self.passing[:MOST_LISTED]),
            "frontier": list(self.frontier),
            "reason": self.reason,
            "caution": self.caution,
        }


def choose(rows: Sequence[ScanRow], limit: float) -> Choice:
    """Choose the point with the smallest σ_μ among those whose mean χ²/ndf is at most `limit`.

    docs/physics.md, "Scan: the frontier and the best of many points".
    """
    passing = sorted((row for row in rows if row.passes(limit)), key=lambda row: (row.strength.error, row.variant))
    if passing:
        reason = f"smallest σ_μ of the {len(passing)} points with a mean χ²/ndf of at most {limit:g}"
    else:
        reason = f"no point has a mean χ²/ndf of at most {limit:g}" + _nearest(rows)
    caution = (
        f"The best of {len(rows)} points was chosen on this sample, so its numbers look better than they are: quote "
        "those of another seed (results/<analysis>_seed<n>/, all drawn anew)."
    )
    return Choice(
        limit,
        len(rows),
        sum(bool(row.failed) for row in rows),
        tuple(row.variant for row in passing),
        frontier(rows),
        reason,
        caution,
    )


def _nearest(rows: Sequence[ScanRow]) -> str:
    known = [(row.chi2_mean, row.variant) for row in rows if not row.failed and row.chi2_mean is not None]
    return f"; the smallest is {min(known)[0]:.3g}, of {min(known)[1]}" if known else ""


def frontier(rows: Sequence[ScanRow]) -> tuple[str, ...]:
    """Give the points for which no other one has a smaller σ_μ without a larger χ², nor the other way round.

    docs/physics.md, "Scan: the frontier and the best of many points". Points that failed, or whose χ² is undefined, are
    not among them.
    """
    known = sorted(
        (row.strength.error, row.chi2_mean, row.variant)
        for row in rows
        if not row.failed and row.strength.error is not None and row.chi2_mean is not None
    )
    kept: list[str] = []
    last = (float("nan"), float("inf"))
    for error, chi2, variant in known:
        if chi2 < last[1] or (error, chi2) == last:
            kept.append(variant)
            last = error, chi2
    return tuple(kept)
