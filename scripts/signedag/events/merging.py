"""The parts of a sample as one: rows in the order of the parts, weights scaled to the events expected in data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from signedag.config.normalisation import MergeSampleSettings
from signedag.errors import UserError
from signedag.events.folds import first_counted_number
from signedag.events.layout import NOMINAL, SHIFTS_FILE, SUMMARY_FILE, TRUTH, store_file
from signedag.events.normalisation import scale
from signedag.events.repetition import overlaps, repetitions
from signedag.events.store import VARIATION_PREFIX, WEIGHT, EventStore, writing_store
from signedag.events.summaries import NtupleSummary, SampleSummary, ShiftsSummary, sum_of_totals
from signedag.events.without_fold import factors_as_metadata
from signedag.events.yields import Yield
from signedag.identity import Identity
from signedag.json_results import read_json, write_json

AGAIN = "convert the parts again with the same settings"


def merge(
    folders: Sequence[Path], settings: MergeSampleSettings, sample: str, output: Path, provenance: Mapping[str, str]
) -> SampleSummary:
    """Put the nominal events of a sample's parts together, batch by batch, and their truth.

    Args:
        folders: the parts' folders, in the order of the parts.
        settings: the stage's settings.
        sample: the sample's name.
        output: where the stores and `summary.json` go.
        provenance: kept in every file.

    Returns:
        the content of `summary.json`.

    Raises:
        UserError: parts do not fit together, no event was selected, or the normalisation is impossible.
    """
    parts = [NtupleSummary.read(folder / SUMMARY_FILE, sample, folder.absolute().name) for folder in folders]
    _check_each_once([part.part for part in parts], sample)
    for what in ("is_data", "has_truth", "folds"):
        _check_alike(folders, [getattr(part, what) for part in parts], what)
    _check_counted_numbers(sample, parts)
    _check_selected(sample, parts)
    normalised = scale(settings, sample, parts)
    described = {NOMINAL: {**provenance, **factors_as_metadata(normalised.without_fold)}}
    if parts[0].has_truth:
        described[TRUTH] = dict(provenance)
    identity = Identity.of("events", sample=sample)
    rows = [(part.part, part.nominal.rows) for part in parts]
    for name, kept in described.items():
        _merge_stores(folders, rows, output, identity.of_more(shift=name), normalised.factor, kept)
    merged = EventStore(output / store_file(NOMINAL), identity.of_more(shift=NOMINAL))
    nominal = sum_of_totals([part.nominal for part in parts])
    summary = SampleSummary(
        sample=sample,
        parts=len(parts),
        is_data=parts[0].is_data,
        entries=sum(part.entries for part in parts),
        scale=normalised,
        generated=sum((part.generated for part in parts), Yield()),
        nominal=nominal,
        repetitions=repetitions(merged),
        overlaps=tuple(overlaps(merged, tuple(nominal.regions))),
        provenance=provenance,
    )
    write_json(output / SUMMARY_FILE, summary.as_json(), Identity.of("sample summary", sample=sample))
    return summary


def merge_shifts(
    folders: Sequence[Path], merged: Path, sample: str, output: Path, provenance: Mapping[str, str]
) -> ShiftsSummary:
    """Put the shifted events of a sample's parts together, with the factor of the nominal ones.

    Args:
        folders: the parts' folders, in the order of the parts.
        merged: `summary.json` of the merged nominal events.
        sample: the sample's name.
        output: where the stores and `shifts.json` go.
        provenance: kept in every file.

    Returns:
        the content of `shifts.json`, without the expected events.

    Raises:
        UserError: parts do not fit together or to the nominal events.
    """
    parts = [ShiftsSummary.read(folder / SHIFTS_FILE, sample, folder.absolute().name) for folder in folders]
    numbers = [number for part in parts for number in part.parts]
    _check_each_once(numbers, sample)
    _check_alike(folders, [tuple(part.shifts) for part in parts], "shifts")
    nominal = read_json(merged, Identity.of("sample summary", sample=sample))
    entries = sum(part.entries for part in parts)
    if nominal.count("entries") != entries:
        raise UserError(
            f"{merged}: describes {nominal.count('entries')} entries of sample '{sample}', the shifted parts have "
            f"{entries}; convert both from the same files"
        )
    factor = nominal.number("weight_factor")
    for name in parts[0].shifts:
        rows = [(number, part.shifts[name].rows) for number, part in zip(numbers, parts, strict=True)]
        _merge_stores(folders, rows, output, Identity.of("events", sample=sample, shift=name), factor, provenance)
    shifts = {name: sum_of_totals([part.shifts[name] for part in parts]) for name in parts[0].shifts}
    summary = ShiftsSummary(sample, tuple(numbers), entries, shifts, provenance)
    write_json(output / SHIFTS_FILE, summary.as_json(factor), Identity.of("shifts of a sample", sample=sample))
    return summary


def _check_each_once(numbers: Sequence[int], sample: str) -> None:
    """Check that no part is given twice."""
    if len(set(numbers)) < len(numbers):
        repeated = next(number for number in numbers if numbers.count(number) > 1)
        raise UserError(f"sample '{sample}': part {repeated} is given twice, its events would count twice")


def _check_alike(folders: Sequence[Path], values: Sequence[object], what: str) -> None:
    """Check that the parts were made with the same settings."""
    for folder, value in zip(folders, values, strict=True):
        if value != values[0]:
            raise UserError(f"{folder}: its {what} differ from those of {folders[0]}; {AGAIN}")


def _check_counted_numbers(sample: str, parts: Sequence[NtupleSummary]) -> None:
    """Check that entries that are numbered by their file have numbers of their own."""
    counted = sorted(
        (first_counted_number(part.numbered_by_file), part.entries, part.input)
        for part in parts
        if part.numbered_by_file is not None
    )
    for (first, entries, name), (following, _, other) in pairwise(counted):
        if following < first + entries or following == first:
            raise UserError(
                f"sample '{sample}': the files {name} and {other} carry the same UUID, their events would have the "
                "same numbers; list a file only once, or name a branch in events.event_number"
            )


def _check_selected(sample: str, parts: Sequence[NtupleSummary]) -> None:
    """Check that the sample has an event in some region."""
    nominal = sum_of_totals([part.nominal for part in parts])
    if nominal.rows:
        return
    steps = ", ".join(f"{step} {total.events}" for step, total in nominal.cutflow.items())
    raise UserError(
        f"sample '{sample}': no event is left ({steps}); loosen events.selection or a region's selection, "
        "or remove the sample"
    )


def _merge_stores(
    folders: Sequence[Path],
    rows: Sequence[tuple[int, int]],
    output: Path,
    identity: Identity,
    factor: float,
    provenance: Mapping[str, str],
) -> None:
    """Concatenate the stores of one shift and scale the columns that are weights.

    Args:
        folders: the parts' folders.
        rows: number of each part, and the rows that its summary says it has.
        output: where the whole goes.
        identity: what the whole is.
        factor: from generator weights to expected events.
        provenance: kept in the file.
    """
    file = store_file(identity.names["shift"])
    expected: dict[str, str] = {}
    with writing_store(output / file, provenance, identity) as writer:
        for folder, (number, number_of_rows) in zip(folders, rows, strict=True):
            part = EventStore(folder / file, Identity.of("converted events", **identity.names, part=number))
            types = part.types()
            expected = expected or types
            if list(types.items()) != list(expected.items()):
                raise UserError(f"{part.path}: {_difference(expected, types, folders[0] / file)}; {AGAIN}")
            if part.rows != number_of_rows:
                raise UserError(f"{part.path}: has {part.rows} rows, its part's summary says {number_of_rows}; {AGAIN}")
            for batch in part.batches():
                writer.append({name: values * factor if _is_weight(name) else values for name, values in batch.items()})


def _is_weight(name: str) -> bool:
    return name == WEIGHT or name.startswith(VARIATION_PREFIX)


def _difference(expected: Mapping[str, str], types: Mapping[str, str], first: Path) -> str:
    for name, kind in expected.items():
        if name not in types:
            return f"has no column '{name}', which {first} has"
        if types[name] != kind:
            return f"column '{name}' is {types[name]}, in {first} it is {kind}"
    more = sorted(set(types) - set(expected))
    return f"has a column '{more[0]}', which {first} has not" if more else f"orders its columns unlike {first}"
