"""dCorr² in N log N against the formula with N × N matrices, a known package and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from signedag.config.objectives.disco import Kind
from signedag.objectives.batch import CLASS, TRAINING_WEIGHT, Batch, EventTable
from signedag.objectives.disco import term
from signedag.objectives.distance_correlation import _on_cpu, _on_device, distance_correlation
from signedag.objectives.distance_covariance_cpu import distance_covariances as on_cpu
from signedag.objectives.distance_covariance_torch import distance_covariances as in_torch

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def by_matrices(score: np.ndarray, spectator: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, ...]:
    """Give the covariances and gradients from N × N matrices, docs/physics.md as it stands there."""
    p = weight / weight.sum()
    centred = []
    for values in (score, spectator):
        distances = np.abs(values[:, None] - values)
        rows = distances @ p
        centred.append(distances - rows[:, None] - rows + p @ rows)
    a, b = centred
    sign, pairs = np.sign(score[:, None] - score), p[:, None] * p
    joint, own_s, own_m = ((pairs * first * second).sum() for first, second in ((a, b), (a, a), (b, b)))
    return joint, own_s, own_m, 2 * p * ((sign * b) @ p), 4 * p * ((sign * a) @ p)


def drawn(size: int, ties: bool, seed: int = 1) -> Arrays:
    """Draw a score that depends on the spectator, with weights of which some are zero."""
    generator = np.random.default_rng(seed)
    mass = generator.exponential(50.0, size)
    score = generator.random(size) * 0.7 + 0.3 * np.exp(-mass / 50)
    weight = generator.random(size) * (generator.random(size) > 0.1)
    weight[0] = 1.0
    return (np.round(score, 1), np.round(mass, -1), weight) if ties else (score, mass, weight)


def torch_covariances(*arrays: np.ndarray) -> list[np.ndarray]:
    return [part.numpy() for part in in_torch(*(torch.from_numpy(values) for values in arrays))]


@pytest.mark.parametrize("covariances", [on_cpu, torch_covariances], ids=["compiled", "torch"])
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 1000, 3000])
def test_sorted_sums_are_the_matrices(covariances, ties: bool, size: int) -> None:
    arrays = drawn(size, ties)
    for given_value, expected in zip(covariances(*arrays), by_matrices(*arrays), strict=True):
        np.testing.assert_allclose(given_value, expected, rtol=1e-9, atol=1e-9 * np.max(np.abs(expected), initial=1e-6))


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("size", [63, 64, 65, 4095, 4096, 4097, 70_001])
def test_torch_operations_are_the_compiled_sums_at_the_edges_of_chunks(ties: bool, size: int) -> None:
    """Too many events for matrices: up to 64 are one chunk, up to 64² two digits, more are compared part by part."""
    arrays = drawn(size, ties)
    for given_value, expected in zip(torch_covariances(*arrays), on_cpu(*arrays), strict=True):
        np.testing.assert_allclose(given_value, expected, rtol=1e-9, atol=1e-9 * np.max(np.abs(expected)))


NUMBERS = st.sampled_from([0.0, 1.0, 2.0, 0.5, 0.1, 1e-3, 7.25])


@pytest.mark.parametrize("covariances", [on_cpu, torch_covariances], ids=["compiled", "torch"])
@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.sampled_from([0.0, 0.5, 1.0, 3.0])), min_size=1, max_size=25))
def test_any_pattern_of_ties_and_zero_weights(covariances, rows: list[tuple[float, float, float]]) -> None:
    score, mass, weight = (np.array(column) for column in zip(*rows, strict=True))
    weight[0] += 1.0
    for given_value, expected in zip(covariances(score, mass, weight), by_matrices(score, mass, weight), strict=True):
        np.testing.assert_allclose(given_value, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("size", "known"), [(10, 0.4872104518840412), (500, 0.2546888072102284)])
def test_unit_weights_give_what_a_known_package_gives(size: int, known: float) -> None:
    """Values of dcor 0.7, `distance_correlation` (https://dcor.readthedocs.io)."""
    number = np.arange(size, dtype=float)
    score = np.sin(1.7 * number) + 0.3 * np.cos(0.2 * number)
    mass = 50 + 10 * np.cos(0.9 * number) + 20 * np.sin(1.7 * number) ** 2
    value = distance_correlation(torch.from_numpy(score), torch.from_numpy(mass), torch.ones(size))
    assert float(value) == pytest.approx(known**2, rel=1e-9)


def test_weights_count_events() -> None:
    """An event of weight three is three events."""
    score, mass, _ = (torch.from_numpy(values) for values in drawn(40, ties=False))
    times = torch.arange(40) % 4
    repeated = distance_correlation(score.repeat_interleave(times), mass.repeat_interleave(times), torch.ones(60))
    assert float(distance_correlation(score, mass, times.double())) == pytest.approx(float(repeated), rel=1e-9)


def test_the_gradient_is_that_of_finite_differences() -> None:
    score, mass, weight = (torch.from_numpy(values) for values in drawn(30, ties=False))
    score.requires_grad_()
    assert torch.autograd.gradcheck(lambda values: distance_correlation(values, mass, weight), (score,))


@pytest.mark.parametrize("constant", ["score", "spectator", "weight"])
def test_what_does_not_vary_has_no_correlation_and_no_gradient(constant: str) -> None:
    score, mass, weight = drawn(50, ties=False)
    if constant == "score":
        score[:] = 0.1 + 0.2
    elif constant == "spectator":
        mass[:] = 91.1876
    else:
        weight[1:] = 0.0
    scores = torch.from_numpy(score).requires_grad_()
    value = distance_correlation(scores, torch.from_numpy(mass), torch.from_numpy(weight))
    value.backward()
    assert value.item() == 0.0 and scores.grad is not None and not scores.grad.any()


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("constant", [None, 0, 1])
def test_the_way_of_gpus_is_the_way_of_cpus(ties: bool, constant: int | None) -> None:
    """No GPU is needed for the same operations on a CPU."""
    arrays = drawn(300, ties)
    if constant is not None:
        arrays[constant][:] = 0.3
    tensors = tuple(torch.from_numpy(values) for values in arrays)
    for one, other in zip(_on_cpu(*tensors), _on_device(*tensors), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("ties", [False, True])
def test_single_precision_goes_in_and_comes_out(ties: bool) -> None:
    arrays = [torch.from_numpy(values).float() for values in drawn(2000, ties)]
    exact = [values.double() for values in arrays]
    for first in (arrays[0], exact[0]):
        first.requires_grad_()
    value, expected = distance_correlation(*arrays), distance_correlation(*exact)
    value.backward()
    expected.backward()
    assert value.dtype == arrays[0].grad.dtype == torch.float32
    assert value.item() == pytest.approx(expected.item(), rel=1e-7)
    torch.testing.assert_close(arrays[0].grad, exact[0].grad.float(), rtol=1e-6, atol=0.0)


def test_layout_and_mixed_precision_do_not_matter() -> None:
    arrays = [torch.from_numpy(values).float() for values in drawn(300, ties=True)]
    columns = torch.stack(arrays, dim=1)
    expected = distance_correlation(*arrays).item()
    assert distance_correlation(*columns.unbind(1)).item() == expected
    assert distance_correlation(arrays[0], arrays[1].double(), arrays[2]).item() == expected


@pytest.mark.parametrize("size", [0, 3])
def test_no_events_of_any_weight_have_no_correlation(size: int) -> None:
    assert distance_correlation(torch.rand(size), torch.rand(size), torch.zeros(size)).item() == 0.0


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match=r"one shape \(events,\), got \[\(3,\), \(3,\), \(2,\)\]"):
        distance_correlation(torch.ones(3), torch.ones(3), torch.ones(2))


class Scores:
    """Outputs of a classifier whose score is given."""

    def __init__(self, values: Tensor) -> None:
        self.values = values

    def score(self) -> Tensor:
        return self.values


def test_the_term_looks_at_the_background_alone() -> None:
    score, mass, weight = (torch.from_numpy(values).float() for values in drawn(200, ties=False))
    classes = (torch.arange(200) % 3 == 0).float()
    columns = {CLASS: classes, TRAINING_WEIGHT: weight, "m_jj_gev": mass}
    disco = term(Kind(weight=5.0))
    assert (disco.name, disco.weight, disco.columns) == ("disco(m_jj_gev)", 5.0, {"m_jj_gev"})
    scores = score.clone().requires_grad_()
    value = disco.value(Batch(EventTable(columns, {})), Scores(scores))
    value.backward()
    background = classes == 0
    expected = distance_correlation(score[background], mass[background], weight[background])
    assert value.item() == expected.item() > 0
    assert scores.grad is not None and not scores.grad[~background].any()
