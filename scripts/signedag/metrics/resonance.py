"""The diboson check: does a background that differs from the signal in mass alone survive a cut on the score?

In the top quantile of the *signal* score a resonant background must show as a peak over the smooth background, and
the peak must vanish with it. The smooth background is the simulated non-resonant background that fails the cut, whose
events are independent of those that pass, times a straight line in the mass fitted to the sidebands of the total
background that passes. So its shape is simulated, its normalisation and a slope of the cut's efficiency are measured
beside the peak, and no more than two parameters are free.

Two errors are told apart. The simulation's (signed Σw²) says how well the excess is known. The one that data would have
(Poisson counts in the window and beside it) gives the significance, which grows with luminosity as the other does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.distances import ChiSquare, KolmogorovSmirnov, chi_square, kolmogorov_smirnov, no_chi_square
from signedag.metrics.estimate import Estimate, number, undefined
from signedag.metrics.mass_shapes import described_template, mass_template
from signedag.metrics.quantiles import signed_quantiles
from signedag.metrics.scored_events import ScoredEvents
from signedag.metrics.significance import asimov_significance_slope, signed_asimov_significance
from signedag.metrics.weighted_sample import Floats, WeightedSample
from signedag.statistics.templates import Template

# The standard normal interval of one RMS on both sides.
CENTRAL_INTERVAL = (0.158655, 0.841345)
# In half widths of the window from its centre: where sidebands start, clear of the peak, and where they end.
SIDEBAND_RANGE = (2.0, 5.0)
LINE_PARAMETERS = 2


@dataclass(frozen=True)
class Window:
    """Where the resonance is looked for, and what is beside it."""

    low: float
    """Lower end: 16 % of the resonant samples' mass is below."""
    high: float
    """Upper end: 84 % is below."""
    centre: float
    """The median."""
    peak: NDArray[np.bool_]
    """Bins of the peak, shape (bins,): centres inside the window, or the bin with the median."""
    sidebands: NDArray[np.bool_]
    """Bins of the sidebands, shape (bins,)."""
    reason: str = ""
    """Why there is no window; empty if there is one."""

    def as_json(self) -> dict[str, Any]:
        """Give ends, median and bins, with null for what is undefined."""
        return {
            "low": number(self.low),
            "centre": number(self.centre),
            "high": number(self.high),
            "peak_bins": np.flatnonzero(self.peak).tolist(),
            "sideband_bins": np.flatnonzero(self.sidebands).tolist(),
        }


@dataclass(frozen=True)
class Significance:
    """Significance that data would give an excess over a smooth background that is fitted beside it."""

    luminosity_factor: float
    """Luminosity of the data over the simulated one."""
    expected: Estimate
    """Median significance in Poisson counts of their expectation; its error is the simulation's of the excess."""
    with_simulation_error: float
    """The same with the simulation's error of the excess as one of the background's; NaN if undefined."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields, with null for what is undefined."""
        return {
            "luminosity_factor": self.luminosity_factor,
            **self.expected.as_json(),
            "with_simulation_error": number(self.with_simulation_error),
        }


@dataclass(frozen=True)
class Peak:
    """An excess in the window over the smooth background."""

    excess: Estimate
    """Events above the smooth background, with the error of the simulation."""
    poisson_error: float
    """Error of the excess in data of the simulated luminosity, sideband fit included; NaN if undefined."""
    significance: Significance
    """At the simulated luminosity."""
    significance_scaled: Significance
    """At a multiple of it."""
    sidebands: ChiSquare
    """How well the smooth background describes the sidebands; where it does not, the excess may be sculpting."""
    smooth: Floats
    """The smooth background per bin, shape (bins,)."""

    @property
    def simulation_significance(self) -> float:
        """The excess over its error in the simulated sample: can the simulation tell it from none?"""
        return self.excess.value / self.excess.error

    def as_json(self) -> dict[str, Any]:
        """Give the fields, with null for what is undefined."""
        return {
            "excess": self.excess.as_json(),
            "poisson_error": number(self.poisson_error),
            "simulation_significance": number(self.simulation_significance),
            "significance": self.significance.as_json(),
            "significance_scaled": self.significance_scaled.as_json(),
            "sidebands": self.sidebands.as_json(),
            "smooth_background": self.smooth.tolist(),
        }


@dataclass(frozen=True)
class ResonanceCheck:
    """What is left of a resonant background in the top quantile of the signal score."""

    threshold: float
    """Events above it are in the top quantile; NaN if undefined."""
    signal_efficiency: float
    """Signed share of the signal above it; NaN if undefined."""
    window: Window
    background: Template
    """Mass of all background that passes, with the resonant one."""
    resonant: Template
    """Mass of the resonant background that passes."""
    signal: Template
    """Mass of the signal that passes."""
    failing_non_resonant: Template
    """Mass of the other backgrounds that fail: the shape of the smooth background."""
    peak: Peak
    """The excess of all background that passes."""
    peak_without_resonant: Peak
    """The same without the resonant background, where there must be none."""
    score_test: KolmogorovSmirnov
    """Scores of the resonant background against the signal's, both on the whole mass axis."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields, with null for what is undefined."""
        return {
            "threshold": number(self.threshold),
            "signal_efficiency": number(self.signal_efficiency),
            "window": self.window.as_json(),
            "background": described_template(self.background),
            "resonant": described_template(self.resonant),
            "signal": described_template(self.signal),
            "failing_non_resonant": described_template(self.failing_non_resonant),
            "peak": self.peak.as_json(),
            "peak_without_resonant": self.peak_without_resonant.as_json(),
            "score_ks_to_signal": self.score_test.as_json(),
            "method": (
                "non-resonant simulated background that fails the cut, times a straight line in the mass fitted to the "
                "sidebands of the background that passes"
            ),
        }


def find_window(resonant: WeightedSample, edges: Floats) -> Window:
    """Take the window from the resonant samples' own mass: the central 68 %, which is mean ± RMS of a Gaussian.

    docs/physics.md, "A resonance that a cut must leave". Quantiles instead of moments, because wrong pairings of jets
    give the mass long tails that carry the RMS away.

    Args:
        resonant: masses of the resonant samples in the region, signed weights.
        edges: bins of the mass, shape (bins + 1,).
    """
    nowhere = np.zeros(edges.size - 1, dtype=bool)
    quantiles = signed_quantiles(resonant, [CENTRAL_INTERVAL[0], 0.5, CENTRAL_INTERVAL[1]])
    low, centre, high = (float(value) for value in quantiles.values)
    if quantiles.reason:
        return Window(low, high, centre, nowhere, nowhere, quantiles.reason.replace("the sample", "the resonance"))
    middles = (edges[1:] + edges[:-1]) / 2
    peak = (middles >= low) & (middles <= high)
    peak[min(int(np.searchsorted(edges, centre, side="right")) - 1, peak.size - 1)] = True
    distance = np.abs(middles - centre) / ((high - low) / 2) if high > low else np.full(peak.size, math.inf)
    sidebands = (distance >= SIDEBAND_RANGE[0]) & (distance <= SIDEBAND_RANGE[1]) & ~peak
    first = int(np.argmax(peak))
    reason = ""
    if not sidebands[:first].any() or not sidebands[first:].any() or sidebands.sum() <= LINE_PARAMETERS:
        reason = f"fewer than {LINE_PARAMETERS + 1} bins beside the window, or none on one side; use finer mass bins"
    return Window(low, high, centre, peak, sidebands, reason)


def find_peak(total: Template, shape: Template, window: Window, luminosity_factor: float) -> Peak:
    """Measure the excess of `total` in the window over `shape` times a straight line fitted to the sidebands.

    docs/physics.md, "A resonance that a cut must leave". The fit is linear least squares with the variances of both
    templates; its covariance and the statistical errors of both templates in the window enter the error of the excess.

    Args:
        total: mass of the background that passes.
        shape: mass of the non-resonant background that fails, in the same bins.
        window: the window and its sidebands.
        luminosity_factor: at which multiple of the luminosity the significance is given as well.
    """
    beside, values = window.sidebands, shape.values
    reason = window.reason
    if not reason and values[beside].sum() <= 0:
        reason = "no positive sum of weights of the non-resonant background beside the window"
    if not reason and total.values[beside].sum() <= 0:
        reason = "no positive sum of weights of the background that passes beside the window"
    ratio = total.values[beside].sum() / values[beside].sum() if not reason else 0.0
    variances = total.variances + ratio**2 * shape.variances
    used = beside & (variances > 0)
    if not reason and (used & (values > 0)).sum() <= LINE_PARAMETERS:
        reason = f"fewer than {LINE_PARAMETERS + 1} bins beside the window have non-resonant background"
    if reason:
        return _no_peak(reason, luminosity_factor)
    middles = (total.edges[0][1:] + total.edges[0][:-1]) / 2
    line = np.stack([np.ones(middles.size), (middles - window.centre) / (window.high - window.low)], axis=1)
    model = values[:, None] * line
    covariance = np.linalg.inv(model[used].T @ (model[used] / variances[used, None]))
    parameters = covariance @ (model[used].T @ (total.values[used] / variances[used]))
    smooth = model @ parameters
    chi2 = float((np.square(total.values - smooth)[used] / variances[used]).sum())
    inside = model[window.peak].sum(axis=0)
    expected, observed = float(smooth[window.peak].sum()), float(total.values[window.peak].sum())
    fluctuation = np.square(line[window.peak] @ parameters) * shape.variances[window.peak]
    variance = float(total.variances[window.peak].sum() + fluctuation.sum() + inside @ covariance @ inside)
    excess = Estimate(observed - expected, math.sqrt(variance))
    fitted = _variance_in_data(model[used], smooth[used], inside)
    return Peak(
        excess,
        math.sqrt(observed + fitted) if observed + fitted > 0 else math.nan,
        _significance(excess, expected, fitted, 1.0),
        _significance(excess, expected, fitted, luminosity_factor),
        chi_square(chi2, int(used.sum()) - LINE_PARAMETERS),
        smooth,
    )


def _no_peak(reason: str, luminosity_factor: float) -> Peak:
    missing = undefined(reason)
    at_simulated, at_scaled = (Significance(factor, missing, math.nan) for factor in (1.0, luminosity_factor))
    return Peak(missing, math.nan, at_simulated, at_scaled, no_chi_square(reason), np.zeros(0))


def _variance_in_data(model: Floats, smooth: Floats, inside: Floats) -> float:
    """Give the variance that a fit of the line to Poisson counts beside the window leaves to the background in it.

    Args:
        model: what each parameter of the line adds to a bin beside the window, shape (bins, parameters).
        smooth: expected counts of these bins, shape (bins,); those without any tell nothing.
        inside: what each parameter adds in the window, shape (parameters,).
    """
    filled = smooth > 0
    information = model[filled].T @ (model[filled] / smooth[filled, None])
    if np.linalg.matrix_rank(information) < information.shape[0]:
        return math.nan
    return float(inside @ np.linalg.solve(information, inside))


def _significance(excess: Estimate, smooth: float, fitted: float, factor: float) -> Significance:
    """Give the significance of an excess at a multiple of the luminosity.

    Args:
        excess: events above the smooth background and the simulation's error, at the simulated luminosity.
        smooth: the smooth background in the window, likewise.
        fitted: its variance from a fit to data beside the window, likewise.
        factor: multiple of the luminosity; counts and `fitted` grow with it, the simulation's variance with its square.
    """
    counts = factor * excess.value, factor * smooth
    value = signed_asimov_significance(*counts, factor * fitted)
    if math.isnan(value):
        reason = "the smooth background, or the background that passes, is not positive in or beside the window"
        return Significance(factor, undefined(reason), math.nan)
    error = asimov_significance_slope(*counts, factor * fitted) * factor * excess.error
    both = signed_asimov_significance(*counts, factor * fitted + (factor * excess.error) ** 2)
    return Significance(factor, Estimate(value, error), both)


def check_resonance(
    signal: ScoredEvents,
    resonant: ScoredEvents,
    smooth: ScoredEvents,
    mass_edges: Floats,
    top_signal_fraction: float,
    luminosity_factor: float,
) -> ResonanceCheck:
    """Look for the resonant background in the top quantile of the signal score.

    Args:
        signal: signal events with mass on the axis.
        resonant: events of the resonant background with mass on the axis.
        smooth: events of the other backgrounds with mass on the axis.
        mass_edges: bins of the mass, shape (bins + 1,).
        top_signal_fraction: share of the signal in its top quantile.
        luminosity_factor: at which multiple of the luminosity the significance is given as well.
    """
    cut = signed_quantiles(signal.scores(), [1 - top_signal_fraction])
    window = find_window(resonant.masses(), mass_edges)
    threshold = float(cut.values[0])
    of_resonant, of_smooth, of_signal = (
        mass_template(events.masses().where(events.score > threshold), mass_edges)
        for events in (resonant, smooth, signal)
    )
    failing = mass_template(smooth.masses().where(~(smooth.score > threshold)), mass_edges)
    total = of_resonant + of_smooth
    reason = cut.reason.replace("the sample", "signal")
    if reason:
        window = replace(window, reason=reason)
    return ResonanceCheck(
        threshold=threshold,
        signal_efficiency=1 - float(cut.reached[0]),
        window=window,
        background=total,
        resonant=of_resonant,
        signal=of_signal,
        failing_non_resonant=failing,
        peak=find_peak(total, failing, window, luminosity_factor),
        peak_without_resonant=find_peak(of_smooth, failing, window, luminosity_factor),
        score_test=kolmogorov_smirnov(resonant.scores(), signal.scores(), ("the resonance", "signal")),
    )
