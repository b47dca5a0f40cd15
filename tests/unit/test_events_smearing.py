"""Smearing of jets: width, independence of jets and events, and what an event's factors must not depend on."""

from __future__ import annotations

import numpy as np
import pytest

from signedag.events.dijet import JetsAndMissing
from signedag.events.smearing import smearing


def jets_of(counts):
    jets = int(np.sum(counts))
    ones = np.ones(jets)
    return JetsAndMissing(
        np.asarray(counts, dtype=np.int64), ones, ones, ones, ones, ones, np.ones(len(counts)), np.ones(len(counts))
    )


def test_factors_are_gaussian_and_jets_are_independent():
    events = 20_000
    factors = smearing(jets_of(np.full(events, 2)), np.arange(events), 0.1, salt=5).reshape(events, 2)
    assert factors.mean() == pytest.approx(1, abs=4 * 0.1 / np.sqrt(2 * events))
    assert factors.std() == pytest.approx(0.1, rel=4 / np.sqrt(4 * events))
    pulls = (factors - 1) / 0.1
    assert (pulls**4).mean() == pytest.approx(3, abs=4 * np.sqrt(96 / (2 * events)))
    assert abs(np.corrcoef(pulls.T)[0, 1]) < 4 / np.sqrt(events)


def test_factors_belong_to_event_and_jet_alone():
    counts, numbers = np.array([2, 0, 3, 1]), np.array([7, 8, 9, 10])
    together = np.split(smearing(jets_of(counts), numbers, 0.2, salt=5), np.cumsum(counts)[:-1])
    for index in range(4):
        alone = smearing(jets_of(counts[index : index + 1]), numbers[index : index + 1], 0.2, salt=5)
        np.testing.assert_array_equal(alone, together[index])
    assert len(set(np.concatenate(together))) == counts.sum()
    assert not np.array_equal(together[0], smearing(jets_of([2]), np.array([7]), 0.2, salt=6))


def test_momenta_do_not_turn_round():
    factors = smearing(jets_of(np.full(5000, 1)), np.arange(5000), 0.9, salt=5)
    assert factors.min() == 0
    assert smearing(jets_of([]), np.zeros(0, dtype=np.int64), 0.1, salt=5).size == 0
