"""The event store: what goes in comes out, and a file that does not fit is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from signedag.errors import UserError
from signedag.events.store import EventStore, open_stage, region_column, variation_column, write_stage, write_store
from signedag.events.store import writing_store as writing

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
    write_store(tmp_path / "nominal.arrow", event_columns(), {"seed": "1"})
    return EventStore(tmp_path / "nominal.arrow")


def test_columns_come_back_bit_by_bit(events: EventStore) -> None:
    for name, values in event_columns().items():
        back = events.column(name)
        assert back.dtype == values.dtype
        assert np.array_equal(back, values)
    assert events.rows == ROWS
    assert events.names == list(event_columns())
    assert events.provenance["seed"] == "1"


def test_batches_are_the_same_as_one(tmp_path: Path, events: EventStore) -> None:
    columns = event_columns()
    with writing(tmp_path / "batches.arrow", {"seed": "1"}) as writer:
        for start in range(0, ROWS, 300):
            writer.append({name: values[start : start + 300] for name, values in columns.items()})
        assert writer.rows == ROWS
    batched = EventStore(tmp_path / "batches.arrow")
    assert batched.row_key == events.row_key
    assert all(np.array_equal(batched.column(name), values) for name, values in columns.items())


def test_the_same_columns_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.arrow", "b.arrow"):
        write_store(tmp_path / name, event_columns(), {"seed": "1"})
    assert (tmp_path / "a.arrow").read_bytes() == (tmp_path / "b.arrow").read_bytes()


def test_an_empty_store_keeps_its_columns(tmp_path: Path) -> None:
    write_store(tmp_path / "empty.arrow", {name: v[:0] for name, v in event_columns().items()}, {})
    empty = EventStore(tmp_path / "empty.arrow")
    assert empty.rows == 0
    assert empty.matrix(["met_gev", "weight"]).shape == (0, 2)


def test_a_store_without_a_batch_is_a_programming_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one batch"), writing(tmp_path / "none.arrow", {}):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_error_between_batches_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="NaN"), writing(tmp_path / "half.arrow", {}) as writer:
        writer.append(event_columns())
        raise UserError("events 5 to 7: met_gev is NaN")
    assert list(tmp_path.iterdir()) == []


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
    write_stage(tmp_path / "weights.arrow", events, {"training_weight": weights}, {"seed": "1"})
    stage = open_stage(tmp_path / "weights.arrow", events)
    assert np.array_equal(stage.column("training_weight"), weights)
    assert stage.provenance["row_key"] == events.row_key


def test_a_stage_of_other_events_is_refused(tmp_path: Path, events: EventStore) -> None:
    columns = event_columns()
    order = np.roll(np.arange(ROWS), 1)
    write_store(tmp_path / "other.arrow", {name: values[order] for name, values in columns.items()}, {})
    other = EventStore(tmp_path / "other.arrow")
    assert other.row_key != events.row_key, "the same events in another order are other rows"
    write_stage(tmp_path / "weights.arrow", other, {"training_weight": columns["weight"]}, {})
    with pytest.raises(UserError, match=r"weights\.arrow: its 1000 rows are not those of .*nominal\.arrow"):
        open_stage(tmp_path / "weights.arrow", events)


def test_a_stage_with_too_few_rows_is_refused(tmp_path: Path, events: EventStore) -> None:
    write_store(tmp_path / "short.arrow", event_columns(rows=10), {"row_key": events.row_key})
    with pytest.raises(UserError, match="its 10 rows are not those of"):
        open_stage(tmp_path / "short.arrow", events)
    with pytest.raises(ValueError, match=r"column score has shape \(10,\)"):
        write_stage(tmp_path / "wrong.arrow", events, {"score": np.zeros(10)}, {})


def test_a_truncated_store_is_named(tmp_path: Path, events: EventStore) -> None:
    content = events.path.read_bytes()
    for length in (0, 100, len(content) // 2, len(content) - 1):
        cut = tmp_path / "cut.arrow"
        cut.write_bytes(content[:length])
        with pytest.raises(UserError, match=r"cut\.arrow: not a readable event store .*; delete it"):
            EventStore(cut)


def test_a_missing_store_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing\.arrow: no such event store; run the rule that makes it first"):
        EventStore(tmp_path / "nothing.arrow")


def test_names_of_derived_columns() -> None:
    assert region_column("signal") == "region_signal"
    assert variation_column("btag", "up") == "weight_btag_up"
