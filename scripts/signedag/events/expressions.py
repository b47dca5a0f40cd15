"""The small expression language of the settings: selections, regions, derived columns and weight factors.

An expression is Python arithmetic on column names: `+ - * / ** %`, comparisons (also chained), `& | ~`, numbers and
the functions of `FUNCTIONS`. Nothing else is accepted, so a settings file cannot run code. Values are float64 or
conditions whatever the columns hold, see `signedag.events.exact`.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable, Mapping
from functools import reduce
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.errors import UserError
from signedag.events.exact import as_numbers, compared, remainder

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
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
_LOGICAL: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.BitAnd: np.logical_and,
    ast.BitOr: np.logical_or,
}
_SIGN: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.USub: np.negative, ast.UAdd: np.positive}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
MOST_CHARACTERS = 10_000
MOST_NESTED = 150
"""Steps of an expression one in another, such as the terms of a sum: far below where Python's own stack ends."""


def parse(text: str) -> ast.expr:
    """Parse an expression and check that it uses the language only.

    Raises:
        ValueError: a syntax error, or something outside the language, naming it, in one line.
    """
    tree = _tree(text)
    _check_depth(tree, text)
    if not _check(tree, text):
        with np.errstate(all="ignore"):
            value = _evaluate(tree, {}, text)
        if not np.isfinite(value):
            raise ValueError(f"expression '{in_short(text)}' is {value} for every event")
    return tree


def parse_selection(text: str) -> ast.expr:
    """Parse an expression that says which events are selected.

    Raises:
        ValueError: as of `parse`, or the expression is a number and not a condition.
    """
    tree = parse(text)
    if not (_is_logical(tree) or (isinstance(tree, ast.Constant) and isinstance(tree.value, bool))):
        raise ValueError(f"expression '{in_short(text)}' is no condition; compare it with something, as in a > 1")
    return tree


def names_in(text: str) -> set[str]:
    """Give the column names that an expression uses.

    >>> sorted(names_in("(sqrt(met_gev) > 3) & (n_jets == 2)"))
    ['met_gev', 'n_jets']
    """
    return _check(parse(text), text)


def in_order(definitions: Mapping[str, str]) -> tuple[str, ...]:
    """Put columns in an order in which each uses only earlier ones.

    Args:
        definitions: column to its expression; other names in it are taken as given.

    Raises:
        ValueError: columns are defined in terms of each other, with the circle.

    >>> in_order({"a": "b + 1", "b": "x ** 2"})
    ('b', 'a')
    """
    uses = {name: sorted(names_in(text) & set(definitions)) for name, text in definitions.items()}
    try:
        return tuple(TopologicalSorter(uses).static_order())
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        raise ValueError(f"{circle} is defined in terms of itself; map the branch to another name") from error


def in_short(text: str) -> str:
    """Give an expression as it stands in messages: in one line, and not longer than one."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= 100 else f"{line[:100]}…"


def _tree(text: str) -> ast.expr:
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"expression '{in_short(text)}' has {len(text)} characters; {MOST_CHARACTERS} are the most")
    if "#" in text:
        raise ValueError(
            f"expression '{in_short(text)}' does not parse: no comments, please; they may stand above the key"
        )
    try:
        with warnings.catch_warnings(action="ignore"):  # of what is refused below anyway
            return ast.parse(" ".join(text.split()), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"expression '{in_short(text)}' does not parse: {error.msg}") from error
    except (RecursionError, MemoryError, ValueError) as error:  # Python's parser has a stack of its own
        raise ValueError(f"expression '{in_short(text)}' does not parse: {_too_deep()}") from error


def _too_deep() -> str:
    return f"more than {MOST_NESTED} steps one in another; cut it into pieces under events.columns"


def _check_depth(tree: ast.expr, text: str) -> None:
    """Raise ValueError where a tree is too deep to walk it by recursion."""
    level: list[ast.AST] = [tree]
    for _ in range(MOST_NESTED):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise ValueError(f"expression '{in_short(text)}': {_too_deep()}")


def _is_logical(node: ast.expr) -> bool:
    if isinstance(node, ast.Compare | ast.Name):
        return True
    if isinstance(node, ast.BinOp):
        return type(node.op) in _LOGICAL
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert | ast.Not)


def _check(node: ast.expr, text: str) -> set[str]:
    """Give the names below `node`; raise ValueError where it leaves the language."""
    match node:
        case ast.Constant(value=bool() | int() | float() as number):
            if abs(number) >= 2**63 if isinstance(number, int) else not math.isfinite(number):
                raise ValueError(f"expression '{in_short(text)}': a number in it is too large to be computed with")
            return set()
        case ast.Name(id=name):
            return {name}
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _LOGICAL:
            return _check_condition(left, "beside & or |", text) | _check_condition(right, "beside & or |", text)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC or isinstance(op, ast.Mod):
            return _check(left, text) | _check(right, text)
        case ast.UnaryOp(op=op, operand=operand):
            return _check(operand, text) if type(op) in _SIGN else _check_condition(operand, "after ~", text)
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARE for op in ops):
            return _check(left, text).union(*(_check(other, text) for other in others))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            expected = _ARGUMENTS.get(name, 1)
            if len(args) != expected:
                raise ValueError(f"expression '{in_short(text)}': {name} takes {expected} argument(s), got {len(args)}")
            return set().union(*(_check(argument, text) for argument in args))
        case ast.BoolOp():
            raise ValueError(
                f"expression '{in_short(text)}': write & and | (with parentheses) instead of 'and' and 'or'"
            )
        case _:
            raise ValueError(
                f"expression '{in_short(text)}': '{in_short(ast.unparse(node))}' is not part of the language; "
                f"functions: {', '.join(FUNCTIONS)}"
            )


def _check_condition(node: ast.expr, where: str, text: str) -> set[str]:
    """Check a node that must be a condition, as `_check` does."""
    if not _is_logical(node):
        raise ValueError(
            f"expression '{in_short(text)}': '{in_short(ast.unparse(node))}' {where} is no comparison; "
            "put each comparison in parentheses, as in (a > 1) & (b < 2) or ~(a > 1)"
        )
    return _check(node, text)


def evaluate(text: str, columns: Mapping[str, NDArray[Any]], rows: int) -> NDArray[Any]:
    """Evaluate an expression on columns of shape (rows,).

    Returns:
        an array of shape (rows,): bool for a condition, float64 for a number; a column by itself, and the remainder of
        integers, as they are.

    Raises:
        UserError: the expression uses a column that does not exist, or computes with integers that float64 lacks.
    """
    tree = parse(text)
    missing = sorted(_check(tree, text) - set(columns))
    if missing:
        raise UserError(
            f"expression '{in_short(text)}': no column '{missing[0]}'; columns here: {', '.join(sorted(columns))}"
        )
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.broadcast_to(_evaluate(tree, columns, text), (rows,))


def _evaluate(node: ast.expr, columns: Mapping[str, NDArray[Any]], text: str) -> NDArray[Any]:
    """Give the value of a node: an array of shape (rows,), or () where no column is below it."""

    def value(below: ast.expr) -> NDArray[Any]:
        return _evaluate(below, columns, text)

    def number(below: ast.expr) -> NDArray[np.float64]:
        return as_numbers(value(below), f"expression '{in_short(text)}': '{in_short(ast.unparse(below))}'")

    match node:
        case ast.Constant(value=constant):
            return np.asarray(constant)
        case ast.Name(id=name):
            return np.asarray(columns[name])
        case ast.BinOp(left=left, op=ast.Mod(), right=right):
            return remainder(value(left), value(right), f"expression '{in_short(text)}'")
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _LOGICAL:
            return np.asarray(_LOGICAL[type(op)](value(left), value(right)))
        case ast.BinOp(left=left, op=op, right=right):
            return np.asarray(_ARITHMETIC[type(op)](number(left), number(right)))
        case ast.UnaryOp(op=op, operand=operand):
            return _evaluate_unary(op, operand, value, number)
        case ast.Compare(left=left, ops=ops, comparators=others):
            values = [value(left), *(value(other) for other in others)]
            results = [compared(_COMPARE[type(op)], values[i], values[i + 1]) for i, op in enumerate(ops)]
            return np.asarray(reduce(np.logical_and, results))
        case ast.Call(func=ast.Name(id="where"), args=[condition, first, second]):
            return np.where(value(condition), number(first), number(second))
        case ast.Call(func=ast.Name(id=name), args=args):
            return np.asarray(FUNCTIONS[name](*(number(argument) for argument in args)))
        case _:
            raise AssertionError(f"parse() lets no {type(node).__name__} pass")


def _evaluate_unary(
    op: ast.unaryop,
    operand: ast.expr,
    value: Callable[[ast.expr], NDArray[Any]],
    number: Callable[[ast.expr], NDArray[np.float64]],
) -> NDArray[Any]:
    if type(op) not in _SIGN:
        return np.asarray(np.logical_not(value(operand)))
    if isinstance(operand, ast.Constant) and type(operand.value) is int:
        return np.asarray(-operand.value if isinstance(op, ast.USub) else operand.value)  # a number as it is written
    return np.asarray(_SIGN[type(op)](number(operand)))
