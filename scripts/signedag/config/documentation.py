"""The documentation of the configuration, from the settings models: `config/README.md` and `config/schema.json`."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from signedag.config.alternatives import ENTRY_NAMES, block_in
from signedag.config.analysis import Analysis
from signedag.config.base import KindOfText, Settings
from signedag.config.observables import DIJET_INPUTS, DIJET_OBSERVABLES
from signedag.events.expressions import FUNCTIONS

UNITS = {"_gev": "GeV", "_tev": "TeV", "_pb": "pb", "_fb": "fb⁻¹"}
"""Unit by the ending of a key."""

TYPES: dict[Any, str] = {str: "text", int: "integer", float: "number", bool: "true or false"}
LIMITS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}

HEAD = """\
# The configuration, key by key

Made from the settings models by `make documentation`; a test compares the two. `schema.json` beside it is the same as
a JSON schema, which editors use to complete and check keys (first line of a configuration:
`# yaml-language-server: $schema=schema.json`).

An analysis is one file `config/<name>.yaml`. Copy one that exists, name your samples, and run
`snakemake --cores 4 --configfile config/<name>.yaml`; results go to `results/<analysis>/`. A key that is not in these
tables is an error, and so are keys that do not fit together. `--config key=value` overrides single keys and is checked
in the same way.

How to read the tables: `<sample>` and the like stand for names that you choose; `[]` for the items of a list. *Reruns*
names the rules whose settings contain the key: they run again when it changes, and whatever hangs on them follows.
Nothing else does. Adding a sample, variant, binning or seed runs what is new. `write_report` follows every change,
because the report carries a digest of the configuration; `plot_*` stands for all figures.

## Expressions

Selections, regions, columns, weights and their variations are expressions of columns: numbers, `+ - * / ** %`,
comparisons (also chained), `& | ~` with each comparison in parentheses, and the functions
{functions}.
A weight, and the inputs of `events.columns` before the reconstruction, may use any flat branch of the file.
Whatever type a branch has, arithmetic is that of 64-bit floating-point numbers; a condition counts as 0 or 1:
`(jet1_btag > 0.5) + (jet2_btag > 0.5)` is 0, 1 or 2. Integers above 2^53, such as event numbers, are compared and
divided with remainder (`%`) without rounding; other arithmetic on them is refused. A selection must be a condition.

## Observables of the dijet reconstruction

`events.reconstruction` reads {inputs}
(jets are jagged; `events.branches` says how your files name them) and gives these columns:

| column | meaning |
|---|---|
{observables}
"""


class Row(NamedTuple):
    """One key as the tables show it."""

    key: str
    """Its path from the top level."""
    kind: str
    """Its type in words, with limits."""
    unit: str
    """Its unit, or nothing."""
    default: str
    """Its default as YAML, or `required`."""
    meaning: str
    """Its description."""


def schema_json() -> str:
    """Give `config/schema.json`."""
    schema = Analysis.model_json_schema()
    return json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def readme(reruns: Mapping[str, list[str]]) -> str:
    """Give `config/README.md`.

    Args:
        reruns: the rules that depend on each key, by its path; see `signedag.config.reruns`.
    """
    parts = [
        HEAD.format(
            functions=", ".join(f"`{name}`" for name in FUNCTIONS),
            inputs=", ".join(f"`{name}`" for name in DIJET_INPUTS),
            observables="\n".join(f"| `{name}` | {_cell(text)} |" for name, text in DIJET_OBSERVABLES.items()),
        ),
        "## Top level\n",
        _table([row for row in rows() if "." not in row.key], reruns),
    ]
    for name, field in Analysis.model_fields.items():
        inner = [row for row in rows() if row.key.startswith(f"{name}.")]
        if inner:
            parts += [f"\n## {name}\n\n{field.description}\n", _table(inner, reruns)]
    return "\n".join(parts) + "\n"


def rows() -> Iterator[Row]:
    """Give every key of the configuration, in the order of the models."""
    yield from _rows(Analysis, "")


def _rows(model: type[BaseModel], prefix: str) -> Iterator[Row]:
    for name, field in model.model_fields.items():
        key = prefix + name
        yield Row(key, _kind(field), _unit(name), _default(field), _cell(field.description or ""))
        blocks = list(dict.fromkeys(_blocks(field.annotation)))
        if blocks:
            inner = f"{key}{_entry(name, field.annotation)}."
            yield from _rows_of_kinds({block: list(_rows(block, inner)) for block in blocks})


def _rows_of_kinds(kinds: Mapping[type[BaseModel], list[Row]]) -> Iterator[Row]:
    """Give the keys of a block: first what all of its kinds share, then what is a kind's own, with the kind's name."""
    shared = [row for row in next(iter(kinds.values())) if all(row in others for others in kinds.values())]
    yield from shared
    for kind, own in kinds.items():
        yield from (row._replace(meaning=f"{_choice(kind)}: {row.meaning}") for row in own if row not in shared)


def _blocks(annotation: Any) -> Iterator[type[BaseModel]]:
    """Give the settings models inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _blocks(argument)


def _choice(block: type[BaseModel]) -> str:
    """Name one of several kinds of a block by the value of the key that chooses it, or by the name of its model."""
    for key in ("model", "objective", "kind"):
        if key in block.model_fields:
            return f"`{block.model_fields[key].default}`"
    return f"`{block.__name__.lower()}`"


def _entry(name: str, annotation: Any) -> str:
    """Give what stands between a key and the keys inside it: a name that the user chooses, or the item of a list."""
    origins = {get_origin(part) for part in (annotation, *get_args(annotation))}
    if dict in origins:
        return f".<{ENTRY_NAMES[name]}>"
    return "[]" if tuple in origins else ""


def _kind(field: FieldInfo) -> str:
    limits = [f"{sign} {_plain(getattr(limit, name))}" for limit in field.metadata for name, sign in LIMITS.items()
              if getattr(limit, name, None) is not None]  # fmt: skip
    return _cell(" ".join([_type_text(field.annotation, field.metadata), " and ".join(limits)]).strip())


def _type_text(annotation: Any, metadata: Any = ()) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if called := next((item.name for item in metadata if isinstance(item, KindOfText)), None):
        return called
    if annotation in TYPES:
        return TYPES[annotation]
    if origin is Literal:
        return " or ".join(f"`{choice}`" for choice in arguments)
    if origin is Annotated:
        return _type_text(arguments[0], arguments[1:])
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_type_text(part) for part in arguments if part is not type(None)))
    if origin is tuple:
        return f"list of {_plural(_type_text(arguments[0]))}"
    if origin is dict:
        return f"name: {_type_text(arguments[1])}"
    return "block"


def _plural(text: str) -> str:
    return {"text": "texts", "name": "names", "integer": "integers", "number": "numbers", "block": "blocks"}.get(
        text, text
    )


def _unit(name: str) -> str:
    return next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, Settings) or (isinstance(default, tuple) and default and isinstance(default[0], Settings)):
        return "as below"
    if default is None:
        return "none" if block_in(field.annotation) else "`null`"
    return _cell(f"`{_plain(default)}`")


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return json.dumps(list(value), ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, float) else f"{value:g}"


def _cell(text: str) -> str:
    """Give text that fits into a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def _table(shown: list[Row], reruns: Mapping[str, list[str]]) -> str:
    lines = ["| key | type | unit | default | meaning | reruns |", "|---|---|---|---|---|---|"]
    for row in shown:
        rules = _rules_text(reruns.get(row.key, []))
        lines.append(f"| `{row.key}` | {row.kind} | {row.unit} | {row.default} | {row.meaning} | {rules} |")
    return "\n".join(lines)


def _rules_text(rules: list[str]) -> str:
    """Name rules; all figures together are `plot_*`."""
    plots = [rule for rule in rules if rule.startswith("plot_")]
    if len(plots) > 3:
        rules = [rule for rule in rules if rule not in plots] + ["plot_*"]
    return ", ".join(f"`{rule}`" for rule in rules)
