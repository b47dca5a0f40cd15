"""Fits to observed data: injected signals are recovered, and hidden bins have no say in any number."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from signedag.config.fitting import FitSignalStrengthSettings
from signedag.errors import UserError
from signedag.statistics.blinding import NO_SIGNIFICANCE
from signedag.statistics.observed import ObservedFit, fit_observed
from signedag.statistics.observed_results import ObservedResult, describe_observed
from signedag.statistics.post_fit import AFTER
from signedag.statistics.post_fit_stages import post_fit
from signedag.statistics.signal_strength import AsimovFit, Inputs, fit_asimov
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Floats, Template

EDGES = (np.linspace(60.0, 160.0, 6), np.linspace(0.0, 1.0, 4))
SIGNAL = np.outer([1.0, 3.0, 9.0, 8.0, 2.0], [1.0, 2.0, 4.0])
BACKGROUND = np.outer([90.0, 70.0, 50.0, 40.0, 30.0], [5.0, 2.0, 1.0])
WINDOW = {"m_jj_gev": {"low": 100.0, "high": 140.0}}
HIDDEN = np.repeat([False, False, True, True, False], 3).reshape(5, 3)


def template(values: Floats) -> Template:
    return Template(np.pad(values, 1), np.pad(np.abs(values), 1) * 0.01, EDGES)


def inputs_with(data: Floats | None) -> Inputs:
    slope = np.linspace(0.97, 1.03, 5)[:, None]
    nominal = {"zh": template(SIGNAL), "tt": template(BACKGROUND)}
    variations = {("tt", "jes"): (template(BACKGROUND * slope), template(BACKGROUND / slope))}
    region = RegionTemplates("sr", EDGES, nominal, variations, None if data is None else template(data))
    return Inputs(region, (), None, Path("templates.root"))


def settings_with(**blinding: Any) -> FitSignalStrengthSettings:
    model = {
        "signals": ["zh"],
        "scale_factors": {},
        "shapes": {"jes": ["tt"]},
        "normalisations": {"rate": {"relative": 0.1, "processes": ["tt"]}},
    }
    observed = {"axes": ["m_jj_gev", "score"], "blinding": blinding, "analysis": "vhbb", "seed": 1}
    return FitSignalStrengthSettings.model_validate(
        {"model": model, "treatment": "fixed", "nonpositive_bins": "merge", "floor_events": 1e-3, "observed": observed}
    )


@cache
def asimov() -> AsimovFit:
    return fit_asimov(inputs_with(None), settings_with())


def observed(data: Floats | None, **blinding: Any) -> ObservedFit:
    result = fit_observed(replace(asimov(), inputs=inputs_with(data)), settings_with(**blinding))
    assert result is not None
    return result


def described(data: Floats, **blinding: Any) -> ObservedResult:
    return describe_observed(observed(data, **blinding), settings_with(**blinding))


@pytest.mark.parametrize("strength", [0.0, 2.0])
def test_injected_signals_are_recovered(strength: float) -> None:
    expected = BACKGROUND + strength * SIGNAL
    exact = described(expected, unblinded=True)
    assert exact.strengths["mu"].interval.value == pytest.approx(strength, abs=1e-5)
    assert exact.goodness.chi2 == pytest.approx(0, abs=1e-8)
    pulls = []
    for seed in range(6):
        interval = described(np.random.default_rng(seed).poisson(expected).astype(float), unblinded=True).strengths[
            "mu"
        ]
        error = interval.interval.down if interval.interval.value > strength else interval.interval.up
        assert error is not None
        pulls.append((interval.interval.value - strength) / error)
    assert max(np.abs(pulls)) < 3
    assert abs(np.mean(pulls)) < 3 / np.sqrt(len(pulls))


def test_the_same_fit_to_expected_data_stands_beside_it() -> None:
    shown, blind = described(BACKGROUND + SIGNAL, unblinded=True), described(BACKGROUND + SIGNAL, windows=WINDOW)
    for one in (shown, blind):
        assert one.expected["mu"].value == pytest.approx(1, abs=1e-4)
        assert one.expected["mu"].up == pytest.approx(one.strengths["mu"].interval.up, rel=1e-4)
    assert blind.expected["mu"].up is not None and shown.expected["mu"].up is not None
    assert blind.expected["mu"].up > 1.5 * shown.expected["mu"].up
    assert shown.strengths["mu"].significance.z is not None
    assert blind.strengths["mu"].significance == NO_SIGNIFICANCE
    assert blind.as_json()["blinding"]["hidden_bins"] == {
        "region": "sr", "hidden": 6, "by_rule": {"m_jj_gev": 6}, "bins": 15,
    }  # fmt: skip
    assert set(blind.pulls) == {"jes", "rate"}
    assert blind.goodness.ndf == 9 - 1


def test_pulls_are_in_units_of_the_constraint() -> None:
    result = described(1.1 * BACKGROUND + SIGNAL, unblinded=True)
    assert result.pulls["rate"].pull == pytest.approx(1, abs=0.1)
    assert result.pulls["rate"].constraint is not None and 0 < result.pulls["rate"].constraint < 1


def test_a_secret_number_moves_all_that_tells_the_strength_by_the_same() -> None:
    data = BACKGROUND + 2 * SIGNAL
    plain, secret = described(data, windows=WINDOW), described(data, windows=WINDOW, offset=5.0)
    moved = secret.strengths["mu"].interval.value - plain.strengths["mu"].interval.value
    assert abs(moved) > 1e-3
    assert secret.parameters["mu"].value - plain.parameters["mu"].value == pytest.approx(moved)
    np.testing.assert_allclose(secret.scan.mu - plain.scan.mu, moved)
    assert secret.as_json()["interval"] | {"value": 0} == plain.as_json()["interval"] | {"value": 0}
    assert secret.as_json()["blinding"]["strengths_moved"]
    numbers = json.dumps(secret.as_json(), default=lambda array: array.tolist())
    assert str(plain.strengths["mu"].interval.value)[:8] not in numbers


def written(data: Floats, **blinding: Any) -> str:
    fitted, rules = replace(asimov(), inputs=inputs_with(data)), settings_with(**blinding)
    result = fit_observed(fitted, rules)
    assert result is not None
    regions = post_fit(fitted, rules, result)
    content = {
        "result": describe_observed(result, rules).as_json(),
        "distributions": [one.as_json() for one in regions.distributions()],
        "yields": {name: item.as_json() for name, item in regions.yields()[AFTER]["sr"].items()},
    }
    return json.dumps(content, default=lambda array: array.tolist())


BLIND = {"windows": WINDOW, "signal_over_background": 3.0, "offset": 2.0}


@settings(max_examples=4, deadline=None)
@given(arrays(np.float64, (5, 3), elements=st.floats(0, 1e4) | st.just(np.nan)))
def test_hidden_bins_never_influence_what_is_written(other: Floats) -> None:
    data = np.round(BACKGROUND + SIGNAL)
    assert written(np.where(HIDDEN, other, data), **BLIND) == written(data, **BLIND)


def test_bins_that_are_shown_do_and_so_does_unblinding() -> None:
    data = np.round(BACKGROUND + SIGNAL)
    assert written(data + 5.0 * ~HIDDEN, **BLIND) != written(data, **BLIND)
    assert written(data + 5.0 * HIDDEN, **BLIND, unblinded=True) != written(data, **BLIND, unblinded=True)


def test_distributions_hide_sums_with_hidden_bins_and_the_fitted_signal() -> None:
    data = BACKGROUND + 2 * SIGNAL
    fitted = replace(asimov(), inputs=inputs_with(data))
    for blinding, signal in (({"windows": WINDOW}, 1.0), ({"unblinded": True}, 2.0)):
        rules = settings_with(**blinding)
        regions = post_fit(fitted, rules, fit_observed(fitted, rules))
        mass, score, _ = (one.as_json()["data"] for one in regions.distributions())
        if signal == 1.0:
            assert [value is None for value in mass] == [False, False, True, True, False]
            assert score == [None] * 3
        else:
            np.testing.assert_allclose(mass, data.sum(axis=1))
        assert regions.yields()[AFTER]["sr"]["zh"].value == pytest.approx(signal * SIGNAL.sum(), rel=1e-3)


def test_a_bin_that_is_merged_with_a_hidden_one_is_hidden() -> None:
    """The last bin of the mass has no positive prediction and joins the hidden one beside it."""
    nominal = {"zh": template(SIGNAL), "tt": template(np.where(np.arange(5)[:, None] == 4, -5.0, BACKGROUND))}
    variations = {("tt", "jes"): (nominal["tt"], nominal["tt"])}
    region = RegionTemplates("sr", EDGES, nominal, variations, None)
    rules = settings_with(windows={"m_jj_gev": {"low": 120.0, "high": 140.0}})
    fitted = fit_asimov(Inputs(region, (), None, Path("templates.root")), rules)
    labels = fitted.groupings["sr"].labels.reshape(5, 3)
    joined = np.isin(labels, labels[3])
    assert joined[4].any()
    strengths = []
    for more in (0.0, 50.0):
        data = template(np.round(BACKGROUND + SIGNAL) + more * joined)
        one = fit_observed(replace(fitted, inputs=replace(fitted.inputs, signal=replace(region, data=data))), rules)
        assert one is not None
        strengths.append(one.result.values.tolist())
    assert strengths[0] == strengths[1]


def test_mistakes_are_named() -> None:
    data = BACKGROUND + SIGNAL
    with pytest.raises(UserError, match=r"templates\.root: region 'sr' has no data; fill its templates with data"):
        observed(None, unblinded=True)
    with pytest.raises(UserError, match=r"hides data of bins that fit\.blinding shows; run fill_templates again"):
        observed(np.where(HIDDEN, np.nan, data), unblinded=True)
    with pytest.raises(UserError, match="blinding hides all bins of the fit"):
        observed(data, windows={"score": {"low": 0.0}})
    assert fit_observed(asimov(), settings_with().model_copy(update={"observed": None})) is None
