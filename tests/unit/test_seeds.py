"""Random streams belong to one place of the workflow each."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from signedag.seeds import entropy, stream

PLACES = st.tuples(
    st.integers(0, 100), st.lists(st.one_of(st.text("ab_1", max_size=3), st.integers(0, 20)), max_size=3)
)


def test_the_numbers_are_pinned() -> None:
    """A job gives the same bytes in every version and on every machine; a change here changes every result."""
    assert entropy(1, "train_classifier", "cross_entropy", 1, 0) == 1883803888623452865
    assert stream(1, "simulate_ntuple", "tt", 0).integers(1 << 30) == 851658635


@given(PLACES)
def test_a_place_gives_the_same_stream_each_time(place: tuple[int, list[str | int]]) -> None:
    seed, names = place
    assert 0 <= entropy(seed, *names) < 1 << 63
    assert np.array_equal(stream(seed, *names).random(3), stream(seed, *names).random(3))


@given(PLACES, PLACES)
def test_no_two_places_share_a_stream(one: tuple[int, list[str | int]], other: tuple[int, list[str | int]]) -> None:
    as_text = [(seed, [str(name) for name in names]) for seed, names in (one, other)]
    same = as_text[0] == as_text[1]
    assert (entropy(one[0], *one[1]) == entropy(other[0], *other[1])) is same


def test_streams_of_neighbouring_places_are_independent() -> None:
    draws = np.array([stream(1, "train", fold).normal(size=4000) for fold in range(20)])
    correlations = np.corrcoef(draws)[np.triu_indices(20, k=1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(4000)
