"""The fit checked by pseudo-experiments: coverage, pulls, and CLs beside the asymptotic one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import panel_grid
from signedag.plotting.style import BLACK, DASHES, GREY, MARKERS, SERIES, stamp

Json = Mapping[str, Any]

PULL_EDGES = np.linspace(-4, 4, 33)


def toys(study: Json, settings: PlotSettings, subject: str) -> Figure:
    """Draw coverage against the true strength, pulls at each strength, and CLs against the tested strength.

    Args:
        study: content of `toys.json`.
        settings: names and labels.
        subject: the classifier, the binning and the treatment.
    """
    figure, panels = panel_grid(3, ratio=False, width=4.2, height=4.4, columns=3)
    stamp(panels[0].main, settings, right=panels[2].main, subject=subject)
    _coverage(panels[0].main, study)
    _pulls(panels[1].main, study)
    _cls(panels[2].main, study)
    return figure


def _coverage(axes: Axes, study: Json) -> None:
    """Draw how often intervals hold the truth, with the error of the expected share."""
    truths = [fits["truth"] for fits in study["coverage"]]
    for number, level in enumerate(study["coverage"][0]["coverage"]):
        held = [fits["coverage"][level] for fits in study["coverage"]]
        expected = held[0]["expected"]
        axes.axhline(expected, color=SERIES[number], linestyle=DASHES[1], linewidth=1)
        style: dict[str, Any] = {"color": SERIES[number], "fmt": MARKERS[number], "markersize": 6}
        axes.errorbar(
            truths, [item["value"] for item in held], yerr=[item["error"] for item in held],
            label=f"{100 * expected:.3g} % intervals", **style,
        )  # fmt: skip
    failed = sum(fits["failed"] for fits in study["coverage"])
    count = study["coverage"][0]["pseudo_experiments"]
    axes.set_ylim(0.5, 1.19)
    span = max(np.ptp(truths), 1.0)
    axes.set_xlim(min(truths) - 0.2 * span, max(truths) + 0.2 * span)
    axes.set_xlabel(rf"True signal strength $\{study['strength']}$" if study["strength"] == "mu" else study["strength"])
    axes.set_ylabel("Share that holds the truth")
    title = f"{count} pseudo-experiments each" + (f", {failed} failed" if failed else "")
    axes.legend(loc="upper left", title=title, alignment="left")


def _pulls(axes: Axes, study: Json) -> None:
    """Draw the pulls at each strength, normalised, with the unit Gaussian."""
    middle = 0.5 * (PULL_EDGES[1:] + PULL_EDGES[:-1])
    axes.plot(middle, norm.pdf(middle), color=BLACK, linewidth=1, label="unit Gaussian")
    for number, fits in enumerate(study["coverage"]):
        density, _ = np.histogram(fits["pulls"], PULL_EDGES, density=True)
        mean, width = fits["pull_mean"], fits["pull_width"]
        label = rf"$\mu$ = {fits['truth']:g}: {_with(mean)}, width {_with(width)}".replace("-", "−")
        axes.stairs(density, PULL_EDGES, color=SERIES[number], linestyle=DASHES[number], linewidth=1.5, label=label)
    axes.set_ylim(0, 0.75)
    axes.set_xlabel(r"$(\hat{\mu} - \mu)/\Delta\mu$")
    axes.set_ylabel("Pseudo-experiments, normalised")
    axes.legend(loc="upper left")


def _with(measured: Json) -> str:
    return f"{measured['value']:.2f} ± {measured['error']:.2f}"


def _cls(axes: Axes, study: Json) -> None:
    """Draw the median expected CLs by pseudo-experiments and the asymptotic one, and the level of the limit."""
    limits, tests = study["limits"], study["tests"]
    axes.set_xlabel(r"Tested signal strength $\mu$")
    axes.set_ylabel(r"Expected CL$_\mathrm{s}$ without signal")
    if not tests:
        axes.text(0.5, 0.5, "no asymptotic limit to look around", ha="center", transform=axes.transAxes)
        return
    values = [test["tested"] for test in tests]
    found = [test["expected"]["0"]["cls"] for test in tests]
    asymptotic = [test["asymptotic_cls"] for test in tests]
    axes.plot(values, asymptotic, color=SERIES[1], linestyle=DASHES[1], label="asymptotic")
    axes.errorbar(
        values, [item["value"] for item in found], yerr=[item["error"] for item in found],
        fmt="o", color=SERIES[0], markersize=5, label="pseudo-experiments",
    )  # fmt: skip
    level = 1 - limits["asymptotic"]["confidence"]
    axes.axhline(level, color=GREY, linestyle=":", linewidth=1.2)
    axes.set_yscale("log")
    low = min(item["value"] for item in found if item["value"] > 0)
    axes.set_ylim(0.3 * low, 20)
    axes.set_xlim(0, 1.08 * values[-1])
    median, by_toys = limits["asymptotic"]["observed"]["value"], limits["by_toys"]["expected"]["0"]
    text = f"limit: asymptotic {median:.3f}"
    if by_toys["value"] is not None:
        text += f",\npseudo-experiments {by_toys['value']:.3f} ± {by_toys['error']:.3f}"
    axes.legend(loc="upper right", title=text, alignment="left")
