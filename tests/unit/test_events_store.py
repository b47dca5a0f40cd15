"""The event store: what is written is read, rows are checked, and nothing is left half written."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest

from signedag.errors import UserError
from signedag.events import store
from signedag.events.store import EventStore, open_stage, write_stage, write_store, writing_store
from signedag.identity import Identity

EVENTS = Identity.of("events", sample="tt", shift="nominal")
PROVENANCE = {"settings": "{}", "code_version": "abc"}


def columns(rows, start=0):
    numbers = np.arange(start, start + rows)
    return {
        "event_number": numbers.astype(np.int64),
        "fold": (numbers % 2).astype(np.int8),
        "weight": numbers * 0.1,
        "m_jj_gev": numbers.astype(np.float32) / 3,
        "region_sr": numbers % 3 == 0,
    }


def test_columns_come_back_with_values_types_and_order(tmp_path):
    written = columns(100)
    write_store(tmp_path / "a.arrow", written, PROVENANCE, EVENTS)
    opened = EventStore(tmp_path / "a.arrow", EVENTS)
    assert opened.rows == 100
    assert opened.names == list(written)
    assert opened.provenance == PROVENANCE
    for name, values in written.items():
        assert np.array_equal(opened.column(name), values)
        assert opened.column(name).dtype == values.dtype
    matrix = opened.matrix(["weight", "m_jj_gev"])
    assert matrix.dtype == np.float32
    assert matrix.shape == (100, 2)
    assert np.array_equal(matrix[:, 1], written["m_jj_gev"])
    assert opened.types()["region_sr"] == "bool"


@pytest.mark.parametrize("sizes", [[30, 70], [0, 100], [100, 0], [1] * 100])
def test_batches_add_up(tmp_path, sizes):
    with writing_store(tmp_path / "a.arrow", PROVENANCE, EVENTS) as writer:
        start = 0
        for size in sizes:
            writer.append(columns(size, start))
            start += size
    assert writer.rows == 100
    opened = EventStore(tmp_path / "a.arrow", EVENTS)
    for name, values in columns(100).items():
        assert np.array_equal(opened.column(name), values)
        assert np.array_equal(np.concatenate([batch[name] for batch in opened.batches()]), values)
    write_store(tmp_path / "b.arrow", columns(100), PROVENANCE, EVENTS)
    assert EventStore(tmp_path / "b.arrow", EVENTS).row_key == opened.row_key


def test_a_store_may_have_no_rows(tmp_path):
    write_store(tmp_path / "a.arrow", columns(0), PROVENANCE, EVENTS)
    opened = EventStore(tmp_path / "a.arrow", EVENTS)
    assert opened.rows == 0
    assert opened.column("weight").shape == (0,)
    assert opened.matrix(["weight"]).shape == (0, 1)


def test_equal_content_gives_equal_bytes(tmp_path):
    for name in "ab":
        write_store(tmp_path / f"{name}.arrow", columns(50), PROVENANCE, EVENTS)
    assert (tmp_path / "a.arrow").read_bytes() == (tmp_path / "b.arrow").read_bytes()


def test_a_stage_belongs_to_its_rows(tmp_path):
    write_store(tmp_path / "events.arrow", columns(10), PROVENANCE, EVENTS)
    events = EventStore(tmp_path / "events.arrow", EVENTS)
    write_stage(tmp_path / "score.arrow", events, {"score": np.linspace(0, 1, 10)}, PROVENANCE, EVENTS)
    stage = open_stage(tmp_path / "score.arrow", events, EVENTS)
    assert np.array_equal(stage.column("score"), np.linspace(0, 1, 10))
    for name, changed in (("fewer", columns(9)), ("others", columns(10, start=1))):
        write_store(tmp_path / f"{name}.arrow", changed, PROVENANCE, EVENTS)
        with pytest.raises(UserError, match=r"score\.arrow: its 10 rows are not those of .*delete it and run"):
            open_stage(tmp_path / "score.arrow", EventStore(tmp_path / f"{name}.arrow", EVENTS), EVENTS)
    with pytest.raises(ValueError, match=r"column score has shape \(9,\)"):
        write_stage(tmp_path / "wrong.arrow", events, {"score": np.zeros(9)}, PROVENANCE, EVENTS)


def test_messages_name_the_file_and_the_fix(tmp_path):
    with pytest.raises(UserError, match=r"none\.arrow: no such event store; run the rule that makes it first"):
        EventStore(tmp_path / "none.arrow", EVENTS)
    write_store(tmp_path / "a.arrow", columns(1000), PROVENANCE, EVENTS)
    with pytest.raises(UserError, match=r"a\.arrow: no column 'm_jj'; did you mean 'm_jj_gev'\?"):
        EventStore(tmp_path / "a.arrow", EVENTS).column("m_jj")
    os.truncate(tmp_path / "a.arrow", (tmp_path / "a.arrow").stat().st_size // 2)
    with pytest.raises(UserError, match=r"a\.arrow: not a readable event store .*delete it and run merge_sample again"):
        EventStore(tmp_path / "a.arrow", EVENTS)
    (tmp_path / "a.arrow").write_bytes(b"")
    with pytest.raises(UserError, match="not a readable event store"):
        EventStore(tmp_path / "a.arrow", EVENTS)


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    write_store(tmp_path / "a.arrow", columns(10), PROVENANCE, EVENTS)
    before = (tmp_path / "a.arrow").read_bytes()
    with (
        pytest.raises(RuntimeError, match="half way"),
        writing_store(tmp_path / "a.arrow", PROVENANCE, EVENTS) as writer,
    ):
        writer.append(columns(20))
        raise RuntimeError("half way")
    assert [path.name for path in tmp_path.iterdir()] == ["a.arrow"]
    assert (tmp_path / "a.arrow").read_bytes() == before


def test_a_full_disk_is_one_line(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store.StoreWriter, "append", full)
    with pytest.raises(UserError, match=r"a\.arrow: could not be written \(No space left on device\); free space"):
        write_store(tmp_path / "a.arrow", columns(10), PROVENANCE, EVENTS)
    assert list(tmp_path.iterdir()) == []


def test_a_store_without_columns_is_a_programming_error(tmp_path):
    with pytest.raises(ValueError, match="at least one batch"), writing_store(tmp_path / "a.arrow", PROVENANCE, EVENTS):
        pass
    assert list(tmp_path.iterdir()) == []
