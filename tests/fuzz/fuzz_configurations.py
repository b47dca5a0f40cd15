"""Configurations with mistakes in them: each is accepted, or refused in lines that name file and key. No tracebacks.

A mistake that is nonsense whatever stands around it, such as a negative count, must be refused.

python tests/fuzz/fuzz_configurations.py --cases 10000 --seed 1
"""

from __future__ import annotations

import argparse
import copy
import datetime
import math
import random
import re
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from signedag.config.cross_checks import read_analysis
from signedag.config.event_stages import convert_ntuple
from signedag.config.example import EXAMPLE, OWN_NTUPLES
from signedag.config.reruns import rules_by_stage, stage_settings
from signedag.config.yaml_files import parse_yaml
from signedag.errors import UserError
from signedag.events.plan import nominal_plan
from signedag.plotting.spelling import check_spelling

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "mine.yaml"
Route = tuple[Any, ...]
"""Keys and list positions from the top to a value."""

NAMED = frozenset({
    "processes", "samples", "classifiers", "regions", "shifts", "variations", "normalisations", "binnings", "networks",
    "classes", "columns", "branches", "truth", "labels",
})  # fmt: skip
"""Blocks whose keys are names that the user chooses."""
EXPRESSIONS = frozenset({"selection", "weight", "up", "down", "sum_of"})
REFERENCES = frozenset({
    "role", "process", "region", "model", "strategy", "mass", "observable", "variant", "pair_by", "boson", "kind",
    "method", "drawing", "starts_from", "objective",
})  # fmt: skip
LISTS_OF_NAMES = frozenset({"inputs", "features", "spectators", "variants", "other_variables", "strategies", "sees"})
MAY_BE_NEGATIVE = frozenset({
    "offset", "pt_slope", "extra_jet_slope", "low", "high", "negative_fraction_slope", "start", "end", "at_most",
    "at_least", "above_start", "weight", "edges",
})  # fmt: skip
REQUIRED = frozenset({
    "analysis", "luminosity_fb", "processes", "samples", "events", "classifiers", "role", "process", "cross_section_pb",
    "model", "flavours", "regions", "features", "region", "selection", "binnings", "axis", "up", "down", "relative",
    "observable",
})  # fmt: skip
WRONG_NAMES = (
    "../../..", "a__b", "_a", "a_", "1a", "a b", "a/b", "a\n", "", "é", "data", "nominal", "summary", "truth", "mu",
    "a" * 300, "lambda", "{x}", "a.b", "\x1b[31m", "$x", "a;b", None, 3, True,
)  # fmt: skip
WRONG_NUMBERS = (math.nan, math.inf, -math.inf, 1e300, -1e300, 1e-300, 10**400, -(10**400), 10**5000, True, False)
WRONG_TEXTS = ("a\nb", "\x00", "\u202e", "a\u2028b", "x" * 20_000, "\ud800")
WRONG_MATHEMATICS = ("$\\foo$", "$x", "$x_{$", "$\\frac{1}$", "$$", "$" + "{" * 500 + "}" * 500 + "$")
WRONG_EXPRESSIONS = (
    "a +", "a.b", "__import__('os')", "a and b", "a > 1 & b > 2", "lambda: 1", "'text'", "1j", "x" * 20_000, "1 / 0",
    " + ".join(["met_gev"] * 1000), "-" * 3000 + "met_gev", "(" * 3000 + "met_gev" + ")" * 3000, "1" + "0" * 400,
    "x > 1" + "0" * 5000, "1e400", "no_such_column > (", "", "\x00", "a := 3", "f'{a}'", "a if b else c",
    "[a for a in b]",
)  # fmt: skip
STRANGE = (
    [],
    {},
    None,
    "",
    "text",
    0,
    -1,
    3.5,
    True,
    [1, 2],
    {"a": 1},
    datetime.date(2020, 1, 1),
    b"bytes",
    [[]],
    [None],
)


@dataclass(frozen=True)
class Case:
    """A configuration with mistakes."""

    text: str | None
    """YAML, or ..."""
    content: Any
    """... what YAML held."""
    what: str
    """What was done to which configuration."""
    nonsense: bool
    """Whether it must be refused."""


@dataclass(frozen=True)
class Outcome:
    """What became of a case."""

    kind: str
    """`accepted`, `refused` or `failed`."""
    said: str
    """The lines of the refusal, or the traceback."""


@cache
def originals() -> dict[str, tuple[str, Any]]:
    """Give the shipped configurations and the examples: name to text and content."""
    texts = {file.name: file.read_text(encoding="utf-8") for file in sorted((ROOT / "config").glob("*.yaml"))}
    texts |= {"example": EXAMPLE, "own ntuples": OWN_NTUPLES}
    return {name: (text, parse_yaml(text, name)) for name, text in texts.items()}


def random_case(source: random.Random) -> Case:
    """Draw a configuration and one to three mistakes; of several at once nothing is known to be nonsense."""
    name = source.choice(sorted(originals()))
    text, content = originals()[name]
    if source.random() < 0.15:
        return _changed_text(source, name, text)
    content = copy.deepcopy(content)
    number = 1 if source.random() < 0.75 else source.randint(2, 3)
    done = [_mistake(source, content) for _ in range(number)]
    nonsense = number == 1 and done[0][1]
    return Case(None, content, f"{name}: {'; '.join(what for what, _ in done)}", nonsense)


def outcome(case: Case) -> Outcome:
    """Read a case as a run would, up to the settings of every stage."""
    with warnings.catch_warnings(action="error"):
        try:
            content = parse_yaml(case.text, SOURCE) if case.text is not None else case.content
            analysis = read_analysis(content, SOURCE)
            check_spelling(analysis, SOURCE)
        except UserError as error:
            lines = str(error).splitlines()
            wrong = [line for line in lines if not line.startswith(f"{SOURCE}: ") or len(line) > 1000]
            odd = [line for line in lines if not line.isprintable()]
            return (
                Outcome("failed", f"no line for people: {(wrong + odd)[0]!r}")
                if wrong + odd
                else Outcome("refused", str(error))
            )
        except Exception:
            return Outcome("failed", traceback.format_exc())
        try:
            for _, settings in stage_settings(analysis, rules_by_stage()):
                try:
                    made = settings()
                except AssertionError:  # this analysis has no such stage
                    continue
                type(made).model_validate_json(made.as_json())
            for sample in analysis.samples:
                nominal_plan(convert_ntuple(analysis, sample)).branches()
        except UserError as error:  # a branch that is a number here and a list there
            return Outcome("refused", str(error))
        except Exception:
            return Outcome("failed", traceback.format_exc())
    return Outcome("accepted", "")


def _routes(content: Any, here: Route = ()) -> Iterator[Route]:
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in pairs:
        yield (*here, key)
        yield from _routes(value, (*here, key))


def _at(content: Any, route: Route) -> Any:
    for key in route:
        content = content[key]
    return content


def _set(content: Any, route: Route, value: Any) -> None:
    _at(content, route[:-1])[route[-1]] = value


def _key(route: Route) -> str:
    """Give the setting that a value belongs to: that of the list for its items."""
    return next((key for key in reversed(route) if isinstance(key, str)), "")


def _is_named(route: Route) -> bool:
    """Tell whether the last key of a route is a name that the user chose."""
    return len(route) > 1 and (route[-2] in NAMED or route[-3:-1] == ("pseudo_data", "scale_factors"))


def _mistake(source: random.Random, content: Any) -> tuple[str, bool]:
    """Make a mistake in the content; say what it is and whether it must be refused."""
    routes = list(_routes(content))
    if not routes:
        return "nothing left to change", False
    route = source.choice(routes)
    value = _at(content, route)
    choice = source.random()
    if choice < 0.1:
        return _deleted(content, route)
    if choice < 0.2:
        return _replaced(source, content, route)
    if choice < 0.3 and (blocks := [one for one in routes if isinstance(_at(content, one), dict)]):
        return _other_key(source, content, source.choice(blocks))
    if choice < 0.4 and (
        named := [one for one in routes if _is_named(one) and isinstance(_at(content, one[:-1]), dict)]
    ):
        return _other_name(source, content, source.choice(named))
    if choice < 0.45:
        other = source.choice(routes)
        if route[: len(other)] != other and other[: len(route)] != route:
            theirs = copy.deepcopy(_at(content, other))
            _set(content, other, copy.deepcopy(value))
            _set(content, route, theirs)
            return f"{_said(route)} and {_said(other)} exchanged", False
    if isinstance(value, bool):
        _set(content, route, "maybe")
        return f"{_said(route)} = 'maybe'", True
    if isinstance(value, int | float):
        return _other_number(source, content, route)
    if isinstance(value, str):
        return _other_text(source, content, route)
    if isinstance(value, list):
        return _other_list(source, content, route)
    return _replaced(source, content, route)


def _deleted(content: Any, route: Route) -> tuple[str, bool]:
    del _at(content, route[:-1])[route[-1]]
    required = (
        route[-1] in REQUIRED and not _is_named(route) and (route[-1] not in ("events", "processes") or len(route) == 1)
    )
    return f"{_said(route)} deleted", required


def _replaced(source: random.Random, content: Any, route: Route) -> tuple[str, bool]:
    """Put a value of another type, which is nonsense where no setting of this name has that type."""
    new, old = copy.deepcopy(source.choice(STRANGE)), _at(content, route)
    _set(content, route, new)
    block = isinstance(old, dict) and len(old) > 0
    if block:
        wrong = isinstance(new, str | int | float | bytes | datetime.date) or new in ([1, 2], [[]], [None])
    elif isinstance(old, list):
        wrong = (not isinstance(new, list) and new is not None) or new in ([[]], [None])
    elif isinstance(old, int | float) and not isinstance(old, bool):
        wrong = isinstance(new, bool | list | bytes | datetime.date) or new in ("", "text")
        wrong = wrong or (isinstance(new, dict) and _key(route) != "weight")
    else:
        wrong = isinstance(new, list | dict | datetime.date) or (isinstance(old, str) and isinstance(new, int | float))
        wrong = wrong and not (isinstance(old, bool) and isinstance(new, int | float))
    return f"{_said(route)} = {_short(new)}", wrong and new != old and _key(route) not in ("architecture", "weight")


def _other_key(source: random.Random, content: Any, route: Route) -> tuple[str, bool]:
    """Misspell a key of a block, or add one that there is not."""
    block = _at(content, route)
    names = route[-1] in NAMED or route[-2:] == ("pseudo_data", "scale_factors")
    new: Any = source.choice(["regoin", "no_such_key", "__class__", "", 3, None, "a" * 500, "\x07", True, (1, 2)])
    if block and source.random() < 0.5:
        key = source.choice(list(block))
        block[new] = block.pop(key)
        return f"{_said(route)}: {key!r} now {_short(new)}", not names
    block[new] = source.choice([1, {}, "text", None])
    return f"{_said(route)}: {_short(new)} added", not names


def _other_name(source: random.Random, content: Any, route: Route) -> tuple[str, bool]:
    """Give something a name that breaks the rule, or that another one has in other letters."""
    block = _at(content, route[:-1])
    if source.random() < 0.2 and isinstance(route[-1], str) and route[-1].swapcase() != route[-1]:
        block[route[-1].swapcase()] = copy.deepcopy(block[route[-1]])
        key = route[-2]
        return f"{_said(route)} twice, in other letters", key in ("samples", "processes", "classifiers", "binnings")
    new = source.choice(WRONG_NAMES)
    block[new] = block.pop(route[-1])
    return f"{_said(route)} called {_short(new)}", True


def _other_number(source: random.Random, content: Any, route: Route) -> tuple[str, bool]:
    old = _at(content, route)
    if source.random() < 0.5:
        new = source.choice(WRONG_NUMBERS)
        _set(content, route, new)
        return f"{_said(route)} = {_short(new)}", True
    if source.random() < 0.6:
        new = -abs(old) if old else -1
        _set(content, route, new)
        return f"{_said(route)} = {new}", _key(route) not in MAY_BE_NEGATIVE
    counts = isinstance(old, int) and _key(route) not in ("luminosity_fb", "cross_section_pb", "value")
    new = source.choice([0, 1, 2, 10**12, 0.5, 1e20, old * 1000, 10**16])
    _set(content, route, new)
    many = isinstance(new, int) and new >= 10**12 and counts and "gev" not in _key(route)
    return f"{_said(route)} = {new}", many and _key(route) not in MAY_BE_NEGATIVE


def _other_text(source: random.Random, content: Any, route: Route) -> tuple[str, bool]:
    key = _key(route)
    parent = route[-2] if len(route) > 1 else ""
    if source.random() < 0.25:
        new = source.choice(WRONG_TEXTS)
    elif key in EXPRESSIONS or parent in ("columns", "truth"):
        new = source.choice(WRONG_EXPRESSIONS)
    elif key in ("label", "experiment", "status") or parent == "labels":
        new = source.choice(WRONG_MATHEMATICS)
    elif key == "colour":
        new = source.choice(["nocolour", "#12", "C", "rgb(1,2,3)", "0x00", "red "])
    elif key in REFERENCES or parent in LISTS_OF_NAMES or key in LISTS_OF_NAMES:
        new = source.choice(["no_such_thing", "../..", "", "a b", "NaN"])
    elif parent == "branches" or key in ("tree", "event_number", "files"):
        new = source.choice(["", " ", "\n", "\t"])
    else:
        new = source.choice(["", "\x00", "a\nb"])
        _set(content, route, new)
        return f"{_said(route)} = {_short(new)}", new != "" and "[" not in new
    _set(content, route, new)
    return f"{_said(route)} = {_short(new)}", True


def _other_list(source: random.Random, content: Any, route: Route) -> tuple[str, bool]:
    value = _at(content, route)
    if not value:
        _set(content, route, "text")
        return f"{_said(route)} = 'text'", True
    choice = source.random()
    if choice < 0.4:
        value.append(copy.deepcopy(value[0]))
        return f"{_said(route)}: first item again", _key(route) != "hidden_layers" and all(
            isinstance(one, str | int) for one in value
        )
    if choice < 0.6:
        value.clear()
        return f"{_said(route)} emptied", _key(route) in ("features", "inputs", "processes", "treatments", "variants")
    if choice < 0.8:
        value.append(copy.deepcopy(source.choice(STRANGE)))
        return f"{_said(route)}: {_short(value[-1])} added", isinstance(value[-1], list | dict | bytes | datetime.date)
    source.shuffle(value)
    return f"{_said(route)} shuffled", False


def _changed_text(source: random.Random, name: str, text: str) -> Case:
    lines = text.splitlines(keepends=True)
    choice = source.random()
    if choice < 0.4:
        keyed = [number for number, line in enumerate(lines) if re.match(r"^ *\w+:( |$)", line)]
        number = source.choice(keyed)
        lines.insert(number, lines[number])
        return Case("".join(lines), None, f"{name}: line {number + 1} twice", True)
    if choice < 0.6:
        del lines[source.randrange(len(lines))]
        return Case("".join(lines), None, f"{name}: a line less", False)
    place = source.randrange(len(text))
    if choice < 0.8:
        return Case(text[:place], None, f"{name}: cut at {place}", False)
    character = source.choice(
        ["\x00", "\t", "&", "*", "{", "[", "\x85", "é", "'", '"', ":", "-", "<<: ", "!!int ", "#", "%"]
    )
    return Case(text[:place] + character + text[place:], None, f"{name}: {character!r} at {place}", False)


def _said(route: Route) -> str:
    return ".".join(map(str, route))


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:
        return "a number of thousands of digits"
    return text if len(text) < 60 else f"{text[:60]}…"


def main() -> int:
    """Run the cases; the exit status is 1 if one fails, or nonsense is accepted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000, help="configurations to read")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first case; the others count up")
    arguments = parser.parse_args()
    kinds: Counter[str] = Counter()
    wrong = []
    for seed in range(arguments.seed, arguments.seed + arguments.cases):
        case = random_case(random.Random(seed))
        found = outcome(case)
        kinds[found.kind] += 1
        kinds["refused in one line"] += found.kind == "refused" and "\n" not in found.said
        kinds["nonsense"] += case.nonsense
        if found.kind == "failed":
            wrong.append(f"seed {seed}: {case.what}\n{found.said}")
        elif found.kind == "accepted" and case.nonsense:
            kinds["nonsense that is accepted"] += 1
            wrong.append(f"seed {seed}: {case.what}: accepted")
    print("\n".join(wrong[:40]))
    print(
        f"configurations: {arguments.cases} cases, " + ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
