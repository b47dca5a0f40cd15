"""Figure of the study of mismodelling: sculpting of nominal and changed backgrounds, several scores side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import panel_grid
from signedag.plotting.style import GREY, MARKERS, SERIES, stamp
from signedag.report.limits import SCULPTING, SCULPTING_CHI2

Json = Mapping[str, Any]

WIDTH = 5.4
"""Of the panel, inches: its texts are still legible in one column of a journal."""
LETTERS = 50
"""So many letters of the cases' names stand side by side below it."""


def mismodelling(study: Json, settings: PlotSettings) -> Figure:
    """Draw mean χ²/ndf (above) and distortion (below) of each case, one mark per variant.

    Filled marks: every quantile has p > 0.01. Below, the change of the worst quantile's ratio to all scores.

    Args:
        study: content of the study's JSON.
        settings: names and labels.
    """
    cases, variants = [case["name"] for case in study["cases"]], study["variants"]
    figure, (panel,) = panel_grid(1, ratio=True, width=WIDTH, height=5.6, columns=1)
    assert panel.ratio is not None
    stamp(panel.main, settings)
    rows = {(row["variant"], row["case"]): row for row in study["table"]}
    places = np.arange(len(cases), dtype=np.float64)
    for index, variant in enumerate(variants):
        offset = 0.6 * ((index + 0.5) / len(variants) - 0.5)
        of_variant = [rows[variant, case] for case in cases]
        colour, mark = SERIES[index % len(SERIES)], MARKERS[index % len(MARKERS)]
        for axes, key in ((panel.main, "chi2_mean"), (panel.ratio, "distortion")):
            _marks(axes, places + offset, of_variant, key, colour, mark)
        panel.main.plot([], [], linestyle="none", color=colour, marker=mark, label=variant)
    panel.main.plot(
        [],
        [],
        linestyle="none",
        color="black",
        marker="o",
        markerfacecolor="white",
        label="a quantile has p < 0.01",
    )
    panel.main.axhline(1, color=GREY, linewidth=1)
    panel.main.axhline(SCULPTING.bad, color=GREY, linewidth=1, linestyle="--")
    panel.main.set_yscale("log")
    low, high = panel.main.get_ylim()
    panel.main.set_ylim(low, high * (high / low) ** (0.12 * (len(variants) + 2)))
    panel.main.set_ylabel(r"Mean $\chi^2$/ndf of the quantiles")
    panel.ratio.set_ylabel("Distortion")
    panel.ratio.set_ylim(0, None)
    panel.ratio.yaxis.set_major_formatter(PercentFormatter(xmax=1.0, decimals=0))
    panel.lowest.set_xticks(places, [_case_label(case, LETTERS // len(cases)) for case in cases])
    panel.lowest.set_xlim(-0.5, len(cases) - 0.5)
    for axes in (panel.main, panel.ratio):
        axes.tick_params(axis="x", which="minor", bottom=False, top=False)
        axes.set_axisbelow(True)
        for place in places[:-1]:
            axes.axvline(place + 0.5, color=GREY, alpha=0.3, linewidth=0.8)
    without = f", without {', '.join(study['left_out'])}" if study["left_out"] else ""
    region = settings.regions.get(study["region"], study["region"])
    panel.main.legend(loc="upper left", title=f"background{without}, {region}", alignment="left", ncols=2)
    return figure


def _marks(axes: Axes, places: Any, rows: list[Json], key: str, colour: str, mark: str) -> None:
    """Draw what is defined, filled where every quantile of the case passes."""
    for place, row in zip(places, rows, strict=True):
        if row[key] is not None:
            passes = row["chi2_p_smallest"] is not None and SCULPTING_CHI2.grade(row["chi2_p_smallest"]) == "good"
            axes.plot(place, row[key], color=colour, marker=mark, markerfacecolor=colour if passes else "white")


def _case_label(case: str, letters: int) -> str:
    r"""Break a case's name into lines of some letters, where words allow.

    >>> _case_label("jet_energy_up", 11)
    'jet energy\nup'
    """
    lines = [""]
    for word in case.split("_"):
        if lines[-1] and len(lines[-1]) + len(word) >= letters:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)
