"""The report's part on variations that were symmetrised or smoothed before the fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signedag.json_blocks import Block
from signedag.report.markup import escape, heading, paragraph, table
from signedag.report.numbers import significant

WORDS = {
    "difference": "half the difference",
    "mirror_up": "up, mirrored",
    "mirror_down": "down, mirrored",
    "local_linear": "local planes",
    "constant": "yield alone",
    "none": "no events",
}
"""How the report calls what was done."""


@dataclass(frozen=True)
class TreatedTemplates:
    """One entry of `treated_variations` in `result.json`: a variation of one process in one region."""

    region: str
    process: str
    uncertainty: str
    symmetrised: str
    """Empty if not."""
    smoothed: str
    """The method; empty if not."""
    largest_change: float
    """Of any bin, events."""
    in_errors: float | None
    """The largest change of any bin over its statistical error."""

    @classmethod
    def read(cls, content: Block) -> TreatedTemplates:
        """Read the entry."""
        return cls(
            content.text("region"),
            content.text("process"),
            content.text("uncertainty"),
            content.text_or_empty("symmetrised"),
            content.text_or_empty("smoothed"),
            content.block("largest_change").number("events"),
            content.number_or_none("largest_change_in_errors"),
        )


Fitted = tuple[str, str, Sequence[TreatedTemplates]]
"""Classifier, binning, and the templates that were treated."""


def treated_part(fits: Sequence[Fitted]) -> list[str]:
    """Write which uncertainties were symmetrised or smoothed and by how much; nothing if none were."""
    rows = [row for variant, binning, treated in fits for row in _rows(variant, binning, treated)]
    if not rows:
        return []
    return [
        heading("Symmetrised and smoothed variations", "~"),
        table(
            ("classifier", "bins", "uncertainty", "symmetrised", "smoothed", "templates", "largest change of a bin"),
            rows,
        ),
        paragraph(
            "Done before the fit, as ``uncertainties.symmetrise`` and ``uncertainties.smooth`` ask; smoothing keeps "
            "yields. A change far above a bin's statistical error takes away an effect, not a fluctuation. "
            "``result.json`` lists each template under ``treated_variations``."
        ),
    ]


def _rows(variant: str, binning: str, treated: Sequence[TreatedTemplates]) -> list[list[str]]:
    rows = []
    for name in dict.fromkeys(item.uncertainty for item in treated):
        items = [item for item in treated if item.uncertainty == name]
        worst = max(items, key=lambda item: item.in_errors or 0.0)
        methods = dict.fromkeys(WORDS.get(item.smoothed, item.smoothed) for item in items if item.smoothed)
        errors = "" if worst.in_errors is None else f", {significant(worst.in_errors)} × its error"
        rows.append(
            [
                variant,
                binning,
                escape(name),
                WORDS.get(items[0].symmetrised, "−"),
                ", ".join(methods) or "−",
                str(len(items)),
                f"{significant(worst.largest_change)} events{errors} ({escape(worst.process)}, {escape(worst.region)})",
            ]
        )
    return rows
