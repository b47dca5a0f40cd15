"""Figures of the fit in detail: upper limits with bands, impacts with pulls, correlations of the parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator

from signedag.config.plotting import PlotSettings
from signedag.plotting.matrix import MOST_WRITTEN, correlation_matrix
from signedag.plotting.panels import panel_grid
from signedag.plotting.style import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION, YELLOW, Floats, stamp
from signedag.report.numbers import decimals_of, significant

Json = Mapping[str, Any]

MOST_IMPACTS = 25
"""Parameters of largest impact that the figure shows."""
LINE = 0.26
"""Height of one parameter's line, inches."""
LETTER = 0.074
"""Width of a letter of the parameters' names, inches."""
LEFT_MARGIN = 0.55
"""Room that panels have to the left of their axes anyway, inches."""


def limits(results: Sequence[Json], settings: PlotSettings, subject: str) -> Figure:
    """Draw the expected upper limits of all treatments with their bands, and the limit that signal would give.

    Observed limits are drawn where they are shown.

    Args:
        results: contents of `limits.json`, one per treatment.
        settings: names and labels.
        subject: the classifier and the binning.
    """
    rows = [(result["treatment"], name, limit) for result in results for name, limit in result["strengths"].items()]
    several = len(results[0]["strengths"]) > 1
    figure, (panel,) = panel_grid(1, ratio=False, width=6.4, height=1.9 + 0.55 * len(rows), columns=1)
    axes = panel.main
    stamp(axes, settings, subject=subject)
    labels, ends = [], [1.0]
    for place, (treatment, name, limit) in zip(_downwards(len(rows)), rows, strict=True):
        labels.append(f"{treatment}\n{name}" if several else treatment)
        values = {sigmas: item["value"] for sigmas, item in limit["expected"].items()}
        if None in values.values():
            axes.text(0.02, place, _reason(limit), transform=axes.get_yaxis_transform(), size="small", va="center")
            continue
        for low, high, colour in (("-2", "2", YELLOW), ("-1", "1", GREEN)):
            axes.fill_betweenx([place - 0.32, place + 0.32], values[low], values[high], color=colour, linewidth=0)
        axes.plot([values["0"]] * 2, [place - 0.32, place + 0.32], color=BLACK, linestyle="--", linewidth=1.8)
        ends += [values["2"]]
        with_signal = limit["with_signal"]["value"]
        if with_signal is not None:
            axes.plot(with_signal, place, "D", color=VERMILION, markersize=6)
            ends.append(with_signal)
        seen = limit.get("observed", {}).get("value")
        if seen is not None:
            axes.plot([seen] * 2, [place - 0.36, place + 0.36], color=BLACK, linewidth=2.6)
            ends.append(seen)
        down, up = values["0"] - values["-1"], values["1"] - values["0"]
        digits = decimals_of(min(down, up))
        text = f"{values['0']:.{digits}f}$^{{+{up:.{digits}f}}}_{{-{down:.{digits}f}}}$"
        axes.text(0.98, place, text, transform=axes.get_yaxis_transform(), ha="right", va="center")
    axes.plot([1, 1], [-0.6, len(rows) - 0.5], color=GREY, linestyle=":", linewidth=1.2, zorder=0.5)
    axes.set_yticks(_downwards(len(rows)), labels)
    axes.tick_params(axis="y", which="both", length=0)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(-0.6, len(rows) + 0.35)
    axes.set_xlim(0, 1.35 * max(ends))
    confidence = 100 * rows[0][2]["confidence"]
    axes.set_xlabel(rf"Upper limit on $\mu$ at {confidence:g} % confidence level (CL$_\mathrm{{s}}$)")
    _limit_legend(axes, any(limit.get("observed", {}).get("value") is not None for _, _, limit in rows))
    _room_for(figure, labels)
    return figure


def _limit_legend(axes: Axes, observed: bool) -> None:
    if observed:
        axes.plot([], [], color=BLACK, linewidth=2.6, label="observed")
    axes.plot([], [], color=BLACK, linestyle="--", linewidth=1.8, label="expected without signal")
    axes.fill_betweenx([], [], [], color=GREEN, linewidth=0, label=r"±1 $\sigma$")
    axes.fill_betweenx([], [], [], color=YELLOW, linewidth=0, label=r"±2 $\sigma$")
    axes.plot([], [], "D", linestyle="none", color=VERMILION, label="expected with signal")
    axes.legend(loc="upper left", ncols=2, columnspacing=1.2)


def _reason(limit: Json) -> str:
    reasons = [item.get("reason", "") for item in limit["expected"].values() if item["value"] is None]
    return f"no limit: {reasons[0]}"


def impacts(groups: Sequence[Json], settings: PlotSettings, subject: str) -> Figure:
    """Draw the impacts on the first signal strength, the largest first, and beside them the pulls.

    They are those in observed data where these are shown, otherwise in Asimov data.

    Args:
        groups: contents of the files in `impacts/`, one per group, of one treatment.
        settings: names and labels.
        subject: the classifier, the binning and the treatment.
    """
    kind, data = ("observed", "observed data") if "observed" in groups[0] else ("strengths", "Asimov data")
    strength = next(iter(groups[0][kind]))
    every = {name: item for group in groups for name, item in group[kind].get(strength, {}).items()}
    names = sorted(every, key=lambda name: (-_largest(every[name]), name))[:MOST_IMPACTS]
    height = 1.7 + LINE * max(len(names), 4)
    figure, panels = panel_grid(2, ratio=False, width=4.0, height=height, columns=2)
    left, right = panels[0].main, panels[1].main
    stamp(left, settings, right=right, subject=subject)
    places = _downwards(len(names))
    for place, name in zip(places, names, strict=True):
        _pull(left, place, every[name])
        _impact(right, place, every[name])
    for axes in (left, right):
        axes.plot([0, 0], [-0.7, len(names) - 0.5], color=GREY, linewidth=1, zorder=0.5)
        axes.set_ylim(-0.7, max(len(names), 4) - 0.3 + 1.9)
        axes.yaxis.set_minor_locator(NullLocator())
        axes.tick_params(axis="y", which="both", length=0)
    left.fill_betweenx([-0.7, len(names) - 0.5], -1, 1, color=GREY, alpha=0.15, linewidth=0, zorder=0)
    left.set_xlim(-2.2, 2.2)
    left.set_yticks(places, names)
    right.set_yticks(places, [""] * len(names))
    left.set_xlabel(r"Pull $(\hat{\theta} - \theta_0)/\Delta\theta$")
    right.set_xlabel(rf"$\Delta\hat{{\mu}}$ ({strength})" if strength != "mu" else r"$\Delta\hat{\mu}$")
    _impact_range(right, [every[name] for name in names])
    left.errorbar([], [], xerr=[], fmt="o", color=BLACK, markersize=4, label="after the fit")
    left.fill_between([], [], color=GREY, alpha=0.15, linewidth=0, label="before")
    left.legend(loc="upper left", ncols=2, title=f"Fit to {data}", alignment="left")
    if len(every) > len(names):
        right.set_title(f"the {len(names)} largest of {len(every)}", loc="left", size="small", pad=18)
    _room_for(figure, names)
    return figure


def _largest(item: Json) -> float:
    return max(abs(float(item["post_fit"][side] or 0.0)) for side in ("down", "up"))


def _pull(axes: Axes, place: float, item: Json) -> None:
    """Draw pull and constraint; the value of what has no auxiliary measurement is written."""
    if item["constrained"]:
        axes.errorbar(item["value"], place, xerr=item["error"], fmt="o", color=BLACK, markersize=4, elinewidth=1.5)
    else:
        text = f"{significant(item['value'])} ± {significant(item['error'], 2)}"
        axes.text(0, place, text, ha="center", va="center", size="small")


def _impact(axes: Axes, place: float, item: Json) -> None:
    """Draw the impacts of both sides: filled after the fit, outlined before it, a tick for the covariance's."""
    for side, colour in (("down", BLUE), ("up", ORANGE)):
        after, before = item["post_fit"][side], item["pre_fit"][side]
        if after is not None:
            axes.barh(place, after, height=0.62, color=colour, linewidth=0)
        if before is not None:
            axes.barh(place, before, height=0.62, facecolor="none", edgecolor=colour, linewidth=1)
    for sign in (-1, 1):
        ends = [place - 0.31, place + 0.31]
        axes.plot([sign * item["covariance"]] * 2, ends, color=BLACK, linewidth=1, linestyle=":")


def _impact_range(axes: Axes, items: Sequence[Json]) -> None:
    shifts = [item[when] for item in items for when in ("post_fit", "pre_fit")]
    largest = max([1e-12, *(abs(shift[side] or 0.0) for shift in shifts for side in ("down", "up"))])
    axes.set_xlim(-1.15 * largest, 1.15 * largest)
    handles = [
        Patch(color=BLUE, linewidth=0, label=r"$\theta$ down"),
        Patch(color=ORANGE, linewidth=0, label=r"$\theta$ up"),
        Patch(facecolor="none", edgecolor=BLACK, label="before the fit"),
        Line2D([], [], color=BLACK, linewidth=1, linestyle=":", label="by the covariance"),
    ]
    axes.legend(handles=handles, loc="upper left", ncols=2, columnspacing=1.0)


def correlations(result: Json, settings: PlotSettings, subject: str) -> Figure:
    """Draw the correlations of the fitted parameters; of many, those most correlated with the signal strength.

    Args:
        result: content of `result.json`.
        settings: names and labels.
        subject: the classifier, the binning and the treatment.
    """
    order, matrix = result["order"], np.array(result["correlation"])
    with_first = np.abs(matrix[order.index(result["strength"])])
    kept = sorted(np.argsort(-with_first, kind="stable")[:MOST_WRITTEN].tolist())
    names = [order[index] for index in kept]
    size = 0.42 * len(names) + 1.2
    figure, (panel,) = panel_grid(1, ratio=False, width=max(7.2, size), height=max(3.6, 0.85 * size), columns=1)
    stamp(panel.main, settings, subject=subject)
    correlation_matrix(panel.main, matrix[np.ix_(kept, kept)], names, upright=False)
    _room_for(figure, names, below=True)
    return figure


def _downwards(count: int) -> Floats:
    return np.arange(count, dtype=np.float64)[::-1]


def _room_for(figure: Figure, labels: Sequence[str], below: bool = False) -> None:
    """Make room for the names of parameters, to the left of all panels and on request below them, too."""
    longest = max((len(line) for label in labels for line in label.split("\n")), default=0)
    room = max(0.0, LETTER * longest - LEFT_MARGIN)
    wide, high = room, (0.6 * LETTER * longest if below else 0.0)
    old = figure.get_figwidth(), figure.get_figheight()
    new = old[0] + wide, old[1] + high
    boxes = [drawn.get_position() for drawn in figure.axes]
    figure.set_size_inches(*new)
    for drawn, box in zip(figure.axes, boxes, strict=True):
        left, bottom = box.x0 * old[0] + wide, box.y0 * old[1] + high
        drawn.set_position((left / new[0], bottom / new[1], box.width * old[0] / new[0], box.height * old[1] / new[1]))
