"""What blinding hides: bins by each rule, the fitted strength, and nothing else."""

import numpy as np
import pytest
from fit_models import peak_on_slope
from hypothesis import given
from hypothesis import strategies as st

from signedag.config.blinding import Blinding, Window
from signedag.errors import UserError
from signedag.statistics.blinding import (
    NO_LIMIT,
    NO_SIGNIFICANCE,
    WITHHELD,
    hidden_offset,
    without_hidden,
)
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import fit
from signedag.statistics.hidden_bins import HiddenBins, hidden_bins
from signedag.statistics.intervals import Interval, Profile
from signedag.statistics.likelihood import Likelihood

MASS, SCORE = np.array([60.0, 100.0, 140.0, 180.0]), np.array([0.0, 0.5, 0.8, 1.0])
AXES = {"m_jj_gev": MASS, "score": SCORE}
NONE, ONES = np.zeros((3, 3)), np.ones((3, 3))


def test_windows_hide_the_bins_that_they_overlap_with() -> None:
    mass = hidden_bins("sr", AXES, NONE, ONES, Blinding(windows={"m_jj_gev": Window(low=100.0, high=140.0)}))
    np.testing.assert_array_equal(mass.mask, [[False] * 3, [True] * 3, [False] * 3])
    wider = hidden_bins("sr", AXES, NONE, ONES, Blinding(windows={"m_jj_gev": Window(low=99.0, high=140.5)}))
    assert wider.mask.all()
    cut = hidden_bins("sr", AXES, NONE, ONES, Blinding(windows={"score": Window(low=0.8)}))
    np.testing.assert_array_equal(cut.mask, [[False, False, True]] * 3)
    both = {"m_jj_gev": Window(high=100.0), "score": Window(low=0.8), "met_gev": Window(low=0.0)}
    result = hidden_bins("sr", AXES, NONE, ONES, Blinding(windows=both))
    np.testing.assert_array_equal(result.mask, [[True] * 3, [False, False, True], [False, False, True]])
    assert result.as_json() == {"region": "sr", "hidden": 5, "by_rule": {"m_jj_gev": 3, "score": 3}}


def test_a_ratio_hides_signal_of_either_sign_and_signal_without_background() -> None:
    signal = np.array([1.0, 3.0, -3.0, 1.0, 1.0, 0.0, 0.0])
    background = np.array([20.0, 20.0, 20.0, 0.0, -2.0, -2.0, 5.0])
    axes = {"score": np.linspace(0, 1, 8)}
    result = hidden_bins("sr", axes, signal, background, Blinding(signal_over_background=0.1))
    np.testing.assert_array_equal(result.mask, [False, True, True, True, True, False, False])
    assert result.shown(np.arange(7.0)) == [0.0, None, None, None, None, 5.0, 6.0]


def test_unblinding_shows_everything() -> None:
    rules = Blinding(signal_over_background=1e-3, windows={"score": Window(low=0.0)}, offset=3.0, unblinded=True)
    assert not hidden_bins("sr", AXES, ONES, ONES, rules).mask.any()
    assert hidden_offset("vhbb", 1, "mu", rules) is None
    assert hidden_offset("vhbb", 1, "mu", Blinding()) is None


def test_hidden_bins_have_no_say_in_a_fit() -> None:
    expectation = peak_on_slope(8, 4)
    counts = expectation.expected(expectation.model.initial())
    mask = np.arange(8) >= 5
    results = []
    for changed in (counts, counts + 50.0 * mask):
        model, kept = without_hidden(expectation.model, changed, [HiddenBins("sr", mask, {})])
        assert kept.size == 5
        results.append(Profile(fit(Likelihood(Expectation(model), kept)), "mu").interval())
    assert results[0] == results[1]
    whole = Profile(fit(Likelihood(expectation, counts)), "mu").interval()
    assert whole.up is not None and results[0].up is not None and results[0].up > whole.up
    with pytest.raises(UserError, match="blinding hides all bins of the fit"):
        without_hidden(expectation.model, counts, [HiddenBins("sr", np.ones(8, dtype=bool), {})])
    untouched, same = without_hidden(expectation.model, counts, [])
    assert untouched.channels[0].bins == 8 and np.array_equal(same, counts)


@given(st.floats(-5, 5), st.floats(-5, 5), st.integers(0, 1000))
def test_an_offset_keeps_sides_and_differences(first: float, second: float, seed: int) -> None:
    offset = hidden_offset("vhbb", seed, "mu", Blinding(offset=4.0))
    assert offset is not None and abs(offset.value) <= 4.0
    shown = [offset.interval(Interval(value, 0.5, None, "why")) for value in (first, second)]
    assert shown[0].sides() == {"down": 0.5, "up": None, "reason": WITHHELD}
    assert shown[0].value - shown[1].value == pytest.approx(first - second, abs=1e-12)
    np.testing.assert_allclose(offset.scanned(np.array([first])), shown[0].value)


def test_offsets_are_of_the_analysis_its_seed_and_the_strength_and_tell_nothing() -> None:
    rules = Blinding(offset=4.0)
    keys = [("vhbb", 1, "mu"), ("vhbb", 2, "mu"), ("other", 1, "mu"), ("vhbb", 1, "mu_zh")]
    offsets = [hidden_offset(*key, rules) for key in keys]
    values = [offset.value for offset in offsets if offset is not None]
    assert len(set(values)) == 4
    again = hidden_offset("vhbb", 1, "mu", rules)
    assert again == offsets[0] and again is not None
    assert NO_SIGNIFICANCE.as_json() == {"q0": None, "z": None, "reason": WITHHELD}
    assert NO_LIMIT.value is None and NO_LIMIT.reason == WITHHELD
    drawn = np.array([hidden_offset("vhbb", seed, "mu", rules).value for seed in range(300)])  # type: ignore[union-attr]
    assert abs(drawn.mean()) < 5 * 4 / np.sqrt(3 * 300) and drawn.max() > 3.5 and drawn.min() < -3.5


@pytest.mark.parametrize(
    ("window", "message"),
    [({}, "give 'low', 'high' or both"), ({"low": 2.0, "high": 1.0}, "high must be above low, got 2.0 and 1.0")],
)
def test_a_window_that_is_none_is_refused(window: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Window(**window)
