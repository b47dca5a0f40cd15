"""Templates of another simulation: right mean, variance and covariance with signed weights, an event is one."""

from __future__ import annotations

import numpy as np
import pytest

from signedag.statistics.filling import FilledRegion
from signedag.statistics.redrawn_templates import (
    FilledEvents,
    own_templates,
    rebinned,
    redrawn_templates,
    repetitions,
)
from signedag.statistics.templates import find_bins

EDGES = (np.linspace(0.0, 1.0, 5),)
INTO = FilledRegion("sr", ("x",), EDGES)


def filled(sample: str = "tt", events: int = 60, seed: int = 1) -> list[FilledEvents]:
    """Give signed events, nominal and with a weight variation, and the same events under a shift, in another order."""
    generator = np.random.default_rng(seed)
    x = generator.uniform(-0.05, 1.0, events)
    weights = generator.gamma(3.0, 1.0, events) * np.where(generator.random(events) < 0.3, -1.0, 1.0)
    numbers = np.arange(events) + 7_000_000
    tilted = {("tilt", "up"): weights * (1 + x), ("tilt", "down"): weights * (1 - x)}
    other = generator.permutation(events)[:-5]
    shifted = (weights[other], find_bins([x[other] + 0.02], EDGES), numbers[other])
    return [
        FilledEvents(sample, sample, numbers, find_bins([x], EDGES), weights, tilted),
        FilledEvents(sample, sample, shifted[2], shifted[1], None, {("shift", "up"): shifted[0]}),
        FilledEvents(sample, sample, shifted[2], shifted[1], None, {("shift", "down"): shifted[0]}),
    ]


def test_events_are_there_as_often_as_a_poisson_number_of_mean_one_says() -> None:
    drawn = repetitions(np.arange(200_000), 3)
    probabilities = np.exp(-1.0) / np.array([1, 1, 2, 6, 24, 120])
    shares = np.bincount(drawn.astype(int))[:6] / drawn.size
    assert shares == pytest.approx(probabilities, abs=5e-3)
    assert abs(np.corrcoef(drawn, repetitions(np.arange(200_000), 4))[0, 1]) < 0.01


def test_an_event_is_there_equally_often_everywhere() -> None:
    """Whatever the shift, the order, and the other events; another sample's event of that number is another one."""
    numbers = np.arange(1000)
    drawn = repetitions(numbers, 5)
    some = np.random.default_rng(1).permutation(1000)[:300]
    np.testing.assert_array_equal(repetitions(numbers[some], 5), drawn[some])
    nominal, up, down = filled()
    same = FilledEvents("tt", "tt", nominal.numbers, nominal.indices, None, {("shift", "up"): nominal.nominal})  # type: ignore[dict-item]
    drawn_templates = redrawn_templates([nominal, same, down], INTO, 1, "a")
    np.testing.assert_array_equal(
        drawn_templates.variations["tt", "shift"][0].flow_values, drawn_templates.nominal["tt"].flow_values
    )
    one, other = (redrawn_templates(filled(name), INTO, 1, "a").nominal[name] for name in ("tt", "zh"))
    assert not np.array_equal(one.flow_values, other.flow_values)
    again = redrawn_templates([nominal, up, down], INTO, 1, "a").nominal["tt"]
    np.testing.assert_array_equal(again.flow_values, drawn_templates.nominal["tt"].flow_values)


def test_signed_templates_fluctuate_as_they_should() -> None:
    """Mean Σw, variance Σw², covariance Σww' with a variation, and Σw² itself is estimated without bias."""
    events = filled()
    own = own_templates(events, INTO)
    nominal = own.nominal["tt"]
    draws = 1500
    drawn = [redrawn_templates(events, INTO, 1, number) for number in range(draws)]
    values = np.array([one.nominal["tt"].flow_values for one in drawn])
    variances = np.array([one.nominal["tt"].flow_variances for one in drawn])
    ups = np.array([one.variations["tt", "tilt"][0].flow_values for one in drawn])
    squares = nominal.flow_variances
    assert (np.abs(values.mean(axis=0) - nominal.flow_values) < 4 * np.sqrt(squares / draws) + 1e-12).all()
    np.testing.assert_allclose(values.var(axis=0), squares, rtol=0.2, atol=1e-12)
    np.testing.assert_allclose(variances.mean(axis=0), squares, rtol=0.1, atol=1e-12)
    first = events[0]
    assert first.nominal is not None
    mixed = np.bincount(first.indices.flat, first.nominal * first.sides["tilt", "up"], nominal.flow_values.size)
    covariance = (values * ups).mean(axis=0) - values.mean(axis=0) * ups.mean(axis=0)
    np.testing.assert_allclose(covariance, mixed, rtol=0.25, atol=1e-12)


def test_own_templates_are_those_of_each_event_once_and_merge() -> None:
    events = filled()
    own = own_templates(events, INTO)
    assert events[0].nominal is not None
    np.testing.assert_array_equal(own.nominal["tt"].flow_values, events[0].indices.fill(events[0].nominal).flow_values)
    coarse = rebinned(own, (EDGES[0][::2],))
    assert coarse.nominal["tt"].values == pytest.approx(own.nominal["tt"].values.reshape(2, 2).sum(axis=1))
    for name in ("tilt", "shift"):
        for merged, fine in zip(coarse.variations["tt", name], own.variations["tt", name], strict=True):
            assert merged.values == pytest.approx(fine.values.reshape(2, 2).sum(axis=1))
