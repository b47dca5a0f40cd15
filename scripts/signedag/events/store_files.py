"""The stores that a command is given, found by sample and shift: the ends of their paths say which is which.

What the path says is held against what the file says of itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from signedag.errors import UserError
from signedag.events.layout import NOMINAL, store_file
from signedag.events.store import EventStore, open_stage
from signedag.identity import Identity


@dataclass(frozen=True)
class StoreFiles:
    """Stores of events or of scores, one per sample and shift."""

    paths: Mapping[tuple[str, str], Path]
    """By sample and shift."""
    expected: Identity
    """What they all are, but for sample and shift."""

    @classmethod
    def of(cls, paths: Iterable[Path], expected: Identity) -> StoreFiles:
        """Take each path, `.../{sample}/{shift}.arrow`, for the store of its sample and shift.

        Args:
            paths: the stores.
            expected: what they all are, but for sample and shift.

        Raises:
            UserError: two paths are of the same sample and shift.
        """
        by_name: dict[tuple[str, str], Path] = {}
        for path in map(Path, paths):
            key = (path.parent.name, path.stem)
            if key in by_name:
                raise UserError(f"{by_name[key]} and {path} are of the same sample and shift; give one of them")
            by_name[key] = path
        return cls(by_name, expected)

    def path(self, sample: str, shift: str = NOMINAL) -> Path:
        """Give the store of a sample under a shift.

        Raises:
            UserError: there is none.
        """
        if (sample, shift) not in self.paths:
            folder = next((path.parents[1] for path in self.paths.values()), Path())
            raise UserError(f"{folder / sample / store_file(shift)}: not among the files given; give it, it is needed")
        return self.paths[sample, shift]

    def open(self, sample: str, shift: str = NOMINAL) -> EventStore:
        """Open the store of a sample under a shift.

        Raises:
            UserError: there is none, or it is another one.
        """
        return EventStore(self.path(sample, shift), self.expected.of_more(sample=sample, shift=shift))

    def open_for(self, events: EventStore) -> EventStore:
        """Open the store that has the rows of `events`, of the same sample and shift.

        Raises:
            UserError: there is none, or it is another one.
        """
        sample, shift = events.sample, events.identity.names["shift"]
        return open_stage(self.path(sample, shift), events, self.expected.of_more(sample=sample, shift=shift))


def by_folder(paths: Iterable[Path], levels: int = 1) -> dict[str, list[Path]]:
    """Group stores by a folder around the samples, such as `seed1` of `seed1/{sample}/{shift}.arrow`.

    Args:
        paths: the stores.
        levels: how far above the sample's folder the one that names the group is.
    """
    groups: dict[str, list[Path]] = {}
    for path in map(Path, paths):
        groups.setdefault(path.parents[levels].name, []).append(path)
    return groups


def events_identity(path: Path) -> Identity:
    """Say what the events at `.../{sample}/{shift}.arrow` should be."""
    return Identity.of("events", sample=path.absolute().parent.name, shift=path.stem)
