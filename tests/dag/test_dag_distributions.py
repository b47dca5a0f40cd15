"""What is planned to draw variables: which stores a region reads; data are read and scored only to be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Plan, Project

pytestmark = pytest.mark.xdist_group("dag_targets")

DATA_SCORES = {"score_data", "combine_data"}
SCORES = {"narrow": {"bins": 10, "low": 0.0, "high": 1.0}}


def commands(project: Project, rule: str) -> dict[str, str]:
    """Give the commands of a rule in the last plan, by region."""
    log = (project.root / "snakemake.log").read_text(encoding="utf-8").splitlines()
    lines = [line for line in log if f"python scripts/{rule}.py" in line]
    return {line.partition("--region ")[2].split()[0]: line for line in lines}


def test_the_signal_region_reads_no_data_before_they_are_fitted(fresh: Project) -> None:
    fresh.plan("distributions", "--printshellcmds")
    filled, data = commands(fresh, "fill_distributions"), "ntuples/data/nominal.arrow"
    assert set(filled) == {"signal_region", "control_tt"}
    assert data in filled["control_tt"] and data not in filled["signal_region"]
    assert "ntuples/tt/jet_energy_up.arrow" in filled["signal_region"]
    assert "resolution" not in filled["signal_region"], "not a nuisance"
    assert "/scores/" not in filled["signal_region"] + filled["control_tt"]

    def observed(content: dict[str, Any]) -> None:
        content["fit"] |= {"data": "observed", "blinding": {"windows": {"m_jj_gev": {"low": 100.0}}}}

    with fresh.changed_config(observed):
        plan = fresh.plan("distributions", "--printshellcmds")
    assert data in commands(fresh, "fill_distributions")["signal_region"]
    assert not plan.rules & DATA_SCORES, "no figure and no window needs them"


def test_a_window_of_the_score_needs_the_scores_of_what_is_fitted(fresh: Project) -> None:
    def observed(content: dict[str, Any]) -> None:
        content["fit"] |= {"data": "observed", "blinding": {"windows": {"score": {"low": 0.8}}}}

    with fresh.changed_config(observed):
        plan = fresh.plan("distributions", "--printshellcmds")
    assert {"score_events", "score_shifts"} | DATA_SCORES <= plan.rules
    for line in commands(fresh, "fill_distributions").values():
        assert "scores/narrow/combined/data/nominal.arrow" in line
        assert "scores/narrow/combined/zh/jet_energy_down.arrow" in line
        assert "scores/wide/" not in line


def test_a_drawn_score_has_data_scored_where_they_are_shown(fresh: Project, whole_plan: Plan) -> None:
    with fresh.changed_config(lambda content: content["distributions"].update(scores=SCORES)):
        plan = fresh.plan()
        fresh.plan("distributions", "--printshellcmds")
        filled = commands(fresh, "fill_distributions")
        with fresh.changed_config(lambda content: content["distributions"].update(regions=["signal_region"])):
            signal_alone = fresh.plan("distributions")
    assert plan.more_than(whole_plan) == dict.fromkeys(DATA_SCORES, 1)
    assert "scores/narrow/combined/data/nominal.arrow" in filled["control_tt"]
    assert "scores/narrow/combined/data" not in filled["signal_region"]
    outputs = " ".join(job.outputs for job in plan.jobs)
    for name in ("score_narrow_linear.png", "score_narrow_log.pdf", "met_gev_log.png", "eta_jj_linear.pdf"):
        assert f"figures/distributions/control_tt/{name}" in outputs
    assert not signal_alone.rules & DATA_SCORES


def test_scale_factors_are_fitted_only_where_they_are_applied(fresh: Project) -> None:
    fresh.plan("distributions", "--printshellcmds")
    assert (
        "--scale-factors results/example/scale_factors/result.json"
        in commands(fresh, "plot_distributions")["control_tt"]
    )
    with fresh.changed_config(lambda content: content["distributions"].update(scale_factors=False)):
        plan = fresh.plan("distributions", "--printshellcmds")
    assert "fit_scale_factors" not in plan.rules
    assert "--scale-factors" not in commands(fresh, "plot_distributions")["control_tt"]


def test_another_variable_fills_and_draws_again_and_nothing_else(completed: Project) -> None:
    def edit(content: dict[str, Any]) -> None:
        content["distributions"]["variables"]["met_gev"] = {"bins": 3, "low": 0.0, "high": 300.0}

    with completed.changed_config(edit):
        plan = completed.plan()
    assert plan.first_rules == {"fill_distributions", "write_report"}
    assert plan.rules == {"fill_distributions", "plot_distributions", "write_report", "render_report"}


def test_a_target_without_its_block_is_refused(fresh: Project) -> None:
    with fresh.changed_config(lambda content: content.pop("distributions")):
        done = fresh.snakemake("distributions", "--dry-run", "--configfile", "config/example.yaml")
    assert done.returncode
    assert "no block 'distributions', so this target has nothing to make" in done.output
