"""The small expression language of the settings: selections, regions, derived columns and weight factors.

An expression is Python arithmetic on column names: `+ - * / ** %`, comparisons (also chained), `& | ~`, numbers and
the functions of `FUNCTIONS`. Nothing else is accepted, so a settings file cannot run code.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.errors import UserError

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "sqrt": np.sqrt,
    "log": np.log,
    "exp": np.exp,
    "sin": np.sin,
    "cos": np.cos,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "arctan2": np.arctan2,
    "hypot": np.hypot,
    "minimum": np.minimum,
    "maximum": np.maximum,
    "where": np.where,
}
_ARGUMENTS = {"arctan2": 2, "hypot": 2, "minimum": 2, "maximum": 2, "where": 3}
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.Mod: np.mod,
    ast.BitAnd: np.logical_and,
    ast.BitOr: np.logical_or,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: np.negative,
    ast.UAdd: np.positive,
    ast.Invert: np.logical_not,
    ast.Not: np.logical_not,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}


def parse(text: str) -> ast.expr:
    """Parse an expression and check that it uses the language only.

    Raises:
        ValueError: a syntax error, or something outside the language, naming it.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"expression '{text}' does not parse: {error.msg}") from error
    _check(tree, text)
    return tree


def names_in(text: str) -> set[str]:
    """Give the column names that an expression uses.

    >>> sorted(names_in("(sqrt(met_gev) > 3) & (n_jets == 2)"))
    ['met_gev', 'n_jets']
    """
    return _check(parse(text), text)


def _is_logical(node: ast.expr) -> bool:
    if isinstance(node, ast.Compare | ast.Name):
        return True
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.BitAnd | ast.BitOr)
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert | ast.Not)


def _check(node: ast.expr, text: str) -> set[str]:
    """Give the names below `node`; raise ValueError where it leaves the language."""
    match node:
        case ast.Constant(value=bool() | int() | float()):
            return set()
        case ast.Name(id=name):
            return {name}
        case ast.BinOp(left=left, op=ast.BitAnd() | ast.BitOr(), right=right):
            for side in (left, right):
                if not _is_logical(side):
                    raise ValueError(
                        f"expression '{text}': '{ast.unparse(side)}' beside & or | is no comparison; "
                        "put each comparison in parentheses, as in (a > 1) & (b < 2)"
                    )
            return _check(left, text) | _check(right, text)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _check(left, text) | _check(right, text)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return _check(operand, text)
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARE for op in ops):
            return _check(left, text).union(*(_check(other, text) for other in others))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            expected = _ARGUMENTS.get(name, 1)
            if len(args) != expected:
                raise ValueError(f"expression '{text}': {name} takes {expected} argument(s), got {len(args)}")
            return set().union(*(_check(argument, text) for argument in args))
        case ast.BoolOp():
            raise ValueError(f"expression '{text}': write & and | (with parentheses) instead of 'and' and 'or'")
        case _:
            shown = ast.unparse(node)
            raise ValueError(
                f"expression '{text}': '{shown}' is not part of the language; functions: {', '.join(FUNCTIONS)}"
            )


def evaluate(text: str, columns: Mapping[str, NDArray[Any]], rows: int) -> NDArray[Any]:
    """Evaluate an expression on columns of shape (rows,).

    Returns:
        an array of shape (rows,).

    Raises:
        UserError: the expression uses a column that does not exist.
    """
    tree = parse(text)
    missing = sorted(_check(tree, text) - set(columns))
    if missing:
        raise UserError(f"expression '{text}': no column '{missing[0]}'; columns here: {', '.join(sorted(columns))}")
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.broadcast_to(np.asarray(_evaluate(tree, columns)), (rows,))


def _evaluate(node: ast.expr, columns: Mapping[str, NDArray[Any]]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            return columns[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_evaluate(left, columns), _evaluate(right, columns))
        case ast.UnaryOp(op=op, operand=operand):
            return _UNARY[type(op)](_evaluate(operand, columns))
        case ast.Compare(left=left, ops=ops, comparators=others):
            values = [_evaluate(left, columns), *(_evaluate(other, columns) for other in others)]
            results = [_COMPARE[type(op)](values[i], values[i + 1]) for i, op in enumerate(ops)]
            return reduce(np.logical_and, results)
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name](*(_evaluate(argument, columns) for argument in args))
        case _:
            raise AssertionError(f"parse() lets no {type(node).__name__} pass")
