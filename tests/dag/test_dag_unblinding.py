"""Another injected signal and the unblinding are the configuration alone: what they plan, and what they leave alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.xdist_group("dag_unblinding")

REPORT = {"write_report", "render_report"}
FIT = {
    "fill_templates", "fit_signal_strength", "compute_limits", "compute_distributions", "plot_fit", "plot_fit_details",
}  # fmt: skip


def blinded(content: dict[str, Any]) -> None:
    content["fit"] |= {"data": "observed", "blinding": {"signal_over_background": 0.1, "offset": 2.0}}


@pytest.fixture(scope="module")
def completed(empty_project: Project) -> Project:
    """A run whose data are observed and hidden."""
    with empty_project.changed_config(blinded) as content:
        hidden = content
    empty_project.write_config(hidden)
    empty_project.complete()
    return empty_project


def test_one_key_unblinds_and_reruns_the_fits_alone(completed: Project) -> None:
    """Hidden bins are missing in the templates' file, so that all that read it follow; no score, no scale factor."""
    assert completed.plan().names == set()

    def unblinded(content: dict[str, Any]) -> None:
        content["fit"]["blinding"]["unblinded"] = True

    with completed.changed_config(unblinded):
        plan = completed.plan()
    assert plan.first_rules == {"fill_templates", "fill_distributions"}
    assert plan.rules == FIT | {"compute_impacts", "fill_distributions", "plot_distributions"} | REPORT


@pytest.mark.parametrize("strength", [0.0, 2.0])
def test_another_injected_signal_is_simulated_alone(completed: Project, strength: float) -> None:
    def injected(content: dict[str, Any]) -> None:
        content["data"]["pseudo_data"]["signal_strength"] = strength

    with completed.changed_config(injected):
        plan = completed.plan()
    first = Counter(job.rule for job in plan.jobs if job.is_first)
    assert first["simulate_ntuple"] == 1
    trainings = {"train_sign_network", "calibrate_weights", "train_classifier", "merge_sample", "score_events"}
    assert not plan.rules & trainings
    assert {"score_data", "fill_control_templates", "fit_scale_factors", *FIT} <= plan.rules
