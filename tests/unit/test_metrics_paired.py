"""Paired differences of the AUC: the same events for all classifiers, errors against repeated simulation."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

from signedag.metrics.paired import JudgedClasses, paired_areas, paired_differences
from signedag.metrics.roc import area, area_with_bootstrap_error, signed_roc
from signedag.metrics.weighted_sample import WeightedSample
from signedag.seeds import stream

DRAW = partial(stream, 1, "test")
NO_SEEDS = {"plain": (), "smeared": ()}


def judged(generator, events=1500, smear=0.5):
    """Give two classifiers that judge the same signed events: the second one sees the first one's score smeared."""
    plain, smeared = [], []
    for shift in (1.0, 0.0):
        score = generator.normal(shift, 1, events)
        weights = generator.lognormal(0, 0.4, events) * np.where(generator.random(events) < 0.15, -1, 1)
        plain.append(WeightedSample(score, weights))
        smeared.append(WeightedSample(score + generator.normal(0, smear, events), weights))
    return {"plain": JudgedClasses(*plain), "smeared": JudgedClasses(*smeared)}


def test_the_difference_is_of_the_areas_and_its_error_of_the_same_replicas():
    classifiers = judged(np.random.default_rng(1))
    areas, (compared,) = paired_differences(classifiers, NO_SEEDS, DRAW, 100)
    assert (compared.first, compared.second) == ("smeared", "plain")
    expected = {name: area(signed_roc(*classes)) for name, classes in classifiers.items()}
    assert {name: estimate.value for name, estimate in areas.items()} == expected
    assert compared.difference.value == expected["smeared"] - expected["plain"]
    replicas = paired_areas(classifiers, DRAW, 100)
    assert compared.difference.error == pytest.approx(np.std(replicas["smeared"] - replicas["plain"], ddof=1))
    # The closed form of a difference: variances and covariance of the same replicas.
    first, second = areas["smeared"].error, areas["plain"].error
    variance = first**2 + second**2 - 2 * compared.correlation * first * second
    assert compared.difference.error == pytest.approx(math.sqrt(variance))
    assert compared.unpaired_error == pytest.approx(math.hypot(first, second))
    assert 0.5 < compared.correlation < 1
    assert compared.difference.error < 0.75 * compared.unpaired_error


def test_the_errors_are_those_of_one_classifier_alone():
    classifiers = judged(np.random.default_rng(2))
    areas, _ = paired_differences(classifiers, NO_SEEDS, DRAW, 50)
    for name, classes in classifiers.items():
        assert areas[name] == area_with_bootstrap_error(*classes, DRAW(), 50)


def test_the_paired_error_is_the_spread_over_simulations():
    """200 simulations of the same two classifiers: the difference scatters by the error that each of them quotes."""
    generator = np.random.default_rng(3)
    differences, quoted = [], []
    for number in range(200):
        _, (compared,) = paired_differences(
            judged(generator, events=400), NO_SEEDS, partial(stream, 1, "test", number), 60
        )
        differences.append(compared.difference.value)
        quoted.append(compared.difference.error)
    spread = np.std(differences, ddof=1)
    # The spread is known to 1/√400 = 5 %, so 20 % is four standard deviations.
    assert np.mean(quoted) == pytest.approx(spread, rel=0.2)


def test_the_order_of_scores_does_not_matter_to_the_pairing():
    """A monotone map of the score leaves the AUC of every replica as it is: difference and error are zero."""
    classes = judged(np.random.default_rng(4))["plain"]
    mapped = JudgedClasses(*(WeightedSample(np.exp(part.values), part.weights) for part in classes))
    _, (compared,) = paired_differences({"plain": classes, "smeared": mapped}, NO_SEEDS, DRAW, 20)
    assert compared.difference.as_json() == {"value": 0.0, "error": 0.0, "reason": None}
    assert compared.correlation == pytest.approx(1)


def test_every_pair_is_compared_and_antisymmetric():
    classifiers = judged(np.random.default_rng(5))
    three = classifiers | {"again": judged(np.random.default_rng(5), smear=1.0)["smeared"]}
    seeds = dict.fromkeys(three, ())
    _, forward = paired_differences(three, seeds, DRAW, 20)
    _, backward = paired_differences(dict(reversed(three.items())), seeds, DRAW, 20)
    assert [(item.first, item.second) for item in forward] == [
        ("smeared", "plain"), ("again", "plain"), ("again", "smeared"),
    ]  # fmt: skip
    opposite = {(item.second, item.first): item.difference for item in backward}
    for item in forward:
        other = opposite[item.first, item.second]
        assert (other.value, other.error) == pytest.approx((-item.difference.value, item.difference.error))


def test_the_spread_over_seeds_stands_beside_the_error():
    classifiers = judged(np.random.default_rng(6))
    seeds = {"plain": (0.80, 0.82), "smeared": (0.70, 0.74, 0.72)}
    _, (compared,) = paired_differences(classifiers, seeds, DRAW, 10)
    assert compared.training_error == pytest.approx(math.hypot(0.0141421 / math.sqrt(2), 0.02 / math.sqrt(3)), rel=1e-4)
    _, (compared,) = paired_differences(classifiers, seeds | {"plain": (0.8,)}, DRAW, 10)
    assert compared.as_json()["training_error"] is None


def test_classes_without_a_positive_sum_are_undefined_with_the_reason():
    classifiers = judged(np.random.default_rng(7), events=50)
    cancelled = {
        name: JudgedClasses(classes.signal, WeightedSample(classes.background.values, -np.ones(50)))
        for name, classes in classifiers.items()
    }
    areas, (compared,) = paired_differences(cancelled, NO_SEEDS, DRAW, 10)
    described = compared.as_json()
    assert described["value"] is described["error"] is described["correlation"] is described["unpaired_error"] is None
    assert "background has no positive sum of weights" in described["reason"]
    assert all(estimate.as_json()["value"] is None for estimate in areas.values())


def test_a_replica_without_a_positive_sum_leaves_the_error_undefined():
    weights = np.array([1.0, -0.9])
    one = JudgedClasses(WeightedSample(np.array([0.3, 0.6]), weights), WeightedSample(np.array([0.5]), np.ones(1)))
    _, (compared,) = paired_differences({"plain": one, "smeared": one}, NO_SEEDS, DRAW, 50)
    assert compared.difference.value == 0.0
    assert math.isnan(compared.difference.error)
    assert "bootstrap replicas have a class without a positive sum" in compared.difference.reason


def test_other_events_are_refused():
    classifiers = judged(np.random.default_rng(8))
    other = judged(np.random.default_rng(9))
    with pytest.raises(ValueError, match="'smeared' judges other events than 'plain'"):
        paired_areas({"plain": classifiers["plain"], "smeared": other["smeared"]}, DRAW, 5)
