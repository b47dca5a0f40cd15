"""The expression language: arithmetic that agrees with NumPy, and nothing else."""

from __future__ import annotations

import random

import numpy as np
import pytest
from fuzz_expressions import random_case
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.errors import UserError
from signedag.events.expressions import FUNCTIONS, evaluate, parse, parse_selection

X = np.array([-2.0, 0.0, 1.5, 4.0])
Y = np.array([1.0, 2.0, 3.0, -1.0])
COLUMNS = {"x": X, "y": Y, "count": np.array([0, 1, 2, 3])}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x + 2 * y", X + 2 * Y),
        ("-x ** 2", -(X**2)),
        ("x % 3", X % 3),
        ("hypot(x, y) / 2", np.hypot(X, Y) / 2),
        ("where(x > 0, x, y)", np.where(X > 0, X, Y)),
        ("minimum(x, 1) + maximum(y, 0)", np.minimum(X, 1) + np.maximum(Y, 0)),
        ("arctan2(y, x)", np.arctan2(Y, X)),
        ("(x > 0) & (y > 0)", (X > 0) & (Y > 0)),
        ("(x > 0) | ~(y > 0)", (X > 0) | ~(Y > 0)),
        ("0 < x <= 1.5", (X > 0) & (X <= 1.5)),
        ("0 < 1 < x", X > 1),
        ("count ** -1", np.array([np.inf, 1, 0.5, 1 / 3])),
        ("count / 2", np.array([0, 0.5, 1, 1.5])),
        ("x != y", X != Y),
    ],
)
def test_values_are_those_of_numpy(text, expected):
    columns = COLUMNS | {"count": COLUMNS["count"].astype(float)}
    np.testing.assert_array_equal(evaluate(text, columns, 4), expected)


def test_a_constant_fills_all_rows():
    assert evaluate("1 == 1", {}, 3).tolist() == [True] * 3
    assert evaluate("2.5", {}, 2).tolist() == [2.5, 2.5]
    assert evaluate("1 == 1", {}, 0).shape == (0,)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.randoms(use_true_random=False))
def test_expressions_of_every_type_agree_with_numpy(source):
    assert random_case(source, depth=3).difference() is None


def test_deep_expressions_of_every_type_agree_with_numpy():
    for seed in range(300):
        assert random_case(random.Random(seed)).difference() is None


A, B = np.array([True, True, False]), np.array([True, False, False])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a > 0.5) + (b > 0.5)", [2.0, 1.0, 0.0]),
        ("a - b", [0.0, 1.0, 0.0]),
        ("-a", [-1.0, -1.0, 0.0]),
        ("+a", [1.0, 1.0, 0.0]),
        ("a * 3", [3.0, 3.0, 0.0]),
        ("a / 3", [1 / 3, 1 / 3, 0.0]),
        ("(1 + a) ** (1 + b)", [4.0, 2.0, 1.0]),
        ("a % 2", [1.0, 1.0, 0.0]),
        ("exp(a > 0.5)", np.exp([1.0, 1.0, 0.0])),
        ("sqrt(a) + 1 / 3", np.sqrt([1.0, 1.0, 0.0]) + 1 / 3),
        ("minimum(a, b)", [1.0, 0.0, 0.0]),
        ("where(b, a, b) + a", [2.0, 1.0, 0.0]),
        ("(a > 0.5) == (b > 0.5)", [1.0, 0.0, 1.0]),
        ("(a > 0.5) < 0.5", [0.0, 0.0, 1.0]),
        ("True + True", [2.0, 2.0, 2.0]),
    ],
)
def test_booleans_count_as_0_and_1(text, expected):
    """NumPy adds them as a logical or, refuses to subtract them, and computes functions in half precision."""
    values = evaluate(text, {"a": A, "b": B}, 3)
    assert values.dtype == (np.bool_ if " == " in text or " < " in text else np.float64)
    np.testing.assert_array_equal(values, expected)


def test_small_types_do_not_overflow_or_round():
    columns = {"a": np.array([100, -100], dtype="i1"), "u": np.array([1, 2], dtype="u2"), "f": np.float32([0.1, 3e38])}
    assert evaluate("a + a", columns, 2).tolist() == [200.0, -200.0]
    assert evaluate("u - 2", columns, 2).tolist() == [-1.0, 0.0]
    assert evaluate("-u", columns, 2).tolist() == [-1.0, -2.0]
    assert evaluate("f * 10", columns, 2).tolist() == [float(np.float32(0.1)) * 10, float(np.float32(3e38)) * 10]


EVENT = np.array([2**53, 2**53 + 1, 2**60 + 1], dtype=np.int64)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("event == 9007199254740993", [False, True, False]),
        ("event > 9007199254740992.0", [False, True, True]),
        ("event > 9007199254740992", [False, True, True]),
        ("9007199254740992.0 < event", [False, True, True]),
        ("event != number", [False, True, True]),
        ("event % 2 == 1", [False, True, True]),
        ("event % -2 == -1", [False, True, True]),
        ("(event % 2) * 3", [0.0, 3.0, 3.0]),
        ("event % 0 == event % 0", [False, False, False]),
    ],
)
def test_event_numbers_above_2_to_the_53_are_not_rounded(text, expected):
    assert evaluate(text, {"event": EVENT, "number": EVENT.astype(float)}, 3).tolist() == expected


@pytest.mark.parametrize("text", ["event + 1", "-event", "sqrt(event)", "where(event > 0, event, 1)", "event % 1.5"])
def test_arithmetic_that_would_round_an_event_number_is_refused(text):
    with pytest.raises(UserError, match="integers above 2\\^53"):
        evaluate(text, {"event": EVENT}, 3)
    evaluate(text, {"event": EVENT[:1]}, 1)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (" + ".join(["x"] * 1000), "more than 150 steps one in another; cut it into pieces under events.columns"),
        ("-" * 5000 + "x", "more than 150 steps"),
        ("(" * 4000 + "x" + ")" * 4000, "does not parse"),
        ("x + " * 5000 + "x", "has 20001 characters; 10000 are the most"),
        ("x + 1" + "0" * 400, "a number in it is too large"),
        ("x + 1" + "0" * 5000, "does not parse"),
        ("x > 1e400", "a number in it is too large"),
        ("1 / 0", "is inf for every event"),
        ("x +\ny.z\n", "expression 'x + y.z': 'y.z' is not part"),
        ("x\0 + 1", "does not parse"),
        ("", "does not parse"),
        ("x # + y", "does not parse: no comments"),
        ("~(x + 1)", "after ~ is no comparison"),
    ],
)
def test_what_cannot_be_computed_is_one_short_line(text, part):
    with pytest.raises(ValueError) as caught:
        parse(text)
    assert part in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("text", ["x > 1", "x", "~(x > 1)", "(x > 1) & (y < 2)", "1 == 1", "True", "0 < x < 1"])
def test_a_selection_is_a_condition(text):
    parse_selection(text)


@pytest.mark.parametrize("text", ["x + 1", "3", "-x", "where(x > 1, y, x)", "minimum(x, y)"])
def test_a_number_is_no_selection(text):
    with pytest.raises(ValueError, match="is no condition; compare it with something"):
        parse_selection(text)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("x +", "does not parse"),
        ("x.real", "'x.real' is not part of the language"),
        ("x[0]", "not part of the language"),
        ("__import__('os')", "not part of the language"),
        ("open(x)", "functions: abs, sqrt"),
        ("lambda: x", "not part of the language"),
        ("'text'", "not part of the language"),
        ("1j * x", "not part of the language"),
        ("sqrt(x, out=y)", "not part of the language"),
        ("sqrt(*x)", "not part of the language"),
        ("x > 1 and y > 1", "instead of 'and' and 'or'"),
        ("x > 1 & y > 1", "in parentheses"),
        ("sqrt(x, y)", "sqrt takes 1 argument(s), got 2"),
        ("hypot(x)", "hypot takes 2 argument(s), got 1"),
        ("where(x > 1, x)", "where takes 3 argument(s), got 2"),
        ("minimum(x, y, x)", "minimum takes 2 argument(s), got 3"),
    ],
)
def test_what_is_outside_the_language_is_refused(text, part):
    with pytest.raises(ValueError) as caught:
        parse(text)
    assert part in str(caught.value)


def test_a_missing_column_is_named():
    with pytest.raises(UserError, match="expression 'x \\+ z': no column 'z'; columns here: count, x, y"):
        evaluate("x + z", COLUMNS, 4)


def test_every_function_can_be_called():
    for name in FUNCTIONS:
        for arguments in ("x", "x, y", "x > 0, x, y"):
            try:
                parse(f"{name}({arguments})")
            except ValueError:
                continue
            assert evaluate(f"{name}({arguments})", COLUMNS, 4).shape == (4,)
            break
        else:
            pytest.fail(f"{name} takes no number of arguments")


def test_columns_are_not_changed():
    before = X.copy()
    evaluate("maximum(x, 0) * sqrt(abs(x))", COLUMNS, 4)
    np.testing.assert_array_equal(X, before)
