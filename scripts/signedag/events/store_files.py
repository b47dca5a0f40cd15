"""The stores that a command is given, found by sample and shift: the ends of their paths say which is which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from signedag.errors import UserError
from signedag.events.layout import NOMINAL, store_file


@dataclass(frozen=True)
class StoreFiles:
    """Stores of events or of scores, one per sample and shift."""

    paths: Mapping[tuple[str, str], Path]
    """By sample and shift."""

    @classmethod
    def of(cls, paths: Iterable[Path]) -> StoreFiles:
        """Take each path, `.../{sample}/{shift}.arrow`, for the store of its sample and shift.

        Raises:
            UserError: two paths are of the same sample and shift.
        """
        by_name: dict[tuple[str, str], Path] = {}
        for path in map(Path, paths):
            key = (path.parent.name, path.stem)
            if key in by_name:
                raise UserError(f"{by_name[key]} and {path} are of the same sample and shift; give one of them")
            by_name[key] = path
        return cls(by_name)

    def path(self, sample: str, shift: str = NOMINAL) -> Path:
        """Give the store of a sample under a shift.

        Raises:
            UserError: there is none.
        """
        if (sample, shift) not in self.paths:
            folder = next((path.parents[1] for path in self.paths.values()), Path())
            raise UserError(f"{folder / sample / store_file(shift)}: not among the files given; give it, it is needed")
        return self.paths[sample, shift]


def by_folder(paths: Iterable[Path], levels: int = 1) -> dict[str, StoreFiles]:
    """Group stores by a folder around the samples, such as `seed1` of `seed1/{sample}/{shift}.arrow`.

    Args:
        paths: the stores.
        levels: how far above the sample's folder the one that names the group is.
    """
    groups: dict[str, list[Path]] = {}
    for path in map(Path, paths):
        groups.setdefault(path.parents[levels].name, []).append(path)
    return {name: StoreFiles.of(group) for name, group in groups.items()}
