"""The figures of the front page: the one of each stage that decides whether to believe the rest."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from signedag.report.limits import GRADES
from signedag.report.results import Results

LINE = 4096
"""Letters of an image in one line: docutils refuses lines above 10 000, and browsers ignore line ends in data URIs."""


@dataclass(frozen=True)
class KeyFigure:
    """A figure of the front page."""

    path: Path
    """Below the analysis's folder of figures."""
    caption: str


def key_figures(results: Results) -> list[KeyFigure]:
    """Choose the figures: of the worst sample, of the variant that sculpts most, and of the first fit."""
    figures = []
    if results.closures:
        sample = _worst_sample(results)
        figures.append(
            KeyFigure(
                Path("weights") / sample / "weight_closure.png", f"Closure of {sample}, the sample that closes worst"
            )
        )
    if results.differences:
        figures.append(KeyFigure(Path("classifiers") / "roc_comparison.png", "ROC of all classifiers, signed weights"))
    if results.sculpting:
        variant = _worst_variant(results)
        path = Path("sculpting") / variant / "mass_in_score_quantiles.png"
        figures.append(KeyFigure(path, f"Background mass in quantiles of the score of {variant}"))
    if results.scale_factors is not None:
        figures.append(
            KeyFigure(Path("scale_factors") / "control_regions.png", "Control regions before and after the fit")
        )
    for fit in list(results.each_fit())[:1]:
        path = Path("fit") / fit.variant / fit.binning / "likelihood_scan.png"
        figures.append(
            KeyFigure(path, f"Signal strength with {fit.variant}, {fit.binning}, without the simulation's error")
        )
    return figures


def _worst_sample(results: Results) -> str:
    """Give the sample with the worst grade of its closure, and of these the one with the smallest p-value."""

    def rank(sample: str) -> tuple[int, float]:
        stated = results.closures[sample].verdict
        order = [*GRADES, "nothing_to_test"].index(stated.grade)
        return order, 1.0 if stated.value is None else stated.value

    return min(results.closures, key=rank)


def _worst_variant(results: Results) -> str:
    """Give the variant with the largest mean χ²; an undefined one counts as larger than any other."""
    means = {variant: checked.judged.chi2_mean for variant, checked in results.sculpting.items()}
    return max(means, key=lambda variant: float("inf") if means[variant] is None else means[variant] or 0.0)


def figures_html(figures: Sequence[KeyFigure], folder: Path) -> str:
    """Write the figures as HTML that holds the images themselves, so that the report stays one file.

    Args:
        figures: what to show; a figure that was not drawn is left out.
        folder: the analysis's folder of figures.
    """
    shown = []
    for figure in figures:
        path = folder / figure.path
        if path.is_file():
            data = "\n   ".join(textwrap.wrap(base64.b64encode(path.read_bytes()).decode("ascii"), LINE))
            caption = escape(figure.caption)
            shown.append(
                f'   <figure><img alt="{caption}" src="data:image/png;base64,{data}"/>'
                f"<figcaption>{caption}</figcaption></figure>"
            )
    if not shown:
        return ""
    return "\n".join([".. raw:: html", "", '   <div class="key-figures">', *shown, "   </div>"]) + "\n"
