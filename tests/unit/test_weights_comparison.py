"""The comparison of strategies: summaries and the recommendation."""

from __future__ import annotations

import numpy as np
import pytest

from signedag.config.classifier import Variant
from signedag.config.comparison import StrategyComparison, strategy_variant
from signedag.config.phases import Phase, Term
from signedag.weights.comparison import closure_summary, recommend, spread_over_seeds, weight_summary


def row(auc, error, gain, diverged=(), passes=True):
    return {
        "auc": {"value": auc, "error": error},
        "effective_size_gain": gain,
        "diverged": list(diverged),
        "closure": {"passes": passes},
    }


def test_spread_over_seeds_is_the_sample_standard_deviation():
    found = spread_over_seeds([0.8, 0.9, 1.0])
    assert found["value"] == pytest.approx(0.9)
    assert found["spread"] == pytest.approx(0.1)
    assert found["error"] == pytest.approx(0.1 / np.sqrt(3))
    assert spread_over_seeds([0.8, None])["value"] is None


def test_weight_summary_of_a_closed_form():
    summary = weight_summary(np.array([1.0, 1.0, -1.0]), np.array([0.5, 0.25, 0.25]))
    assert summary["yield_bias"] == pytest.approx(0.0)
    assert summary["sum_of_weights_squared_ratio"] == pytest.approx(0.375 / 3)
    assert summary["effective_size_gain"] == pytest.approx(3 / 0.375)
    assert summary["negative_events"] == 0


def test_closure_summary_counts_all_comparisons_and_splits_inputs():
    def result(chi2, ndf, p_value, is_input):
        return {"chi2": chi2, "ndf": ndf, "p_value": p_value, "is_input": is_input}

    closures = {
        "tt": {
            "closure": {"calibrated": {"met_gev": result(12.0, 10, 0.28, True), "eta": result(30.0, 10, 1e-3, False)}}
        }
    }
    summary = closure_summary(closures)
    assert summary["comparisons"] == 2
    assert summary["worst"] == "tt, eta"
    assert not summary["passes"]
    assert summary["chi2_per_ndf"] == {"inputs": pytest.approx(1.2), "others": pytest.approx(3.0)}


def test_the_recommendation_prefers_effective_size_among_equals():
    table = {
        "absolute": row(0.79, 0.001, 5.0, passes=False),
        "transformed": row(0.8000, 0.001, 4.0),
        "resampled": row(0.8005, 0.001, 2.0),
        "signed": row(0.81, 0.001, 1.0, diverged=["seed 1"]),
        "truth": row(0.82, 0.001, 4.0),
    }
    found = recommend(table)
    assert found["strategy"] == "transformed"
    assert found["best_auc"] == "resampled"
    assert found["refused"] == ["absolute", "signed"]


def test_no_qualified_strategy_is_said():
    assert recommend({"signed": row(0.8, 0.001, 1.0, diverged=["seed 1"])})["strategy"] is None


def test_the_joint_variant_trains_a_weight_network_along():
    template = Variant(region="sr", phases=(Phase(epochs=3, terms=(Term(objective="cross_entropy"),)),))
    comparison = StrategyComparison(variant="plain", seeds=(1, 2))
    joint = strategy_variant(template, comparison, "joint")
    assert [phase.moves for phase in joint.phases] == [("weight_network",), ("classifier", "weight_network")]
    assert [term.objective for term in joint.phases[1].terms] == ["joint_cross_entropy", "sign_cross_entropy"]
    assert strategy_variant(template, comparison, "absolute").phases == template.phases
