"""AMS, significance ratio and binned significance with signed weights."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.metrics.roc import signed_roc
from signedag.metrics.significance import (
    approximate_median_significance,
    binned_significance,
    signed_asimov_significance,
    significance_ratio,
)
from signedag.metrics.weighted_sample import WeightedSample
from signedag.statistics.templates import find_bins

COMMON = settings(deadline=None, derandomize=True, max_examples=60)
EDGES = (np.array([0.0, 0.25, 0.5, 0.75, 1.0]),)
SCORES = st.integers(0, 16).map(lambda n: n / 16)
WEIGHTS = st.integers(-4, 12).filter(bool).map(lambda n: n / 4)
EVENTS = st.lists(st.tuples(SCORES, WEIGHTS), min_size=1, max_size=15)


def lifted(events):
    """Give events whose sum of weights is positive: signs are turned over where it is not."""
    total = sum(weight for _, weight in events)
    if total < 0:
        return [(value, -weight) for value, weight in events]
    return [(events[0][0], 1.0), *events] if total == 0 else events


POSITIVE = EVENTS.map(lifted)


def sample(events):
    values = np.array(events, dtype=np.float64).reshape(-1, 2)
    return WeightedSample(values[:, 0], values[:, 1])


def template(one):
    return find_bins([one.values], EDGES).fill(one.weights)


def counts(values):
    """One event in each bin that carries the whole content."""
    return template(WeightedSample(np.array([0.1, 0.3, 0.6, 0.9]), np.array(values, dtype=np.float64)))


def test_binned_significance_is_the_closed_form():
    signal, background = [1.0, 2.0, 3.0, 4.0], [40.0, 30.0, 20.0, 5.0]
    found = binned_significance(counts(signal), counts(background))
    pairs = list(zip(signal, background, strict=True))
    assert found.asimov.value == pytest.approx(
        math.sqrt(sum(2 * ((s + b) * math.log(1 + s / b) - s) for s, b in pairs)), rel=1e-12
    )
    assert found.signal_squared_over_total.value == pytest.approx(sum(s * s / (s + b) for s, b in pairs), rel=1e-12)
    assert found.left_out == ()


@COMMON
@given(st.lists(st.tuples(st.floats(0.1, 10), st.floats(1, 100)), min_size=4, max_size=4))
def test_errors_are_linear_propagation_of_the_sums_of_squares(pairs):
    signal, background = (np.array(column) for column in zip(*pairs, strict=True))
    found = binned_significance(counts(signal), counts(background))

    def derivatives(value):
        changes = []
        for which, contents in enumerate((signal, background)):
            for index in range(4):
                step = 1e-6 * contents[index]
                sides = []
                for sign in (1, -1):
                    moved = [signal.copy(), background.copy()]
                    moved[which][index] += sign * step
                    sides.append(value(binned_significance(counts(moved[0]), counts(moved[1]))))
                changes.append((sides[0] - sides[1]) / (2 * step) * contents[index])
        return math.sqrt(sum(change**2 for change in changes))

    assert found.asimov.error == pytest.approx(derivatives(lambda x: x.asimov.value), rel=1e-4)
    assert found.signal_squared_over_total.error == pytest.approx(
        derivatives(lambda x: x.signal_squared_over_total.value), rel=1e-4
    )


def test_the_error_is_the_spread_over_simulated_samples():
    generator = np.random.default_rng(4)
    values, errors = [], []
    for _ in range(400):
        events = []
        for mean, low in ((300, 0.4), (3000, 0.0)):
            size = generator.poisson(mean)
            weights = np.where(generator.random(size) < 0.2, -1.0, 1.0) * 0.1
            events.append(template(WeightedSample(generator.uniform(low, 1, size), weights)))
        found = binned_significance(*events)
        values.append(found.asimov.value)
        errors.append(found.asimov.error)
    assert np.mean(errors) == pytest.approx(np.std(values, ddof=1), rel=0.12)


def test_bins_without_positive_signal_or_background_add_nothing_and_are_listed():
    found = binned_significance(counts([-1.0, 2.0, 3.0, 0.0]), counts([40.0, 30.0, -2.0, 0.0]))
    alone = binned_significance(counts([0.0, 2.0, 0.0, 0.0]), counts([0.0, 30.0, 0.0, 0.0]))
    assert found.asimov == alone.asimov
    assert [(entry.bin, entry.reason) for entry in found.left_out] == [
        (0, "signal is not positive"),
        (2, "background is not positive"),
        (3, "no signal events; no background events"),
    ]
    described = found.as_json()
    assert described["bins_left_out"][1] == {
        "bin": 2, "low": 0.5, "high": 0.75, "signal": 3.0, "background": -2.0, "reason": "background is not positive",
    }  # fmt: skip


def test_no_usable_bin_is_undefined_not_zero():
    found = binned_significance(counts([1.0, 1.0, 1.0, 1.0]), counts([-1.0, -1.0, 0.0, -1.0]))
    assert math.isnan(found.asimov.value)
    assert "no bin" in found.asimov.reason
    assert found.as_json()["value"] is None


@COMMON
@given(EVENTS, EVENTS, SCORES, WEIGHTS)
def test_values_are_the_same_for_halves_and_with_cancelling_pairs(signal, background, score, weight):
    pair = [(score, weight), (score, -weight)]
    halves = [(value, part / 2) for value, part in background for _ in range(2)]
    before = binned_significance(template(sample(signal)), template(sample(background)))
    ratio = significance_ratio(signed_roc(sample(signal), sample(background)))
    for changed in (halves, background + pair):
        after = binned_significance(template(sample(signal)), template(sample(changed)))
        assert after.asimov.value == pytest.approx(before.asimov.value, rel=1e-9, nan_ok=True)
        assert [entry[:5] for entry in after.left_out] == [entry[:5] for entry in before.left_out]
        changed_ratio = significance_ratio(signed_roc(sample(signal), sample(changed)))
        assert changed_ratio.ratio.value == pytest.approx(ratio.ratio.value, rel=1e-9, nan_ok=True)


@COMMON
@given(POSITIVE, POSITIVE)
def test_significance_ratio_is_the_best_usable_threshold(signal, background):
    total_signal = sum(w for _, w in signal)
    best = -math.inf
    for threshold in {score for score, _ in signal + background}:
        s, b = (sum(w for score, w in events if score >= threshold) for events in (signal, background))
        if s > 0 and b > 0:
            best = max(best, s / math.sqrt(s + b) * math.sqrt(total_signal) / total_signal)
    found = significance_ratio(signed_roc(sample(signal), sample(background)))
    assert found.ratio.value == pytest.approx(best, rel=1e-12)
    passing = [sum(w for score, w in events if score >= found.threshold) for events in (signal, background)]
    assert min(passing) > 0


@COMMON
@given(
    st.lists(st.tuples(SCORES, st.floats(0.1, 3)), min_size=2),
    st.lists(st.tuples(SCORES, st.floats(0.1, 3)), min_size=2),
)
def test_for_positive_weights_the_ratio_is_between_0_and_1(signal, background):
    ratio = significance_ratio(signed_roc(sample(signal), sample(background))).ratio
    assert 0 < ratio.value < 1
    assert ratio.error > 0


def test_the_ratios_error_is_linear_propagation_at_the_best_threshold():
    signal, background = sample([(0.8, 9.0), (0.2, 2.0)]), sample([(0.8, 4.0), (0.3, 30.0)])
    found = significance_ratio(signed_roc(signal, background))
    assert found.threshold == 0.8

    def ratio(passing, rejected, other):
        return passing / math.sqrt((passing + other) * (passing + rejected))

    assert found.ratio.value == pytest.approx(ratio(9, 2, 4))
    step, variance = 1e-5, 0.0
    for index, content in enumerate((9.0, 2.0, 4.0)):
        sides = []
        for sign in (1, -1):
            arguments = [9.0, 2.0, 4.0]
            arguments[index] += sign * step
            sides.append(ratio(*arguments))
        variance += ((sides[0] - sides[1]) / (2 * step) * content) ** 2
    assert found.ratio.error == pytest.approx(math.sqrt(variance), rel=1e-6)


@pytest.mark.parametrize(
    ("background", "reason"), [([(0.1, -1.0)], "background has no positive sum"), ([], "background has no events")]
)
def test_the_ratio_without_background_is_undefined(background, reason):
    found = significance_ratio(signed_roc(sample([(0.5, 1.0)]), sample(background)))
    assert reason in found.ratio.reason
    assert math.isnan(found.threshold)


def test_thresholds_with_net_negative_background_are_passed_over():
    # Up to 0.5 background is net negative, which would make AMS larger than that of all signal without background.
    found = significance_ratio(signed_roc(sample([(0.9, 3.0), (0.1, -1.0)]), sample([(0.5, -2.0), (0.05, 5.0)])))
    assert found.ratio.value == pytest.approx(2 / math.sqrt(5) / math.sqrt(2))
    assert found.threshold == 0.05


def test_approximate_median_significance_needs_positive_sums():
    found = approximate_median_significance(np.array([4.0, 0.0, 1.0]), np.array([5.0, 5.0, 0.0]))
    assert found[0] == pytest.approx(4 / 3)
    assert np.isnan(found[1:]).all()


def test_asimov_significance_of_an_excess_has_its_sign():
    assert signed_asimov_significance(1e-3, 100.0) == pytest.approx(1e-4, rel=1e-3)
    assert signed_asimov_significance(10.0, 100.0) == pytest.approx(math.sqrt(2 * (110 * math.log(1.1) - 10)))
    assert signed_asimov_significance(-10.0, 100.0) == pytest.approx(-math.sqrt(2 * (90 * math.log(0.9) + 10)))
    assert signed_asimov_significance(0.0, 100.0) == 0
    assert math.isnan(signed_asimov_significance(1.0, 0.0))
    assert math.isnan(signed_asimov_significance(-2.0, 1.0))
