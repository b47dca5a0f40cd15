"""The whole workflow on a tiny analysis: real ROOT files in, signal strength and summary out, the same bytes twice."""

from __future__ import annotations

import json
import math
import random
import signal
from pathlib import Path
from typing import Any

import pytest
from kill_runs import GROUP, JOB, Kill, killed_run, leftovers
from tiny_analysis import SAMPLES, copy_workflow, digests, finish, run

pytestmark = pytest.mark.xdist_group("tiny")  # one run for all


@pytest.fixture(scope="module")
def summary(finished: Path) -> dict[str, Any]:
    """The summary of the whole run."""
    content: dict[str, Any] = json.loads((finished / "report" / "summary.json").read_text(encoding="utf-8"))
    return content


def test_the_fit_returns_what_went_in(summary: dict[str, Any]) -> None:
    treatments = summary["signal_strength"]["cross_entropy"]
    assert set(treatments) == {"fixed", "constrained", "simultaneous"}
    for name, strength in treatments.items():
        fit = strength["fit_alone"]
        assert fit["value"] == pytest.approx(1, abs=1e-4)
        # Sums in networks depend on the processor in their last digits, which moves events between bins.
        assert [fit["down"], fit["up"]] == pytest.approx(PINNED_INTERVALS[name], rel=0.05)
        # A few thousand simulated events scatter as much as the data will: with them, or no result.
        with_simulation = math.hypot(fit["up"], strength["template_statistical"])
        assert strength["up"] is None or strength["up"] == pytest.approx(with_simulation)


PINNED_INTERVALS = {"fixed": [0.2837, 0.2992], "constrained": [0.2842, 0.2995], "simultaneous": [0.2842, 0.299]}


def test_the_scale_factors_are_pinned(summary: dict[str, Any]) -> None:
    # No network enters them: simulation, conversion and fit alone, which are the same on every machine.
    factors = summary["scale_factors"]
    assert factors["tt"]["truth"] == 0.92
    for name, pinned in PINNED_SCALE_FACTORS.items():
        for key, value in pinned.items():
            assert factors[name][key] == pytest.approx(value, rel=1e-3), f"{name}.{key}"


PINNED_SCALE_FACTORS = {
    "tt": {"value": 0.853946, "down": 0.021843, "up": 0.022219},
    "Zheavy": {"value": 1.274646, "down": 0.043133, "up": 0.043915},
}


def test_every_stage_is_summarised(summary: dict[str, Any]) -> None:
    assert summary["analysis"] == "tiny"
    assert set(summary["weights"]) == set(SAMPLES)
    for found in summary["weights"].values():
        assert {"calibrated", "uncalibrated"} == set(found["closure"]) == set(found["truth"])
    assert 0.6 < summary["classifiers"]["cross_entropy"]["auc"]["value"] < 1
    assert len(summary["sculpting"]["cross_entropy"]["chi2_per_quantile"]) == 4
    lines = [(line["for_comparison"], ("bad", "marginal", "good").index(line["grade"])) for line in summary["verdict"]]
    assert lines == sorted(lines)


def test_the_first_page_has_the_verdict_and_the_key_figures(finished: Path) -> None:
    page = (finished / "report" / "front_page.rst").read_text(encoding="utf-8")
    assert page.index(":class: verdict") < page.index("data:image/png")
    assert page.count("data:image/png") == 4
    assert (finished / "report" / "verdict.txt").read_text(encoding="utf-8").startswith("tiny: ")


def test_every_log_opens_with_the_command_that_repeats_it(finished: Path) -> None:
    logs = list((finished / "logs").rglob("*.log"))
    assert len(logs) > 30
    for log in logs:
        first = log.read_text(encoding="utf-8").splitlines()[0]
        assert f"scripts/{log.parent.name}.py" in first


def test_nothing_half_written_is_left(finished: Path) -> None:
    assert not list(finished.rglob(".*.part*"))


def test_a_scan_adds_a_point_and_leaves_no_scores_of_it(finished: Path) -> None:
    """The classifier as it is counts as a point and is not trained again."""
    network = finished / "classifiers/cross_entropy/seed1/fold0/model.safetensors"
    made = network.stat().st_mtime_ns
    finish(finished.parents[1], 2, "scan")
    assert network.stat().st_mtime_ns == made
    content = json.loads((finished / "scan" / "summary.json").read_text(encoding="utf-8"))
    rows = {row["variant"]: row for row in content["points"]}
    (point,) = rows.keys() - {"cross_entropy"}
    assert (finished / "classifiers" / point / "seed1/fold1/model.safetensors").is_file()
    assert not list((finished / "scores" / point).rglob("*.arrow"))
    assert rows[point]["settings"] == {"learning_rate": 0.002}
    assert rows[point]["auc"] != rows["cross_entropy"]["auc"]
    assert all(0 < row["sigma_mu"] < 2 for row in rows.values())
    assert not (finished / "figures/scan/scan_maps.png").exists(), "one setting has no pairs"
    assert (finished / "figures/scan/scan_marginals.png").is_file()


def test_a_killed_run_is_resumed_to_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    """`make kills` does so thirty times, at random, through the whole analysis."""
    copy_workflow(tmp_path)
    targets = ("results/tiny/ntuples/ZH/nominal.arrow",)
    for kill in (Kill(JOB, signal.SIGTERM, 0.0), Kill(GROUP, signal.SIGKILL, 0.0)):
        assert killed_run(tmp_path, kill, random.Random(1), targets)
    assert not killed_run(tmp_path, Kill(GROUP, signal.SIGKILL, math.inf), random.Random(1), targets)
    assert not leftovers(tmp_path)
    again, first = digests(tmp_path / "results" / "tiny"), digests(finished)
    assert len(again) == 8
    assert {path for path in again if again[path] != first[path]} == set()


def test_another_number_of_cores_gives_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    run(tmp_path, 1, "results/tiny/report/summary.json")
    again = digests(tmp_path / "results" / "tiny")
    first = digests(finished)
    assert len(again) > 40
    assert {path for path in again if again[path] != first[path]} == set()
