"""The report's section on the signal strength: all treatments side by side, and why they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from signedag.report.markup import definitions, escape, heading, paragraph, table
from signedag.report.numbers import with_interval

Json = Mapping[str, Any]
Fits = Mapping[str, Mapping[str, Mapping[str, Json]]]

REFERENCE = "simultaneous"
"""The treatment that leaves nothing out; the others are compared with it."""


def fit_section(fits: Fits) -> str:
    """Write the section.

    Args:
        fits: results by variant, binning and treatment.
    """
    title = heading("5 Signal strength")
    if not fits:
        return "\n".join([title, paragraph("This analysis has no signal-strength fit.")])
    parts = [
        title,
        table(
            ("classifier", "bins", "scale factors", "μ", "statistical", "significance", "width / simultaneous"),
            [_row(*entry) for entry in _each(fits)],
        ),
        paragraph(
            "Fits to Asimov data at μ = 1 in mass × score; uncertainties from ΔNLL = 0.5, all nuisances profiled. The "
            "statistical part keeps everything but μ fixed."
        ),
    ]
    explanations = _explanations(fits)
    if len(explanations) > 1:
        parts += [heading("Why the treatments of the scale factors differ", "~"), definitions(explanations)]
        parts.append(paragraph(_comparison(fits)))
    else:
        parts += [paragraph(escape(explanation)) for _, explanation in explanations]
    parts += [
        heading("Bins without a positive prediction", "~"),
        paragraph(
            "With negative weights and fine bins a prediction can be zero or negative, and has no Poisson probability. "
            "Such bins are merged with neighbours or raised as the configuration says; each is listed in "
            "``result.json`` under ``nonpositive_bins``."
        ),
        table(
            ("classifier", "binning", "scale factors", "region", "bins before", "after", "not positive", "rule"),
            [row for entry in _each(fits) for row in _merged_rows(*entry)],
        ),
    ]
    return "\n".join(parts)


def _each(fits: Fits) -> Iterator[tuple[str, str, str, Json]]:
    for variant, binnings in fits.items():
        for binning, treatments in binnings.items():
            for treatment, fit in treatments.items():
                yield variant, binning, treatment, {**fit, "reference": treatments.get(REFERENCE)}


def _width(fit: Json) -> float | None:
    down, up = fit["interval"]["down"], fit["interval"]["up"]
    return None if down is None or up is None else float(down + up)


def _row(variant: str, binning: str, treatment: str, fit: Json) -> list[str]:
    interval, statistical, z = fit["interval"], fit["statistical"], fit["significance"]["z"]
    parts = ["?" if statistical[side] is None else f"{statistical[side]:.3f}" for side in ("down", "up")]
    width, reference = _width(fit), None if fit["reference"] is None else _width(fit["reference"])
    return [
        variant,
        binning,
        treatment,
        with_interval(interval["value"], interval["down"], interval["up"], more=1),
        f"−{parts[0]} +{parts[1]}",
        f"undefined: {fit['significance']['reason']}" if z is None else f"{z:.2f} σ",
        "−" if width is None or reference is None else f"{width / reference:.3f}",
    ]


def _explanations(fits: Fits) -> list[tuple[str, str]]:
    """Give each treatment with what its fit says about it, once."""
    found: dict[str, str] = {}
    for _, _, treatment, fit in _each(fits):
        found.setdefault(treatment, fit["explanation"])
    return list(found.items())


def _comparison(fits: Fits) -> str:
    """Say in numbers what the treatments do to the width of the interval."""
    sentences = []
    for variant, binnings in fits.items():
        for binning, treatments in binnings.items():
            widths = {treatment: _width(fit) for treatment, fit in treatments.items()}
            reference = widths.get(REFERENCE)
            if reference is None:
                continue
            changes = [
                f"{treatment} {100 * abs(width / reference - 1):.1f} % {'narrower' if width < reference else 'wider'}"
                for treatment, width in widths.items()
                if width is not None and treatment != REFERENCE
            ]
            if changes:
                sentences.append(f"{escape(variant)}, {escape(binning)}: {', '.join(changes)}.")
    if not sentences:
        return "There is no simultaneous fit to compare the width of the interval with."
    return "Width of the interval against the simultaneous fit: " + " ".join(sentences)


def _merged_rows(variant: str, binning: str, treatment: str, fit: Json) -> list[list[str]]:
    rows = []
    for region, bins in fit["bins"].items():
        found = sum(entry["region"] == region for entry in fit["nonpositive_bins"])
        numbers = (bins["before"], bins["after"], found)
        rows.append([variant, binning, treatment, region, *map(str, numbers), fit["nonpositive_rule"]])
    return rows


def in_one_line(fits: Fits) -> list[str]:
    """Give one line with the signal strength of each variant, binning and treatment."""
    lines = []
    for variant, binnings in fits.items():
        for binning, treatments in binnings.items():
            numbers = []
            for treatment, fit in treatments.items():
                interval, z = fit["interval"], fit["significance"]["z"]
                text = with_interval(interval["value"], interval["down"], interval["up"], more=1)
                numbers.append(f"{text} {treatment}" + ("" if z is None else f" ({z:.2f} σ)"))
            lines.append(f"**Signal strength**, {escape(variant)}, {escape(binning)}: {'; '.join(numbers)}.")
    return lines
