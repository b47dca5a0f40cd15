"""The house style of all figures, what stands on each of them, and files whose bytes depend on the figure only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import mplhep
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from signedag.config.plotting import PlotSettings
from signedag.files import whole_or_nothing
from signedag.report.numbers import probability

Floats = NDArray[np.float64]

# Okabe and Ito's colours: told apart by colour-blind readers and in print.
BLACK = "#000000"
GREY = "#999999"
BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
ORANGE = "#E69F00"
YELLOW = "#F5D76E"

SERIES = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK, GREY)
"""Colours of curves that stand for no process."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""Markers that go with `SERIES`, so that colour is never the only difference."""
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (7, 3)))
"""Line styles that go with `SERIES`."""

HOUSE_STYLE: Any = mplhep.style.ATLAS | {
    "font.size": 12,
    # TeX Gyre Heros lacks some symbols; a glyph that is missing comes from the next font.
    "font.family": ["TeX Gyre Heros", "DejaVu Sans"],
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "axes.labelsize": "medium",
    "axes.labelpad": 4,
    "axes.titlesize": "medium",
    "axes.formatter.limits": [-3, 5],
    "axes.autolimit_mode": "data",
    "axes.unicode_minus": True,
    "xtick.labelsize": "small",
    "ytick.labelsize": "small",
    "ytick.major.size": 5,
    "ytick.minor.size": 3,
    "lines.linewidth": 1.5,
    "lines.markersize": 4,
    "errorbar.capsize": 0,
    "legend.fontsize": "small",
    "legend.title_fontsize": "small",
    "legend.borderpad": 0.3,
    "legend.handlelength": 1.6,
    # Letters in formulas are slanted; digits, brackets and capital Greek letters are upright.
    "mathtext.default": mpl.rcParamsDefault["mathtext.default"],
    "mathtext.fallback": "stixsans",
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw and save inside this block with the house style."""
    with mpl.rc_context(HOUSE_STYLE):
        yield


def save_figure(figure: Figure, folder: Path, name: str) -> None:
    """Write `name.png` and `name.pdf` into `folder`, each whole or not at all, without any date.

    Raises:
        UserError: a file could not be written.
    """
    for suffix, metadata in (("png", {"Software": None}), ("pdf", {"CreationDate": None, "Producer": None})):
        with whole_or_nothing(Path(folder) / f"{name}.{suffix}") as temporary:
            figure.savefig(temporary, format=suffix, metadata=metadata)


def axis_label(settings: PlotSettings, column: str) -> str:
    """Give a column's axis label with its unit; the column's name if the settings have none."""
    return settings.plots.labels.get(column, column)


def per_unit(settings: PlotSettings, column: str) -> str:
    """Give the vertical label of a histogram that is divided by its bin widths, in the unit of a column's label.

    Bins of several widths are only comparable so; the area of such a histogram is the number of events.
    """
    unit = re.search(r"\[([^\]]+)\]\s*$", axis_label(settings, column))
    return f"Events / {unit[1]}" if unit else "Events / unit"


def stamp(left: Axes, settings: PlotSettings, subject: str = "", right: Axes | None = None) -> None:
    """Write experiment and status above one panel, and subject, luminosity and energy above it or another one.

    Args:
        left: the panel that gets the experiment.
        settings: names, luminosity, energy.
        subject: what the figure shows, such as a sample or a variant.
        right: the panel at the right end of the same row, if it is another one.
    """
    size = mpl.rcParams["font.size"]
    mplhep.label.exp_text(
        exp=settings.plots.experiment,
        text=settings.plots.status,
        ax=left,
        loc=0,
        fontsize=(size * 1.15, size, size, size),
    )
    conditions = rf"{settings.luminosity_fb:g} fb$^{{-1}}$ ({settings.plots.centre_of_mass_energy_tev:g} TeV)"
    text = f"{subject}, {conditions}" if subject else conditions
    (right or left).text(1.0, 1.01, text, transform=(right or left).transAxes, ha="right", va="bottom")


def stacked_processes(settings: PlotSettings) -> list[str]:
    """Give the processes from the top of the stack to its bottom."""
    return [*settings.stack, *(name for name in settings.processes if name not in settings.stack)]


def process_label(settings: PlotSettings, name: str) -> str:
    """Give the label of a process, or of a sample's process; the name itself if it is neither."""
    process = settings.samples.get(name, name)
    return settings.processes[process].label if process in settings.processes else name


def chi2_text(compared: Mapping[str, Any]) -> str:
    """Write χ²/ndf and p-value of a comparison with `chi2`, `ndf` and `p_value`; or why there is none."""
    if compared["chi2"] is None:
        return str(compared.get("reason") or "undefined")
    ratio = rf"$\chi^2$/ndf = {compared['chi2']:.1f}/{compared['ndf']}"
    return ratio if compared["p_value"] is None else f"{ratio}, {p_text(compared['p_value'])}"


def p_text(p_value: float | None) -> str:
    """Write a p-value for a legend."""
    text = probability(p_value)
    mantissa, _, exponent = text.partition("e-")
    if p_value is None or not exponent:
        return f"p = {text}"
    return f"p $< 10^{{-{exponent}}}$" if text.startswith("<") else f"p = ${mantissa}\\times 10^{{-{exponent}}}$"
