"""The closure of one strategy over all samples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from signedag.json_blocks import Block
from signedag.metrics.estimate import number
from signedag.weights.closure_verdict import CLOSURE_LIMIT, MARGINAL_LIMIT, Grade


@dataclass(frozen=True)
class ClosureSummary:
    """The closure of a strategy over all samples."""

    grade: Grade
    """As of one sample; `nothing_to_test` where every sample's training weights are the signed ones."""
    value: float
    """Smallest p × comparisons of any sample, times the number of samples tested; NaN if none was."""
    worst: str
    """Sample and comparison with the smallest p; empty if none was tested."""
    samples: int
    """Samples tested."""
    reason: str
    """Why it is graded so."""
    chi2_per_ndf: Mapping[str, float]
    """χ²/ndf over all samples in `inputs` of the sign networks and in `others`; NaN if there are none."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields, null where undefined."""
        return {
            "grade": self.grade,
            "value": number(self.value),
            "limit": CLOSURE_LIMIT,
            "worst": self.worst or None,
            "samples": self.samples,
            "reason": self.reason,
            "chi2_per_ndf": {name: number(value) for name, value in self.chi2_per_ndf.items()},
        }


def closure_summary(closures: Mapping[str, Block]) -> ClosureSummary:
    """Condense the closure of all samples.

    Args:
        closures: sample to the content of its `closure.json`.

    Raises:
        UserError: one lacks something.
    """
    variables = [content.block("closure").block("calibrated").named().values() for content in closures.values()]
    tests = [test for of_sample in variables for test in of_sample if test.count("ndf")]
    per_ndf = {
        kind: _chi2_per_ndf([test for test in tests if test.flag("is_input") == is_input])
        for kind, is_input in (("inputs", True), ("others", False))
    }
    verdicts = {name: content.block("verdict") for name, content in closures.items()}
    tested = {name: verdict for name, verdict in verdicts.items() if verdict.has("value")}
    if not tested:
        reasons = sorted({verdict.text("reason") for verdict in verdicts.values()}) or ["no closure was asked for"]
        return ClosureSummary("nothing_to_test", math.nan, "", 0, "; ".join(reasons), per_ndf)
    worst = min(tested, key=lambda name: tested[name].number("value"))
    value = min(1.0, tested[worst].number("value") * len(tested))
    weak = [name for name, verdict in tested.items() if verdict.text("grade") != "good"]
    grade: Grade = "bad" if value < CLOSURE_LIMIT else "marginal" if value < MARGINAL_LIMIT or weak else "good"
    reason = f"smallest p × comparisons × {len(tested)} samples is {value:.2g}"
    if grade == "marginal" and weak:
        reason += f"; not good on their own: {', '.join(weak)}"
    return ClosureSummary(grade, value, f"{worst}: {tested[worst].text('reason')}", len(tested), reason, per_ndf)


def _chi2_per_ndf(tests: Sequence[Block]) -> float:
    ndf = sum(test.count("ndf") for test in tests)
    return sum(test.number("chi2") for test in tests) / ndf if ndf else math.nan
