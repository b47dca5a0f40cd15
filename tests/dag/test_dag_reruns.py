"""After a complete run, an edit plans exactly the rules that it concerns."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from signedag.config.reruns import reruns

if TYPE_CHECKING:
    from conftest import Plan, Project

pytestmark = pytest.mark.xdist_group("dag_reruns")

Content = dict[str, Any]
DETAILS = {"compute_limits", "compute_impacts", "compute_distributions"}
REPORT = ("write_report", "render_report")
"""What follows every number: summary and page."""
ORDERED = ("processes", "samples", "classifiers", "binnings")
"""Blocks of names whose order figures and tables keep."""


def add_statement(text: str) -> str:
    """Change what happens when a module is imported."""
    return text + "\nprint(end='')\n"


def reword(text: str) -> str:
    """Change every docstring, also those of attributes, and add comments; the code stays as it is."""
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            for statement in node.body:
                value = statement.value if isinstance(statement, ast.Expr) else None
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    assert statement.end_lineno is not None
                    first, last = statement.lineno - 1, statement.end_lineno
                    blank = [""] * (last - first - 1)
                    lines[first:last] = [" " * statement.col_offset + '"Reworded."', *blank]
    return "# A comment.\n\n\n" + "\n".join(lines) + "\n# Another one.\n"


def turned(content: Any, keep: tuple[str, ...] = ()) -> Any:
    """Reverse the order of all keys but of those in the blocks named `keep`."""
    if not isinstance(content, dict):
        return content
    return {key: _turned_block(key, value, keep) for key, value in reversed(content.items())}


def _turned_block(name: str, block: Any, keep: tuple[str, ...]) -> Any:
    if name in keep:
        return {key: turned(value, keep) for key, value in block.items()}
    return turned(block, keep)


def test_after_a_complete_run_nothing_is_planned(completed: Project) -> None:
    assert completed.plan().names == set()


def test_what_means_the_same_plans_nothing(completed: Project) -> None:
    """Touched files, also large ones, reworded and reformatted code, comments and the order of keys."""
    library = completed.root / "scripts"
    modules = sorted(library.rglob("*.py"))
    before = {path: path.read_text(encoding="utf-8") for path in modules}
    config = completed.root / "config" / "example.yaml"
    text = config.read_text(encoding="utf-8")
    try:
        for path in modules:
            path.write_text(reword(before[path]), encoding="utf-8")
        formatter = [
            sys.executable,
            "-m",
            "ruff",
            "format",
            "--quiet",
            "--isolated",
            "--line-length",
            "60",
            str(library),
        ]
        subprocess.run(formatter, check=True)
        shuffled = yaml.safe_dump(turned(yaml.safe_load(text), ORDERED), sort_keys=False)
        config.write_text(f"# a comment\n{shuffled}", encoding="utf-8")
        for folder, _, files in os.walk(completed.root):
            for file in files:
                if ".snakemake" not in folder:
                    os.utime(os.path.join(folder, file))  # noqa: PTH118 - os.walk gives strings
        assert completed.plan().names == set()
    finally:
        config.write_text(text, encoding="utf-8")
        for path, content in before.items():
            path.write_text(content, encoding="utf-8")


def test_the_order_of_names_is_that_of_figures_and_tables(completed: Project) -> None:
    """Turning processes, samples and classifiers around stacks and lists them differently; no number is made anew."""
    with completed.changed_config(lambda content: content.update(turned(content))):
        plan = completed.plan()
    assert {"plot" if job.rule.startswith("plot_") else job.rule for job in plan.jobs} <= {
        "check_regions",
        "compare_classifiers",
        "plot",
        *REPORT,
    }


def planned_after(completed: Project, module: str) -> Plan:
    with completed.changed_file(f"scripts/{module}", add_statement):
        return completed.plan()


def test_an_objective_reruns_the_trainings_and_what_follows(completed: Project, whole_plan: Plan) -> None:
    plan = planned_after(completed, "signedag/objectives/cross_entropy.py")
    assert plan.first_rules == {"train_classifier"}
    assert {
        "score_events",
        "check_classifier",
        "fill_templates",
        "fit_signal_strength",
    } <= plan.rules
    untouched = {"simulate_ntuple", "convert_ntuple", "convert_data", "merge_sample", "fit_scale_factors"}
    untouched |= {"train_sign_network", "calibrate_weights"}
    assert untouched <= whole_plan.rules - plan.rules


def test_what_nobody_uses_reruns_nothing(completed: Project) -> None:
    with completed.changed_file("scripts/signedag/events/store.py", lambda text: f"{text}\n\nNEW = 1\n"):
        assert completed.plan().rules == set()


def test_a_distance_between_masses_retrains_nothing(completed: Project) -> None:
    """`calibrate_weights` uses a module that uses a module with the distance, but not the distance."""

    def edit(text: str) -> str:
        return text.replace("def jensen_shannon(pair: PairOfShapes", "def jensen_shannon(both: PairOfShapes", 1)

    with completed.changed_file("scripts/signedag/metrics/distances.py", edit):
        plan = completed.plan()
    assert plan.first_rules == {"check_sculpting"}
    assert plan.rules == {"check_sculpting", "plot_sculpting", *REPORT}


def test_a_setting_of_one_command_reruns_that_command_only(completed: Project) -> None:
    def edit(text: str) -> str:
        return text.replace(
            "class CheckClassifierSettings(Settings):", "class CheckClassifierSettings(Settings):\n    new: int = 0\n"
        )

    with completed.changed_file("scripts/signedag/config/classifier.py", edit):
        plan = completed.plan()
    assert plan.first_rules == {"check_classifier"}


def test_a_new_objective_reruns_what_uses_it(completed: Project) -> None:
    """Another module of objectives and its settings rerun nothing; the one variant that takes it is trained again."""
    library = completed.root / "scripts" / "signedag"
    written = []
    try:
        for folder in ("objectives", "config/objectives"):
            text = (library / folder / "cross_entropy.py").read_text(encoding="utf-8")
            written.append(library / folder / "new.py")
            written[-1].write_text(text.replace('"cross_entropy"', '"new"'), encoding="utf-8")
        assert completed.plan().rules == set()

        def use(content: Content) -> None:
            content["classifiers"]["wide"]["phases"] = [{"epochs": 1, "updates": [{"terms": [{"objective": "new"}]}]}]

        with completed.changed_config(use):
            plan = completed.plan()
            with completed.changed_file("scripts/signedag/objectives/new.py", add_statement):
                reasons = {job.wildcards: job.reason for job in completed.plan().jobs if job.rule == "train_classifier"}
    finally:
        for path in written:
            path.unlink()
    assert plan.first_rules == {"train_classifier"}
    assert {job.wildcards for job in plan.jobs if job.rule == "train_classifier"} == set(reasons)
    for wildcards, reason in reasons.items():
        assert "variant=wide" in wildcards
        assert "signedag.objectives.new " in reason


def test_a_figure_reruns_itself_only(completed: Project) -> None:
    plan = planned_after(completed, "plot_sculpting.py")
    assert plan.rules == {"plot_sculpting", *REPORT}


def test_plotting_code_reruns_no_numbers(completed: Project) -> None:
    plan = planned_after(completed, "signedag/plotting/sculpting.py")
    assert plan.rules
    assert all(rule.startswith("plot_") for rule in plan.rules - {*REPORT})


def test_the_fit_engine_reruns_fits_only(completed: Project) -> None:
    plan = planned_after(completed, "signedag/statistics/likelihood.py")
    fits = {"fit_scale_factors", "fit_signal_strength", *DETAILS}
    assert plan.first_rules <= fits
    figures = {"plot_fit", "plot_scale_factors", "plot_fit_details", "plot_distributions"}  # with fitted scale factors
    assert plan.rules == fits | figures | {*REPORT}


def test_the_conversion_reruns_everything_after_it(completed: Project, whole_plan: Plan) -> None:
    plan = planned_after(completed, "convert_ntuple.py")
    assert plan.first_rules == {"convert_ntuple", "convert_data"}
    assert whole_plan.rules - plan.rules == {"simulate_ntuple", "convert_shifts"}


def test_the_size_of_a_shift_retrains_nothing(completed: Project) -> None:
    edit = change("uncertainties", "shifts", "jet_energy", "jet_energy_relative", value=0.05)
    with completed.changed_config(edit):
        plan = completed.plan()
    assert plan.first_rules == {"convert_shifts"}
    events = {"convert_shifts", "merge_shifts", "score_shifts", "combine_shifts"}
    templates = {"fill_templates", "fit_signal_strength", "plot_fit", "plot_fit_details", *DETAILS}
    control = {"fill_control_templates", "fit_scale_factors", "plot_scale_factors"}
    assert plan.rules == events | templates | control | {"fill_distributions", "plot_distributions", *REPORT}


def test_the_reason_names_the_module(completed: Project) -> None:
    plan = planned_after(completed, "signedag/objectives/cross_entropy.py")
    reasons = {job.reason for job in plan.jobs if job.rule == "train_classifier"}
    assert reasons
    for reason in reasons:
        modules = re.findall(r"'([\w.]+) [0-9a-f]{12}'", reason)
        assert modules == ["signedag.objectives.cross_entropy"] * 2, "before and now"


def test_the_reason_names_the_key(completed: Project) -> None:
    """Values with quotes, dollars, backticks and braces neither break a plan nor a reason."""
    awkward = r"""tt "dileptonic" \$HOME `date` {sample} it's"""

    def reason(edit: Callable[[Content], None], rule: str, wildcard: str) -> str:
        with completed.changed_config(edit):
            plan = completed.plan()
        (given,) = {job.reason for job in plan.jobs if job.rule == rule and wildcard in job.wildcards}
        return given

    epochs = reason(change("weights", "sign_network", "epochs", value=3), "train_sign_network", "sample=tt")
    before, now = re.findall(r"'([^']*)'", epochs)
    assert (before.split("=")[0], now) == ("network.epochs", "network.epochs=3")
    label = reason(change("processes", "tt", "label", value=awkward), "plot_scale_factors", "analysis=")
    assert "processes.tt.label=" in label
    assert "processes.zh" not in label


def test_a_setting_of_one_variant_reruns_that_variant_only(completed: Project) -> None:
    def edit(content: Content) -> None:
        content["classifiers"]["wide"]["architecture"] = {"hidden_layers": [32]}

    with completed.changed_config(edit):
        plan = completed.plan()
    assert plan.first_rules == {"train_classifier"}
    of_variants = [job for job in plan.jobs if "variant=" in job.wildcards]
    assert of_variants
    assert all("variant=wide" in job.wildcards for job in of_variants)
    assert {job.rule for job in plan.jobs if job not in of_variants} == {
        "compare_classifiers", "plot_classifier_comparison", *REPORT,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("file", "rule"),
    [
        ("weights/transformed/tt/calibration.json", "calibrate_weights"),
        ("templates/control.root", "fill_control_templates"),
    ],
)
def test_a_deleted_file_on_the_way_is_missing_by_summary_and_made_again_alone(
    completed: Project, file: str, rule: str
) -> None:
    """What `make repair` does: the fifth column of `--summary` says what is missing, and that becomes the target."""
    path = completed.root / "results" / "example" / file
    content = path.read_bytes()
    path.unlink()
    try:
        listed = completed.snakemake("--summary", "--configfile", "config/example.yaml").output
        missing = [line.split("\t")[0] for line in listed.splitlines() if line.split("\t")[4:5] == ["missing"]]
        assert missing == [f"results/example/{file}"], "what is temporary does not count"
        assert completed.plan(*missing).rules == {rule}
    finally:
        path.write_bytes(content)


def change(*path: str, value: object) -> Callable[[Content], None]:
    """Give an edit that sets one key."""

    def edit(content: Content) -> None:
        for key in path[:-1]:
            content = content.setdefault(key, {})
        content[path[-1]] = value

    return edit


@pytest.mark.parametrize(
    ("key", "edit"),
    [
        ("title", change("title", value="Another title")),
        ("seed", change("seed", value=7)),
        ("luminosity_fb", change("luminosity_fb", value=2.0)),
        ("plots.status", change("plots", "status", value="Preliminary")),
        ("processes.<process>.colour", change("processes", "tt", "colour", value="red")),
        ("samples.<sample>.cross_section_pb", change("samples", "tt", "cross_section_pb", value=11.0)),
        ("samples.<sample>.simulation.files", change("samples", "zh", "simulation", "files", value=2)),
        ("events.regions.<region>.label", change("events", "regions", "control_tt", "label", value="tt")),
        ("events.features", change("events", "features", value=["pt_jj_gev", "met_gev"])),
        ("weights.sign_network.epochs", change("weights", "sign_network", "epochs", value=3)),
        ("weights.closure.bins", change("weights", "closure", "bins", value=5)),
        ("classifiers.<classifier>.seeds", change("classifiers", "narrow", "seeds", value=[1, 2])),
        ("sculpting.quantiles", change("sculpting", "quantiles", value=3)),
        ("diboson_peak.luminosity_factor", change("diboson_peak", "luminosity_factor", value=3.0)),
        (
            "uncertainties.shifts.<shift>.jet_energy_relative",
            change("uncertainties", "shifts", "jet_energy", "jet_energy_relative", value=0.05),
        ),
        ("uncertainties.symmetrise", change("uncertainties", "symmetrise", value={})),
        (
            "uncertainties.smooth.<uncertainty>.relative_error",
            change("uncertainties", "smooth", "jet_energy", "relative_error", value=0.2),
        ),
        ("uncertainties.interpolation", change("uncertainties", "interpolation", value="piecewise")),
        ("fit.binnings.<binning>.mass.bins", change("fit", "binnings", "coarse", "mass", "bins", value=9)),
    ],
)
def test_the_documented_reruns_are_the_planned_ones(
    completed: Project, whole_plan: Plan, documented: dict[str, set[str]], key: str, edit: Callable[[Content], None]
) -> None:
    """`config/README.md` names the rules that a key reruns; those of the default target are planned, and no others."""
    with completed.changed_config(edit):
        plan = completed.plan()
    expected = documented[key] & whole_plan.rules | {*REPORT}
    new = {job.rule for job in plan.jobs if job.is_first and "Missing output files" in job.reason}
    assert plan.first_rules - new <= expected
    assert expected <= plan.rules


@pytest.mark.parametrize("profiled", [False, True])
def test_treated_variations_rerun_the_fits_that_take_them(completed: Project, profiled: bool) -> None:
    """No template is filled again, and scale factors are fitted again only where their fit profiles nuisances."""

    def edit(content: Content) -> None:
        content["uncertainties"]["smooth"] = {"btag": {}}
        content["scale_factors"]["profile_nuisances"] = profiled

    with completed.changed_config(edit):
        plan = completed.plan()
    fits = DETAILS | {"fit_signal_strength"}
    assert plan.first_rules - {*REPORT} == ({"fit_scale_factors"} if profiled else fits)
    assert fits <= plan.rules
    assert ("fit_scale_factors" in plan.rules) == profiled
    assert not {"fill_templates", "fill_control_templates"} & plan.rules


@pytest.fixture(scope="session")
def documented() -> dict[str, set[str]]:
    """Give the documented reruns, with the rules of data under the names that a plan shows."""
    return {key: {rule.removesuffix(" (data)") for rule in rules} for key, rules in reruns().items()}
