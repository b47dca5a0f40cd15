"""The base of the settings models: unknown keys, how errors read, and where settings come from."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from signedag.config.analysis import Analysis
from signedag.config.base import read_settings, suggestion, validated
from signedag.config.example import examples
from signedag.config.weights import SignNetwork
from signedag.errors import UserError

Edit = Callable[[dict[str, Any]], Any]


def message_of(edit: Edit) -> str:
    """Give the message for the example with an edit."""
    content = copy.deepcopy(examples()[0])
    edit(content)
    with pytest.raises(UserError) as caught:
        validated(Analysis, content, "config/mine.yaml")
    return str(caught.value)


def test_the_examples_are_valid() -> None:
    for example in examples():
        assert validated(Analysis, example, "example").analysis == "example"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda c: c.update(fitt={}), "(top level): unknown key 'fitt'; did you mean 'fit'?"),
        (lambda c: c["events"].update(spectator=[]), "events: unknown key 'spectator'; did you mean 'spectators'?"),
        (lambda c: c["samples"]["tt"].update(xsec=1.0), "samples.tt: unknown key 'xsec'; known are: branches,"),
        (
            lambda c: c["samples"]["tt"]["simulation"]["mass"].update(peak=1.0),
            "samples.tt.simulation.mass: unknown key 'peak'; did you mean 'peak_gev'?",
        ),
        (lambda c: c["samples"]["tt"].pop("process"), "samples.tt.process: is missing; add it"),
        (lambda c: c["samples"]["tt"]["simulation"].pop("model"), "samples.tt.simulation: the key 'model' is missing"),
        (lambda c: c["samples"]["tt"]["simulation"].update(events=0), "samples.tt.simulation.events: Input should be"),
        (lambda c: c["processes"]["tt"].update(role="backgrund"), "did you mean 'background'? (got 'backgrund')"),
        (lambda c: c.update(seed="one"), "seed: Input should be a valid integer"),
        (lambda c: c.update(luminosity_fb=float("nan")), "luminosity_fb: Input should be a finite number (got nan)"),
        (
            lambda c: c.update(analysis="My analysis"),
            "analysis: cannot be a name; use lower-case letters",
        ),
        (lambda c: c.update(samples=["tt.root"]), "samples: must be a block of keys and values"),
        (lambda c: c["events"].update(features=[]), "events.features: must have at least one entry"),
        (lambda c: c["events"].update(selection="a and b"), "events.selection: expression 'a and b': write & and |"),
        (
            lambda c: c["classifiers"]["wide"].update(weights={"strategy": "transfromed"}),
            "classifiers.wide.weights.strategy: Input should be 'signed'",
        ),
    ],
)
def test_an_error_names_source_key_and_fix(edit: Edit, message: str) -> None:
    shown = message_of(edit)
    assert shown.startswith("config/mine.yaml: ")
    assert message in shown
    assert "\n" not in shown


def test_every_problem_has_a_line() -> None:
    def edit(content: dict[str, Any]) -> None:
        content["luminosity_fb"] = -1
        content["classifiers"]["wide"]["phases"] = [{"epochs": 0}]

    lines = message_of(edit).splitlines()
    assert [line.split(": ")[1] for line in lines] == ["luminosity_fb", "classifiers.wide.phases.0.epochs"]


def test_suggestion_without_a_close_name_lists_all() -> None:
    assert suggestion("xyz", ["tt", "ZH"]) == "; known are: ZH, tt"
    assert suggestion("xyz", []) == "; known are: (none)"


def test_json_does_not_depend_on_the_order_of_keys() -> None:
    content = {"epochs": 3, "batch_size": 5}
    turned = dict(reversed(content.items()))
    assert SignNetwork.model_validate(content).as_json() == SignNetwork.model_validate(turned).as_json()


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        SignNetwork().epochs = 3  # type: ignore[misc]


def test_a_changed_copy_forgets_what_was_worked_out() -> None:
    analysis = Analysis.model_validate(examples()[0])
    before = analysis.derived_variants
    assert before is analysis.derived_variants and "narrow_transformed" in before
    changed = analysis.model_copy(update={"strategy_comparison": None})
    assert "narrow_transformed" not in changed.variants()
    assert analysis.derived_variants is before and analysis == Analysis.model_validate(examples()[0])


def test_settings_are_read_from_json_and_from_files(tmp_path: Path) -> None:
    settings = SignNetwork(epochs=7, inputs=("met_gev",))
    as_file = tmp_path / "settings.json"
    as_file.write_text(settings.as_json(), encoding="utf-8")
    as_yaml = tmp_path / "settings.yaml"
    as_yaml.write_text("epochs: 7\ninputs: [met_gev]\n", encoding="utf-8")
    for text in (settings.as_json(), f"  {settings.as_json()}", str(as_file), str(as_yaml)):
        assert read_settings(SignNetwork, text) == settings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nowhere.json", "--settings nowhere.json: No such file or directory; give JSON or an existing file"),
        ("{epochs: 3", "--settings: not valid JSON (Expecting property name"),
        (json.dumps({"epoch": 3}), "--settings: (top level): unknown key 'epoch'; did you mean 'epochs'?"),
    ],
)
def test_unreadable_settings_are_named(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read_settings(SignNetwork, text)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
