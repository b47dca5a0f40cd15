"""Figures of the choice of a negative-weight strategy: the diagnostics of a sample and the comparison of strategies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, MaxNLocator, NullFormatter, NullLocator, StrMethodFormatter

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import Panel, heading_axes
from signedag.plotting.style import BLACK, BLUE, GREEN, GREY, VERMILION, axis_label, process_label, stamp
from signedag.report.numbers import with_error

Json = Mapping[str, Any]

DIFFERENT_SHAPES = 0.01
"""p-value below which the shapes of positive and negative events are called different."""
SMALLEST_DRAWN = 1e-6
NONE_SEEN_AT_95 = 3.0
"""If none of n batches has a negative sum, its probability is below 3/n at 95 %; the error that is stored is 1/n."""


def diagnostics(diagnosed: Json, settings: PlotSettings) -> Figure:
    """Draw how likely a mini-batch with a negative sum is, and how different the signs look in each variable.

    Args:
        diagnosed: content of a sample's diagnostics.
        settings: names and labels.
    """
    variables: dict[str, Json] = diagnosed["variables"]
    height = max(4.1, 2.0 + 0.26 * len(variables))
    figure = Figure(figsize=(10.6, height))
    # The second column is room for the names of the variables.
    grid = figure.add_gridspec(1, 4, width_ratios=(1.5, 0.62, 1, 1), wspace=0.14, left=0.075, right=0.985)
    grid.update(bottom=0.9 / height, top=1 - 0.75 / height)
    batches, chi2, ks = (figure.add_subplot(grid[column]) for column in (0, 2, 3))
    above = heading_axes(figure, [Panel(axes) for axes in (batches, chi2, ks)], above=0.34)
    stamp(above, settings, subject=process_label(settings, diagnosed["sample"]))
    batches.set_title("Do batches have a positive sum?", loc="left", pad=6)
    chi2.set_title("Are the shapes of $w > 0$ and $w < 0$ alike?", loc="left", pad=6)
    _batches(batches, diagnosed["batches"])
    names = list(variables)
    per_ndf = [value["chi2"] / value["ndf"] if value["chi2"] is not None else np.nan for value in variables.values()]
    distances = [value["ks"]["distance"] or np.nan for value in variables.values()]
    for axes, values in ((chi2, per_ndf), (ks, distances)):
        colours = [VERMILION if _differs(value) else BLUE for value in variables.values()]
        axes.barh(np.arange(len(names)), values, color=colours, height=0.65)
        for row, value in enumerate(values):
            if np.isnan(value):
                axes.text(
                    0.03, row, "undefined", transform=axes.get_yaxis_transform(), va="center", size="small", color=GREY
                )
        axes.margins(x=0.08)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.tick_params(axis="y", which="both", length=0)
        axes.yaxis.set_minor_locator(NullLocator())
    _chi2_axis(chi2, per_ndf)
    chi2.set_xlabel(r"$\chi^2$/ndf (1: alike)")
    ks.set_xlabel("Kolmogorov distance (0: alike)")
    ks.xaxis.set_major_locator(MaxNLocator(nbins=5))
    chi2.set_yticks(np.arange(len(names)), [axis_label(settings, name) for name in names])
    ks.set_yticks(np.arange(len(names)), [""] * len(names))
    _explain(figure, height)
    figure.text(0.01, 0.06 / height, _sign_auc(diagnosed["sign_auc"]), size="small", va="bottom")
    return figure


def _differs(variable: Json) -> bool:
    """Tell whether the two signs have different shapes in a variable, at a p-value below 1 %."""
    return variable["p_value"] is not None and variable["p_value"] < DIFFERENT_SHAPES


def _chi2_axis(axes: Axes, values: Sequence[float]) -> None:
    """Give χ²/ndf a logarithmic axis around 1, with plain numbers."""
    known = [value for value in values if np.isfinite(value) and value > 0]
    axes.set_xscale("log")
    axes.set_xlim(min([0.5, *(0.7 * value for value in known)]), max([3.0, *(1.6 * value for value in known)]))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.axvline(1, color=GREY, linestyle="--", linewidth=1.2)


def _explain(figure: Figure, height: float) -> None:
    """Say below the two right panels what the colours mean."""
    handles = [Patch(color=VERMILION), Patch(color=BLUE)]
    labels = [f"different (p < {DIFFERENT_SHAPES:g})", "compatible"]
    figure.legend(handles, labels, loc="lower right", bbox_to_anchor=(0.99, 0.02 / height), ncols=2, borderaxespad=0)


def _sign_auc(separation: Json) -> str:
    """Write in words whether a network can tell the signs apart."""
    question = "Can a network tell the signs apart?"
    if separation["value"] is None:
        return f"{question} Undefined: {separation['reason']}"
    number = with_error(separation["value"], separation["error"])
    answer = {"separable": "Yes", "alike": "No"}.get(separation["verdict"], separation["verdict"])
    return f"{question} {answer}: AUC {number} (0.5: alike)"


def _batches(axes: Axes, batches: Json) -> None:
    """Draw the share of drawn batches with a negative sum; where none was drawn, an arrow down from the limit on it."""
    sizes, share = np.array(batches["sizes"]), np.array(batches["probability"])
    error = np.array(batches["error"])
    seen = share > 0
    axes.errorbar(sizes[seen], share[seen], yerr=error[seen], fmt="o", color=BLUE, elinewidth=1, label="drawn batches")
    if not seen.all():
        limit = np.where(seen, np.nan, NONE_SEEN_AT_95 * error)[~seen]
        axes.errorbar(
            sizes[~seen], limit, yerr=0.6 * limit, uplims=True, fmt="none", color=BLUE, elinewidth=1,
            label="none negative: 95 % limit",
        )  # fmt: skip
    gaussian = np.array(batches["gaussian"])
    axes.plot(sizes, np.where(gaussian > SMALLEST_DRAWN, gaussian, np.nan), "--", color=GREY, label="Gaussian estimate")
    safe = batches["safe_probability"]
    axes.axhline(safe, color=BLACK, linestyle=":", linewidth=1, label=f"allowed: {safe:g}")
    if batches["smallest_safe_size"] is not None:
        size = batches["smallest_safe_size"]
        axes.plot([size, size], [SMALLEST_DRAWN, 1], color=GREEN, linewidth=1.4, label=f"safe from {size} events on")
    axes.set(xscale="log", yscale="log", ylim=(0.1 * safe, 1000), xlim=(sizes[0] / 1.5, sizes[-1] * 1.5))
    axes.yaxis.set_major_locator(FixedLocator([10.0**power for power in range(-6, 1)]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("Events in the mini-batch")
    axes.set_ylabel("Probability of a negative sum")
    axes.legend(loc="upper right")


def strategy_comparison(comparison: Json, times: Mapping[str, float | None], settings: PlotSettings) -> Figure:
    """Draw all strategies side by side: AUC, significance, closure, effective size and training time.

    Args:
        comparison: content of `comparison.json`.
        times: strategy to its mean CPU seconds per training.
        settings: names and labels.
    """
    strategies: dict[str, Json] = comparison["strategies"]
    names = sorted(strategies, key=lambda name: -(strategies[name]["auc"]["value"] or 0.0))
    height = 2.1 + 0.36 * len(names)
    figure = Figure(figsize=(11.5, height))
    grid = figure.add_gridspec(1, 5, width_ratios=(1.3, 1.3, 1.2, 1, 1), wspace=0.13, left=0.185, right=0.985)
    grid.update(bottom=1.1 / height, top=1 - 0.4 / height)
    panels = [figure.add_subplot(grid[column]) for column in range(5)]
    stamp(panels[0], settings, right=panels[-1])
    rows = np.arange(len(names))
    colours = [VERMILION if strategies[name]["diverged"] else BLUE for name in names]
    _with_errors(panels[0], rows, [strategies[name]["auc"] for name in names], colours, "AUC")
    _with_errors(panels[1], rows, [strategies[name]["significance"] for name in names], colours, "Significance $Z$")
    reference = comparison["reference"]
    if reference in strategies:
        for axes, key in ((panels[0], "auc"), (panels[1], "significance")):
            if strategies[reference][key]["value"] is not None:
                axes.axvline(strategies[reference][key]["value"], color=GREY, linestyle="--", linewidth=1.2)
    _closures(panels[2], rows, [strategies[name]["closure"] for name in names])
    for axes, values, label in (
        (panels[3], [strategies[name]["effective_size_gain"] for name in names], "Effective events\nover signed ones"),
        (panels[4], [times.get(name) or np.nan for name in names], "CPU time of\na training [s]"),
    ):
        axes.barh(rows, values, color=[*colours], height=0.6)
        axes.margins(x=0.08)
        axes.set_xlabel(label)
    chosen = comparison["recommendation"]["strategy"]
    for index, axes in enumerate(panels):
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_yticks(rows, [_strategy_label(name, strategies, chosen) for name in names] if index == 0 else [])
        axes.minorticks_off()
        axes.tick_params(axis="y", which="both", length=0)
    panels[3].axvline(1, color=GREY, linestyle=":", linewidth=1.2)
    _comparison_legend(figure, height, reference if reference in strategies else None, VERMILION in colours)
    return figure


def _strategy_label(name: str, strategies: Mapping[str, Json], chosen: str | None) -> str:
    if strategies[name]["diverged"]:
        return f"{name} (diverged)"
    return f"{name} (recommended)" if name == chosen else name


def _comparison_legend(figure: Figure, height: float, reference: str | None, diverged: bool) -> None:
    """Explain bars, the dashed line, markers and colours once, below all panels."""
    handles: list[Any] = [
        Line2D([], [], color=BLUE, marker="o", linewidth=2.4),
        Line2D([], [], color=BLUE, linewidth=0.8),
        Line2D([], [], color=BLUE, marker="o", linestyle="none"),
        Line2D([], [], color=GREEN, marker="s", linestyle="none"),
    ]
    labels = ["mean of the seeds, its error", "spread of single trainings", "closure: inputs", "closure: others"]
    if reference:
        handles.append(Line2D([], [], color=GREY, linestyle="--", linewidth=1.2))
        labels.append(f"strategy {reference}")
    if diverged:
        handles.append(Patch(color=VERMILION))
        labels.append("diverged")
    figure.legend(handles, labels, loc="lower center", bbox_to_anchor=(0.5, 0.02 / height), ncols=len(labels))


def _with_errors(
    axes: Axes, rows: np.ndarray[Any, Any], values: Sequence[Json], colours: Sequence[str], label: str
) -> None:
    """Draw means with their spread over seeds (thin) and the error of the mean (thick)."""
    for row, value, colour in zip(rows, values, colours, strict=True):
        if value["value"] is None:
            axes.text(
                0.5, row, "undefined", transform=axes.get_yaxis_transform(), ha="center", va="center", size="small"
            )
            continue
        axes.errorbar(value["value"], row, xerr=value["spread"], fmt="none", color=colour, elinewidth=0.8)
        axes.errorbar(value["value"], row, xerr=value["error"], fmt="o", color=colour, elinewidth=2.4)
    axes.margins(x=0.08)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.set_xlabel(label)


def _closures(axes: Axes, rows: np.ndarray[Any, Any], closures: Sequence[Json]) -> None:
    """Draw χ²/ndf of the closure, mean over inputs and over other variables; say where there is nothing to test."""
    for kind, colour, marker in (("inputs", BLUE, "o"), ("others", GREEN, "s")):
        values = [(closure.get("chi2_per_ndf") or {}).get(kind) for closure in closures]
        known = [value if value is not None else np.nan for value in values]
        axes.plot(known, rows, marker, color=colour, linestyle="none")
    for row, closure in zip(rows, closures, strict=True):
        if not any(value is not None for value in (closure.get("chi2_per_ndf") or {}).values()):
            axes.text(
                0.5,
                row,
                "nothing to test",
                transform=axes.get_yaxis_transform(),
                ha="center",
                va="center",
                size="small",
            )
    axes.set_xscale("log")
    axes.axvline(1, color=GREY, linestyle=":", linewidth=1.2)
    axes.margins(x=0.08)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(r"Closure $\chi^2$/ndf" + "\n(1: closes)")
