"""What an event store says of its own content, in a closing batch without rows: batches, rows, a checksum per column.

All of it is known only when the last row is written, and a store is written batch by batch; so it stands at the end.
Every batch of every column has a checksum of its own: whoever reads some columns checks these and nothing else, and
whoever reads batch by batch checks each one before it is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from signedag.checksums import CHECKSUM, checksum

CONTENTS = "contents"
"""Key of the closing batch's metadata; the checksum of it and of the schema stands beside it."""


class DamagedStoreError(ValueError):
    """A store does not hold what it says; the message is a part of a sentence that begins with the file."""


@dataclass(frozen=True)
class Contents:
    """Rows and checksums of a store's batches."""

    rows: tuple[int, ...]
    """Rows of each batch."""
    columns: Mapping[str, tuple[int, ...]]
    """Checksum of the values of each batch, by column."""

    def as_metadata(self, schema: pa.Schema) -> dict[str, str]:
        """Give the metadata of the closing batch of a store with this schema."""
        text = json.dumps({"rows": self.rows, "columns": self.columns})
        return {CONTENTS: text, CHECKSUM: _checksum_of_text(text.encode(), schema)}

    @classmethod
    def read(cls, metadata: pa.KeyValueMetadata | None, schema: pa.Schema) -> Contents:
        """Read the metadata of the last batch, and check them and the schema: names, types and metadata of a store.

        Raises:
            DamagedStoreError: there are none, or they or the schema have been changed.
        """
        text = metadata.get(CONTENTS.encode()) if metadata is not None else None
        written = metadata.get(CHECKSUM.encode()) if metadata is not None else None
        if text is None or written is None:
            raise DamagedStoreError("does not end as a store of this workflow does")
        if written != _checksum_of_text(text, schema).encode():
            raise DamagedStoreError("its description (columns, types, metadata) is damaged")
        content = json.loads(text)
        return cls(tuple(content["rows"]), {name: tuple(values) for name, values in content["columns"].items()})


def values_of(array: pa.Array) -> memoryview:
    """Give the bytes that hold the values of an array of numbers or of booleans (one bit each), without padding.

    Nothing else of an array is read, so nothing else needs a checksum.

    Raises:
        DamagedStoreError: it has fewer bytes than values.
    """
    size = -(-len(array) * array.type.bit_width // 8)
    buffer = array.buffers()[1] if size else None
    if size and (buffer is None or buffer.size < size or array.offset):
        raise DamagedStoreError("has fewer values than it says")
    return memoryview(b"") if buffer is None else memoryview(buffer)[:size]


def checksum_of_values(array: pa.Array) -> int:
    """Give the checksum of an array's values.

    >>> checksum_of_values(pa.array([258], pa.int16())) == checksum(bytes([2, 1]))
    True
    """
    return checksum(values_of(array))


def _checksum_of_text(contents: bytes, schema: pa.Schema) -> str:
    columns = json.dumps([[field.name, str(field.type)] for field in schema])
    metadata = b"".join(
        b"%d %s %d %s" % (len(key), key, len(value), value) for key, value in sorted((schema.metadata or {}).items())
    )
    return f"{checksum(metadata, checksum(columns.encode(), checksum(contents))):08x}"
