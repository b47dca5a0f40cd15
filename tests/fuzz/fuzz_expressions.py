"""Random expressions on random columns, compared with NumPy on float64 and with Python's comparisons of exact numbers.

python tests/fuzz/fuzz_expressions.py --cases 2000 --seed 1
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from signedag.events.expressions import evaluate, names_in

ROWS = 7
DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64",
)  # fmt: skip
BIG = {"big": np.int64, "big_unsigned": np.uint64}
"""Columns of integers beyond 2^53: they are compared and divided with remainder, never rounded."""
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power, "%": np.mod,
}  # fmt: skip
FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "abs": (1, np.abs), "sqrt": (1, np.sqrt), "log": (1, np.log), "exp": (1, np.exp), "sin": (1, np.sin),
    "cos": (1, np.cos), "sinh": (1, np.sinh), "cosh": (1, np.cosh), "tanh": (1, np.tanh),
    "arctan2": (2, np.arctan2), "hypot": (2, np.hypot), "minimum": (2, np.minimum), "maximum": (2, np.maximum),
}  # fmt: skip
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """An expression, the columns that it may use, of any type and shape (rows,), and the values that it should have."""

    text: str
    columns: dict[str, NDArray[Any]]
    expected: NDArray[Any]

    def difference(self) -> str | None:
        """Say how the expression's values differ from those of NumPy; None if they do not."""
        try:
            found = evaluate(self.text, self.columns, ROWS)
        except ValueError as error:  # one that is infinite or NaN whatever the events are is refused
            return None if self.expected.shape == () and not np.isfinite(self.expected) else f"refused: {error}"
        expected = np.broadcast_to(self.expected, (ROWS,))
        if found.dtype.kind == "f" and found.dtype != np.float64 and self.text not in self.columns:
            return f"{self.text}: computed as {found.dtype}"
        if np.array_equal(found.astype(np.float64), expected.astype(np.float64), equal_nan=True):
            return None
        dtypes = {name: str(self.columns[name].dtype) for name in sorted(names_in(self.text))}
        return f"{self.text}: {found.tolist()} instead of {expected.tolist()}, columns {dtypes}"


def random_columns(source: random.Random) -> dict[str, NDArray[Any]]:
    """Give a column of every type, with the numbers at which types differ among its values."""
    columns: dict[str, NDArray[Any]] = {}
    for dtype in DTYPES:
        if dtype == "bool":
            values: list[Any] = [source.random() < 0.5 for _ in range(ROWS)]
        elif dtype.startswith("float"):
            special = [0.0, -1.0, 0.5, 1e30, float("nan"), float("inf")]
            values = [source.choice(special) if source.random() < 0.2 else source.gauss(0, 3) for _ in range(ROWS)]
        else:
            limits = np.iinfo(dtype)
            low, high = max(limits.min, -(2**53)), min(limits.max, 2**53)
            values = [source.choice([low, high, 0, 1, source.randint(0, 100)]) for _ in range(ROWS)]
        with np.errstate(over="ignore"):
            columns[f"a_{dtype}"] = np.array(values, dtype=dtype)
    for name, dtype_ in BIG.items():
        limits = np.iinfo(dtype_)
        near = [2**53 + 1, 2**53, 2**60 + 1, limits.max, limits.max - 1, limits.min]
        columns[name] = np.array([source.choice(near) for _ in range(ROWS)], dtype=dtype_)
    return columns


def random_case(source: random.Random, depth: int = 4) -> Case:
    """Draw columns and an expression of them."""
    columns = random_columns(source)
    build = _Builder(source, columns)
    with np.errstate(all="ignore"):
        text, expected = (build.number if source.random() < 0.6 else build.condition)(depth)
    return Case(text, columns, expected)


class _Builder:
    """Builds text and values side by side; the values never see the parser."""

    def __init__(self, source: random.Random, columns: dict[str, NDArray[Any]]) -> None:
        self._source = source
        self._columns = columns

    def number(self, depth: int) -> tuple[str, NDArray[Any]]:
        """Give an expression that counts as a number, and its values as float64."""
        choice = self._source.random()
        if depth <= 0 or choice < 0.15:
            return self._leaf()
        if choice < 0.2:
            text, values = self._big_remainder()
            return text, values
        if choice < 0.3:
            text, values = self.condition(depth - 1)
            return f"({text})", values.astype(np.float64)
        if choice < 0.4:
            sign = self._source.choice("+-")
            text, values = self.number(depth - 1)
            return f"({sign}{text})", np.negative(values) if sign == "-" else values
        if choice < 0.5:
            condition, chosen = self.condition(depth - 1)
            (first, one), (second, other) = self.number(depth - 1), self.number(depth - 1)
            return f"where({condition}, {first}, {second})", np.where(chosen, one, other)
        if choice < 0.7:
            name = self._source.choice(sorted(FUNCTIONS))
            count, function = FUNCTIONS[name]
            arguments = [self.number(depth - 1) for _ in range(count)]
            return f"{name}({', '.join(text for text, _ in arguments)})", np.asarray(
                function(*(v for _, v in arguments))
            )
        sign = self._source.choice(sorted(BINARY))
        (first, one), (second, other) = self.number(depth - 1), self.number(depth - 1)
        return f"({first} {sign} {second})", np.asarray(BINARY[sign](one, other))

    def condition(self, depth: int) -> tuple[str, NDArray[Any]]:
        """Give an expression that counts as a condition, and its values as bool."""
        choice = self._source.random()
        if depth <= 0 or choice < 0.1:
            return "a_bool", self._columns["a_bool"]
        if choice < 0.2:
            text, values = self.condition(depth - 1)
            return f"(~{text})", np.logical_not(values)
        if choice < 0.4:
            sign = self._source.choice("&|")
            (first, one), (second, other) = self.condition(depth - 1), self.condition(depth - 1)
            return f"({first} {sign} {second})", np.asarray(
                np.logical_and(one, other) if sign == "&" else np.logical_or(one, other)
            )
        sides = [self._side(depth - 1) for _ in range(self._source.choice([2, 2, 2, 3]))]
        text, result = sides[0][0], np.asarray(True)
        for (_, left), (right_text, right) in itertools.pairwise(sides):
            sign = self._source.choice(sorted(COMPARISONS))
            text += f" {sign} {right_text}"
            result = np.logical_and(result, _compared(COMPARISONS[sign], left, right))
        return f"({text})", result

    def _side(self, depth: int) -> tuple[str, NDArray[Any]]:
        """Give one side of a comparison, with the values as they are: integers beyond 2^53, too."""
        if self._source.random() < 0.3:
            name = self._source.choice(sorted(self._columns))
            return name, self._columns[name]
        if self._source.random() < 0.15:
            number = self._source.choice([2**53 + 1, 2**60 + 1, 2**63 - 1, -(2**63) + 1])
            return (str(number) if number > 0 else f"({number})"), np.asarray(number)
        return self.number(depth)

    def _leaf(self) -> tuple[str, NDArray[Any]]:
        if self._source.random() < 0.3:
            constant = self._source.choice([0, 1, 2, -1, 0.5, 2.5, 1e-3, True, False, 7])
            return (f"({constant})" if constant < 0 else str(constant)), np.asarray(float(constant))
        name = self._source.choice([name for name in sorted(self._columns) if name not in BIG])
        return name, self._columns[name].astype(np.float64)

    def _big_remainder(self) -> tuple[str, NDArray[Any]]:
        name, divisor = self._source.choice(sorted(BIG)), self._source.randint(1, 1000)
        exact = [int(value) % divisor for value in self._columns[name]]
        return f"({name} % {divisor})", np.array(exact, dtype=np.float64)


def _compared(comparison: Callable[[Any, Any], bool], left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    first, second = np.broadcast_arrays(left, right)
    found = [comparison(one, other) for one, other in zip(first.ravel().tolist(), second.ravel().tolist(), strict=True)]
    return np.array(found, dtype=np.bool_).reshape(first.shape)


def main() -> int:
    """Run the cases; the exit status is 1 if one differs or fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000, help="expressions to compare")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first case; the others count up")
    arguments = parser.parse_args()
    wrong = []
    for seed in range(arguments.seed, arguments.seed + arguments.cases):
        case = random_case(random.Random(seed))
        try:
            difference = case.difference()
        except Exception as error:
            difference = f"{case.text}: {type(error).__name__}: {error}"
        if difference is not None:
            wrong.append(f"seed {seed}: {difference}")
    print("\n".join(wrong[:20]))
    print(f"expressions: {arguments.cases} cases, {len(wrong)} that differ from NumPy")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
