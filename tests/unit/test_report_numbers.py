"""How numbers are written: two significant digits of the error, true minus signs, nothing rounded to zero silently."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signedag.report.numbers import decimals_of, p_value, percent, probability, signed, with_error, with_interval


@given(st.floats(1e-6, 1e6))
def test_the_error_is_written_to_better_than_five_per_cent(error):
    assert abs(round(error, decimals_of(error)) - error) <= 0.051 * error


def test_rounding_up_to_the_next_power_keeps_two_digits():
    assert with_error(1.0, 0.0996) == "1.00 ± 0.10"
    assert with_error(123.4, 9.96) == "123 ± 10"
    assert with_error(-123456.0, 996.0) == "−123500 ± 1000"


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [(-0.0123, 0.0045, "−0.0123 ± 0.0045"), (12.0, None, "12"), (0.0, 0.1, "0.00 ± 0.10")],
)
def test_value_with_error(value, error, text):
    assert with_error(value, error) == text


def test_interval_with_an_undefined_end():
    assert with_interval(1.0, None, 0.42) == "1.00 −? +0.42"
    assert with_interval(1.0, None, None) == "1.000 −? +?"


def test_interval_with_more_decimals():
    assert with_interval(1.0, 0.3413, 0.3721, more=1) == "1.000 −0.341 +0.372"


@given(st.floats(-1e3, 1e3), st.integers(0, 5))
def test_signed_numbers_read_back(value, digits):
    text = signed(value, digits)
    assert "-" not in text
    assert float(text.replace("−", "-")) == pytest.approx(value, abs=0.5 * 10**-digits + 1e-12)


@given(st.floats(0, 1))
def test_probabilities_read_back_within_rounding(value):
    text = probability(value)
    if value < 1e-6:
        assert text == "< 1e-6"
    else:
        assert float(text) == pytest.approx(value, rel=0.5, abs=0.005)


def test_small_shares_are_not_hidden():
    assert percent(1.2e-6) == "0.0001 %"
    assert percent(0) == "0 %"
    assert p_value(1e-30) == "p < 1e-6"
