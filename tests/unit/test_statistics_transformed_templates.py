"""Templates of transformed weights in the study: what closure cannot exclude, and a wrong one is seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from event_stores import opened, write_events, write_weights

from signedag.config.fitting import ModelSettings
from signedag.events.without_fold import factors_as_metadata
from signedag.statistics.filling import FilledRegion
from signedag.statistics.redrawn_templates import FilledEvents, own_templates, redrawn_templates
from signedag.statistics.signal_strength import Inputs
from signedag.statistics.studied_simulations import StudiedEvents, transformation_offset
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Floats, find_bins
from signedag.statistics.transformed_templates import (
    TransformedWeights,
    differences,
    read_transformed_weights,
    with_closure_error,
    with_transformed_weights,
)
from signedag.statistics.true_analysis import TrueAnalysis

EDGES = (np.linspace(0.0, 1.0, 5),)
INTO = FilledRegion("sr", ("x",), EDGES)
MODEL = ModelSettings.model_validate({"signals": ["zh"], "scale_factors": {}, "shapes": {}, "normalisations": {}})


def simulated(seed: int, tilt: float = 0.0) -> StudiedEvents:
    """Give signal and background, a quarter negative, and weights by the true probability of a sign or a wrong one.

    Args:
        seed: of events and signs.
        tilt: by how much the probability is wrong at the ends of x.
    """
    generator = np.random.default_rng(seed)
    filled, weights = [], {}
    for sample, size, x in (("zh", 4000, generator.beta(5, 2, 4000)), ("tt", 12000, generator.random(12000))):
        negative = generator.random(size) < 0.25
        signed = np.where(negative, -0.1, 0.1)
        numbers = np.arange(size)
        sides = {("w", "up"): 2 * signed, ("w", "down"): 0.5 * signed}
        filled.append(FilledEvents(sample, sample, numbers, find_bins([x], EDGES), signed, sides))
        perfect = 0.1 * 0.5 * (1 + (tilt * (x - x.mean()) if sample == "tt" else 0.0))
        weights[sample] = TransformedWeights(numbers, perfect / signed, 0.5)
    return StudiedEvents(filled, with_transformed_weights(filled, weights))


def own(events: list[FilledEvents]) -> RegionTemplates:
    return own_templates(events, INTO)


def test_an_error_that_closure_cannot_exclude_gives_the_signed_variance_back() -> None:
    """Σw'² is (1 - 2f)² of Σw², and Σ(w' - w)² the rest: nothing is gained once it is covered."""
    templates = simulated(1).templates(own)
    signed, transformed, covered = (
        templates[kind].nominal["tt"] for kind in ("redrawn", "transformed", "transformed_covered")
    )
    np.testing.assert_allclose(transformed.variances / signed.variances, 0.25, rtol=1e-9)
    np.testing.assert_allclose(covered.variances / signed.variances, 1.0, rtol=0.04)
    np.testing.assert_array_equal(covered.values, transformed.values)
    pulls = (transformed.values - signed.values) / np.sqrt(covered.variances - transformed.variances)
    assert (np.abs(pulls) < 4).all() and np.abs(pulls).max() > 0.1


def test_transformed_events_are_redrawn_along_with_the_signed_ones() -> None:
    """An event is there as often with either weight, and its weight variations are transformed, too."""
    events = simulated(2)
    drawn = events.templates(lambda filled: redrawn_templates(filled, INTO, 1, "a"))
    one = events.signed[1]
    assert one.nominal is not None
    twice = [FilledEvents("tt", "tt", one.numbers, one.indices, np.full(one.numbers.size, 0.05), {})]
    np.testing.assert_allclose(
        drawn["transformed"].nominal["tt"].values, redrawn_templates(twice, INTO, 1, "a").nominal["tt"].values
    )
    (changed,) = (one for one in events.transformed if one.sample == "tt")
    np.testing.assert_allclose(changed.sides["w", "up"], 0.1)


@pytest.mark.parametrize(("tilt", "is_seen"), [(0.0, False), (0.5, True)])
def test_the_offset_tells_a_wrong_transformation_from_fluctuating_signs(tilt: float, is_seen: bool) -> None:
    offsets = []
    for seed in range(12):
        templates = simulated(seed, tilt).templates(own)
        true = TrueAnalysis.of(Inputs(templates["redrawn"], (), None, Path("ntuples")), MODEL)
        offset = transformation_offset(true, templates["transformed"], templates["transformed_covered"])
        assert offset.value is not None and offset.expected is not None and offset.sigma is not None
        assert 0 < offset.expected < offset.sigma
        offsets.append(offset.value / offset.expected)
    chi2 = float(np.square(offsets).sum())
    assert (chi2 > 60) == is_seen and chi2 > 2, chi2


def test_templates_without_a_fit_have_no_offset_but_a_reason() -> None:
    templates = simulated(1).templates(own)
    true = TrueAnalysis.of(Inputs(templates["redrawn"], (), None, Path("ntuples")), MODEL)
    nothing = RegionTemplates(
        "sr", EDGES, {name: find_bins([np.zeros(1)], EDGES).fill(np.zeros(1)) for name in ("zh", "tt")}, {}, None
    )
    offset = transformation_offset(true, nothing, nothing)
    assert (offset.value, offset.expected) == (None, None) and "not positive" in offset.reason


def test_closure_error_is_added_to_nominal_templates_alone() -> None:
    events = simulated(3)
    transformed, difference = own(list(events.transformed)), own(differences(events.signed, events.transformed))
    assert not difference.variations
    covered = with_closure_error(transformed, difference)
    assert covered.variations == transformed.variations
    extra = covered.nominal["zh"].variances - transformed.nominal["zh"].variances
    np.testing.assert_allclose(extra, difference.nominal["zh"].variances)


def sample(path: Path, folds: int) -> Floats:
    size, generator = 60, np.random.default_rng(folds)
    signed = np.where(generator.random(size) < 0.3, -1.0, 1.0) * generator.uniform(0.5, 1.5, size)
    columns = {"event_number": generator.permutation(size) + 100, "fold": (np.arange(size) % folds).astype(np.int8)}
    columns |= {"weight": 2 * signed, "generator_weight": signed}
    write_events(path, columns, factors_as_metadata([2.0 * folds / (folds - 1)] * folds))
    return signed


@pytest.mark.parametrize("folds", [2, 3])
def test_weights_are_read_from_the_folds_that_an_event_is_outside_of(tmp_path: Path, folds: int) -> None:
    path = tmp_path / "events" / "tt" / "nominal.arrow"
    signed = sample(path, folds)
    events = opened(path)
    fold, paths = events.column("fold"), []
    for number in range(folds):
        rows = fold != number
        training = np.abs(signed[rows]) * (1 + fold[rows])  # in proportion to the event's fold
        paths.append(tmp_path / "weights" / "tt" / f"without_fold{number}.arrow")
        write_weights(paths[-1], events, {"training_weight": training}, number, rows)
    weights = read_transformed_weights(events, paths)
    numbers = events.column("event_number")
    found = weights.of(numbers, signed) * 2 * signed
    expected = np.abs(signed) * (1 + fold)
    np.testing.assert_allclose(found, expected * (2 * signed.sum() / expected.sum()))
    # an event that only a shift selects
    share = signed.sum() / np.abs(signed).sum()
    np.testing.assert_allclose(weights.of(np.array([5, 999]), np.array([-3.0, 2.0])), [-share, share])
