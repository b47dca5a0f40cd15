"""The report's part on contours of two signal strengths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from signedag.json_blocks import Block
from signedag.report.markup import escape, heading, paragraph, table
from signedag.report.numbers import p_value


@dataclass(frozen=True)
class PairContours:
    """The contours of one pair of signal strengths in one kind of data."""

    data: str
    """`expected` or `observed`."""
    strengths: tuple[str, str]
    best: tuple[float, float]
    correlation: float
    ranges: Mapping[str, tuple[tuple[float, float], ...]]
    """How far each contour reaches in each strength, by its level in percent; empty for one without any point."""
    reasons: tuple[str, ...]
    """Why contours are open."""
    p_value: float | None
    """Of the standard model; None where it has no likelihood."""

    @classmethod
    def read(cls, content: Block) -> tuple[PairContours, ...]:
        """Read a file of `compute_contour`: expected contours and, where they are shown, observed ones."""
        observed = content.optional("observed")
        blocks = {"expected": content.block("expected")}
        if observed is not None and observed.has("contours"):
            blocks["observed"] = observed
        return tuple(cls._read(data, block) for data, block in blocks.items())

    @classmethod
    def _read(cls, data: str, block: Block) -> PairContours:
        lines = block.listed("contours")
        first, second = block.defined_numbers("best")
        return cls(
            data,
            block.pair("parameters"),
            (first, second),
            block.number("correlation"),
            {f"{100 * item.number('level'):.0f}": _ranges(item) for item in lines},
            tuple(dict.fromkeys(filter(None, (item.text_or_empty("reason") for item in lines)))),
            block.block("standard_model").number_or_none("p_value"),
        )


def _ranges(contour: Block) -> tuple[tuple[float, float], ...]:
    points = [point for line in contour["lines"] for point in line]
    return tuple((min(axis), max(axis)) for axis in zip(*points, strict=True))


Contours = Mapping[tuple[str, str, str], tuple[PairContours, ...]]
"""By variant, binning and treatment; those of all pairs."""


def contours_part(contours: Contours) -> list[str]:
    """Write best fit, reach of the contours and agreement with the standard model of each pair; nothing without any."""
    rows = [
        [
            *names,
            " and ".join(one.strengths),
            one.data,
            ", ".join(f"{value:.3f}" for value in one.best),
            f"{one.correlation:.2f}",
            *(_reach(one.ranges.get(level, ())) for level in ("68", "95")),
            "undefined" if one.p_value is None else p_value(one.p_value),
        ]
        for names, pairs in contours.items()
        for one in pairs
    ]
    if not rows:
        return []
    reasons = dict.fromkeys(reason for pairs in contours.values() for one in pairs for reason in one.reasons)
    return [
        heading("Contours of two signal strengths", "~"),
        table(
            ("classifier", "bins", "scale factors", "strengths", "data", "best fit", "correlation", "68 % contour",
             "95 % contour", "standard model"),
            rows,
        ),
        paragraph(
            "Contours are where 2 ΔNLL is 2.30 and 5.99, all else fitted; the table gives how far they reach in each "
            "strength. Standard model: the probability of a larger 2 ΔNLL than that of both strengths at 1."
        ),
        *(paragraph(f"**Open**: {escape(reason)}.") for reason in reasons),
    ]  # fmt: skip


def _reach(ranges: tuple[tuple[float, float], ...]) -> str:
    return "; ".join(f"{low:.2f} to {high:.2f}".replace("-", "−") for low, high in ranges) or "undefined"
