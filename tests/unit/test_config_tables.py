"""Tables in the configuration: what an analysis is with their events, and what of it does not fit."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from table_files import analysis

from signedag.config import stages
from signedag.config.analysis import Analysis
from signedag.config.cross_checks import read_analysis
from signedag.errors import UserError

Edit = Callable[[dict[str, Any]], Any]
NAMES = {"process": "name"}


def read(edit: Edit = lambda content: None, files: tuple[str, ...] = ("all.csv",)) -> Analysis:
    content = copy.deepcopy(analysis(list(files)))
    edit(content)
    return read_analysis(content, "mine.yaml")


def with_names(content: dict[str, Any]) -> None:
    content["tables"]["columns"] |= NAMES


def test_without_files_the_analysis_is_as_it_is_written() -> None:
    assert read(files=()) == Analysis.model_validate(analysis([]))
    assert set(read(files=()).samples) == {"x500", "x750", "tt", "dy"}


def test_what_has_no_rows_is_left_out_wherever_it_is_named() -> None:
    """HEPMASS names no processes: all background is that of the sample that says so."""
    found = read()
    assert set(found.samples) == set(found.processes) == {"x500", "x750", "tt"}
    assert found.classifiers["x500_alone"].without_processes == ("x750",)
    assert set(found.uncertainties.normalisations) == {"luminosity", "background"}
    assert found.uncertainties.normalisations["background"].processes == ("tt",)
    assert all(sample.simulation is None and not sample.files for sample in found.samples.values())
    rows = stages.read_table(found).samples
    assert rows["tt"].process is None and rows["x500"].mass_gev == 500.0


def test_where_processes_are_named_each_has_its_rows() -> None:
    found = read(with_names)
    assert set(found.samples) == {"x500", "x750", "tt", "dy"}
    assert {name: table.process for name, table in stages.read_table(found).samples.items()} == {
        "x500": None,
        "x750": None,
        "tt": "ttbar",
        "dy": "drell_yan",
    }
    assert found.classifiers["x500_alone"].without_processes == ("x750", "dy")


def test_events_are_those_that_tables_have() -> None:
    events = read().events
    assert (events.tree, events.weight, events.event_number, events.truth) == (
        "events",
        "generator_weight",
        "event",
        {},
    )
    assert events.selection == "1 == 1", "cuts in GeV mean nothing for standardised features"
    assert events.regions["signal"].selection == "m_wwbb > -100"
    kept = read(lambda content: content["tables"].pop("regions"))
    assert kept.events.regions["signal"].selection == "lepton_pt > 10"


def test_uncertainties_of_branches_that_tables_have_not_are_left_out() -> None:
    def edit(content: dict[str, Any]) -> None:
        branches = content["events"]["branches"]
        branches |= {"up": "weight_up", "more": "lepton_plus_pt_gev"}
        content["uncertainties"] |= {
            "variations": {
                "btag": {"up": "up", "down": "2 - up"},
                "pt": {"up": "1 + 0.01 * more", "down": "1 - 0.01 * more", "processes": ["tt", "dy"]},
            },
            "shifts": {
                "scale": {"up": {"branches": {"n_jets": "n_jets_up"}}, "down": {"branches": {"n_jets": "n_jets_down"}}}
            },
            "smooth": {"btag": {}, "scale": {}, "pt": {"processes": ["dy"]}},
            "symmetrise": {"pt": "difference", "btag": "difference"},
        }

    assert set(read(edit, files=()).uncertainties.variations) == {"btag", "pt"}
    found = read(edit).uncertainties
    assert set(found.variations) == {"pt"} and found.variations["pt"].processes == ("tt",)
    assert not found.shifts and not found.smooth and set(found.symmetrise) == {"pt"}


def test_without_a_column_of_weights_none_is_transformed() -> None:
    found = read(lambda content: content.update(strategy_comparison={"variant": "x500_alone"}))
    assert {variant.weights.strategy for variant in found.classifiers.values()} == {"absolute"}
    assert not any(sample.transform for sample in found.samples.values())
    assert found.strategy_comparison is None
    weighted = read(set_in("tables", "columns", "weight", value="w"))
    assert {variant.weights.strategy for variant in weighted.classifiers.values()} == {"transformed"}
    assert all(sample.transform for sample in weighted.samples.values())


def set_in(*path: str, value: Any) -> Edit:
    """Give an edit that sets one key."""

    def edit(content: dict[str, Any]) -> None:
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "files", "message"),
    [
        (
            lambda content: content.pop("tables"),
            (),
            "samples.x500.table: there is no block 'tables' that says what columns are called; add it",
        ),
        (
            lambda content: content["samples"]["tt"].pop("simulation"),
            (),
            "samples.tt: has rows of tables alone, and tables.files names none; name the CSV files there",
        ),
        (
            lambda content: [sample.pop("table") for sample in content["samples"].values()],
            ("all.csv",),
            "tables.files: no sample has a 'table' that says which rows are its own; add samples.<sample>.table",
        ),
        (
            set_in("samples", "dy", "table", value={"label": 0}),
            ("all.csv",),
            "samples.dy.table: rows of label 0 are those of sample 'tt', too (tables.columns.process names no column); "
            "their events would count twice",
        ),
        (
            set_in("samples", "x750", "table", "mass_gev", value=500.001),
            ("all.csv",),
            "samples.x750.table: rows of label 1 and mass 500.001 are those of sample 'x500', too; ",
        ),
        (
            set_in("tables", "regions", value={"signl": "n_jets > 0"}),
            (),
            "tables.regions: no region 'signl'; did you mean 'signal'?",
        ),
        (
            set_in("tables", "columns", "features", value={"lepton_plus_pt_gev": "f0", "lepton_plus_eta": "f1"}),
            ("all.csv",),
            "events.features: 'm_wwbb' needs a branch that no table gives; name its column in tables.columns.features",
        ),
        (
            set_in("tables", "columns", "features", value={"event": "f0"}),
            (),
            "tables.columns: features: 'event' is a branch that the files have anyway; choose another name",
        ),
        (
            set_in("tables", "columns", "mass", value="f0"),
            (),
            "tables.columns: 'f0' is there twice; each column is one thing",
        ),
        (
            set_in("samples", "tt", "table", value={"label": 0, "mass_gev": 500.0}),
            (),
            "samples.tt.table: background (label 0) has no mass; remove 'mass_gev'",
        ),
        (
            set_in("samples", "x500", "table", value={"label": 1, "process": "ttbar"}),
            (),
            "samples.x500.table: processes are named in background rows (label 0); remove 'process'",
        ),
        (
            set_in("samples", "tt", "table", value={"label": 0, "unnamed": True}),
            (),
            "samples.tt.table: 'unnamed' says what becomes of a 'process'; without one",
        ),
        (set_in("samples", "tt", "table", value={"label": 2}), (), "samples.tt.table.label: "),
    ],
)
def test_what_does_not_fit_is_one_line_with_key_and_fix(edit: Edit, files: tuple[str, ...], message: str) -> None:
    with pytest.raises(UserError) as caught:
        read(edit, files)
    assert str(caught.value).splitlines()[0].startswith(f"mine.yaml: {message}"), str(caught.value)


def test_a_selection_of_a_column_that_tables_have_not_says_where_to_replace_it() -> None:
    def edit(content: dict[str, Any]) -> None:
        content["events"]["branches"]["met"] = "met_gev"
        content["events"]["regions"]["signal"]["selection"] = "met > 100"

    read(edit)
    with pytest.raises(UserError) as caught:
        read(lambda content: (edit(content), content["tables"].pop("regions")))
    assert str(caught.value) == (
        "mine.yaml: events.regions.signal.selection: 'met' needs a branch that no table gives; name its column in "
        "tables.columns.features or leave it out; replace it under tables.regions.signal"
    )


def test_the_shipped_resonances_become_those_of_the_public_files() -> None:
    """Masses that the files have not are left out, and with them the fits and checks whose bins are in GeV."""
    path = Path(__file__).resolve().parents[2] / "config" / "resonance.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    simulated = read_analysis(copy.deepcopy(content), "resonance.yaml")
    assert simulated.fit is not None and simulated.fitted_variants() == ("affine_at_875",)
    content["tables"]["files"] = ["all_train.csv.gz"]
    found = read_analysis(content, "resonance.yaml")
    assert found.points() == ("X500", "X750", "X1000", "X1250", "X1500")
    assert found.samples_of("background") == ("tt",)
    assert found.fit is None and found.sculpting is None
    assert found.parametric_study is not None and found.parametric_study.fitted == ()
    assert found.judged() == ("single", "pnn", "affine") and found.recommended() is None
    assert len(found.events.features) == 27
    assert stages.train_classifier(found, "affine").points["X1000"] == (1000.0,)
