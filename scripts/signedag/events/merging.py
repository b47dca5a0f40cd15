"""The parts of a sample as one: rows in the order of the parts, weights scaled to the events expected in data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from signedag.config.normalisation import MergeSampleSettings
from signedag.errors import UserError
from signedag.events.folds import first_counted_number
from signedag.events.layout import NOMINAL, SUMMARY_FILE, TRUTH, store_file
from signedag.events.normalisation import scale
from signedag.events.store import EVENT_NUMBER, VARIATION_PREFIX, WEIGHT, EventStore, writing_store
from signedag.events.without_fold import factors_as_metadata
from signedag.events.yields import Yield
from signedag.files import read_json, write_json


def _total(yields: Sequence[Mapping[str, Any]]) -> Yield:
    return sum((Yield.from_json(content) for content in yields), Yield())


def _scaled(total: Yield, factor: float) -> dict[str, Any]:
    """Describe a yield by its generator weights and by the events expected, with the error of the simulation."""
    squared = total.sum_of_weights_squared
    return total.as_json() | {
        "expected_events": total.sum_of_weights * factor,
        "expected_events_error": float(np.sqrt(squared)) * factor,
        "effective_events": total.sum_of_weights**2 / squared if squared > 0 else 0.0,
    }


def _shift_summary(parts: Sequence[Mapping[str, Any]], factor: float) -> dict[str, Any]:
    first = parts[0]
    return {
        "rows": sum(part["rows"] for part in parts),
        "undefined_in_selection": sum(part["undefined_in_selection"] for part in parts),
        "cutflow": [
            {"step": line["step"], **_scaled(_total([part["cutflow"][i] for part in parts]), factor)}
            for i, line in enumerate(first["cutflow"])
        ],
        "regions": {
            name: _scaled(_total([part["regions"][name] for part in parts]), factor) for name in first["regions"]
        },
    }


def merge(
    folders: Sequence[Path], settings: MergeSampleSettings, sample: str, output: Path, provenance: Mapping[str, str]
) -> dict[str, Any]:
    """Put the parts of a sample together, shift by shift, batch by batch.

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
    summaries = [read_json(folder / SUMMARY_FILE) for folder in folders]
    _check_parts(folders, summaries, sample)
    _check_counted_numbers(sample, summaries)
    _check_selected(sample, summaries)
    normalised = scale(settings, sample, summaries)
    factor = normalised.factor
    shifts = list(summaries[0]["shifts"])
    for name in [*shifts, *([TRUTH] if summaries[0]["has_truth"] else [])]:
        kept = dict(provenance)
        if name == NOMINAL:
            kept |= factors_as_metadata(normalised.without_fold)
        _merge_stores([folder / store_file(name) for folder in folders], output / store_file(name), factor, kept)
    numbers = EventStore(output / store_file(NOMINAL)).column(EVENT_NUMBER)
    summary = {
        "sample": sample,
        "parts": len(folders),
        "is_data": summaries[0]["is_data"],
        "entries": sum(part["entries"] for part in summaries),
        "denominator": normalised.denominator,
        "weight_factor": factor,
        "weight_factor_without_fold": list(normalised.without_fold),
        "generated": _scaled(_total([part["generated"] for part in summaries]), factor),
        "shifts": {name: _shift_summary([part["shifts"][name] for part in summaries], factor) for name in shifts},
        "repeated_event_numbers": int(numbers.size - np.unique(numbers).size),
        "provenance": dict(provenance),
    }
    write_json(output / SUMMARY_FILE, summary)
    return summary


def _check_parts(folders: Sequence[Path], summaries: Sequence[Mapping[str, Any]], sample: str) -> None:
    """Check that the parts are of this sample and were made with the same settings."""
    again = "convert the parts again with the same settings"
    numbers = [summary["part"] for summary in summaries]
    if len(set(numbers)) < len(numbers):
        repeated = next(number for number in numbers if numbers.count(number) > 1)
        raise UserError(f"sample '{sample}': part {repeated} is given twice, its events would count twice")
    for folder, summary in zip(folders, summaries, strict=True):
        if summary["sample"] != sample:
            raise UserError(
                f"{folder}: holds sample '{summary['sample']}', not '{sample}'; give the parts of one sample"
            )
        for key in ("shifts", "is_data", "has_truth", "folds"):
            first = summaries[0][key]
            if (list(summary[key]) != list(first)) if isinstance(first, dict) else (summary[key] != first):
                raise UserError(f"{folder}: its {key} differ from those of {folders[0]}; {again}")


def _check_counted_numbers(sample: str, summaries: Sequence[Mapping[str, Any]]) -> None:
    """Check that entries that are numbered by their file have numbers of their own."""
    counted = sorted(
        (first_counted_number(summary["numbered_by_file"]), summary["entries"], summary["input"])
        for summary in summaries
        if summary["numbered_by_file"] is not None
    )
    for (first, entries, name), (following, _, other) in pairwise(counted):
        if following < first + entries or following == first:
            raise UserError(
                f"sample '{sample}': the files {name} and {other} carry the same UUID, their events would have the "
                "same numbers; list a file only once, or name a branch in events.event_number"
            )


def _check_selected(sample: str, summaries: Sequence[Mapping[str, Any]]) -> None:
    """Check that the sample has an event in some region."""
    nominal = [summary["shifts"][NOMINAL] for summary in summaries]
    if sum(shift["rows"] for shift in nominal):
        return
    steps = [
        f"{line['step']} {sum(shift['cutflow'][i]['events'] for shift in nominal)}"
        for i, line in enumerate(nominal[0]["cutflow"])
    ]
    raise UserError(
        f"sample '{sample}': no event is left ({', '.join(steps)}); loosen events.selection or a region's selection, "
        "or remove the sample"
    )


def _merge_stores(parts: Sequence[Path], output: Path, factor: float, provenance: Mapping[str, str]) -> None:
    """Concatenate stores and scale the columns that are weights."""
    expected = EventStore(parts[0]).types()
    with writing_store(output, provenance) as writer:
        for path in parts:
            part = EventStore(path)
            found = part.types()
            if list(found.items()) != list(expected.items()):
                raise UserError(
                    f"{path}: {_difference(expected, found, parts[0])}; convert the parts again with the same settings"
                )
            for batch in part.batches():
                writer.append({name: values * factor if _is_weight(name) else values for name, values in batch.items()})


def _is_weight(name: str) -> bool:
    return name == WEIGHT or name.startswith(VARIATION_PREFIX)


def _difference(expected: Mapping[str, str], found: Mapping[str, str], first: Path) -> str:
    for name, kind in expected.items():
        if name not in found:
            return f"has no column '{name}', which {first} has"
        if found[name] != kind:
            return f"column '{name}' is {found[name]}, in {first} it is {kind}"
    more = sorted(set(found) - set(expected))
    return f"has a column '{more[0]}', which {first} has not" if more else f"orders its columns unlike {first}"
