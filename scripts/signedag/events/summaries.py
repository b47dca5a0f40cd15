"""What conversion and merging say about a sample: cutflows and sums of weights, of one file and of the whole."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from signedag.events.normalisation import Scale
from signedag.events.repetition import Overlap, Repetitions
from signedag.events.yields import SumsPerFold, Yield
from signedag.identity import Identity
from signedag.json_blocks import Block
from signedag.json_results import read_json

log = logging.getLogger("signedag")


@dataclass(frozen=True)
class StoreTotals:
    """What the events of one store add up to: steps of the cutflow in their order, and regions."""

    rows: int = 0
    undefined: int = 0
    """Entries in which a column that a selection uses is NaN."""
    cutflow: Mapping[str, Yield] = field(default_factory=dict)
    regions: Mapping[str, Yield] = field(default_factory=dict)
    events_per_fold: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Events of each region in each fold."""

    def __add__(self, other: StoreTotals) -> StoreTotals:
        return StoreTotals(
            self.rows + other.rows,
            self.undefined + other.undefined,
            _added(self.cutflow, other.cutflow),
            _added(self.regions, other.regions),
            _counted(self.events_per_fold, other.events_per_fold),
        )

    @classmethod
    def read(cls, content: Block) -> StoreTotals:
        """Read what `as_json` gave."""
        return cls(
            content.count("rows"),
            content.count("undefined_in_selection"),
            {line.text("step"): Yield.read(line) for line in content.listed("cutflow")},
            {name: Yield.read(total) for name, total in content.block("regions").named().items()},
            {name: content.block("events_per_fold").counts(name) for name in content.block("events_per_fold")},
        )

    def as_json(self, factor: float | None = None) -> dict[str, Any]:
        """Give the totals; with a factor from generator weights to expected events, these too."""
        return {
            "rows": self.rows,
            "undefined_in_selection": self.undefined,
            "cutflow": [{"step": step, **yield_as_json(total, factor)} for step, total in self.cutflow.items()],
            "regions": {name: yield_as_json(total, factor) for name, total in self.regions.items()},
            "events_per_fold": {name: list(counts) for name, counts in self.events_per_fold.items()},
        }


def _added(first: Mapping[str, Yield], second: Mapping[str, Yield]) -> dict[str, Yield]:
    return {name: first.get(name, Yield()) + second.get(name, Yield()) for name in {**first, **second}}


def _counted(first: Mapping[str, Sequence[int]], second: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, ...]]:
    """Add up counts by fold of regions; where one of the two has none, the other's are the sum."""
    both = {name: zip(counts, second[name], strict=True) for name, counts in first.items() if name in second}
    sums = {name: tuple(one + other for one, other in pairs) for name, pairs in both.items()}
    return {name: tuple(counts) for name, counts in {**first, **second}.items()} | sums


def yield_as_json(total: Yield, factor: float | None) -> dict[str, Any]:
    """Describe a yield by its generator weights and, with a factor, by the events expected and their error."""
    if factor is None:
        return total.as_json()
    squared = total.sum_of_weights_squared
    return total.as_json() | {
        "expected_events": total.sum_of_weights * factor,
        "expected_events_error": float(np.sqrt(squared)) * factor,
        "effective_events": total.sum_of_weights**2 / squared if squared > 0 else 0.0,
    }


@dataclass(frozen=True)
class NtupleSummary:
    """What the conversion of one ROOT file gave."""

    sample: str
    part: int
    input: str
    is_data: bool
    entries: int
    folds: int
    numbered_by_file: str | None
    """The file's UUID where entries are numbered by it, `None` where the ntuple has event numbers."""
    denominator: float | None
    """The sum for the normalisation: over the file's entries, or over another tree."""
    denominator_per_fold: SumsPerFold | None
    """The same by fold, where it is a sum over entries."""
    generated: Yield
    selection: str
    nominal: StoreTotals
    has_truth: bool
    provenance: Mapping[str, str]

    @classmethod
    def read(cls, path: Path, sample: str, part: int | str) -> NtupleSummary:
        """Read what `as_json` gave.

        Raises:
            UserError: there is no such file, it is damaged or of another part.
        """
        content = read_json(path, Identity.of("conversion summary", sample=sample, part=part))
        per_fold = content.optional("denominator_per_fold")
        return cls(
            sample=content.text("sample"),
            part=content.count("part"),
            input=content.text("input"),
            is_data=content.flag("is_data"),
            entries=content.count("entries"),
            folds=content.count("folds"),
            numbered_by_file=content.text("numbered_by_file") if content.has("numbered_by_file") else None,
            denominator=content.number_or_none("denominator"),
            denominator_per_fold=None if per_fold is None else SumsPerFold.read(per_fold),
            generated=Yield.read(content.block("generated")),
            selection=content.text("selection"),
            nominal=StoreTotals.read(content.block("nominal")),
            has_truth=content.flag("has_truth"),
            provenance=content.block("provenance").all_texts(),
        )

    def as_json(self) -> dict[str, Any]:
        """Give the content of a part's `summary.json`."""
        per_fold = self.denominator_per_fold
        return {one.name: getattr(self, one.name) for one in fields(self)} | {
            "denominator_per_fold": None if per_fold is None else per_fold.as_json(),
            "generated": self.generated.as_json(),
            "nominal": self.nominal.as_json(),
            "provenance": dict(self.provenance),
        }


@dataclass(frozen=True)
class ShiftsSummary:
    """What the shifted conversion of one ROOT file gave, or of all files of a sample."""

    sample: str
    parts: tuple[int, ...]
    entries: int
    shifts: Mapping[str, StoreTotals]
    provenance: Mapping[str, str]

    @classmethod
    def read(cls, path: Path, sample: str, part: int | str) -> ShiftsSummary:
        """Read what `as_json` gave of one part.

        Raises:
            UserError: there is no such file, it is damaged or of another part.
        """
        content = read_json(path, Identity.of("shifts of a part", sample=sample, part=part))
        shifts = {name: StoreTotals.read(totals) for name, totals in content.block("shifts").named().items()}
        described = content.block("provenance").all_texts()
        return cls(content.text("sample"), content.counts("parts"), content.count("entries"), shifts, described)

    def as_json(self, factor: float | None = None) -> dict[str, Any]:
        """Give the content of `shifts.json`; with a factor from generator weights to expected events, these too."""
        return {
            "sample": self.sample,
            "parts": list(self.parts),
            "entries": self.entries,
            "shifts": {name: totals.as_json(factor) for name, totals in self.shifts.items()},
            "provenance": dict(self.provenance),
        }


@dataclass(frozen=True)
class SampleSummary:
    """What merging the parts of a sample gave."""

    sample: str
    parts: int
    is_data: bool
    entries: int
    scale: Scale
    generated: Yield
    nominal: StoreTotals
    repetitions: Repetitions
    overlaps: tuple[Overlap, ...]
    """Of regions, with generator weights times the factor."""
    provenance: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """Give the content of a sample's `summary.json`."""
        factor = self.scale.factor
        return {
            "sample": self.sample,
            "parts": self.parts,
            "is_data": self.is_data,
            "entries": self.entries,
            "denominator": self.scale.denominator,
            "weight_factor": factor,
            "weight_factor_without_fold": list(self.scale.without_fold),
            "generated": yield_as_json(self.generated, factor),
            "nominal": self.nominal.as_json(factor),
            "repetitions": self.repetitions.as_json(),
            "overlaps": [overlap.as_json() for overlap in self.overlaps],
            "provenance": dict(self.provenance),
        }


def log_totals(name: str, totals: StoreTotals, entries: int) -> None:
    """Say in the log what the conversion of a file left in a store."""
    regions = ", ".join(f"{region} {total.events}" for region, total in totals.regions.items())
    log.info("%s: %d of %d entries kept (%s)", name, totals.rows, entries, regions)
    if totals.undefined:
        log.warning(
            "%s: in %d entries a column that a selection uses is NaN; such entries are outside the selection",
            name,
            totals.undefined,
        )


def sum_of_totals(totals: Sequence[StoreTotals]) -> StoreTotals:
    """Add up the totals of a sample's parts."""
    return sum(totals, StoreTotals())
