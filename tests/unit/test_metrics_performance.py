"""What performance.json holds: headline numbers per score, seed and fold, with reasons for what is undefined."""

from __future__ import annotations

import json

import numpy as np
import pytest

from signedag.metrics.performance import classifier_performance, discrimination, histograms, roc_points, sums_of_weights
from signedag.metrics.roc import area, signed_roc
from signedag.metrics.scored_events import ScoredEvents, joined
from signedag.metrics.weighted_sample import WeightedSample

EDGES = (0.0, 0.25, 0.5, 0.75, 1.0)


def drawn(seed, size, shift, weight=0.1):
    generator = np.random.default_rng(seed)
    return ScoredEvents(
        1 / (1 + np.exp(-generator.normal(shift, 1, size))),
        weight * np.where(generator.random(size) < 0.2, -1.0, 1.0),
        generator.integers(0, 2, size),
        np.full(size, np.nan),
    )


SIGNAL = {"zh": drawn(1, 600, 1.0, 0.01)}
BACKGROUND = {"tt": drawn(2, 900, 0.0), "vz": drawn(3, 300, 0.5, 0.02)}
SEEDS = {7: (SIGNAL["zh"].scores(), joined(BACKGROUND.values()).scores())}


def performance(seed=1, variant="plain"):
    return classifier_performance(SIGNAL, BACKGROUND, SEEDS, EDGES, seed, variant, 20).as_json()


def test_headline_seed_and_fold_numbers_are_those_of_the_metrics():
    found = performance()
    background = joined(BACKGROUND.values())
    expected = area(signed_roc(SIGNAL["zh"].scores(), background.scores()))
    assert found["auc"]["value"] == found["per_seed"]["7"]["auc"]["value"] == expected
    assert found["per_seed"]["7"]["binned_significance"] == found["binned_significance"]
    # the bootstrap draws a stream of its own for each score and fold
    assert found["per_seed"]["7"]["auc"]["error"] != found["auc"]["error"]
    for fold in (0, 1):
        classes = [part.where(part.fold == fold).scores() for part in (SIGNAL["zh"], background)]
        assert found["per_fold"][str(fold)]["auc"]["value"] == area(signed_roc(*classes))
    assert found["auc"]["error"] == pytest.approx(found["auc"]["error_closed_form"], rel=0.5)
    assert set(found["per_fold"]) == {"0", "1"}
    json.dumps(found, allow_nan=False)


def test_it_is_the_same_for_the_same_seed_and_variant_only():
    assert performance() == performance()
    assert performance(seed=2)["auc"]["error"] != performance()["auc"]["error"]
    assert performance(variant="other")["auc"]["error"] != performance()["auc"]["error"]


def test_sums_and_histograms_hold_every_event_with_its_sign():
    found = performance()
    for name, events in {**SIGNAL, **BACKGROUND}.items():
        described = found["sums"]["samples"][name]
        assert described["events"] == events.score.size
        assert described["sum_of_weights"] == pytest.approx(events.weight.sum())
        assert described["negative_fraction"] == pytest.approx(np.mean(events.weight < 0))
        assert described["effective_events"] == pytest.approx(events.weight.sum() ** 2 / (events.weight**2).sum())
        for binning, bins in (("configured", 4), ("uniform", 50)):
            histogram = found["score_histograms"][binning]["samples"][name]
            assert len(histogram["values"]) == bins
            assert sum(histogram["values"]) == pytest.approx(events.weight.sum())
            assert sum(histogram["variances"]) == pytest.approx((events.weight**2).sum())
    assert found["sums"]["background"]["events"] == 1200
    assert len(found["score_histograms"]["uniform"]["edges"]) == 51


def test_scores_of_0_and_1_are_inside_the_histogram():
    ends = ScoredEvents(np.array([0.0, 1.0]), np.ones(2), np.zeros(2, np.int64), np.zeros(2))
    assert histograms({"a": ends}, EDGES).templates["a"].values.tolist() == [1, 0, 0, 1]


def test_the_curve_starts_where_nothing_passes():
    points = performance()["roc"]
    assert points["threshold"][0] is None
    assert points["signal_efficiency"][0] == points["background_efficiency"][0] == 0
    assert points["signal_efficiency"][-1] == pytest.approx(1)
    assert 300 < len(points["threshold"]) <= 400
    assert points["reason"] is None


def test_what_is_undefined_is_null_with_a_reason():
    negative = WeightedSample(np.array([0.2, 0.4]), np.array([1.0, -2.0]))
    positive = WeightedSample(np.array([0.3]), np.array([1.0]))
    found = discrimination(positive, negative, EDGES, np.random.default_rng(1), 5).as_json()
    for name in ("auc", "significance_ratio"):
        assert found[name]["value"] is None
        assert "background has no positive sum" in found[name]["reason"]
    assert found["auc"]["error_closed_form"] is None
    assert found["binned_significance"]["value"] is None
    assert [entry["bin"] for entry in found["binned_significance"]["bins_left_out"]] == [0, 1, 2, 3]
    assert "background has no positive sum" in roc_points(positive, negative).reason
    nothing = ScoredEvents(*(np.zeros(0) for _ in range(4)))
    assert sums_of_weights(nothing).as_json() == {
        "events": 0,
        "sum_of_weights": 0.0,
        "sum_of_weights_squared": 0.0,
        "negative_fraction": None,
        "effective_events": None,
    }
    json.dumps(found, allow_nan=False)
