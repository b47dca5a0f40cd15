"""Which events train and which validate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.errors import UserError
from signedag.training.splitting import check_fold, training_and_validation


@given(st.lists(st.booleans(), min_size=20, max_size=200), st.floats(0.2, 0.8), st.integers(0, 2**32))
@settings(deadline=None)
def test_available_events_are_split_once(available, fraction, seed):
    available = np.array([True] * 5 + available)
    training, validation = training_and_validation(available, fraction, np.random.default_rng(seed))
    assert sorted([*training, *validation]) == np.flatnonzero(available).tolist()
    assert len(validation) == round(fraction * available.sum())
    assert np.all(np.diff(training) > 0) and np.all(np.diff(validation) > 0)
    again = training_and_validation(available, fraction, np.random.default_rng(seed))
    np.testing.assert_array_equal(training, again[0])


def test_another_stream_splits_otherwise():
    available = np.full(100, True)
    first, second = (training_and_validation(available, 0.5, np.random.default_rng(seed))[0] for seed in (1, 2))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(("events", "fraction"), [(0, 0.2), (1, 0.5), (2, 0.2), (2, 0.9)])
def test_too_few_events_are_refused(events, fraction):
    with pytest.raises(UserError, match=f"{events} events are too few to train on and to validate with"):
        training_and_validation(np.full(events, True), fraction, np.random.default_rng(1))


def test_a_fold_that_does_not_exist_is_refused():
    for fold in (0, 1):
        check_fold(fold, 2)
    for fold in (-1, 2):
        with pytest.raises(UserError, match=f"--fold {fold}: the settings have the folds 0 to 1"):
            check_fold(fold, 2)
