"""The expected error of the signal strength in ever finer bins, without pseudo-experiments: which ones help?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from signedag.config.template_statistics_study import ScannedFit
from signedag.statistics.bins import total_variances
from signedag.statistics.effective_grouping import effective_events
from signedag.statistics.expectation import Expectation
from signedag.statistics.held_curvature import solve_positive
from signedag.statistics.intervals import ConditionalFitError
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.template_bias import template_bias
from signedag.statistics.template_study_results import LARGEST_BIAS
from signedag.statistics.true_analysis import TrueAnalysis


@dataclass(frozen=True)
class ScannedBinning:
    """One binning, fitted in one way."""

    bins: int
    """Bins per axis."""
    fit: ScannedFit
    fitted_bins: int | None = None
    """Bins after merging."""
    effective_events_per_bin: float | None = None
    """Median of (Σw)²/Σw² over them."""
    sigma: float | None = None
    """Expected error of the signal strength; `None` if undefined."""
    template_bias: float | None = None
    """Bias that the templates say they cause."""
    reason: str = ""
    """Why it is undefined; empty if it is not."""

    @property
    def relative_bias(self) -> float | None:
        """The bias over the error; `None` if undefined."""
        return None if self.sigma is None or self.template_bias is None else self.template_bias / self.sigma

    @property
    def is_trusted(self) -> bool:
        """Whether there is an error, and the bias is small beside it."""
        return self.relative_bias is not None and abs(self.relative_bias) <= LARGEST_BIAS

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "bins": self.bins,
            **self.fit.model_dump(mode="json"),
            "fitted_bins": self.fitted_bins,
            "effective_events_per_bin": self.effective_events_per_bin,
            "sigma": self.sigma,
            "template_bias": self.template_bias,
            "relative_bias": self.relative_bias,
            "trusted": self.is_trusted,
            "reason": self.reason,
        }


def scan_binning(bins: int, true: TrueAnalysis, fits: Sequence[ScannedFit]) -> list[ScannedBinning]:
    """Give the expected error in one binning, fitted in several ways; docs/physics.md, "Scan of binnings".

    Args:
        bins: bins per axis.
        true: the analysis in this binning.
        fits: the ways.
    """
    return [_scanned(ScannedBinning(bins, fit), true) for fit in fits]


def _scanned(row: ScannedBinning, true: TrueAnalysis) -> ScannedBinning:
    statistics = row.fit.template_statistics == "barlow_beeston_lite"
    try:
        model, grouping = true.exact.grouped(row.fit.least_effective_events, statistics)
    except ConditionalFitError as failure:
        return replace(row, reason=str(failure))
    expectation, start = Expectation(model), model.initial()
    expected = expectation.expected(start)
    effective = float(np.median(effective_events(expected, total_variances(model))))
    row = replace(row, fitted_bins=grouping.bins, effective_events_per_bin=effective)
    strength = model.index(true.parameter)
    along = np.zeros(start.size)
    along[strength] = 1.0
    column = solve_positive(Likelihood(expectation, expected).fisher(start), along)
    if column is None:
        return replace(row, reason="the templates do not determine the signal strength")
    bias = template_bias(expectation, start, true.parameter)
    return replace(row, sigma=float(np.sqrt(column[strength])), template_bias=bias)


def best_binnings(rows: Sequence[ScannedBinning]) -> list[dict[str, Any]]:
    """Say of each way to fit in which binning its error is smallest, of those whose bias is small beside it.

    docs/physics.md, "Scan of binnings". Finer bins than these do not help: the error falls no further, or it cannot be
    trusted.
    """
    best = []
    for fit in dict.fromkeys(row.fit for row in rows):
        trusted = [row for row in rows if row.fit == fit and row.is_trusted]
        chosen = min(trusted, key=lambda row: row.sigma or 0.0, default=None)
        reason = "" if chosen else f"no binning has a bias below {LARGEST_BIAS:g} of the error"
        best.append(
            {
                **fit.model_dump(mode="json"),
                "bins": chosen.bins if chosen else None,
                "sigma": chosen.sigma if chosen else None,
                "relative_bias": chosen.relative_bias if chosen else None,
                "reason": reason,
            }
        )
    return best
