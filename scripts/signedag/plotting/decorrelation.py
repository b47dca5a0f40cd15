"""The figure of the decorrelation comparison: the frontier of fit and sculpting, and all numbers of each score."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, NullLocator, StrMethodFormatter

from signedag.config.plotting import PlotSettings
from signedag.plotting.style import BLACK, BLUE, GREEN, GREY, VERMILION, stamp

Json = Mapping[str, Any]

SMALLEST_P = 1e-4
"""Smaller p-values are drawn as arrows at this one."""
WIDTH = 11.5
ROW = 0.3
"""Height of a row of the table, inches."""
FRONTIER_HEIGHT = 3.6
ARROW_ROOM = 0.6
LOG_MARGIN = 0.1
"""Room beside the outermost values of a logarithmic axis, as a share of their distance."""
LEAST_ROOM = 1.6
"""And at least by this factor."""
NARROW_DECADES = 0.7
"""A logarithmic axis of so few decades has ticks like a linear one."""


@dataclass(frozen=True)
class Drawn:
    """One variant as it is drawn, the same in all panels."""

    name: str
    number: int
    """By growing σ_μ, from 1."""
    content: Json
    colour: str
    passes: bool

    @property
    def face(self) -> str:
        """Filled if it passes, open if not."""
        return self.colour if self.passes else "white"


def decorrelation_comparison(comparison: Json, times: Mapping[str, float | None], settings: PlotSettings) -> Figure:
    """Draw σ_μ over the baseline's against χ²/ndf with the frontier, and below all numbers of each variant.

    Args:
        comparison: content of `comparison.json`.
        times: variant to the CPU seconds of its trainings in one simulation, mean over the simulations.
        settings: names and labels.
    """
    variants = _drawn(comparison)
    table = ROW * (len(variants) + 0.3)
    below, gap, above = 0.85, 0.9, 0.4
    height = below + table + gap + FRONTIER_HEIGHT + above
    figure = Figure(figsize=(WIDTH, height))
    top = figure.add_gridspec(1, 1, left=0.075, right=0.70, top=1 - above / height)
    top.update(bottom=1 - (above + FRONTIER_HEIGHT) / height)
    frontier = figure.add_subplot(top[0])
    _frontier(frontier, comparison, variants)
    stamp(frontier, settings)
    _explain(figure, comparison, (0.715, 1 - above / height))
    columns = _columns(comparison, times)
    grid = figure.add_gridspec(1, len(columns), wspace=0.2, left=_room(variants), right=0.985, bottom=below / height)
    grid.update(top=(below + table) / height)
    panels = [figure.add_subplot(grid[index]) for index in range(len(columns))]
    for index, (axes, column) in enumerate(zip(panels, columns, strict=True)):
        column.draw(axes, variants)
        axes.set_ylim(len(variants) + 0.65, 0.35)
        axes.set_yticks([one.number for one in variants], [_label(one) for one in variants] if index == 0 else [])
        axes.yaxis.set_minor_locator(NullLocator())
        axes.tick_params(axis="y", which="both", length=0)
        axes.set_xlabel(column.label, loc="center", size="small")
        for one in variants[::2]:
            axes.axhspan(one.number - 0.5, one.number + 0.5, color=GREY, alpha=0.12, linewidth=0, zorder=0)
    recommended = comparison["recommendation"]["variant"]
    for label, one in zip(panels[0].get_yticklabels(), variants, strict=True):
        label.set_fontweight("bold" if one.name == recommended else "normal")
    return figure


def _drawn(comparison: Json) -> list[Drawn]:
    """Number the variants by growing σ_μ; the recommended one and the baseline have colours of their own."""
    variants, recommended = comparison["variants"], comparison["recommendation"]["variant"]

    def sigma(name: str) -> float:
        value: float | None = variants[name]["sigma_mu"]["value"]
        return math.inf if value is None else value

    names = sorted(variants, key=sigma)
    colours = {comparison["baseline"]: BLACK, recommended: VERMILION}
    return [
        Drawn(name, number, variants[name], colours.get(name, BLUE), variants[name]["passes"]["passes"])
        for number, name in enumerate(names, start=1)
    ]


def _label(one: Drawn) -> str:
    return f"{one.name}  {one.number}"


def _room(variants: Sequence[Drawn]) -> float:
    """Give the share of the width that the longest name takes."""
    return min(0.02 + 0.007 * (4 + max(len(one.name) for one in variants)), 0.35)


def _frontier(axes: Axes, comparison: Json, variants: Sequence[Drawn]) -> None:
    """Draw σ_μ over the baseline's against χ²/ndf, spread over the simulations as error bars, and the frontier."""
    known = {one.name: point for one in variants if (point := _point(one.content)) is not None}
    line = sorted(known[name] for name in comparison["frontier"] if name in known)
    _plain_log(axes, [1.0, *(x for x, _ in known.values())], 6)
    for one in variants:
        if one.name not in known:
            continue
        x, y = known[one.name]
        chi2, ratio = one.content["sculpting"]["chi2_mean"], one.content["sigma_mu_ratio_to_baseline"]
        spread = chi2["spread"] or 0.0
        axes.errorbar(
            x, y, xerr=[[min(spread, 0.9 * x)], [spread]], yerr=ratio["spread"], fmt="o", color=one.colour,
            markerfacecolor=one.face, markersize=7, elinewidth=1, zorder=3,
        )  # fmt: skip
        axes.annotate(
            str(one.number), (x, y), xytext=(6, 5), textcoords="offset points", color=one.colour, size="small"
        )
    axes.margins(y=0.12)
    axes.axhline(1, color=GREY, linestyle=":", linewidth=1.2, zorder=0.8)
    axes.axvline(1, color=GREY, linestyle=":", linewidth=1.2, zorder=0.8)
    if line:
        (low, high), (_, up) = axes.get_xlim(), axes.get_ylim()
        corners = [(line[0][0], up), *line, (high, line[-1][1])]
        axes.step(*zip(*corners, strict=True), where="post", color=GREEN, linewidth=1.6, linestyle="--", zorder=1)
        axes.set(xlim=(low, high), ylim=(axes.get_ylim()[0], up))
    axes.set_xlabel(r"Sculpting: mean $\chi^2$/ndf of the mass in quantiles of the score (1: none)")
    axes.set_ylabel(rf"$\sigma_\mu$ / $\sigma_\mu$({comparison['baseline']})")


def _point(content: Json) -> tuple[float, float] | None:
    chi2, ratio = content["sculpting"]["chi2_mean"]["value"], content["sigma_mu_ratio_to_baseline"]["value"]
    return None if chi2 is None or ratio is None or chi2 <= 0 else (chi2, ratio)


def _explain(figure: Figure, comparison: Json, corner: tuple[float, float]) -> None:
    """Say beside the frontier what markers, colours and lines mean, and what is recommended."""
    seeds, chosen = len(comparison["seeds"]), comparison["recommendation"]["variant"]
    handles: list[Any] = [
        Line2D([], [], color=BLUE, marker="o", markersize=7, linestyle="none"),
        Line2D([], [], color=BLUE, marker="o", markersize=7, linestyle="none", markerfacecolor="white"),
        Line2D([], [], color=BLACK, marker="o", markersize=7, linestyle="none"),
        Line2D([], [], color=VERMILION, marker="o", markersize=7, linestyle="none"),
        Line2D([], [], color=GREEN, linestyle="--", linewidth=1.6),
        Line2D([], [], color=BLUE, linewidth=1),
        Line2D([], [], color=BLUE, linewidth=2.4),
        (
            Line2D([], [], color=BLUE, marker="o", linestyle="none"),
            Line2D([], [], color=BLUE, marker="s", linestyle="none"),
        ),
        Line2D([], [], color=GREY, linestyle="--", linewidth=1.2),
    ]
    labels = [
        f"passes in all {seeds} simulations",
        "does not pass",
        f"baseline: {comparison['baseline']}",
        f"recommended:\n{chosen}" if chosen else "none is recommended",
        "frontier: beaten by no other one",
        "spread of single simulations",
        "error of the mean",
        r"smallest p: $\chi^2$ and Kolmogorov-Smirnov",
        f"p = {comparison['p_value']:g}, above which it passes",
    ]
    title = f"Fit {comparison['binning']}, {comparison['treatment']} scale factors"
    figure.legend(
        handles, labels, title=title, loc="upper left", bbox_to_anchor=corner, alignment="left", borderaxespad=0,
        labelspacing=0.6, handler_map={tuple: HandlerTuple(ndivide=None)},
    )  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column of the table."""

    label: str
    draw: Callable[[Axes, Sequence[Drawn]], None]


def _columns(comparison: Json, times: Mapping[str, float | None]) -> list[Column]:
    """Give the columns of the table; that of the diboson peak only where it was looked for."""

    def ratio(content: Json) -> Json:
        value: Json = content["sigma_mu_ratio_to_baseline"]
        return value

    def peak(content: Json) -> Json:
        significance: Json = (content["diboson_peak"] or {}).get("significance", {"value": None})
        return significance

    columns = [
        Column(
            "$\\sigma_\\mu$ over the\nbaseline's",
            partial(_linear, quantity=ratio, mark=1.0),
        ),
        Column("$\\chi^2$/ndf", partial(_logarithmic, quantity=_of_sculpting("chi2_mean"), mark=1.0)),
        Column("Smallest p", partial(_p_values, limit=comparison["p_value"])),
        Column("1/JSD", partial(_logarithmic, quantity=lambda content: content["inverse_jensen_shannon"])),
        Column("dCorr", partial(_logarithmic, quantity=_of_sculpting("distance_correlation"))),
        Column("Score alone,\nsignificance $Z$", partial(_linear, quantity=lambda content: content["significance"])),
    ]
    if any(content["diboson_peak"] is not None for content in comparison["variants"].values()):
        columns.append(Column("Diboson\npeak [$\\sigma$]", partial(_linear, quantity=peak)))
    return [*columns, Column("CPU time of its\ntrainings [s]", partial(_bars, values=times))]


def _of_sculpting(name: str) -> Callable[[Json], Json]:
    return lambda content: content["sculpting"][name]


def _linear(axes: Axes, variants: Sequence[Drawn], quantity: Callable[[Json], Json], mark: float | None = None) -> None:
    _dots(axes, variants, [quantity(one.content) for one in variants])
    axes.xaxis.set_major_locator(MaxNLocator(nbins=3))
    if mark is not None:
        axes.axvline(mark, color=GREY, linestyle=":", linewidth=1.2)


def _logarithmic(
    axes: Axes, variants: Sequence[Drawn], quantity: Callable[[Json], Json], mark: float | None = None
) -> None:
    values = [quantity(one.content) for one in variants]
    _plain_log(axes, [value["value"] for value in values] + [mark], 3)
    _dots(axes, variants, values)
    if mark is not None:
        axes.axvline(mark, color=GREY, linestyle=":", linewidth=1.2)


def _dots(axes: Axes, variants: Sequence[Drawn], values: Sequence[Json]) -> None:
    """Draw means with the spread of single simulations (thin) and the error of the mean (thick)."""
    logarithmic = axes.get_xscale() == "log"
    for one, value in zip(variants, values, strict=True):
        mean = value["value"]
        if mean is None or (logarithmic and mean <= 0):
            _undefined(axes, one)
            continue
        for key, width in (("spread", 0.8), ("error", 2.4)):
            down = min(value[key], 0.9 * mean) if logarithmic else value[key]
            axes.errorbar(mean, one.number, xerr=[[down], [value[key]]], fmt="none", color=one.colour, elinewidth=width)
        axes.plot(mean, one.number, "o", color=one.colour, markerfacecolor=one.face, markersize=5)
    axes.margins(x=0.1)


def _undefined(axes: Axes, one: Drawn) -> None:
    axes.text(
        0.5, one.number, "undefined", transform=axes.get_yaxis_transform(), ha="center", va="center", size="small",
        color=GREY,
    )  # fmt: skip


def _p_values(axes: Axes, variants: Sequence[Drawn], limit: float) -> None:
    """Draw the smallest p-value over quantiles and simulations of both tests; far ones as arrows at the border."""
    axes.set_xscale("log")
    for one in variants:
        for key, marker, shift in (("chi2_p_smallest", "o", -0.17), ("ks_p_smallest", "s", 0.17)):
            smallest = one.content["sculpting"][key]["smallest"]
            if smallest is None:
                continue
            far = smallest < SMALLEST_P
            axes.plot(
                max(smallest, SMALLEST_P), one.number + shift, "<" if far else marker, color=one.colour, markersize=4,
                markerfacecolor=one.face,
            )  # fmt: skip
    axes.axvline(limit, color=GREY, linestyle="--", linewidth=1.2)
    axes.set_xlim(ARROW_ROOM * SMALLEST_P, 1.6)
    axes.xaxis.set_major_locator(LogLocator(numticks=3))
    axes.xaxis.set_minor_locator(NullLocator())


def _bars(axes: Axes, variants: Sequence[Drawn], values: Mapping[str, float | None]) -> None:
    for one in variants:
        value = values.get(one.name)
        if value is None:
            _undefined(axes, one)
            continue
        axes.barh(one.number, value, color=one.colour, height=0.5)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=3))


def _plain_log(axes: Axes, values: Sequence[float | None], ticks: int) -> None:
    """Let a logarithmic axis reach around some values, and write a few plain numbers along it."""
    known = [value for value in values if value is not None and value > 0]
    low, high = min(known, default=1.0), max(known, default=1.0)
    axes.set_xscale("log")
    room = max((high / low) ** LOG_MARGIN, LEAST_ROOM)
    axes.set_xlim(low / room, high * room)
    decades = math.log10(high / low * room**2)
    subs = (1.0,) if decades > 1.5 else (1.0, 3.0) if decades > 1 else (1.0, 2.0, 5.0)
    far = decades > NARROW_DECADES
    axes.xaxis.set_major_locator(LogLocator(subs=subs, numticks=ticks) if far else MaxNLocator(nbins=ticks))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
