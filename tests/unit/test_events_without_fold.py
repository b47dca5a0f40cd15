"""Weights without a fold: redrawing the fold's signs in the ROOT file changes not one byte of them."""

from __future__ import annotations

import numpy as np
import pytest
import uproot
from event_stores import opened, write_events

from signedag.config.events import ConvertNtupleSettings
from signedag.config.normalisation import MergeSampleSettings
from signedag.errors import UserError
from signedag.events.conversion import convert
from signedag.events.folds import folds_and_halves
from signedag.events.merging import merge
from signedag.events.without_fold import factors_as_metadata, rows_without_fold, signed_weight_without_fold

FOLDS, ROWS = 3, 900
CONVERT = ConvertNtupleSettings.model_validate(
    {
        "events": {"regions": {"sr": {"selection": "x > 0"}}, "features": ["x"], "chunk_events": 130},
        "folds": FOLDS,
        "variations": {},
        "denominator": "weight",
    }
)
MERGE = MergeSampleSettings(cross_section_pb=0.2, luminosity_fb=41.5, denominator=None)


def made(folder, flipped=None, convert_settings=CONVERT, merge_settings=MERGE, files=2):
    """Write ROOT files with the signs of fold `flipped` redrawn; convert and merge them."""
    parts = []
    for part in range(files):
        rng = np.random.default_rng(part)
        event = np.arange(ROWS) + part * ROWS
        weight = np.where(rng.random(ROWS) < 0.3, -1.0, 1.0) * rng.lognormal(0, 1, ROWS)
        redrawn = np.where(rng.random(ROWS) < 0.4, -1.0, 1.0) * np.abs(weight)
        fold, _ = folds_and_halves(event, FOLDS)
        if flipped is not None:
            weight = np.where(fold == flipped, redrawn, weight)
        folder.mkdir(exist_ok=True)
        with uproot.recreate(folder / f"part{part}.root") as file:
            file.mktree("events", {"event": "i8", "weight": "f8", "x": "f8"}).extend(
                {"event": event, "weight": weight, "x": rng.normal(size=ROWS)}
            )
        parts.append(folder / str(part))
        convert(str(folder / f"part{part}.root"), convert_settings, "tt", part, parts[-1], {})
    summary = merge(parts, merge_settings, "tt", folder / "merged", {})
    return opened(folder / "merged" / "nominal.arrow"), summary.as_json()


@pytest.mark.parametrize("flipped", range(FOLDS))
def test_redrawn_signs_of_a_fold_change_no_byte_without_it(tmp_path, flipped):
    before, _ = made(tmp_path / "before")
    after, _ = made(tmp_path / "after", flipped)
    assert before.column("weight").tobytes() != after.column("weight").tobytes()
    outside = rows_without_fold(before, flipped)
    assert not np.array_equal(before.column("weight")[outside], after.column("weight")[outside]), "one D for all"
    for fold in range(FOLDS):
        same = signed_weight_without_fold(before, fold).tobytes() == signed_weight_without_fold(after, fold).tobytes()
        assert same == (fold == flipped)


def test_the_weights_add_up_to_the_share_of_the_simulation(tmp_path):
    everything = CONVERT.model_copy(
        update={
            "events": CONVERT.events.model_validate({"regions": {"all": {"selection": "1 == 1"}}, "features": ["x"]})
        }
    )
    events, summary = made(tmp_path / "all", convert_settings=everything)
    expected = 0.2 * 1000 * 41.5
    assert events.rows == 2 * ROWS
    for fold in range(FOLDS):
        rows = rows_without_fold(events, fold)
        weight = signed_weight_without_fold(events, fold)
        assert weight.shape == (rows.sum(),)
        assert weight.sum() == pytest.approx(expected * rows.mean(), rel=1e-12)
        generated = events.column("generator_weight")[rows]
        np.testing.assert_allclose(weight, generated * summary["weight_factor_without_fold"][fold], rtol=0)
        np.testing.assert_allclose(
            events.column("generator_weight") * summary["weight_factor"], events.column("weight")
        )


@pytest.mark.parametrize(
    ("denominator", "other_tree", "given"),
    [(None, None, 400.0), ("weight", None, 400.0), (None, {"tree": "events", "sum_of": "weight"}, None)],
)
def test_a_denominator_that_no_fold_can_be_taken_from_is_one_for_all(tmp_path, denominator, other_tree, given):
    changed = CONVERT.model_dump() | {"denominator": denominator, "other_tree": other_tree}
    merging = MERGE.model_copy(update={"denominator": given})
    events, summary = made(tmp_path / "given", None, ConvertNtupleSettings.model_validate(changed), merging)
    assert summary["weight_factor_without_fold"] == [summary["weight_factor"]] * FOLDS
    for fold in range(FOLDS):
        own = signed_weight_without_fold(events, fold)
        assert np.array_equal(own, events.column("weight")[rows_without_fold(events, fold)])


def test_data_have_weight_one(tmp_path):
    data = ConvertNtupleSettings.model_validate(CONVERT.model_dump() | {"denominator": None, "is_data": True})
    events, _ = made(tmp_path / "data", None, data, MERGE.model_copy(update={"cross_section_pb": None}))
    for fold in range(FOLDS):
        assert np.array_equal(signed_weight_without_fold(events, fold), np.ones(rows_without_fold(events, fold).sum()))


@pytest.mark.parametrize(
    ("metadata", "fold", "message"),
    [
        ({}, 0, "does not say how its weights are normalised without fold 0; delete it and run merge_sample again"),
        (factors_as_metadata([1.0, 2.0]), 2, "does not say .* without fold 2"),
        (factors_as_metadata([1.0, None]), 1, "sum over all folds but 1 is not positive; simulate more events"),
    ],
)
def test_what_cannot_be_normalised_is_said(tmp_path, metadata, fold, message):
    columns = {
        "event_number": np.arange(4),
        "fold": np.array([0, 1, 0, 1], dtype=np.int8),
        "generator_weight": np.ones(4),
    }
    write_events(tmp_path / "nominal.arrow", columns, metadata)
    with pytest.raises(UserError, match=f"nominal.arrow: .*{message}"):
        signed_weight_without_fold(opened(tmp_path / "nominal.arrow"), fold)
