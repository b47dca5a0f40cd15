"""Redrawn signs: what they keep, what they change, and who profits from knowing the actual ones."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from signedag.errors import UserError
from signedag.json_blocks import Block
from signedag.metrics.optimism import (
    AUC,
    AUC_WITHIN_FOLDS,
    JudgedScore,
    Optimism,
    measure_optimism,
    optimism,
)
from signedag.metrics.redrawn_signs import EventsWithTruth, redraw
from signedag.metrics.roc import FixedScores, area, signed_roc
from signedag.metrics.weighted_sample import WeightedSample

EVENTS = 20_000
"""Events per class of the toy."""


def some_events(generator, size=3000, samples=3, expected=(np.nan, 500.0, 2000.0), folds=2):
    """Draw events of several samples whose weights are of very different size."""
    probability = generator.uniform(0.3, 1.0, size)
    sample = generator.integers(0, samples, size)
    weight = np.where(generator.random(size) < probability, 1, -1) * generator.lognormal(0, 1, size)
    fold = generator.integers(0, folds, size)
    names = tuple(f"sample{number}" for number in range(samples))
    return EventsWithTruth(names, sample, sample == 0, fold, weight, probability, np.array(expected, dtype=float))


def test_a_redraw_keeps_sizes_and_normalises_as_the_analysis_would():
    events = some_events(np.random.default_rng(1))
    drawn = redraw(events, np.random.default_rng(2))
    factors = np.abs(drawn.weight) / events.size
    signs = np.sign(drawn.weight)
    for number, expected in enumerate(events.expected_events):
        rows = events.sample == number
        outside = 0.0 if np.isnan(expected) else expected - events.weight[rows].sum()  # events of no region
        inside = (signs * events.size)[rows].sum()
        factor = 1.0 if np.isnan(expected) else expected / (outside + inside)
        assert factors[rows] == pytest.approx(np.full(rows.sum(), factor), rel=1e-12)


def test_the_signs_of_another_fold_do_not_reach_the_weights_of_a_fold():
    events = some_events(np.random.default_rng(1))
    drawn = redraw(events, np.random.default_rng(2))
    signs = np.where(drawn.weight > 0, events.size, -events.size)
    for fold, number in itertools.product((0, 1), (1, 2)):
        rows = (events.fold == fold) & (events.sample == number)
        excess = (signs - events.weight)[rows].sum()
        expected = events.expected_events[number]
        assert drawn.weight_within_folds[rows] == pytest.approx(signs[rows] * expected / (expected + excess), rel=1e-12)


def test_signs_follow_the_truth_event_by_event():
    events = some_events(np.random.default_rng(1), size=400)
    generator = np.random.default_rng(3)
    share = np.mean([redraw(events, generator).weight > 0 for _ in range(4000)], axis=0)
    error = np.sqrt(events.positive_probability * (1 - events.positive_probability) / 4000)
    pulls = (share - events.positive_probability) / np.maximum(error, 1e-12)
    assert np.abs(pulls).max() < 4.5
    assert pulls.std() == pytest.approx(1.0, abs=0.15)


def test_a_sample_without_positive_sum_is_named():
    events = some_events(np.random.default_rng(1), expected=(np.nan, 0.001, 2000.0))
    with pytest.raises(UserError, match=r"sample 'sample1': with redrawn signs its weights add up to -.*simulate more"):
        for seed in range(20):
            redraw(events, np.random.default_rng(seed))


def test_fixed_scores_give_the_auc_of_any_weights_with_ties():
    generator = np.random.default_rng(5)
    signal, background = (np.round(generator.beta(*shape, 800), 2) for shape in ((3, 2), (2, 3)))
    scores = FixedScores(signal, background)
    for _ in range(3):
        weights = [generator.normal(0.5, 1, 800) for _ in range(2)]
        expected = area(signed_roc(WeightedSample(signal, weights[0]), WeightedSample(background, weights[1])))
        given = scores.area(*weights)
        assert given == pytest.approx(expected, abs=1e-12)
    assert math.isnan(scores.area(np.full(800, -1.0), np.ones(800)))


def test_optimism_is_undefined_with_its_reason_where_a_redraw_is():
    undefined = optimism(0.7, np.array([0.7, np.nan, 0.6]))
    assert math.isnan(undefined.value) and math.isnan(undefined.error) and math.isnan(undefined.pull)
    assert undefined.reason == "it is not defined with 1 of 3 redraws of the signs"
    assert undefined.as_json()["value"] is None
    assert optimism(math.nan, np.array([0.7, 0.6])).reason == "it is not defined with the actual signs"


def test_json_keeps_everything():
    compared = optimism(0.75, np.array([0.70, 0.72, 0.71]))
    assert Optimism.read(Block(compared.as_json(), Path("optimism.json"), "")) == compared
    assert compared.pull == pytest.approx(0.04 / (0.01 * math.sqrt(4 / 3)))


class Toy:
    """Cells of sign structure, cell averages in place of networks: both classes, two folds, known truth."""

    def __init__(self, cells: int, seed: int) -> None:
        generator = np.random.default_rng(seed)
        self.cells = cells
        separation = np.linspace(-1, 1, cells)
        densities = [np.exp(slope * separation) for slope in (0.5, -0.5)]
        truth = [0.8 + 0.15 * generator.random(cells) for _ in densities]
        # A signed density rho needs events from rho / (2p - 1).
        drawn = [density / (2 * p - 1) for density, p in zip(densities, truth, strict=True)]
        self.cell = np.concatenate([generator.choice(cells, EVENTS, p=one / one.sum()) for one in drawn])
        self.signal = np.arange(2 * EVENTS) < EVENTS
        self.fold = generator.integers(0, 2, 2 * EVENTS)
        probability = np.where(self.signal, truth[0][self.cell], truth[1][self.cell])
        self.sign = np.where(generator.random(2 * EVENTS) < probability, 1.0, -1.0)
        sample = np.where(self.signal, 0, 1)
        nowhere = np.full(2, np.nan)
        self.truth = truth
        self.events = EventsWithTruth(("s", "b"), sample, self.signal, self.fold, self.sign, probability, nowhere)

    def mean_sign(self, signal: bool, fold: int) -> np.ndarray:
        """Give the mean sign in each cell of one class and fold, in place of 2p - 1."""
        rows = (self.signal == signal) & (self.fold == fold)
        total = np.bincount(self.cell[rows], minlength=self.cells)
        return np.bincount(self.cell[rows], weights=self.sign[rows], minlength=self.cells) / np.maximum(total, 1)

    def score(self, weights_from: str) -> np.ndarray:
        """Score every event by the density ratio of the other fold's weighted events, cell by cell.

        The weights of these events are cell averages of the signs of the fold that is scored (`leaked`), of their own
        fold (`nested`), or the truth.
        """
        score = np.empty(2 * EVENTS)
        for fold in (0, 1):
            other = 1 - fold
            densities = []
            for signal in (True, False):
                count = np.bincount(self.cell[(self.signal == signal) & (self.fold == other)], minlength=self.cells)
                weights = {
                    "leaked": self.mean_sign(signal, fold),
                    "nested": self.mean_sign(signal, other),
                    "truth": 2 * self.truth[0 if signal else 1] - 1,
                }[weights_from]
                densities.append(count * np.maximum(weights, 0))
            ratio = densities[0] / np.maximum(densities[0] + densities[1], 1e-9)
            score[self.fold == fold] = ratio[self.cell[self.fold == fold]]
        return score

    def measured(self, weights_from: str, redraws: int = 100):
        """Measure the optimism of a score, with the truth's as reference."""
        judged = np.ones(2 * EVENTS, dtype=bool)
        score, reference = (JudgedScore(self.events, self.score(name), judged) for name in (weights_from, "truth"))
        return measure_optimism(self.events, score, reference, redraws, np.random.default_rng(9))


def mean_and_error(values):
    """Give the mean of some optimisms and its error from the redraws."""
    errors = [one.error for one in values]
    return np.mean([one.value for one in values]), math.sqrt(sum(np.square(errors))) / len(errors)


@pytest.fixture(scope="module")
def measured():
    """Measure, in eight simulations of 100 cells, weights that saw the scored fold and weights that did not."""
    simulations = [Toy(100, seed) for seed in range(8)]
    return {name: [toy.measured(name) for toy in simulations] for name in ("leaked", "nested")}


@pytest.mark.parametrize("quantity", [AUC, AUC_WITHIN_FOLDS])
def test_weights_that_saw_the_scored_fold_are_optimistic(measured, quantity):
    mean, error = mean_and_error([one.score.quantities[quantity] for one in measured["leaked"]])
    assert mean > 5 * error
    assert 0.002 < mean < 0.01
    paired, paired_error = mean_and_error([one.difference.quantities[quantity] for one in measured["leaked"]])
    assert paired > 20 * paired_error
    assert paired_error < 0.3 * error, "the reference takes away what the signs do to any score"


@pytest.mark.parametrize("quantity", [AUC, AUC_WITHIN_FOLDS])
def test_nested_weights_and_the_truth_are_not(measured, quantity):
    nested = measured["nested"]
    for values in (
        [one.score.quantities[quantity] for one in nested],
        [one.reference.quantities[quantity] for one in nested],
        [one.difference.quantities[quantity] for one in nested],
    ):
        mean, error = mean_and_error(values)
        assert abs(mean) < 2.5 * error
    _, error = mean_and_error([one.difference.quantities[quantity] for one in nested])
    assert error < 0.1 * nested[0].auc_error, "precise enough to grade"
