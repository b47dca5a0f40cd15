"""The events of a classifier: region, fold, row check, class balance."""

from __future__ import annotations

import numpy as np
import pytest

from signedag.errors import UserError
from signedag.events.store import EventStore, write_stage, write_store
from signedag.training.events import TrainingEvents, class_scale, load_training_events

SAMPLES = {True: ("zh",), False: ("tt", "vz")}


def write_sample(folder, name, start, events=200, in_region=True, numbers_from=None):
    """Each event's feature `a` is its number, so that one can see who was loaded."""
    generator = np.random.default_rng(start)
    number = np.arange(start, start + events)
    inside = generator.random(events) < 0.5 if in_region else np.full(events, False)
    path = folder / "events" / name / "nominal.arrow"
    columns = {
        "event_number": number,
        "fold": (number % 3).astype(np.int8),
        "weight": generator.normal(1, 1, events),
        "a": number.astype(np.float32),
        "b": -number.astype(np.float32),
        "region_sr": inside,
    }
    write_store(path, columns, {})
    training = {"training_weight": 2.0 * number}
    write_stage(folder / "weights" / name / "training_weights.arrow", EventStore(path), training, {})
    return columns


@pytest.fixture
def stores(tmp_path):
    columns = {name: write_sample(tmp_path, name, 1000 * index) for index, name in enumerate(("zh", "tt", "vz"), 1)}
    return tmp_path, columns


def load(folder, fold=1, region="sr", inputs=("b", "a")):
    return load_training_events(folder / "events", folder / "weights", SAMPLES, inputs, region, fold)


@pytest.mark.parametrize("fold", [0, 1, 2])
def test_exactly_the_events_in_the_region_and_outside_the_fold(stores, fold):
    folder, columns = stores
    events = load(folder, fold)
    expected = {
        name: column["event_number"][column["region_sr"] & (column["fold"] != fold)] for name, column in columns.items()
    }
    loaded = events.features[:, 1].astype(int)  # column a
    np.testing.assert_array_equal(loaded, np.concatenate([expected[name] for name in ("zh", "tt", "vz")]))
    assert not np.any(loaded % 3 == fold)
    np.testing.assert_array_equal(events.features[:, 0], -events.features[:, 1])
    np.testing.assert_array_equal(events.is_signal, loaded < 2000)
    np.testing.assert_array_equal(events.training_weight, 2.0 * loaded)
    signed = {n: w for c in columns.values() for n, w in zip(c["event_number"], c["weight"], strict=True)}
    np.testing.assert_array_equal(events.signed_weight, [signed[number] for number in loaded])
    assert events.signed_weight.dtype == events.training_weight.dtype == np.float64
    assert events.features.dtype == np.float32


def test_training_weights_of_other_events_are_refused(stores):
    folder, _ = stores
    write_sample(folder / "again", "tt", 5000)
    weights = folder / "weights" / "tt" / "training_weights.arrow"
    weights.write_bytes((folder / "again" / "weights" / "tt" / "training_weights.arrow").read_bytes())
    with pytest.raises(UserError, match=r"tt/training_weights\.arrow: its 200 rows are not those of"):
        load(folder)


@pytest.mark.parametrize(
    ("empty", "role"), [(("zh",), "signal event of zh"), (("tt", "vz"), "background event of tt, vz")]
)
def test_an_empty_region_is_named(stores, empty, role):
    folder, _ = stores
    for name in empty:
        write_sample(folder, name, 9000, in_region=False)
    with pytest.raises(UserError, match=f"region 'sr': no {role}"):
        load(folder)


def test_a_region_whose_events_are_all_in_the_fold_is_named(stores):
    folder, columns = stores
    columns = dict(columns["zh"])
    columns["region_sr"] = columns["fold"] == 1
    write_store(folder / "events" / "zh" / "nominal.arrow", columns, {})
    load(folder, fold=0)
    with pytest.raises(UserError, match="region 'sr': no signal event of zh outside fold 1"):
        load(folder, fold=1)


def test_unknown_names_are_suggested(stores):
    folder, _ = stores
    with pytest.raises(UserError, match="no column 'region_s'; did you mean 'region_sr'"):
        load(folder, region="s")
    with pytest.raises(UserError, match="no column 'weigth'; did you mean 'weight'"):
        load(folder, inputs=("weigth",))


def toy_events(signal, background):
    weights = np.array([*signal, *background], dtype=float)
    is_signal = np.arange(len(weights)) < len(signal)
    return TrainingEvents(np.zeros((len(weights), 1), dtype=np.float32), is_signal, weights, weights)


def test_class_balance():
    events = toy_events([0.1, 0.2, -0.1], [100.0, -50.0, 25.0, 5.0])
    scaled = events.training_weight * class_scale(events, "class")
    assert scaled[:3].sum() == pytest.approx(3.5) and scaled[3:].sum() == pytest.approx(3.5)
    np.testing.assert_allclose(scaled[:3], np.array([0.1, 0.2, -0.1]) * 3.5 / 0.2)


def test_no_balance_keeps_the_ratio_of_classes():
    events = toy_events([0.1, 0.2, -0.1], [100.0, -50.0, 25.0, 5.0])
    scaled = events.training_weight * class_scale(events, "none")
    assert scaled.mean() == pytest.approx(1)
    assert scaled[:3].sum() / scaled[3:].sum() == pytest.approx(0.2 / 80)


@pytest.mark.parametrize("signal", [[1.0, -1.0], [1.0, -2.0]])
def test_a_class_without_a_positive_sum_is_refused(signal):
    with pytest.raises(UserError, match=r"training weights of a class add up to (0|-1); use a strategy"):
        class_scale(toy_events(signal, [3.0]), "class")
