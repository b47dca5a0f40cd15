"""One rule for every name: whatever a name becomes part of can be told apart again."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from signedag.config.analysis import Analysis
from signedag.config.cross_checks import read_analysis
from signedag.config.example import examples
from signedag.config.names import STORE_COLUMNS, STORE_PREFIXES
from signedag.errors import UserError
from signedag.events import store

Rename = Callable[[dict[str, Any], str], Any]


def refusal(edit: Rename, name: str) -> list[str]:
    """Give the problems of the example in which something has this name."""
    content = copy.deepcopy(examples()[0])
    edit(content, name)
    with pytest.raises(UserError) as caught:
        read_analysis(content, "mine.yaml")
    return str(caught.value).splitlines()


def block(*path: str) -> Rename:
    """Give the first entry of a block another name."""

    def edit(content: dict[str, Any], name: str) -> None:
        for key in path:
            content = content.setdefault(key, {})
        first = next(iter(content), None)
        content[name] = content.pop(first) if first is not None else "1 == 1"

    return edit


def _set(*path: str) -> Rename:
    def edit(content: dict[str, Any], name: str) -> None:
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = name

    return edit


def _append(*path: str) -> Rename:
    def edit(content: dict[str, Any], name: str) -> None:
        for key in path:
            content = content.setdefault(key, {})
        content.append(name)  # type: ignore[attr-defined]

    return edit


PLACES: dict[str, Rename] = {
    "analysis": _set("analysis"),
    "processes": block("processes"),
    "processes.tt.scale_factor": _set("processes", "tt", "scale_factor"),
    "samples": block("samples"),
    "samples.tt.branches": block("samples", "tt", "branches"),
    "data.pseudo_data.scale_factors": block("data", "pseudo_data", "scale_factors"),
    "events.branches": block("events", "branches"),
    "events.columns": block("events", "columns"),
    "events.regions": block("events", "regions"),
    "events.features": _append("events", "features"),
    "events.spectators": _append("events", "spectators"),
    "events.truth": block("events", "truth"),
    "uncertainties.shifts": block("uncertainties", "shifts"),
    "uncertainties.variations": block("uncertainties", "variations"),
    "uncertainties.normalisations": block("uncertainties", "normalisations"),
    "classifiers": block("classifiers"),
    "classifiers.tuned.networks": block("classifiers", "tuned", "networks"),
    "classifiers.wide.classes": lambda c, name: c["classifiers"]["wide"].update(classes={name: ["zh"], "b": ["tt"]}),
    "scale_factors.regions": block("scale_factors", "regions"),
    "fit.binnings": block("fit", "binnings"),
    "plots.labels": lambda c, name: c.update(plots={"labels": {name: "x"}}),
}
WRONG = {
    "../../..": "cannot be a name; use",
    "a__b": "cannot be a name; use",
    "a_": "cannot be a name; use",
    "_a": "cannot be a name; use",
    "1a": "cannot be a name; use",
    "a-b": "cannot be a name; use",
    "a b": "cannot be a name; use",
    "a/b": "cannot be a name; use",
    "a\n": "cannot be a name; use",
    "": "cannot be a name; use",
    "é": "cannot be a name; use",
    "a" * 61: "is too long for a name",
    "lambda": "'lambda' is reserved",
    "data": "'data' is reserved",
    "nominal": "'nominal' is reserved",
    "summary": "'summary' is reserved",
    "truth": "'truth' is reserved",
    "combined": "'combined' is reserved",
    "mu": "'mu' is reserved",
}


@pytest.mark.parametrize("name", WRONG, ids=ascii)
def test_a_name_that_breaks_the_rule_is_refused_wherever_it_stands(name: str) -> None:
    for key, edit in PLACES.items():
        lines = refusal(edit, name)
        assert any(WRONG[name] in line and line.startswith(f"mine.yaml: {key}") for line in lines), (key, lines)
        assert all(line.isprintable() and len(line) < 500 for line in lines)


def test_every_block_of_names_follows_the_rule() -> None:
    """No block of the settings has names of its own kind, but for those whose keys are files."""
    schema = Analysis.model_json_schema()
    for model in (schema, *schema["$defs"].values()):
        for key, field in model.get("properties", {}).items():
            for kind in (field, *field.get("anyOf", ())):
                if kind.get("type") == "object" and "properties" not in kind and key != "checksums":
                    assert "patternProperties" in kind, f"{model['title']}.{key} has names without a rule"


@pytest.mark.parametrize("name", ["vhbb_seed1", "x_seed012"])
def test_no_analysis_is_called_like_a_replica(name: str) -> None:
    (line,) = refusal(PLACES["analysis"], name)
    assert "analysis: is the name of a replica under another seed; end it differently" in line


@pytest.mark.parametrize("name", ["region_signal", "weight_up", "weight", "fold", "event_number", "score", "score_zh"])
@pytest.mark.parametrize("key", ["events.features", "events.spectators", "events.truth"])
def test_no_column_is_called_like_one_of_the_store(key: str, name: str) -> None:
    lines = refusal(PLACES[key], name)
    assert any("is a name that the store needs for weights, regions, folds or scores" in line for line in lines)


def test_the_names_of_the_store_are_known_to_the_rule() -> None:
    columns = {store.EVENT_NUMBER, store.FOLD, store.CALIBRATION_HALF, store.WEIGHT, store.GENERATOR_WEIGHT}
    assert columns <= set(STORE_COLUMNS)
    assert {store.REGION_PREFIX, store.VARIATION_PREFIX} <= set(STORE_PREFIXES)


@pytest.mark.parametrize("name", ["sqrt", "where", "maximum"])
def test_no_column_is_called_like_a_function(name: str) -> None:
    assert any("is a function of expressions" in line for line in refusal(PLACES["events.columns"], name))
