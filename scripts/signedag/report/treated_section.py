"""The report's part on variations that were symmetrised or smoothed before the fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signedag.json_blocks import Block
from signedag.report.markup import heading, paragraph, table
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
    smoothing_in_errors: float | None
    """The largest change of any bin by smoothing over its statistical error; `None` if not smoothed."""

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
            content.number_or_none("largest_smoothing_in_errors"),
        )

    @property
    def place(self) -> str:
        """Name process and region."""
        return f"{self.process}, {self.region}"


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
            ("classifier", "bins", "uncertainty", "symmetrised", "smoothed", "templates", "largest change of a bin",
             "by smoothing, in its errors"),
            rows,
        ),
        paragraph(
            "Done before the fit, as ``uncertainties.symmetrise`` and ``uncertainties.smooth`` ask; smoothing keeps "
            "yields. Where it changes bins by far more than their statistical errors, it takes away an effect. "
            "``result.json`` lists each template under ``treated_variations``."
        ),
    ]  # fmt: skip


def _rows(variant: str, binning: str, treated: Sequence[TreatedTemplates]) -> list[list[str]]:
    rows = []
    for name in dict.fromkeys(item.uncertainty for item in treated):
        items = [item for item in treated if item.uncertainty == name]
        largest = max(items, key=lambda item: abs(item.largest_change))
        smoothed = [item for item in items if item.smoothing_in_errors is not None]
        worst = max(smoothed, key=lambda item: item.smoothing_in_errors or 0.0, default=None)
        methods = dict.fromkeys(WORDS.get(item.smoothed, item.smoothed) for item in items if item.smoothed)
        rows.append(
            [
                variant,
                binning,
                name,
                WORDS.get(items[0].symmetrised, "−"),
                ", ".join(methods) or "−",
                str(len(items)),
                significant(largest.largest_change).replace("-", "−") + f" events ({largest.place})",
                "−" if worst is None else f"{significant(worst.smoothing_in_errors or 0.0)} ({worst.place})",
            ]
        )
    return rows
