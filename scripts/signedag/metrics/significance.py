"""How well signal stands out of background, with signed weights: AMS, significance ratio, binned Asimov significance.

All sums are of signed weights in expected events; errors are the statistical errors of the simulation, from Σw² by
linear propagation.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.estimate import Estimate, number, undefined
from signedag.metrics.roc import SignedRoc
from signedag.metrics.weighted_sample import Floats
from signedag.statistics.templates import Template

# A bin whose sum of weights is this far below its statistical error is a cancellation, not a prediction.
NEGLIGIBLE = 1e-9
# Below this significance its slope is that of no excess: the quotient that gives it loses its digits.
NEARLY_NO_EXCESS = 1e-4


def approximate_median_significance(signal: Floats, background: Floats) -> Floats:
    """Give AMS = s / √(s + b) per threshold; NaN where s <= 0 or b <= 0. docs/physics.md, "Significance ratio".

    Args:
        signal: expected signal events that pass, shape (thresholds,).
        background: expected background events that pass, same shape.

    >>> approximate_median_significance(np.array([9.0, 1.0]), np.array([16.0, -0.5])).tolist()
    [1.8, nan]
    """
    usable = (signal > 0) & (background > 0)
    total = np.where(usable, signal + background, 1.0)
    return np.where(usable, signal / np.sqrt(total), math.nan)


class SignificanceRatio(NamedTuple):
    """The best AMS as a share of the one of a perfect classifier."""

    ratio: Estimate
    """σ_ratio = max_t AMS(t) √s_max / s_max; its error is taken at the best threshold, held fixed."""
    threshold: float
    """The best threshold: events with at least this score pass; NaN if undefined."""

    def as_json(self) -> dict[str, float | str | None]:
        """Give the ratio, its error and the threshold, with null for what is undefined."""
        return {**self.ratio.as_json(), "threshold": number(self.threshold)}


def significance_ratios(roc: SignedRoc) -> Floats:
    """Give AMS(t) √s_max / s_max at each threshold, shape (thresholds,); NaN where s_t <= 0 or b_t <= 0.

    docs/physics.md, "Significance ratio". Both classes must have a positive sum; then the last one is a number.
    """
    passing_signal, passing_background = np.cumsum(roc.signal), np.cumsum(roc.background)
    significances = approximate_median_significance(
        np.where(passing_signal > roc.rounding[0], passing_signal, 0.0),
        np.where(passing_background > roc.rounding[1], passing_background, 0.0),
    )
    return significances / math.sqrt(roc.signal.sum())


def significance_ratio(roc: SignedRoc) -> SignificanceRatio:
    """Find the threshold with the largest AMS; those with s_t <= 0 or b_t <= 0 cannot be the maximum.

    docs/physics.md, "Significance ratio". The loosest threshold, which every event passes, can: both classes have a
    positive sum. Being a maximum over thresholds the ratio is biased upwards by fluctuations, more so in small samples.
    A signal with net negative weight at low scores can push it above 1; it is given as it is.
    """
    if roc.defect:
        return SignificanceRatio(undefined(roc.defect), math.nan)
    ratios = significance_ratios(roc)
    best = int(np.nanargmax(ratios))
    ratio = float(ratios[best])
    signal, background = np.cumsum(roc.signal)[best], np.cumsum(roc.background)[best]
    all_signal = roc.signal.sum()
    by_background = -0.5 / (signal + background)
    by_rejected = -0.5 / all_signal
    by_signal = 1 / signal + by_background + by_rejected
    passed = np.arange(roc.signal.size) <= best
    variance = (
        by_signal**2 * roc.signal_squares[passed].sum()
        + by_rejected**2 * roc.signal_squares[~passed].sum()
        + by_background**2 * roc.background_squares[passed].sum()
    )
    return SignificanceRatio(Estimate(ratio, ratio * math.sqrt(variance)), float(roc.thresholds[best]))


class BinLeftOut(NamedTuple):
    """A bin that says nothing because signal or background is not positive in it."""

    bin: int
    """Its index, from 0."""
    low: float
    """Its lower edge."""
    high: float
    """Its upper edge."""
    signal: float
    """Σw of the signal."""
    background: float
    """Σw of the background."""
    reason: str
    """What is not positive."""

    def as_json(self) -> dict[str, float | str | None]:
        """Give the fields, with null for what is not finite."""
        return {key: number(value) if isinstance(value, float) else value for key, value in self._asdict().items()}


class BinnedSignificance(NamedTuple):
    """Significance of a binned score; bins without positive signal and background add nothing and are listed."""

    asimov: Estimate
    """Z = √(2 Σ_b [(s + b) ln(1 + s/b) - s]) (Cowan et al., arXiv:1007.1727, eq. 97, per bin)."""
    signal_squared_over_total: Estimate
    """Σ_b s² / (s + b)."""
    left_out: tuple[BinLeftOut, ...]
    """Bins that add nothing."""

    def as_json(self) -> dict[str, object]:
        """Give the significance with the bins left out beside it."""
        return {
            **self.asimov.as_json(),
            "bins_left_out": [item.as_json() for item in self.left_out],
            "treatment": "bins in which signal or background is not positive add nothing and are listed",
        }


def binned_significance(signal: Template, background: Template) -> BinnedSignificance:
    """Give the expected significance of the binned score.

    A bin with b <= 0 or s <= 0 cannot be evaluated or would turn a fluctuation into sensitivity; it adds nothing,
    which understates the significance, and is listed. docs/physics.md, "Binned significance" (per bin
    arXiv:1007.1727, eq. 97).

    Args:
        signal: template of the signal in the score, expected events.
        background: template of the background in the same bins.
    """
    s, b = signal.values, background.values
    used = ~(_not_positive(signal) | _not_positive(background))
    left_out = _bins_left_out(signal, background, ~used)
    if not used.any():
        reason = "no bin has a positive sum of weights of both signal and background"
        return BinnedSignificance(undefined(reason), undefined(reason), left_out)
    s, b = s[used], b[used]
    signal_variances, background_variances = signal.variances[used], background.variances[used]
    logarithm = np.log1p(s / b)
    z = math.sqrt(2 * ((s + b) * logarithm - s).sum())
    variance = np.square(logarithm) * signal_variances + np.square(logarithm - s / b) * background_variances
    share = s / (s + b)
    share_variance = np.square(share * (2 - share)) * signal_variances + share**4 * background_variances
    return BinnedSignificance(
        Estimate(z, math.sqrt(variance.sum()) / z),
        Estimate(float((s * share).sum()), math.sqrt(share_variance.sum())),
        left_out,
    )


def _bins_left_out(signal: Template, background: Template, left_out: NDArray[np.bool_]) -> tuple[BinLeftOut, ...]:
    edges = signal.edges[0]
    return tuple(
        BinLeftOut(
            index,
            float(edges[index]),
            float(edges[index + 1]),
            float(signal.values[index]),
            float(background.values[index]),
            "; ".join(filter(None, (_lacking("signal", signal, index), _lacking("background", background, index)))),
        )
        for index in np.flatnonzero(left_out).tolist()
    )


def _not_positive(template: Template) -> NDArray[np.bool_]:
    return template.values <= NEGLIGIBLE * np.sqrt(template.variances)


def _lacking(name: str, template: Template, index: int) -> str:
    if not _not_positive(template)[index]:
        return ""
    return f"no {name} events" if template.variances[index] == 0 else f"{name} is not positive"


def signed_asimov_significance(excess: float, background: float, variance: float = 0.0) -> float:
    """Give the significance of an excess over a background in one Poisson count, negative for a deficit.

    With s the excess, b the background and σ² its variance, as measured beside the count:

        Z² = 2 [n ln(n (b + σ²) / (b² + n σ²)) - b²/σ² ln(1 + σ² s / (b (b + σ²)))],   n = s + b,

    which without σ² is 2 [n ln(1 + s/b) - s]. NaN where b <= 0 or s + b <= 0. docs/physics.md, "Binned significance"
    (arXiv:1007.1727, eq. 97; with σ²: G. Cowan, "Discovery sensitivity for a counting experiment with background
    uncertainty" (2012), eq. 20).

    >>> round(signed_asimov_significance(10.0, 100.0), 4), round(signed_asimov_significance(-10.0, 100.0), 4)
    (0.984, -1.0174)
    >>> round(signed_asimov_significance(10.0, 100.0, 100.0), 3)  # as many events beside it: √2 less
    0.69
    """
    total = excess + background
    if background <= 0 or total <= 0:
        return math.nan
    if variance > 0:
        constrained = background**2 / variance * math.log1p(variance * excess / (background * (background + variance)))
        deviance = total * _log_of_pulled(excess, background, variance) - constrained
    else:
        deviance = total * math.log1p(excess / background) - excess
    return math.copysign(math.sqrt(2 * max(deviance, 0.0)), excess)


def _log_of_pulled(excess: float, background: float, variance: float) -> float:
    """Give ln(n (b + σ²) / (b² + n σ²)), the count over the background that fits best without an excess."""
    return math.log1p(excess * background / (background**2 + (excess + background) * variance))


def asimov_significance_slope(excess: float, background: float, variance: float = 0.0) -> float:
    """Give the derivative of `signed_asimov_significance` by the excess; near no excess 1/√(b + σ²).

    >>> round(asimov_significance_slope(0.0, 90.0, 10.0), 6)
    0.1
    """
    value = signed_asimov_significance(excess, background, variance)
    if math.isnan(value) or abs(value) > NEARLY_NO_EXCESS:
        return _log_of_pulled(excess, background, variance) / value
    return 1 / math.sqrt(background + variance)
