"""Events from CSV tables instead of simulated ones: what one key changes of the plan, and what becomes of the rows."""

from __future__ import annotations

import copy
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from table_files import IMB_HEADER, analysis, hepmass_rows, imb_rows, text, write

from signedag.events.store import EventStore
from signedag.identity import Identity

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.xdist_group("dag_tables")

CONFIG = "config/narrow.yaml"
HEPMASS = "tables={files: [all_train.csv.gz, all_test.csv]}"
IMB = "tables={files: [imb.csv], columns: {label: type, process: name}}"
IMB_WITH_WEIGHTS = "tables={files: [imb.csv], columns: {label: type, process: name, weight: w}}"


@pytest.fixture(scope="module")
def project(empty_project: Project) -> Project:
    """A project with an analysis that is simulated, and tables that it could read."""
    write(empty_project.root / "all_train.csv.gz", text(hepmass_rows(400)))
    write(empty_project.root / "all_test.csv", text(hepmass_rows(200, 3)))
    write(empty_project.root / "imb.csv", text([[*row, "1"] for row in imb_rows(400)], [*IMB_HEADER, "w"]))
    empty_project.write_config(analysis([]), CONFIG)
    return empty_project


def test_one_key_turns_simulations_into_rows_of_tables_and_changes_nothing_else(project: Project) -> None:
    simulated = project.plan(config=CONFIG)
    from_tables = project.plan("--config", IMB_WITH_WEIGHTS, config=CONFIG)
    gone, new = simulated.names - from_tables.names, from_tables.names - simulated.names
    samples = analysis([])["samples"]
    assert gone == {("simulate_ntuple", f"results/narrow/simulated/{name}/part0.root") for name in samples}
    assert {rule for rule, _ in new} == {"read_table"}
    assert len(new) == 1, "files are read once, for all samples"


def test_rows_of_weight_one_need_no_sign_networks(project: Project) -> None:
    simulated, from_tables = project.plan(config=CONFIG), project.plan("--config", IMB, config=CONFIG)
    learnt = {"train_sign_network", "calibrate_weights", "plot_weights", "check_negative_weights", "plot_diagnostics"}
    assert simulated.rules - from_tables.rules == {"simulate_ntuple"} | learnt
    assert from_tables.rules - simulated.rules == {"read_table", "assign_training_weights"}


def test_samples_without_rows_are_left_out_with_what_names_them(project: Project) -> None:
    done = project.snakemake("--dry-run", "--config", HEPMASS, "--configfile", CONFIG)
    assert done.returncode == 0, done.output
    assert "note: events come from tables.files; samples left out: dy\n" in done.output
    plan = project.plan("--config", HEPMASS, config=CONFIG)
    assert not any("dy" in output.split("/") for _, output in plan.names)
    merged = {output.split("/")[3] for rule, output in plan.names if rule == "merge_sample"}
    assert merged == {"x500", "x750", "tt"}


def test_rows_are_converted_like_simulated_events_and_followed(project: Project) -> None:
    targets = [f"results/narrow/ntuples/{sample}/summary.json" for sample in ("x500", "x750", "tt")]
    done = project.snakemake("--cores", "2", *targets, "--config", HEPMASS, "--configfile", CONFIG)
    assert done.returncode == 0, done.output
    counts = json.loads((project.root / "results/narrow/tables/tables.json").read_text(encoding="utf-8"))
    assert [file["rows"] for file in counts["files"]] == [400, 200]
    events = 0
    for sample, number in counts["events"].items():
        store = EventStore(
            project.root / f"results/narrow/ntuples/{sample}/nominal.arrow",
            Identity.of("events", sample=sample, shift="nominal"),
        )
        assert store.rows == number, "the selection is that of the tables"
        assert set(store.column("weight").tolist()) == {store.column("weight")[0]}
        events += store.rows
    assert events == 600
    assert not project.plan(*targets, "--config", HEPMASS, config=CONFIG).jobs
    write(project.root / "all_test.csv", text(hepmass_rows(200, 4)))
    assert "read_table" in project.plan(*targets, "--config", HEPMASS, config=CONFIG).rules


def test_a_table_of_any_name_is_read_and_followed(project: Project) -> None:
    name = "all {train} [1] $HOME.csv"
    write(project.root / name, text(hepmass_rows(100)))
    project.write_config(analysis([name]) | {"analysis": "odd"}, "config/odd.yaml")
    target = "results/odd/tables/tables.json"
    done = project.snakemake("--cores", "1", target, "--configfile", "config/odd.yaml")
    assert done.returncode == 0, done.output
    assert not project.plan(target, config="config/odd.yaml").jobs
    os.utime(project.root / name, (1, 1))
    assert project.plan(target, config="config/odd.yaml").first_rules == {"read_table"}


def refusal(project: Project, content: dict[str, Any]) -> list[str]:
    project.write_config(content | {"analysis": "refused"}, "config/refused.yaml")
    done = project.snakemake("--dry-run", "--configfile", "config/refused.yaml")
    assert done.returncode != 0
    lines = [line for line in done.output.splitlines() if "config/refused.yaml: " in line]
    return [f"config/refused.yaml: {line.partition('config/refused.yaml: ')[2]}" for line in lines]


def test_a_wrong_table_is_refused_before_anything_runs(project: Project) -> None:
    content = analysis(["nowhere/*.csv"])
    (line,) = refusal(project, content)
    assert line.startswith("config/refused.yaml: tables.files: 'nowhere/*.csv' matches no file in ")
    (line,) = refusal(project, analysis(["imb.csv"]))
    assert line == (
        "config/refused.yaml: tables.files: imb.csv: has no column 'label'; known are: f0, f1, f2, mass, name, type, w "
        "(tables.columns.label)"
    )
    (project.root / "again.csv").symlink_to("all_test.csv")
    (line,) = refusal(project, analysis(["all_test.csv", "again.csv"]))
    assert "tables.files: 'again.csv' is the same file as 'all_test.csv', so its events would count twice" in line
    content = copy.deepcopy(analysis(["all_test.csv"]))
    content["samples"]["x750"]["table"]["mass_gev"] = 500.0
    (line,) = refusal(project, content)
    assert "samples.x750.table: rows of label 1 and mass 500 are those of sample 'x500', too" in line
