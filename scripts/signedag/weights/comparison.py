"""The strategies side by side: what each costs and gains, and which one the numbers support."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from signedag.weights.transformation import effective_size_factor

REFERENCE = "truth"


def spread_over_seeds(values: Sequence[float | None]) -> dict[str, Any]:
    """Give mean, spread (standard deviation) and error of the mean over seeds; null where a seed has no value."""
    known = np.array([value for value in values if value is not None])
    if len(known) < 2:
        return {"value": None, "spread": None, "error": None, "reason": "fewer than two seeds have a value"}
    spread = float(known.std(ddof=1))
    return {"value": float(known.mean()), "spread": spread, "error": spread / math.sqrt(len(known))}


def weight_summary(signed_weight: np.ndarray[Any, Any], training_weight: np.ndarray[Any, Any]) -> dict[str, float]:
    """Compare the training weights of one sample with its signed ones: yield, Σw² kept and effective size.

    Args:
        signed_weight: shape (events,).
        training_weight: shape (events,).
    """
    return {
        "yield_bias": math.fsum(training_weight) / math.fsum(signed_weight) - 1,
        "sum_of_weights_squared_ratio": math.fsum(np.square(training_weight)) / math.fsum(np.square(signed_weight)),
        "effective_size_gain": effective_size_factor(training_weight) / effective_size_factor(signed_weight),
        "negative_events": float(np.mean(training_weight < 0)),
    }


def closure_summary(closures: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Condense the closure of all samples: the smallest p-value times the number of comparisons, and χ²/ndf.

    Args:
        closures: sample to the content of its `closure.json`.
    """
    tested = [
        {"sample": sample, "variable": variable, **result}
        for sample, content in closures.items()
        for variable, result in content["closure"]["calibrated"].items()
        if result["p_value"] is not None
    ]
    if not tested:
        return {"comparisons": 0, "reason": "training and signed weights are the same"}
    worst = min(tested, key=lambda result: float(result["p_value"]))
    return {
        "comparisons": len(tested),
        "smallest_p_value": worst["p_value"],
        "worst": f"{worst['sample']}, {worst['variable']}",
        "passes": bool(worst["p_value"] >= 0.01 / len(tested)),
        "chi2_per_ndf": {
            kind: _mean_chi2([result for result in tested if result["is_input"] == is_input])
            for kind, is_input in (("inputs", True), ("others", False))
        },
    }


def _mean_chi2(results: Sequence[Mapping[str, Any]]) -> float | None:
    ndf = sum(result["ndf"] for result in results)
    return sum(result["chi2"] for result in results) / ndf if ndf else None


COLUMNS = (
    "strategy", "AUC", "spread over seeds", "AUC - truth", "significance", "closure, smallest p x comparisons",
    "chi2/ndf inputs", "chi2/ndf others", "largest yield bias", "effective size gained", "diverged",
)  # fmt: skip


def comparison_table(table: Mapping[str, Mapping[str, Any]], recommended: str | None) -> str:
    """Write the table as tab-separated text, best mean AUC first; what is undefined is a dash.

    Args:
        table: strategy to its row.
        recommended: the strategy to mark.
    """

    def shown(value: float | None, digits: int = 4) -> str:
        return "-" if value is None else f"{value:.{digits}g}"

    truth = table[REFERENCE]["auc"]["value"] if REFERENCE in table else None
    lines = ["\t".join(COLUMNS)]
    for name, row in sorted(table.items(), key=lambda item: -(item[1]["auc"]["value"] or 0.0)):
        auc, closure = row["auc"], row["closure"]
        per_ndf = closure.get("chi2_per_ndf", {})
        count, smallest = closure["comparisons"], closure.get("smallest_p_value")
        difference = None if truth is None or auc["value"] is None else auc["value"] - truth
        bias = max((weights["yield_bias"] for weights in row["weights"].values()), key=abs, default=None)
        cells = (
            f"{name} (recommended)" if name == recommended else name,
            f"{shown(auc['value'], 5)} ± {shown(auc['error'], 2)}",
            shown(auc["spread"], 2),
            "-" if difference is None else f"{difference:+.5f}",
            f"{shown(row['significance']['value'])} ± {shown(row['significance']['error'], 2)}",
            shown(None if smallest is None else min(1.0, smallest * count), 2),
            shown(per_ndf.get("inputs"), 3),
            shown(per_ndf.get("others"), 3),
            shown(bias, 2),
            shown(row["effective_size_gain"], 3),
            f"{len(row['diverged'])} trainings" if row["diverged"] else "no",
        )
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"


def recommend(table: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Say which strategy the numbers support.

    A strategy qualifies if no training diverged, its closure passes (or it keeps the signed weights), and it has an
    AUC. Among those the best mean AUC leads; whatever is within two errors of it is as good, and of these the one with
    the largest effective size is recommended.
    """
    qualified = {
        name: row
        for name, row in table.items()
        if name != REFERENCE
        and row["auc"]["value"] is not None
        and not row["diverged"]
        and row["closure"].get("passes", True)
    }
    if not qualified:
        return {"strategy": None, "reason": "no strategy trains without divergence and passes closure"}
    best = max(qualified, key=lambda name: qualified[name]["auc"]["value"])

    def as_good(name: str) -> bool:
        difference = qualified[best]["auc"]["value"] - qualified[name]["auc"]["value"]
        return bool(difference <= 2 * math.hypot(qualified[best]["auc"]["error"], qualified[name]["auc"]["error"]))

    equal = sorted(name for name in qualified if as_good(name))
    chosen = max(equal, key=lambda name: qualified[name]["effective_size_gain"])
    return {
        "strategy": chosen,
        "best_auc": best,
        "within_two_errors": equal,
        "refused": sorted(set(table) - set(qualified) - {REFERENCE}),
        "reason": f"within two errors of the best AUC ({best}), not diverged, closure passed, largest effective size",
    }
