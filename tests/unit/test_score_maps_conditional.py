"""Conditional score maps: closed forms, known truth with signed weights, and what they keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.config.binning import Axis
from signedag.config.score_maps import FitScoreMapSettings, ScoreMap
from signedag.errors import UserError
from signedag.score_maps.conditional import ConditionalMap, SparseNodeError, fit_conditional_map
from signedag.score_maps.halves import ScoredBackground, fit_maps, mapped_scores
from signedag.score_maps.quantile_lines import LEVELS, quantile_lines

NODES = np.linspace(0.0, 1.0, 6)


def toy(count, seed=1, negative=0.3):
    """Scores with F(s | m) = s^(1 + m), a density in m that falls, and signs that depend on both; signed weights."""
    generator = np.random.default_rng(seed)
    mass = generator.beta(1.0, 1.5, count)
    score = generator.random(count) ** (1 / (1 + mass))
    share = negative * (0.5 + 0.5 * score * mass)
    sign = np.where(generator.random(count) < share, -1.0, 1.0)
    # events are drawn with density / (1 - 2 share), so that the signed density is that of `mass` and `score`
    keep = generator.random(count) < 1 / (1 - 2 * share) * (1 - 2 * negative)
    return score[keep], sign[keep], mass[keep]


def fitted(score, weight, *columns, nodes=NODES, least=5.0, thresholds=2000):
    return fit_conditional_map(score, weight, columns, [nodes] * len(columns), least, thresholds)


def test_a_worked_example_with_two_nodes():
    """At each node two events of the same weight: F there steps at their scores; half-way it is the mean."""
    score, mass = np.array([0.2, 0.4, 0.3, 0.9]), np.array([0.0, 0.0, 1.0, 1.0])
    one = fitted(score, np.ones(4), mass, nodes=np.array([0.0, 1.0]), least=1.0).map
    np.testing.assert_allclose(one.thresholds, [0.0, 0.2, 0.3, 0.4, 1.0])
    np.testing.assert_allclose(one.values[:, 0], [0, 0.5, 0.5, 1.0, 1.0])
    np.testing.assert_allclose(one.values[:, 1], [0, 0.0, 0.5, 0.5, 1.0])
    np.testing.assert_allclose(one(np.array([0.3, 0.7]), [np.array([0.5, 1.0])]), [0.5, 0.75])


def test_signed_events_give_the_known_distribution_function():
    score, weight, mass = toy(400_000)
    assert np.mean(weight < 0) > 0.1
    found = fitted(score, weight, mass)
    at = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    for place in (0.1, 0.5, 0.8):
        np.testing.assert_allclose(found.map(at, [np.full(5, place)]), at ** (1 + place), atol=0.02)


def test_the_mapped_score_is_uniform_at_every_mass_for_other_events():
    one = fitted(*toy(200_000, seed=1)).map
    score, weight, mass = toy(200_000, seed=2)
    mapped = one(score, [mass])
    for low, high in ((0.0, 0.2), (0.4, 0.6), (0.6, 1.0)):
        inside = (mass >= low) & (mass < high)
        shares = np.histogram(mapped[inside], 5, (0, 1), weights=weight[inside])[0] / weight[inside].sum()
        np.testing.assert_allclose(shares, 0.2, atol=0.015)


def test_the_normal_equations_hold_where_nothing_was_repaired():
    """With positive weights the residual of every threshold is orthogonal to every hat function."""
    score, _, mass = toy(3000)
    weight = np.random.default_rng(3).uniform(0.5, 2.0, score.size)
    found = fitted(score, weight, mass)
    hats = np.array([np.interp(mass, NODES, row) for row in np.eye(NODES.size)])
    for row in (10, found.map.thresholds.size // 2, -10):
        residual = weight * ((score <= found.map.thresholds[row]) - found.map.values[row] @ hats)
        # repairs move single nodes a little; sums are compared with those of the weights
        assert np.abs(hats @ residual).max() < 0.02 * weight.sum() / NODES.size


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 0.45), st.integers(1, 2))
def test_it_never_decreases_in_the_score_and_stays_between_0_and_1(seed, negative, spectators):
    score, weight, mass = toy(1500, seed, negative)
    columns = [mass, np.random.default_rng(seed).random(mass.size)][:spectators]
    try:
        one = fitted(score, weight, *columns, nodes=np.linspace(0, 1, 3), least=1.0).map
    except SparseNodeError:
        return
    at = np.linspace(0, 1, 101)
    for place in np.random.default_rng(seed + 1).uniform(-0.5, 1.5, (5, spectators)):
        mapped = one(at, [np.full(at.size, value) for value in place])
        assert (np.diff(mapped) >= -1e-12).all()
        np.testing.assert_allclose(mapped[[0, -1]], [0, 1], atol=1e-12)


def test_scores_above_all_of_the_fit_still_differ():
    score, weight, mass = toy(5000)
    one = fitted(0.5 * score, weight, mass).map
    mapped = one(np.array([0.6, 0.8, 1.0]), [np.full(3, 0.3)])
    assert mapped[0] < mapped[1] < mapped[2] == 1.0


def test_fewer_thresholds_are_an_approximation():
    score, weight, mass = toy(50_000)
    exact, coarse = fitted(score, weight, mass, thresholds=100_000).map, fitted(score, weight, mass, thresholds=100).map
    assert coarse.thresholds.size <= 102
    np.testing.assert_allclose(coarse(score, [mass]), exact(score, [mass]), atol=0.02)


def test_a_constant_score_is_mapped_without_an_error():
    one = fitted(np.full(100, 0.5), np.ones(100), np.linspace(0, 1, 100)).map
    assert one.thresholds.tolist() == [0.0, 1.0]
    np.testing.assert_allclose(one(np.array([0.5]), [np.array([0.2])]), 0.5)


@pytest.mark.parametrize(("low", "sign"), [(0.5, 1.0), (0.0, -1.0)])
def test_a_node_without_background_is_refused(low, sign):
    """None at all, or with a negative sum."""
    score, weight, mass = toy(4000, negative=0.0)
    chosen = mass > low
    changed = np.where(mass < 0.3, sign, 1.0) * weight
    with pytest.raises(SparseNodeError, match=r"effective events of background around \(0\), 5 needed"):
        fitted(score[chosen], changed[chosen], mass[chosen])


def asked(spectators=None, **more):
    axes = spectators or {"m_jj_gev": Axis(bins=4, low=0, high=1)}
    return FitScoreMapSettings(
        folds=2, region="sr", samples=("tt",), score_map=ScoreMap(scores_of="plain", spectators=axes, **more)
    )


def background(count=8000, seed=1):
    score, weight, mass = toy(count, seed)
    generator = np.random.default_rng(seed)
    fold, half = generator.integers(0, 2, score.size), generator.integers(0, 2, score.size)
    return ScoredBackground(score, weight, fold, half, (mass,))


def test_redrawn_signs_of_the_mapped_events_change_nothing():
    """The map of a fold and half is a function of the other half of the fold alone."""
    events = background()
    before = fit_maps(events, asked(), "score_maps.mapped")
    for fold, half in before:
        own = (events.fold == fold) & (events.half == half)
        redrawn = np.where(np.random.default_rng(5).random(own.size) < 0.2, -1.0, 1.0)
        weight = np.where(own, np.abs(events.weight) * redrawn, events.weight)
        scores = np.where(own, 1 - events.score, events.score)
        changed = ScoredBackground(scores, weight, events.fold, events.half, events.spectators)
        after = fit_maps(changed, asked(), "score_maps.mapped")
        np.testing.assert_array_equal(after[fold, half].map.values, before[fold, half].map.values)
        assert not np.array_equal(after[fold, 1 - half].map.values, before[fold, 1 - half].map.values)


def test_each_event_gets_the_map_of_its_fold_and_half():
    nodes = (np.array([0.0, 1.0]),)
    maps = {
        (fold, half): ConditionalMap(nodes, np.array([0.0, 1.0]), np.full((2, 2), 0.1 * (2 * fold + half)))
        for fold in (0, 1)
        for half in (0, 1)
    }
    fold, half = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    found = mapped_scores(maps, np.full(4, 0.5), [np.full(4, 0.5)], fold, half)
    np.testing.assert_allclose(found, [0.0, 0.1, 0.2, 0.3])


def test_a_refusal_names_map_fold_and_fix():
    wide = asked({"m_jj_gev": Axis(bins=4, low=-3, high=1)})
    with pytest.raises(
        UserError, match=r"score_maps\.mapped: half 1 of fold 0 has only .* in m_jj_gev; use wider bins"
    ):
        fit_maps(background(), wide, "score_maps.mapped")


def test_quantile_lines_are_the_inverse_of_the_map():
    one = fitted(*toy(50_000)).map
    lines = quantile_lines(one)
    assert lines.shape == (len(LEVELS), NODES.size)
    for level, line in zip(LEVELS, lines, strict=True):
        np.testing.assert_allclose(one(line, [NODES]), level, atol=5e-3)
