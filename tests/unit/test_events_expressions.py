"""The expression language: arithmetic that agrees with NumPy, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.errors import UserError
from signedag.events.expressions import FUNCTIONS, evaluate, names_in, parse

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


EXPRESSIONS = st.recursive(
    st.sampled_from(["x", "y", "2.5", "1"]),
    lambda inner: st.one_of(
        st.builds(lambda a, op, b: f"({a} {op} {b})", inner, st.sampled_from(["+", "-", "*"]), inner),
        st.builds(lambda a: f"(-{a})", inner),
        st.builds(lambda a: f"abs({a})", inner),
    ),
    max_leaves=8,
)


@settings(deadline=None, derandomize=True)
@given(EXPRESSIONS)
def test_nested_arithmetic_agrees_with_python(text):
    expected = [eval(text, {"x": x, "y": y, "abs": abs}) for x, y in zip(X, Y, strict=True)]
    np.testing.assert_allclose(evaluate(text, COLUMNS, 4), expected, rtol=1e-12)
    assert names_in(text) <= {"x", "y"}


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
