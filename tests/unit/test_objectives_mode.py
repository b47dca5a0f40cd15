"""MoDe by sorted sums against double loops, finite differences and what it is to be blind to."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from signedag.config.classifier import Variant
from signedag.config.objectives.mode import Kind
from signedag.errors import UserError
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT, Batch, EventTable, Outputs
from signedag.objectives.moment_decomposition import moment_decomposition
from signedag.objectives.term import term_of

Floats = NDArray[np.float64]
MASS = "m_jj_gev"


def drawn(size: int, bins: int, ties: bool, seed: int) -> tuple[Floats, NDArray[np.int64], Floats, Floats]:
    """Draw scores, bins, weights of which some are zero, and positions; some bins may be empty."""
    generator = np.random.default_rng(seed)
    score = generator.random(size)
    score = np.round(score, 1) if ties else score
    weight = generator.random(size) * (generator.random(size) < 0.8)
    weight[0] = 1.0
    return score, generator.integers(0, bins, size), weight, np.linspace(-1, 1, bins)


def by_integral(score: Floats, bins: NDArray[np.int64], weight: Floats, positions: Floats, order: int) -> float:
    """Give the definition: at every step of the scores, fit the filled bins' distributions and add up what is left."""
    filled = [b for b in range(len(positions)) if weight[bins == b].sum() > 0]
    share = np.array([weight[bins == b].sum() for b in filled]) / weight.sum()
    powers = np.sqrt(share)[:, None] * positions[filled][:, None] ** np.arange(order + 1)
    edges, value = np.unique(score), 0.0
    for low, high in itertools.pairwise(edges):
        below = np.array([weight[(bins == b) & (score <= low)].sum() / weight[bins == b].sum() for b in filled])
        scaled = np.sqrt(share) * below
        left = scaled - powers @ np.linalg.lstsq(powers, scaled, rcond=None)[0]
        value += (high - low) * float(left @ left)
    return value


def by_pairs(score: Floats, bins: NDArray[np.int64], weight: Floats) -> tuple[float, Floats]:
    """Give order 0 and its gradient as a double loop: half of all distances less those inside of bins."""
    p = weight / weight.sum()
    value, gradient = 0.0, np.zeros_like(score)
    for i in range(len(score)):
        for j in range(len(score)):
            own = p[bins == bins[i]].sum()
            pair = p[i] * p[j] * (1 - (1 / own if bins[i] == bins[j] and own > 0 else 0))
            value += pair * abs(score[i] - score[j]) / 2
            gradient[i] += pair * np.sign(score[i] - score[j])
    return value, gradient


def found(
    score: Floats, bins: NDArray[np.int64], weight: Floats, positions: Floats, order: int
) -> tuple[float, Floats]:
    given_score = torch.from_numpy(score).requires_grad_()
    tensors = (torch.from_numpy(values) for values in (bins, weight, positions))
    value = moment_decomposition(given_score, *tensors, order)
    (gradient,) = torch.autograd.grad(value, given_score)
    return value.item(), gradient.numpy()


@given(st.integers(1, 40), st.integers(2, 6), st.booleans(), st.integers(0, 10**6), st.integers(0, 3))
@settings(deadline=None, max_examples=80)
def test_value_is_what_the_polynomial_leaves_of_the_distributions(
    size: int, bins: int, ties: bool, seed: int, order: int
) -> None:
    arrays = drawn(size, bins, ties, seed)
    value, gradient = found(*arrays, order)
    assert value == pytest.approx(by_integral(*arrays, order), rel=1e-9, abs=1e-13)
    assert abs(gradient.sum()) < 1e-12  # a common shift of all scores changes nothing


@given(st.integers(1, 30), st.integers(2, 5), st.booleans(), st.integers(0, 10**6))
@settings(deadline=None, max_examples=40)
def test_order_zero_and_its_gradient_are_those_of_the_double_loop(size: int, bins: int, ties: bool, seed: int) -> None:
    score, of, weight, positions = drawn(size, bins, ties, seed)
    value, gradient = found(score, of, weight, positions, 0)
    expected, slopes = by_pairs(score, of, weight)
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-13)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_gradient(order: int) -> None:
    score, bins, weight, positions = (torch.from_numpy(values) for values in drawn(30, 5, False, 3))
    assert torch.autograd.gradcheck(
        lambda values: moment_decomposition(values, bins, weight, positions, order), (score.requires_grad_(),)
    )


def test_scale_of_weights_order_of_events_and_events_without_weight_do_not_matter() -> None:
    score, bins, weight, positions = drawn(200, 5, True, 4)
    value, gradient = found(score, bins, weight, positions, 1)
    mixed = np.random.default_rng(1).permutation(200)
    again, slopes = found(score[mixed], bins[mixed], 7 * weight[mixed], positions, 1)
    assert again == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(slopes, gradient[mixed], atol=1e-15)
    assert np.all(gradient[weight == 0] == 0)


def test_order_one_allows_what_is_linear_in_the_mass_and_order_zero_does_not() -> None:
    """The share of events at score 1, of those at 0 or 1, rises linearly from bin to bin, then with the square."""
    bins, score = np.repeat(np.arange(5), 100), np.tile(np.arange(100), 5)
    positions, one = np.linspace(-1, 1, 5), np.ones(500)
    linear = (score < 10 + 20 * bins).astype(float)
    assert found(linear, bins, one, positions, 0)[0] > 0.05
    assert found(linear, bins, one, positions, 1)[0] < 1e-12
    square = (score < 5 * bins**2).astype(float)
    assert found(square, bins, one, positions, 1)[0] > 1e-3
    assert found(square, bins, one, positions, 2)[0] < 1e-12


def test_without_weight_or_with_one_filled_bin_there_is_nothing_to_compare() -> None:
    score, bins, weight, positions = drawn(20, 4, False, 5)
    for of, size in ((bins, 0 * weight), (0 * bins, weight)):
        value, gradient = found(score, of, size, positions, 0)
        assert value == pytest.approx(0, abs=1e-15) and np.abs(gradient).max() < 1e-15


class Fixed(Outputs):
    """A score that is given."""

    def __init__(self, batch: Batch, score: Tensor) -> None:
        super().__init__({}, batch)
        self._score = score

    def score(self) -> Tensor:
        return self._score


def events(mass: Floats) -> EventTable:
    weight = np.linspace(0.5, 1.5, len(mass))
    columns = {CLASS: np.arange(len(mass)) % 3 == 0, TRAINING_WEIGHT: weight, SIGNED_WEIGHT: weight, MASS: mass}
    return EventTable({name: torch.from_numpy(np.asarray(v, dtype=np.float32)) for name, v in columns.items()}, {})


def test_the_term_sees_the_background_in_bins_of_equal_training_weight() -> None:
    table = events(np.random.default_rng(6).exponential(50, 900))
    term = term_of(Kind(bins=6))
    assert term.derivation is not None
    batch = Batch(table.joined_by(term.derivation(table)(table)))
    background = table.columns[CLASS].numpy() == 0
    score = torch.rand(900, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    bins, weight = batch["m_jj_gev, one of 6 bins"].numpy(), table.columns[TRAINING_WEIGHT].double().numpy()
    shares = np.bincount(bins[background], weight[background])
    np.testing.assert_allclose(shares / shares.sum(), 1 / 6, atol=0.005)
    expected, _ = by_pairs(score.numpy()[background], bins[background], weight[background])
    assert term.value(batch, Fixed(batch, score)).item() == pytest.approx(expected, rel=1e-9)
    signal_alone = Batch(batch._table, torch.nonzero(table.columns[CLASS] == 1)[:, 0])
    assert term.value(signal_alone, Fixed(signal_alone, score[~background])).item() == 0


def test_a_bin_without_background_in_the_training_events_is_refused() -> None:
    few = events(np.random.default_rng(7).integers(0, 3, 300).astype(float))
    derivation = term_of(Kind(bins=8)).derivation
    assert derivation is not None
    with pytest.raises(UserError, match=r"mode of 'm_jj_gev': .* fills 3 of 8 bins; use fewer bins"):
        derivation(few)


@pytest.mark.parametrize(
    ("term", "changes", "message"),
    [
        ({"order": 2, "bins": 3}, {}, "bins: a polynomial of order 2 passes through 3 bins"),
        ({}, {"weights": {"strategy": "signed"}}, "training weights that are not negative"),
        ({}, {"classes": {"a": ["x"], "b": ["y"]}}, "signal and background alone"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    term: dict[str, int], changes: dict[str, object], message: str
) -> None:
    terms = [{"objective": "cross_entropy"}, {"objective": "mode", **term}]
    with pytest.raises(ValueError, match=message):
        Variant.model_validate({"region": "sr", "phases": [{"epochs": 1, "updates": [{"terms": terms}]}]} | changes)


def test_above_order_zero_a_dependence_is_allowed_and_not_judged() -> None:
    assert Kind(order=1).decorrelates() is None and Kind().decorrelates() == MASS
