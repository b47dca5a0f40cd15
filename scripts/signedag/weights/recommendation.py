"""The strategies side by side: what each costs and gains, and which one the numbers support."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.seed_spread import SeedSpread, as_good
from signedag.weights.closure_summary import ClosureSummary
from signedag.weights.comparison import AucDifference, WeightSummary, paired_difference

Floats = NDArray[np.float64]

REFERENCE = "truth"


@dataclass(frozen=True)
class StrategyRow:
    """What the comparison says about one strategy."""

    variant: str
    """The classifier that was trained with it."""
    auc: SeedSpread
    """AUC with signed weights, by initialisation."""
    auc_replicas: Floats
    """AUC of the combined score in bootstrap replicas that all strategies share, shape (replicas,)."""
    significance: SeedSpread
    """Binned significance, by initialisation."""
    closure: ClosureSummary
    """Whether its training weights give the signed distributions."""
    weights: Mapping[str, WeightSummary]
    """Training against signed weights, by sample."""
    diverged: tuple[str, ...]
    """Trainings that diverged, with the evidence."""
    failed: tuple[str, ...]
    """Trainings that ended with nothing, with the evidence."""
    score_difference_to_truth: Mapping[str, float] | None
    """Root mean square of the scores' difference, if there is a truth."""

    @property
    def effective_size_gain(self) -> float:
        """Mean gain in effective size over the samples."""
        return float(np.mean([summary.effective_size_gain for summary in self.weights.values()]))

    def difference_to(self, other: StrategyRow) -> AucDifference:
        """Give the paired difference of the AUCs."""
        return paired_difference(self.auc, other.auc, self.auc_replicas, other.auc_replicas)

    def as_json(self, truth: StrategyRow | None) -> dict[str, Any]:
        """Give the row, with the paired difference to the truth's if there is one."""
        return {
            "variant": self.variant,
            "auc": self.auc.as_json(),
            "auc_difference_to_truth": self.difference_to(truth).as_json() if truth else None,
            "significance": self.significance.as_json(),
            "closure": self.closure.as_json(),
            "weights": {sample: summary.as_json() for sample, summary in self.weights.items()},
            "effective_size_gain": self.effective_size_gain,
            "diverged": list(self.diverged),
            "failed": list(self.failed),
            "score_difference_to_truth": self.score_difference_to_truth,
        }


@dataclass(frozen=True)
class Recommendation:
    """Which strategy the numbers support."""

    strategy: str | None
    """Its name; None if none qualifies."""
    reason: str
    """Why."""
    best_auc: str | None = None
    """The strategy with the best mean AUC among those that qualify."""
    as_good: tuple[str, ...] = ()
    """Strategies whose AUC is within two paired errors of the best."""
    untested: tuple[str, ...] = ()
    """Strategies whose closure had nothing to test: they qualify, they did not pass."""
    refused: Mapping[str, str] | None = None
    """Strategies that do not qualify, and why."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "strategy": self.strategy,
            "reason": self.reason,
            "best_auc": self.best_auc,
            "within_two_errors": list(self.as_good),
            "untested": list(self.untested),
            "refused": dict(self.refused or {}),
        }


def recommend(rows: Mapping[str, StrategyRow]) -> Recommendation:
    """Say which strategy the numbers support; every strategy is held to the same rule.

    docs/physics.md, "Choice of a strategy".

    A strategy qualifies if no training diverged or failed, its closure is not bad, and it has an AUC. Where training
    and signed weights are the same there is no closure to test; such a strategy qualifies as untested. Among those that
    qualify the best mean AUC leads; whatever is within two paired errors of it is as good, and of these the one with
    the largest effective size is recommended.
    """
    refused = {name: _refusal(row) for name, row in rows.items() if name != REFERENCE and _refusal(row)}
    qualified = {name: row for name, row in rows.items() if name != REFERENCE and name not in refused}
    if not qualified:
        reason = "no strategy trains without divergence or failure and passes closure"
        return Recommendation(None, reason, refused=refused)
    best = max(qualified, key=lambda name: qualified[name].auc.mean)
    as_good = tuple(sorted(name for name, row in qualified.items() if name == best or _as_good(row, qualified[best])))
    chosen = max(as_good, key=lambda name: qualified[name].effective_size_gain)
    untested = tuple(sorted(name for name, row in qualified.items() if row.closure.grade == "nothing_to_test"))
    closure = "its closure had nothing to test" if chosen in untested else f"closure {qualified[chosen].closure.grade}"
    return Recommendation(
        strategy=chosen,
        reason=f"within two paired errors of the best AUC ({best}), {closure}, largest effective size of these",
        best_auc=best,
        as_good=as_good,
        untested=untested,
        refused=refused,
    )


def _refusal(row: StrategyRow) -> str:
    """Say why a strategy does not qualify; empty if it does."""
    if row.diverged:
        return f"{len(row.diverged)} trainings diverged"
    if row.failed:
        return f"{len(row.failed)} trainings failed"
    if row.closure.grade == "bad":
        return f"closure: {row.closure.reason}"
    return "" if math.isfinite(row.auc.mean) else "no AUC"


def _as_good(row: StrategyRow, best: StrategyRow) -> bool:
    difference = best.difference_to(row)
    return as_good(difference.value, difference.error)


COLUMNS = (
    "strategy", "AUC", "spread over seeds", "AUC - truth (paired)", "significance", "closure",
    "closure, smallest p x comparisons", "chi2/ndf inputs", "chi2/ndf others", "largest yield bias",
    "effective size gained", "diverged or failed",
)  # fmt: skip


def comparison_table(rows: Mapping[str, StrategyRow], recommended: str | None) -> str:
    """Write the table as tab-separated text, best mean AUC first; what is undefined is a dash.

    Args:
        rows: strategy to its row.
        recommended: the strategy to mark.
    """
    truth = rows.get(REFERENCE)

    def by_auc(name: str) -> tuple[bool, float]:
        mean = rows[name].auc.mean
        return math.isnan(mean), -mean

    lines = ["\t".join(COLUMNS)]
    for name in sorted(rows, key=by_auc):
        row = rows[name]
        difference = row.difference_to(truth) if truth and row is not truth else None
        bias = max((summary.yield_bias for summary in row.weights.values()), key=abs)
        lost = len(row.diverged) + len(row.failed)
        cells = (
            f"{name} (recommended)" if name == recommended else name,
            f"{_text(row.auc.mean, 5)} ± {_text(row.auc.error, 2)}",
            _text(row.auc.spread, 2),
            f"{difference.value:+.5f} ± {_text(difference.error, 2)}" if difference else "-",
            f"{_text(row.significance.mean)} ± {_text(row.significance.error, 2)}",
            "not tested" if name == REFERENCE else row.closure.grade.replace("_", " "),
            _text(row.closure.value, 2),
            _text(row.closure.chi2_per_ndf["inputs"], 3),
            _text(row.closure.chi2_per_ndf["others"], 3),
            _text(bias, 2),
            _text(row.effective_size_gain, 3),
            f"{lost} trainings" if lost else "no",
        )
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"


def _text(value: float, digits: int = 4) -> str:
    return f"{value:.{digits}g}" if math.isfinite(value) else "-"
