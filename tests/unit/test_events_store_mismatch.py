"""The event store: a file that is cut short or belongs to other events is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from signedag.errors import UserError
from signedag.events.store import EventStore, open_stage, region_column, variation_column, write_stage, write_store
from signedag.identity import Identity

EVENTS = Identity.of("events", sample="tt", shift="nominal")
ROWS = 1000


def event_columns(first: int = 0, rows: int = ROWS) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {
        "event_number": np.arange(first, first + rows, dtype=np.int64),
        "fold": (np.arange(rows) % 2).astype(np.int8),
        "weight": rng.normal(1.0, 2.0, rows),
        "met_gev": rng.exponential(100.0, rows).astype(np.float32),
        "region_signal": rng.random(rows) < 0.5,
    }


@pytest.fixture
def events(tmp_path: Path) -> EventStore:
    write_store(tmp_path / "nominal.arrow", event_columns(), {"seed": "1"}, EVENTS)
    return EventStore(tmp_path / "nominal.arrow", EVENTS)


def test_the_matrix_has_the_columns_in_order(events: EventStore) -> None:
    matrix = events.matrix(["weight", "met_gev"])
    assert matrix.dtype == np.float32
    assert np.array_equal(matrix[:, 1], event_columns()["met_gev"])
    assert np.array_equal(matrix[:, 0], event_columns()["weight"].astype(np.float32))


def test_a_missing_column_is_named_with_a_suggestion(events: EventStore) -> None:
    with pytest.raises(UserError, match=r"nominal\.arrow: no column 'met_gevv'; did you mean 'met_gev'\?"):
        events.column("met_gevv")


def test_a_stage_goes_with_its_events(tmp_path: Path, events: EventStore) -> None:
    weights = np.linspace(0.0, 1.0, ROWS)
    write_stage(tmp_path / "weights.arrow", events, {"training_weight": weights}, {"seed": "1"}, EVENTS)
    stage = open_stage(tmp_path / "weights.arrow", events, EVENTS)
    assert np.array_equal(stage.column("training_weight"), weights)
    assert stage.provenance["row_key"] == events.row_key


def test_a_stage_of_other_events_is_refused(tmp_path: Path, events: EventStore) -> None:
    columns = event_columns()
    order = np.roll(np.arange(ROWS), 1)
    write_store(tmp_path / "other.arrow", {name: values[order] for name, values in columns.items()}, {}, EVENTS)
    other = EventStore(tmp_path / "other.arrow", EVENTS)
    assert other.row_key != events.row_key, "the same events in another order are other rows"
    write_stage(tmp_path / "weights.arrow", other, {"training_weight": columns["weight"]}, {}, EVENTS)
    with pytest.raises(UserError, match=r"weights\.arrow: its 1000 rows are not those of .*nominal\.arrow"):
        open_stage(tmp_path / "weights.arrow", events, EVENTS)


def test_a_stage_with_too_few_rows_is_refused(tmp_path: Path, events: EventStore) -> None:
    write_store(tmp_path / "short.arrow", event_columns(rows=10), {"row_key": events.row_key}, EVENTS)
    with pytest.raises(UserError, match="its 10 rows are not those of"):
        open_stage(tmp_path / "short.arrow", events, EVENTS)
    with pytest.raises(ValueError, match=r"column score has shape \(10,\)"):
        write_stage(tmp_path / "wrong.arrow", events, {"score": np.zeros(10)}, {}, EVENTS)


def test_a_truncated_store_is_named(tmp_path: Path, events: EventStore) -> None:
    content = events.path.read_bytes()
    for length in (0, 100, len(content) // 2, len(content) - 1):
        cut = tmp_path / "cut.arrow"
        cut.write_bytes(content[:length])
        with pytest.raises(UserError, match=r"cut\.arrow: not a readable event store .*; delete it"):
            EventStore(cut, EVENTS)


def test_a_missing_store_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing\.arrow: no such event store; run the rule that makes it first"):
        EventStore(tmp_path / "nothing.arrow", EVENTS)


def test_names_of_derived_columns() -> None:
    assert region_column("signal") == "region_signal"
    assert variation_column("btag", "up") == "weight_btag_up"


def test_a_stage_of_some_rows(tmp_path: Path, events: EventStore) -> None:
    rows = events.column("fold") != 1
    columns = {"training_weight": events.column("weight")[rows]}
    write_stage(tmp_path / "without_fold1.arrow", events, columns, {"seed": "1"}, EVENTS, rows)
    stage = open_stage(tmp_path / "without_fold1.arrow", events, EVENTS, rows)
    assert np.array_equal(stage.column("training_weight"), columns["training_weight"])
    chosen = r"without_fold1\.arrow: its 500 rows are not those of the chosen part of .*nominal\.arrow \(500 rows\)"
    with pytest.raises(UserError, match=chosen):
        open_stage(tmp_path / "without_fold1.arrow", events, EVENTS, ~rows)
    with pytest.raises(UserError, match=r"its 500 rows are not those of .*nominal\.arrow \(1000 rows\)"):
        open_stage(tmp_path / "without_fold1.arrow", events, EVENTS)
    write_stage(tmp_path / "all.arrow", events, {"training_weight": events.column("weight")}, {}, EVENTS)
    with pytest.raises(UserError, match="its 1000 rows are not those of the chosen part of"):
        open_stage(tmp_path / "all.arrow", events, EVENTS, rows)


def test_a_mask_that_chooses_all_rows_is_no_mask(tmp_path: Path, events: EventStore) -> None:
    every = np.ones(ROWS, dtype=np.bool_)
    write_stage(tmp_path / "all.arrow", events, {"training_weight": events.column("weight")}, {}, EVENTS, every)
    assert open_stage(tmp_path / "all.arrow", events, EVENTS).row_key == events.row_key


def test_columns_and_mask_of_wrong_length_are_refused(tmp_path: Path, events: EventStore) -> None:
    rows = events.column("fold") != 1
    with pytest.raises(ValueError, match=r"column score has shape \(1000,\), the chosen part of .* has 500 rows"):
        write_stage(tmp_path / "wrong.arrow", events, {"score": np.zeros(ROWS)}, {}, EVENTS, rows)
    for mask in (rows[:-1], rows.astype(np.int64)):
        with pytest.raises(ValueError, match="a mask of type"):
            write_stage(tmp_path / "wrong.arrow", events, {"score": np.zeros(500)}, {}, EVENTS, mask)
