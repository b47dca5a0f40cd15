"""The event store: no damage to a file passes, none is more than one line, and a column is checked when it is read."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from signedag.errors import UserError
from signedag.events.store import EventStore, writing_store
from signedag.identity import Identity

ROWS, BATCHES = 40, 3
TT = Identity.of("events", sample="tt", shift="nominal")
PROVENANCE = {"settings": "{}", "seed": "1"}


def columns(first=0):
    numbers = np.arange(first, first + ROWS)
    return {
        "event_number": numbers,
        "fold": (numbers % 2).astype(np.int8),
        "weight": numbers * 0.1,
        "m_jj_gev": numbers.astype(np.float32) / 3,
        "region_sr": numbers % 3 == 0,
    }


@pytest.fixture
def path(tmp_path):
    with writing_store(tmp_path / "nominal.arrow", PROVENANCE, TT) as writer:
        for batch in range(BATCHES):
            writer.append(columns(batch * ROWS))
    return tmp_path / "nominal.arrow"


def everything(path):
    """Read all there is: names, metadata, columns, and columns batch by batch."""
    store = EventStore(path, TT)
    by_batch = [{name: values.tolist() for name, values in batch.items()} for batch in store.batches()]
    return store.types(), store.provenance, {name: store.column(name).tolist() for name in store.names}, by_batch


def refusal(path, read=everything):
    with pytest.raises(UserError) as caught:
        read(path)
    line = str(caught.value)
    assert line.startswith(f"{path}: ") and "\n" not in line and line.endswith("delete it and run merge_sample again")
    return line


def test_another_file_of_the_kind_is_refused(path):
    for expected in (TT.of_more(sample="zh"), TT.of_more(shift="jet_energy_up"), Identity.of("events by region")):
        with pytest.raises(UserError, match=r"holds events \(sample tt, shift nominal\), expected "):
            EventStore(path, expected)
    assert EventStore(path, Identity.of("events", sample="tt")).rows == ROWS * BATCHES


def test_a_changed_value_is_found_where_it_is_read_and_only_there(path):
    content = bytearray(path.read_bytes())
    place = content.index(np.float64(7 * 0.1).tobytes())
    content[place + 3] ^= 4
    path.write_bytes(content)
    store = EventStore(path, TT)
    assert np.array_equal(store.column("event_number"), np.arange(ROWS * BATCHES))
    for read in (lambda _: store.column("weight"), lambda _: next(store.batches()), lambda _: store.matrix(["weight"])):
        assert "column 'weight' is damaged, it does not have the values that were written" in refusal(path, read)


def test_every_byte_matters(path):
    """A changed byte is refused, or changes nothing that is read: padding, and what the format says twice."""
    whole, expected = path.read_bytes(), everything(path)
    lines = []
    for place in range(0, len(whole), 5):
        content = bytearray(whole)
        content[place] ^= 1 << place % 8
        path.write_bytes(content)
        try:
            assert everything(path) == expected, place
        except UserError as error:
            lines.append(str(error))
    assert len(lines) > 0.7 * len(whole) / 5
    for line in lines:
        assert line.startswith(f"{path}: ") and "\n" not in line
        assert line.endswith("delete it and run merge_sample again")


def test_random_damage_of_many_bytes(path):
    whole, expected = path.read_bytes(), everything(path)
    generator = np.random.default_rng(1)
    for case in range(400):
        content = bytearray(whole)
        start, length = int(generator.integers(len(whole))), int(generator.integers(1, 64))
        filling = (b"\0", b"\xff", b"\x7f")[case % 3] * length if case % 2 else generator.bytes(length)
        content[start : start + length] = filling if case % 4 else b""
        path.write_bytes(content)
        try:
            assert everything(path) == expected, case
        except UserError as error:
            line = str(error)
        else:
            continue
        assert line.startswith(f"{path}: ") and "\n" not in line


def cast(array, kind):
    if pa.types.is_dictionary(kind):
        return pa.DictionaryArray.from_arrays(array.cast(kind.index_type), pa.array([0, 1], kind.value_type))
    return array.cast(kind)


def stored(path, change_schema=lambda schema: schema, batches=lambda given: given, contents=None):
    """Write a store again, with another schema or other batches, and what it said of its content."""
    reader = pa.ipc.open_file(pa.BufferReader(path.read_bytes()))
    parts = [reader.get_batch_with_custom_metadata(number) for number in range(reader.num_record_batches)]
    schema = change_schema(reader.schema)
    with pa.ipc.new_file(str(path), schema) as writer:
        for part in batches(parts):
            metadata = part.custom_metadata if contents is None else contents
            arrays = [cast(array, field.type) for array, field in zip(part.batch.columns, schema, strict=True)]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema), custom_metadata=metadata)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"batches": lambda given: given[1:]}, "its batches do not have the rows"),
        ({"batches": lambda given: [given[0], given[2], given[1], given[3]]}, "column 'event_number' is damaged"),
        ({"batches": lambda given: given[:-1]}, "does not end as a store of this workflow does"),
        ({"batches": lambda given: given[:0]}, "has no rows and does not say so"),
        ({"contents": {"contents": "{}", "checksum": "00000000"}}, "its description"),
        ({"change_schema": lambda schema: schema.with_metadata({**schema.metadata, b"seed": b"2"})}, "its description"),
        ({"change_schema": lambda schema: schema.with_metadata(None)}, "its description"),
        ({"change_schema": lambda schema: schema.set(2, pa.field("weight", pa.float32()))}, "its description"),
        ({"change_schema": lambda schema: schema.set(2, pa.field("mass", pa.float64()))}, "its description"),
        (
            {"change_schema": lambda schema: schema.set(1, pa.field("fold", pa.dictionary(pa.int32(), pa.int8())))},
            "its description",
        ),
    ],
)
def test_what_is_missing_exchanged_or_changed_is_refused(path, change, words):
    stored(path, **change)
    assert words in refusal(path)


def test_values_that_are_declared_missing_are_those_that_were_written(path):
    """A mask of missing values is no part of a store: a damaged file that has one gives the values all the same."""
    expected = everything(path)

    def masked(given):
        batch = given[0].batch
        mask = pa.py_buffer(bytes(64))
        arrays = [
            pa.Array.from_buffers(array.type, len(array), [mask if position == 2 else None, array.buffers()[1]])
            for position, array in enumerate(batch.columns)
        ]
        return [given[0]._replace(batch=pa.RecordBatch.from_arrays(arrays, schema=batch.schema)), *given[1:]]

    stored(path, batches=masked)
    assert pa.ipc.open_file(str(path)).get_batch(0).column(2).null_count == ROWS
    assert everything(path) == expected


def test_a_file_of_another_kind_is_refused(path):
    table = pa.table({"weight": [1.0]})
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
    assert "does not end as a store of this workflow does" in refusal(path)
    for content in (b"", b"ARROW1", b"\x93NUMPY", b"ARROW1\0\0" * 100):
        path.write_bytes(content)
        assert "not a readable event store" in refusal(path)


def test_only_numbers_and_booleans_are_stored(tmp_path):
    for values in (["a", "b"], [{"a": 1}, {}], [None, None]):
        with (
            pytest.raises(ValueError, match="column text holds neither numbers nor booleans"),
            writing_store(tmp_path / "a.arrow", {}, TT) as writer,
        ):
            writer.append({"text": np.array(values, dtype=object)})
    assert list(tmp_path.iterdir()) == []
