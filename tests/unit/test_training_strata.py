"""Strata: how much of a batch each process has, and that weights make classes count alike."""

from __future__ import annotations

import numpy as np
import pytest

from signedag.config.drawing import MiniBatch
from signedag.errors import UserError
from signedag.training.drawing import stratified_batches
from signedag.training.events import TrainingEvents, drawing_frequency, weight_scale
from signedag.training.strata import strata_of

# 60 background events of two processes, 40 of signal at two masses
COUNTS = {0: 50, 1: 10, 2: 30, 3: 10}
CLASSES = np.repeat([0, 0, 1, 1], list(COUNTS.values())).astype(np.int8)
PROCESSES = np.repeat(list(COUNTS), list(COUNTS.values())).astype(np.int16)
SHARES = {
    "class": [1 / 2, 1 / 2],
    "process": [1 / 4] * 4,
    "background": [0.3, 0.3, 0.4],
    "signal": [0.6, 0.2, 0.2],
    "full": [1 / 4] * 4,
}


@pytest.mark.parametrize("kind", SHARES)
def test_shares_are_those_of_the_kind(kind):
    strata = strata_of(CLASSES, PROCESSES, kind)
    np.testing.assert_allclose(strata.shares, SHARES[kind])
    drawn = stratified_batches(strata.of_event, 20, strata.shares)(np.random.default_rng(1))
    for batch in np.split(drawn.events, np.cumsum(drawn.sizes)[:-1]):
        np.testing.assert_array_equal(np.bincount(strata.of_event[batch]), np.round(20 * np.array(SHARES[kind])))


def test_full_differs_from_process_where_classes_have_other_numbers_of_them():
    keep = PROCESSES != 1
    strata = strata_of(CLASSES[keep], PROCESSES[keep], "full")
    np.testing.assert_allclose(strata.shares, [1 / 2, 1 / 4, 1 / 4])
    np.testing.assert_allclose(strata_of(CLASSES[keep], PROCESSES[keep], "process").shares, [1 / 3] * 3)


@pytest.mark.parametrize("kind", SHARES)
@pytest.mark.parametrize("balance", ["class", "none"])
def test_classes_count_alike_as_they_are_drawn(kind, balance):
    weight = np.random.default_rng(2).uniform(0.1, 2.0, len(CLASSES)) * np.where(CLASSES == 1, 0.01, 5.0)
    columns = {"class": CLASSES, "process": PROCESSES, "training_weight": weight, "signed_weight": weight}
    events = TrainingEvents(np.zeros((len(CLASSES), 1), dtype=np.float32), columns)
    scale = weight_scale(events, MiniBatch(drawing="stratified", strata=kind, balance=balance))
    strata = strata_of(CLASSES, PROCESSES, kind)
    means = np.bincount(strata.of_event, weight * scale) / np.bincount(strata.of_event)
    in_batch = np.bincount(strata.classes, strata.shares * means)
    shares = np.bincount(strata.classes, strata.shares)
    np.testing.assert_allclose(in_batch, [0.5, 0.5] if balance == "class" else shares)
    # validation, which takes every event once, counts them as the batches do
    counted = weight * scale * drawing_frequency(events, MiniBatch(drawing="stratified", strata=kind))
    np.testing.assert_allclose(np.bincount(CLASSES, counted) / len(CLASSES), in_batch)
    assert (drawing_frequency(events, MiniBatch()) == 1).all()


def test_a_batch_without_room_for_a_stratum_is_refused():
    strata = strata_of(CLASSES, PROCESSES, "full")
    with pytest.raises(UserError, match=r"no room for each of 4 strata; make batch\.size larger"):
        stratified_batches(strata.of_event, 3, strata.shares)
