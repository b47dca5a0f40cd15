"""The comparison of strategies: summaries, paired differences and the recommendation."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from signedag.config.classifier import Variant
from signedag.config.comparison import StrategyComparison, strategy_variant
from signedag.json_blocks import Block
from signedag.metrics.seed_spread import SeedSpread
from signedag.weights.closure_summary import ClosureSummary, closure_summary
from signedag.weights.comparison import WeightSummary, mean_summary, paired_difference, weight_summary
from signedag.weights.recommendation import StrategyRow, comparison_table, recommend

COMMON = np.random.default_rng(1).normal(0, 0.003, 200)
"""What all strategies' areas have in common in the replicas over events."""


def row(auc, seed_spread, gain, grade="good", diverged=(), failed=(), event_spread=0.0005):
    """A strategy whose two seeds lie at ± seed_spread/√2 around the AUC."""
    offset = seed_spread / math.sqrt(2)
    replicas = auc + COMMON + np.random.default_rng(int(1e5 * auc)).normal(0, event_spread, 200)
    value = math.nan if grade == "nothing_to_test" else 0.3
    return StrategyRow(
        variant="plain",
        auc=SeedSpread((auc - offset, auc + offset)),
        auc_replicas=replicas,
        significance=SeedSpread((2.0, 2.1)),
        closure=ClosureSummary(grade, value, "tt: x", 1, grade, {"inputs": 1.0, "others": math.nan}),
        weights={"tt": WeightSummary(0.01, 0.5, gain, 0.0)},
        diverged=tuple(diverged),
        failed=tuple(failed),
        score_difference_to_truth=None,
    )


def test_spread_over_seeds_is_the_sample_standard_deviation():
    found = SeedSpread((0.8, 0.9, None, 1.0)).as_json()
    assert found["value"] == pytest.approx(0.9)
    assert found["spread"] == pytest.approx(0.1)
    assert found["error"] == pytest.approx(0.1 / np.sqrt(3))
    assert found["reason"] is None
    lonely = SeedSpread((0.8, None)).as_json()
    assert lonely["value"] is None and lonely["error"] is None and lonely["reason"]


def test_what_seeds_and_events_have_in_common_cancels_in_the_difference():
    first, second = SeedSpread((0.80, 0.84, 0.82)), SeedSpread((0.79, 0.83, 0.81))
    found = paired_difference(first, second, 0.82 + COMMON, 0.81 + COMMON)
    assert found.value == pytest.approx(0.01)
    assert found.error < 1e-12 < first.error
    apart = paired_difference(first, SeedSpread((None, 0.83, 0.83)), 0.82 + COMMON, 0.82 - COMMON)
    assert apart.value == pytest.approx(0.0) and apart.seed_error == pytest.approx(0.01)
    assert apart.event_error == pytest.approx(2 * COMMON.std(ddof=1))
    assert apart.error == pytest.approx(math.hypot(apart.seed_error, apart.event_error))
    undefined = paired_difference(first, SeedSpread((None, None, 0.8)), COMMON, COMMON)
    assert undefined.as_json()["value"] is None and undefined.as_json()["reason"]


def test_weight_summary_of_a_closed_form():
    summary = weight_summary(np.array([1.0, 1.0, -1.0]), np.array([0.5, 0.25, 0.25]))
    assert summary.yield_bias == pytest.approx(0.0)
    assert summary.sum_of_weights_squared_ratio == pytest.approx(0.375 / 3)
    assert summary.effective_size_gain == pytest.approx(3 / 0.375)
    assert summary.negative_events == 0
    assert mean_summary([summary, WeightSummary(0.2, 0.1, 1.0, 0.5)]).as_json() == {
        "yield_bias": pytest.approx(0.1),
        "sum_of_weights_squared_ratio": pytest.approx((0.125 + 0.1) / 2),
        "effective_size_gain": pytest.approx(4.5),
        "negative_events": 0.25,
    }


def closure(value, grade="good", **tests):
    verdict = {"grade": grade, "value": value, "reason": "smallest p in x"}
    return Block({"verdict": verdict, "closure": {"calibrated": tests}}, Path("closure.json"), "")


def test_closure_summary_corrects_for_the_samples_and_splits_inputs():
    inputs, others = {"chi2": 12.0, "ndf": 10, "is_input": True}, {"chi2": 30.0, "ndf": 10, "is_input": False}
    nothing = {"chi2": None, "ndf": 0, "is_input": False}
    summary = closure_summary({"tt": closure(0.004, "bad", x=inputs, y=others), "vz": closure(0.5, x=nothing)})
    assert (summary.grade, summary.value, summary.samples) == ("bad", 0.008, 2)
    assert summary.worst == "tt: smallest p in x"
    assert summary.chi2_per_ndf == {"inputs": pytest.approx(1.2), "others": pytest.approx(3.0)}


def test_one_weak_sample_makes_the_strategy_marginal_and_is_named():
    summary = closure_summary({"tt": closure(0.3, "marginal"), "vz": closure(0.5)})
    assert summary.grade == "marginal" and summary.reason.endswith("not good on their own: tt")
    assert closure_summary({"tt": closure(0.3), "vz": closure(0.5)}).grade == "good"


def test_samples_with_the_signed_weights_have_passed_nothing():
    summary = closure_summary({"tt": closure(None, "nothing_to_test")})
    assert summary.grade == "nothing_to_test"
    assert summary.as_json()["value"] is None and summary.as_json()["worst"] is None
    assert closure_summary({}).reason == "no closure was asked for"


def test_the_recommendation_prefers_effective_size_among_equals():
    rows = {
        "absolute": row(0.79, 0.001, 5.0, grade="bad"),
        "transformed": row(0.8000, 0.001, 4.0),
        "resampled": row(0.8005, 0.001, 2.0),
        "signed": row(0.81, 0.001, 1.0, diverged=["seed 1"]),
        "unit": row(0.81, 0.001, 9.0, failed=["seed 1"]),
        "truth": row(0.82, 0.001, 4.0),
    }
    found = recommend(rows)
    assert found.strategy == "transformed"
    assert found.best_auc == "resampled"
    assert found.as_json()["refused"] == {
        "absolute": "closure: bad",
        "signed": "1 trainings diverged",
        "unit": "1 trainings failed",
    }


def test_what_events_have_in_common_does_not_make_strategies_equal():
    """Apart by four paired errors, though the events alone move each AUC by three times the difference."""
    rows = {
        "transformed": row(0.800, 1e-4, 4.0, event_spread=2e-4),
        "absolute": row(0.799, 1e-4, 5.0, event_spread=2e-4),
    }
    assert np.std(rows["absolute"].auc_replicas) > 0.0025
    assert recommend(rows).as_good == ("transformed",)


def test_an_untested_strategy_is_said_to_be_untested():
    rows = {"paired": row(0.81, 0.001, 1.0, grade="nothing_to_test"), "transformed": row(0.80, 0.001, 4.0)}
    found = recommend(rows)
    assert found.strategy == "paired" and found.untested == ("paired",)
    assert "its closure had nothing to test" in found.reason
    cells = [line.split("\t") for line in comparison_table(rows, found.strategy).splitlines()]
    assert cells[1][0] == "paired (recommended)" and cells[1][5] == "nothing to test"
    assert cells[2][5] == "good" and {len(line) for line in cells} == {12}


def test_the_table_gives_the_paired_difference_and_dashes():
    rows = {"truth": row(0.82, 0.0, 4.0), "unit": row(0.80, 0.0, 1.0, grade="bad", event_spread=1e-9)}
    rows["signed"] = row(0.8, math.nan, 1.0)
    lines = {line.split("\t")[0]: line.split("\t") for line in comparison_table(rows, None).splitlines()}
    assert list(lines)[1:] == ["truth", "unit", "signed"]
    assert lines["unit"][3].startswith("-0.02000 ± ")
    assert lines["truth"][3] == "-" and lines["truth"][5] == "not tested"
    assert lines["signed"][1] == "- ± -"


def test_no_qualified_strategy_is_said():
    found = recommend({"signed": row(0.8, 0.001, 1.0, diverged=["seed 1"])})
    assert found.strategy is None and found.as_json()["within_two_errors"] == []


def test_the_joint_variant_trains_a_weight_network_along():
    template = Variant.model_validate({"region": "sr", "phases": [{"epochs": 3}]})
    comparison = StrategyComparison(variant="plain", seeds=(1, 2))
    joint = strategy_variant(template, comparison, "joint")
    updates = [update for phase in joint.phases for update in phase.updates]
    assert [update.moves for update in updates] == [("weight_network",), ("classifier", "weight_network")]
    assert [term.objective for term in updates[1].terms] == ["joint_cross_entropy", "sign_cross_entropy"]
    assert strategy_variant(template, comparison, "absolute").phases == template.phases
