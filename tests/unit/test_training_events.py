"""The events of a classifier: region, fold, row check, class balance."""

from __future__ import annotations

import numpy as np
import pytest
from event_stores import opened, write_events, write_weights

from signedag.config.drawing import MiniBatch
from signedag.errors import UserError
from signedag.events.layout import events_path, training_weights_path
from signedag.events.without_fold import factors_as_metadata, rows_without_fold
from signedag.training.events import (
    Request,
    TrainingEvents,
    load_region_events,
    load_training_events,
    weight_scale,
)

CLASSES = {"background": ("tt", "vz"), "signal": ("zh",)}
PROCESSES = {"tt": "top", "vz": "diboson", "zh": "higgs"}


def write_sample(folder, name, start, events=200, in_region=True):
    """Each event's feature `a` is its number, so that one can see who was loaded."""
    generator = np.random.default_rng(start)
    number = np.arange(start, start + events)
    inside = generator.random(events) < 0.5 if in_region else np.full(events, False)
    path = folder / "events" / name / "nominal.arrow"
    columns = {
        "event_number": number,
        "fold": (number % 3).astype(np.int8),
        "weight": generator.normal(1, 1, events),
        "generator_weight": generator.normal(1, 1, events),
        "a": number.astype(np.float32),
        "b": -number.astype(np.float32),
        "m_jj_gev": number + 0.5,
        "region_sr": inside,
    }
    write_events(path, columns, factors_as_metadata([2.0, 4.0, 8.0]))
    store = opened(path)
    for fold in range(3):
        rows = rows_without_fold(store, fold)
        output = training_weights_path(folder / "weights", name, fold)
        write_weights(output, store, {"training_weight": 2.0 * number[rows] + fold}, fold, rows)
    return columns


@pytest.fixture
def stores(tmp_path):
    columns = {name: write_sample(tmp_path, name, 1000 * index) for index, name in enumerate(("zh", "tt", "vz"), 1)}
    return tmp_path, columns


def load(folder, fold=1, region="sr", inputs=("b", "a"), more_columns=(), weighted=True):
    request = Request(CLASSES, PROCESSES, inputs, region, "transformed", more_columns)
    events = [events_path(folder / "events", name) for name in PROCESSES]
    weights = [training_weights_path(folder / "weights", name, fold) for name in PROCESSES]
    return load_training_events(request, events, weights if weighted else None, fold)


@pytest.mark.parametrize("fold", [0, 1, 2])
def test_exactly_the_events_in_the_region_and_outside_the_fold(stores, fold):
    folder, columns = stores
    events = load(folder, fold)
    expected = {
        name: column["event_number"][column["region_sr"] & (column["fold"] != fold)] for name, column in columns.items()
    }
    loaded = events.features[:, 1].astype(int)  # column a
    np.testing.assert_array_equal(loaded, np.concatenate([expected[name] for name in ("tt", "vz", "zh")]))
    assert not np.any(loaded % 3 == fold)
    np.testing.assert_array_equal(events.features[:, 0], -events.features[:, 1])
    np.testing.assert_array_equal(events.columns["class"], loaded < 2000)
    np.testing.assert_array_equal(events.columns["process"], np.select([loaded < 2000, loaded < 3000], [1, 2], 0))
    np.testing.assert_array_equal(events.columns["training_weight"], 2.0 * loaded + fold)
    signed = {n: w for c in columns.values() for n, w in zip(c["event_number"], c["generator_weight"], strict=True)}
    factor = (2.0, 4.0, 8.0)[fold]
    np.testing.assert_array_equal(events.columns["signed_weight"], [factor * signed[number] for number in loaded])
    assert events.columns["signed_weight"].dtype == events.columns["training_weight"].dtype == np.float64
    assert events.features.dtype == np.float32


def test_further_columns_come_along(stores):
    events = load(stores[0], more_columns=("m_jj_gev",))
    np.testing.assert_array_equal(events.columns["m_jj_gev"], events.features[:, 1] + 0.5)


def test_without_training_weights_the_size_of_the_signed_ones_serves(stores):
    events = load(stores[0], weighted=False)
    np.testing.assert_array_equal(events.columns["training_weight"], np.abs(events.columns["signed_weight"]))


def test_a_whole_region_has_the_weights_that_judge(stores):
    folder, columns = stores
    request = Request(CLASSES, PROCESSES, ("a",), "sr", "transformed")
    events, fold = load_region_events(request, [events_path(folder / "events", name) for name in PROCESSES])
    number = events.features[:, 0].astype(int)
    np.testing.assert_array_equal(fold, number % 3)
    weight = {n: w for c in columns.values() for n, w in zip(c["event_number"], c["weight"], strict=True)}
    np.testing.assert_array_equal(events.columns["signed_weight"], [weight[one] for one in number])


def test_training_weights_of_other_events_are_refused(stores):
    folder, _ = stores
    write_sample(folder / "again", "tt", 5000)
    weights = folder / "weights" / "tt" / "without_fold1.arrow"
    weights.write_bytes((folder / "again" / "weights" / "tt" / "without_fold1.arrow").read_bytes())
    with pytest.raises(UserError, match=r"tt/without_fold1\.arrow: its 13\d rows are not those of"):
        load(folder)
    weights.write_bytes((folder / "weights" / "tt" / "without_fold0.arrow").read_bytes())
    with pytest.raises(UserError, match=r"without_fold1\.arrow: holds training weights .*fold 0\), expected"):
        load(folder)


def test_each_sample_needs_one_file(stores):
    folder, _ = stores
    request = Request(CLASSES, PROCESSES, ("a",), "sr", "transformed")
    events = [events_path(folder / "events", name) for name in PROCESSES]
    with pytest.raises(UserError, match="--events: no file of sample 'vz'"):
        load_region_events(request, [path for path in events if path.parent.name != "vz"])
    with pytest.raises(UserError, match="are both of sample 'tt'"):
        load_region_events(request, [*events, folder / "elsewhere" / "tt" / "nominal.arrow"])


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
    write_events(folder / "events" / "zh" / "nominal.arrow", columns, factors_as_metadata([1.0, 1.0, 1.0]))
    load(folder, fold=0)
    with pytest.raises(UserError, match="region 'sr': no signal event of zh outside fold 1"):
        load(folder, fold=1)


def test_unknown_names_are_suggested(stores):
    folder, _ = stores
    with pytest.raises(UserError, match="no column 'region_s'; did you mean 'region_sr'"):
        load(folder, region="s")
    with pytest.raises(UserError, match="no column 'weigth'; did you mean 'weight'"):
        load(folder, inputs=("weigth",))


def toy_events(*classes, processes=None):
    weights = np.concatenate([np.asarray(weights, dtype=float) for weights in classes])
    number = np.repeat(np.arange(len(classes)), [len(weights) for weights in classes]).astype(np.int8)
    process = number if processes is None else np.array(processes)
    columns = {"class": number, "process": process, "signed_weight": weights, "training_weight": weights}
    return TrainingEvents(np.zeros((len(weights), 1), dtype=np.float32), columns)


def scaled_by(events, **batch):
    return events.columns["training_weight"] * weight_scale(events, MiniBatch(**batch))


def test_class_balance():
    scaled = scaled_by(toy_events([100.0, -50.0, 25.0, 5.0], [0.1, 0.2, -0.1]))
    assert scaled[:4].sum() == pytest.approx(3.5) and scaled[4:].sum() == pytest.approx(3.5)
    np.testing.assert_allclose(scaled[4:], np.array([0.1, 0.2, -0.1]) * 3.5 / 0.2)
    thirds = scaled_by(toy_events([1.0, 1.0], [5.0], [0.1, 0.2, 0.3]))
    assert [thirds[:2].sum(), thirds[2], thirds[3:].sum()] == pytest.approx([2, 2, 2])


def test_no_balance_keeps_the_ratio_of_classes():
    scaled = scaled_by(toy_events([100.0, -50.0, 25.0, 5.0], [0.1, 0.2, -0.1]), balance="none")
    assert scaled.mean() == pytest.approx(1)
    assert scaled[4:].sum() / scaled[:4].sum() == pytest.approx(0.2 / 80)


def test_strata_have_a_unit_mean_and_classes_balance_as_they_are_drawn():
    """Two background processes and a signal, drawn equally often: each background then counts half."""
    events = toy_events([1.0, 3.0, 10.0], [0.2, 0.4], processes=[0, 0, 1, 2, 2])
    scaled = scaled_by(events, drawing="stratified", strata="process")
    means = [scaled[:2].mean(), scaled[2], scaled[3:].mean()]
    assert means == pytest.approx([0.75, 0.75, 1.5])
    assert means[0] + means[1] == pytest.approx(means[2])
    as_they_are = scaled_by(events, drawing="stratified", strata="process", balance="none")
    assert [as_they_are[:2].mean(), as_they_are[2], as_they_are[3:].mean()] == pytest.approx([1, 1, 1])


@pytest.mark.parametrize("signal", [[1.0, -1.0], [1.0, -2.0]])
def test_a_class_without_a_positive_sum_is_refused(signal):
    with pytest.raises(UserError, match=r"training weights of a class add up to (0|-1); use a strategy"):
        scaled_by(toy_events([3.0], signal))
