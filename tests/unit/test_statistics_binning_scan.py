"""The scan of binnings: errors in closed form, undefined ones with a reason, and finer bins that do not help."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from signedag.config.fitting import ModelSettings
from signedag.config.template_statistics_study import ScannedFit
from signedag.statistics.binning_scan import ScannedBinning, best_binnings, scan_binning
from signedag.statistics.signal_strength import Inputs
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Floats, Template
from signedag.statistics.true_analysis import TrueAnalysis

MODEL = ModelSettings.model_validate({"signals": ["zh"], "scale_factors": {}, "shapes": {}, "normalisations": {}})
NONE = ScannedFit(template_statistics="none", least_effective_events=0.0)
LITE = ScannedFit(template_statistics="barlow_beeston_lite", least_effective_events=0.0)
SIGNAL, BACKGROUND = np.array([10.0, 20.0]), np.array([90.0, 80.0])
SQUARES = np.array([20.0, 5.0])


def template(values: Floats, variances: Floats) -> Template:
    edges = (np.linspace(0.0, 1.0, values.size + 1),)
    return Template(np.pad(values, 1), np.pad(variances, 1), edges)


def true_of(signal: Floats, background: Floats, squares: Floats) -> TrueAnalysis:
    nominal = {"zh": template(signal, np.zeros(signal.size)), "tt": template(background, squares)}
    region = RegionTemplates("sr", nominal["zh"].edges, nominal, {}, None)
    return TrueAnalysis.of(Inputs(region, (), None, Path("ntuples")), MODEL)


def test_errors_are_those_of_independent_bins() -> None:
    """1/σ² = Σ s²/(n + V), V = 0 without template statistics; the bias is Σ (s V/n²) over Σ s²/n."""
    none, lite = scan_binning(2, true_of(SIGNAL, BACKGROUND, SQUARES), [NONE, LITE])
    total = SIGNAL + BACKGROUND
    assert none.sigma == pytest.approx(np.sum(SIGNAL**2 / total) ** -0.5)
    assert lite.sigma == pytest.approx(np.sum(SIGNAL**2 / (total + SQUARES)) ** -0.5)
    bias = np.sum(SIGNAL * SQUARES / total**2) / np.sum(SIGNAL**2 / total)
    assert none.template_bias == pytest.approx(bias) and none.relative_bias == pytest.approx(bias / none.sigma)
    assert none.effective_events_per_bin == pytest.approx(np.median(total**2 / SQUARES))
    assert (none.fitted_bins, none.is_trusted, none.reason) == (2, True, "")


def test_merged_bins_and_bins_that_cannot_be_merged_enough() -> None:
    fits = [
        ScannedFit(template_statistics="none", least_effective_events=least)
        for least in (500.0, 1e9)  # (Σw)² / Σw² of the background is 405 and 1280
    ]
    merged, impossible = scan_binning(2, true_of(SIGNAL, BACKGROUND, SQUARES), fits)
    assert merged.fitted_bins == 1
    assert merged.sigma == pytest.approx(np.sqrt(200.0) / 30)
    assert (impossible.sigma, impossible.fitted_bins, impossible.is_trusted) == (None, None, False)
    assert impossible.reason == "the whole background has too few effective events"
    assert impossible.as_json()["sigma"] is None


def test_without_signal_the_error_is_undefined_with_a_reason() -> None:
    (row,) = scan_binning(2, true_of(np.zeros(2), BACKGROUND, SQUARES), [NONE])
    assert row.sigma is None and row.reason == "the templates do not determine the signal strength"


def test_finer_bins_help_while_their_error_falls_and_can_be_trusted() -> None:
    def row(bins: int, sigma: float | None, bias: float | None, fit: ScannedFit = NONE) -> ScannedBinning:
        return ScannedBinning(bins, fit, bins, 10.0, sigma, bias)

    rows = [row(5, 0.4, 0.0), row(10, 0.3, 0.05), row(20, 0.2, 0.05), row(30, 0.35, 0.0), row(50, None, None)]
    rows += [row(5, 0.4, 0.2, LITE)]
    best = {one["template_statistics"]: one for one in best_binnings(rows)}
    assert (best["none"]["bins"], best["none"]["sigma"]) == (10, 0.3)
    assert best["barlow_beeston_lite"]["bins"] is None
    assert best["barlow_beeston_lite"]["reason"] == "no binning has a bias below 0.2 of the error"
