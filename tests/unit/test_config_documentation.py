"""The configuration's documentation says what the models accept, and which rules a key reruns."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from signedag.config.alternatives import changed_analyses
from signedag.config.analysis import Analysis
from signedag.config.documentation import readme, rows, schema_json
from signedag.config.example import examples
from signedag.config.observables import DIJET_OBSERVABLES
from signedag.config.reruns import data_rules, reruns, rules_by_stage

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATIONS = sorted((ROOT / "config").glob("*.yaml"))

pytestmark = pytest.mark.xdist_group("config_documentation")  # what reruns takes 20 s to work out, once
cached_reruns = cache(reruns)


def test_the_files_are_in_step_with_the_models() -> None:
    for name, content in {"README.md": readme(cached_reruns()), "schema.json": schema_json()}.items():
        assert (ROOT / "config" / name).read_text(encoding="utf-8") == content, "run `make documentation`"


def test_every_key_is_documented() -> None:
    for row in rows():
        assert row.meaning, f"{row.key} has no description"
        assert row.kind
        assert row.default


def test_every_key_is_in_the_tables_once_per_kind() -> None:
    text = readme(cached_reruns())
    for row in rows():
        assert f"| `{row.key}` | {row.kind} | {row.unit} | {row.default} |" in text
    for name in DIJET_OBSERVABLES:
        assert f"| `{name}` |" in text


def test_units_follow_the_names() -> None:
    units = {row.key: row.unit for row in rows()}
    assert units["luminosity_fb"] == "fb⁻¹"
    assert units["samples.<sample>.cross_section_pb"] == "pb"
    assert units["plots.centre_of_mass_energy_tev"] == "TeV"
    assert units["events.reconstruction.jet_pt_min_gev"] == "GeV"
    assert units["seed"] == ""


def test_kinds_and_defaults_read_like_words() -> None:
    found = {row.key: row for row in rows()}
    assert found["events.selection"].kind == "condition"
    assert found["events.weight"].kind == "expression"
    assert found["events.features"].kind == "list of names"
    assert found["events.columns"].kind == "name: expression"
    assert found["samples.<sample>.files"].kind == "list of texts"
    assert found["processes.<process>.role"].kind == "`signal` or `background` or `other`"
    assert found["classifiers.<classifier>.validation_fraction"].kind == "number > 0 and < 1"
    assert found["luminosity_fb"].default == "required"
    assert found["folds"].default == "`2`"
    assert found["data"].default == "none"


def test_the_schema_names_every_top_level_key() -> None:
    schema = json.loads(schema_json())
    assert set(schema["properties"]) == set(Analysis.model_fields)
    assert schema["additionalProperties"] is False
    assert all("description" in described or "$ref" in described for described in schema["properties"].values())


def test_every_key_of_the_tables_is_changed() -> None:
    """The examples have every block, so that every key that holds a value gets its rules."""
    documented = {row.key for row in rows() if not re.search("block", row.kind)}
    assert documented == set(cached_reruns()), documented ^ set(cached_reruns())


def test_every_stage_is_a_rule_with_settings() -> None:
    rules = rules_by_stage()
    assert rules["convert_ntuple"] == ["convert_ntuple"]
    assert rules["score_events"] == ["score_events", "score_shifts", "score_data"]
    assert len(rules["plot"]) > 3
    assert data_rules()["convert_ntuple"] == "convert_data"


@pytest.mark.parametrize(
    ("key", "rules"),
    [
        ("title", {"write_report"}),
        ("plots.status", {"plot_*"}),
        ("events.regions.<region>.label", {"plot_*"}),
        ("events.regions.<region>.selection", {"convert_ntuple", "convert_shifts", "convert_data"}),
        ("events.truth", {"convert_ntuple"}),
        ("samples.<sample>.cross_section_pb", {"measure_optimism", "merge_sample", "simulate_ntuple (data)"}),
        ("samples.<sample>.simulation.events", {"simulate_ntuple"}),
        ("samples.<sample>.normalisation.other_tree.tree", {"convert_ntuple"}),
        ("uncertainties.shifts.<shift>.jet_energy_relative", {"convert_shifts"}),
        ("data.pseudo_data.signal_strength", {"simulate_ntuple (data)"}),
        ("weights.sign_network.epochs", {"train_sign_network", "train_ratio_network"}),
        ("classifiers.<classifier>.architecture.dropout", {"train_classifier", "cross_check_signs"}),
        (
            "classifiers.<classifier>.seeds",
            {"check_classifier", "check_masses", "combine_scores", "combine_shifts", "write_report"},
        ),
        ("scale_factors.flatness.observable", {"fill_control_templates"}),
        ("scale_factors.pseudo_experiments", {"study_pulls"}),
        ("fit.binnings.<binning>.mass.bins", {"fill_templates", "measure_optimism"}),
        (
            "uncertainties.interpolation",
            {
                "compute_contour",
                "compute_distributions",
                "compute_impacts",
                "compute_limits",
                "fit_scale_factors",
                "fit_signal_strength",
                "measure_optimism",
                "scan_binnings",
                "study_pulls",
                "study_template_statistics",
                "study_toys",
            },
        ),
    ],
)
def test_reruns_of_some_keys(key: str, rules: set[str]) -> None:
    found = {"plot_*" if rule.startswith("plot_") else rule for rule in cached_reruns()[key]}
    assert rules <= found
    summaries = {"compare_decorrelation", "compare_weight_strategies", "summarise_scan"}
    allowed = rules | summaries | {"check_negative_weights", "plot_*"}
    assert found <= allowed if "plot_*" not in rules else found == rules


def test_no_key_is_without_effect() -> None:
    assert {key for key, rules in cached_reruns().items() if not rules} == set()


def test_each_key_is_changed_alone() -> None:
    analysis = Analysis.model_validate(examples()[0])
    before = analysis.model_dump()
    for path, alternatives in changed_analyses(analysis):
        after = next(alternatives).model_dump()
        changed = [key for key in before if before[key] != after[key]]
        assert changed == [re.split(r"[.\[]", path)[0]], path


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.stem)
def test_the_shipped_configurations_are_valid(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert content["analysis"] == path.stem
    Analysis.model_validate(content)


def test_a_shift_concerns_no_nominal_event() -> None:
    shift = {key: rules for key, rules in cached_reruns().items() if key.startswith("uncertainties.shifts.<shift>.")}
    assert len(shift) > 3
    fitted = shift.pop("uncertainties.shifts.<shift>.fitted")
    assert "convert_shifts" not in fitted and "fill_templates" in fitted
    one_sided = shift.pop("uncertainties.shifts.<shift>.jet_resolution_relative")
    assert "fill_templates" in one_sided, "which has no downward template"
    assert all(set(rules) <= {"convert_shifts", "study_mismodelling"} for rules in shift.values())
    assert not {"convert_ntuple", "merge_sample"} & {*fitted, *one_sided}
