"""Kolmogorov-Smirnov by random signs: how often equal signed shapes are called different, whatever the weights know."""

from __future__ import annotations

import numpy as np
import pytest

from signedag.metrics.distances import kolmogorov_smirnov
from signedag.metrics.random_signs import RandomSigns
from signedag.metrics.weighted_sample import WeightedSample

WORLDS = {
    "unit weights": lambda score, mass: np.zeros(score.size),
    "signs of chance": lambda score, mass: np.full(score.size, 0.2),
    "signs know the score": lambda score, mass: 0.45 * score**2,
    "signs know the mass": lambda score, mass: 0.45 * (mass > 0.5),
    "signs know both": lambda score, mass: np.where((mass > 0.5) == (score > 0.75), 0.45, 0.05),
}


def independent(generator, negative, size=1200):
    """Draw events of which the signed density of score and mass is flat: negative with a probability of both."""
    score, mass = generator.random(8 * size), generator.random(8 * size)
    probability = negative(score, mass)
    kept = generator.random(score.size) < (1 - 2 * probability.max()) / (1 - 2 * probability)
    score, mass, probability = (values[kept][:size] for values in (score, mass, probability))
    assert score.size == size
    sign = np.where(generator.random(size) < probability, -1.0, 1.0)
    return score, WeightedSample(mass, sign * generator.lognormal(0, 0.4, size))


@pytest.mark.parametrize("world", WORLDS)
def test_equal_signed_shapes_are_called_different_as_often_as_the_level_says(world):
    generator, trials = np.random.default_rng(1), 250
    probabilities = []
    for _ in range(trials):
        score, sample = independent(generator, WORLDS[world])
        inside = score > 0.75
        distance = kolmogorov_smirnov(sample.where(inside), sample.where(~inside)).distance
        probabilities.append(RandomSigns(99, generator).probability(sample, inside, distance))
    for level in (0.1, 0.3):
        error = np.sqrt(level * (1 - level) / trials)
        assert np.mean(np.array(probabilities) <= level) == pytest.approx(level, abs=3 * error)


def test_a_permutation_of_the_parts_fails_where_signs_know_the_score():
    """What the docstring says of permutations: four times as many equal shapes are called different as should be."""
    generator, trials, called = np.random.default_rng(2), 60, 0
    for _ in range(trials):
        score, sample = independent(generator, WORLDS["signs know the score"])
        inside = score > 0.75
        observed = kolmogorov_smirnov(sample.where(inside), sample.where(~inside)).distance
        permuted = []
        for _ in range(39):
            drawn = generator.permutation(inside)
            permuted.append(kolmogorov_smirnov(sample.where(drawn), sample.where(~drawn)).distance)
        called += (1 + np.sum(np.array(permuted) >= observed)) / 40 <= 0.1
    assert called / trials > 0.25


def test_shapes_that_differ_are_found():
    generator = np.random.default_rng(3)
    score, sample = independent(generator, WORLDS["signs of chance"])
    inside = score > 0.75
    shifted = WeightedSample(np.where(inside, sample.values**1.5, sample.values), sample.weights)
    distance = kolmogorov_smirnov(shifted.where(inside), shifted.where(~inside)).distance
    assert RandomSigns(199, generator).probability(shifted, inside, distance) == pytest.approx(1 / 200)


def test_ties_and_chunks_change_nothing(monkeypatch):
    generator = np.random.default_rng(4)
    score, sample = independent(generator, WORLDS["signs of chance"])
    inside, tied = score > 0.75, WeightedSample(np.round(sample.values, 1), sample.weights)
    distance = kolmogorov_smirnov(tied.where(inside), tied.where(~inside)).distance
    whole = RandomSigns(150, np.random.default_rng(5)).probability(tied, inside, distance)
    monkeypatch.setattr("signedag.metrics.random_signs.DRAWS_AT_ONCE", 7 * score.size)
    assert RandomSigns(150, np.random.default_rng(5)).probability(tied, inside, distance) == whole
    order = np.random.default_rng(6).permutation(
        score.size
    )  # tied events in another order: another draw of the same law
    other = WeightedSample(tied.values[order], tied.weights[order])
    again = RandomSigns(150, np.random.default_rng(5)).probability(other, inside[order], distance)
    assert again == pytest.approx(whole, abs=4 * np.sqrt(2 * whole * (1 - whole) / 150) + 1e-9)


def test_only_probabilities_near_a_threshold_are_looked_at():
    signs = RandomSigns(100, np.random.default_rng(7))
    assert [signs.wanted(p) for p in (0.01, 0.15)] == [True, True]
    assert not any(signs.wanted(p) for p in (0.0, 1e-5, 0.5, float("nan")))
    assert not RandomSigns(0, np.random.default_rng(7)).wanted(0.01)
