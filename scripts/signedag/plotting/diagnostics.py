"""Figures of the choice of a negative-weight strategy: the diagnostics of a sample and the comparison of strategies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from signedag.config.plotting import PlotSettings
from signedag.plotting.style import BLACK, BLUE, GREEN, GREY, VERMILION, axis_label, process_label, stamp

Json = Mapping[str, Any]


def diagnostics(found: Json, settings: PlotSettings) -> Figure:
    """Draw how likely a mini-batch with a negative sum is, and how different the signs look in each variable.

    Args:
        found: content of a sample's diagnostics.
        settings: names and labels.
    """
    variables: dict[str, Json] = found["variables"]
    height = max(3.6, 1.6 + 0.24 * len(variables))
    figure = Figure(figsize=(11.5, height))
    # The second column is room for the names of the variables.
    grid = figure.add_gridspec(1, 4, width_ratios=(1.35, 0.42, 1, 1), wspace=0.12, left=0.065, right=0.985)
    grid.update(bottom=0.55 / height, top=1 - 0.35 / height)
    batches, chi2, ks = (figure.add_subplot(grid[column]) for column in (0, 2, 3))
    stamp(batches, settings, right=ks, subject=process_label(settings, found["sample"]))
    _batches(batches, found["batches"])
    verdict = found["sign_auc"]
    area = "undefined" if verdict["value"] is None else rf"{verdict['value']:.3f} $\pm$ {verdict['error']:.3f}"
    text = f"sign AUC {area}: {verdict['verdict']}"
    batches.text(0.96, 0.95, text, transform=batches.transAxes, ha="right", va="top", size="small")
    names = list(variables)
    per_ndf = [value["chi2"] / value["ndf"] if value["chi2"] is not None else np.nan for value in variables.values()]
    distances = [value["ks"]["distance"] or np.nan for value in variables.values()]
    for axes, values, label in ((chi2, per_ndf, r"$\chi^2$/ndf"), (ks, distances, "KS distance")):
        axes.barh(np.arange(len(names)), values, color=BLUE, height=0.65)
        axes.set_xlabel(f"{label}, + against |−|")
        axes.margins(x=0.08)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.minorticks_off()
    chi2.set_xscale("log")
    chi2.axvline(1, color=GREY, linestyle="--", linewidth=1)
    chi2.set_yticks(np.arange(len(names)), [axis_label(settings, name) for name in names])
    ks.set_yticks(np.arange(len(names)), [""] * len(names))
    return figure


def _batches(axes: Axes, batches: Json) -> None:
    sizes, share = np.array(batches["sizes"]), np.array(batches["probability"])
    error = np.array(batches["error"])
    seen = share > 0
    axes.errorbar(sizes[seen], share[seen], yerr=error[seen], fmt="o", color=BLUE, elinewidth=1, label="drawn batches")
    axes.plot(sizes, np.clip(batches["gaussian"], 1e-7, None), "--", color=GREY, label=r"$\Phi(-\sqrt{n}\,\mu/\sigma)$")
    axes.axhline(batches["safe_probability"], color=BLACK, linestyle=":", linewidth=1)
    if batches["smallest_safe_size"] is not None:
        axes.axvline(batches["smallest_safe_size"], color=GREEN, linewidth=1, label="smallest safe size")
    axes.set(xscale="log", yscale="log", ylim=(2e-5, 2), xlim=(sizes[0] / 1.5, sizes[-1] * 1.5))
    axes.set_xlabel("Events in the mini-batch")
    axes.set_ylabel("Probability of a negative sum")
    axes.legend(loc="center right")


def strategy_comparison(comparison: Json, times: Mapping[str, float | None], settings: PlotSettings) -> Figure:
    """Draw all strategies side by side: AUC, significance, closure, effective size and training time.

    Args:
        comparison: content of `comparison.json`.
        times: strategy to its mean CPU seconds per training.
        settings: names and labels.
    """
    rows: dict[str, Json] = comparison["strategies"]
    names = sorted(rows, key=lambda name: -(rows[name]["auc"]["value"] or 0.0))
    figure = Figure(figsize=(12.5, 1.7 + 0.36 * len(names)), layout="constrained")
    panels = figure.subplots(1, 5, width_ratios=(1.3, 1.3, 1.2, 1, 1))
    stamp(panels[0], settings, right=panels[-1])
    place = np.arange(len(names))
    colours = [VERMILION if rows[name]["diverged"] else BLUE for name in names]
    _with_errors(panels[0], place, [rows[name]["auc"] for name in names], colours, "AUC (signed weights)")
    _with_errors(panels[1], place, [rows[name]["significance"] for name in names], colours, r"Binned significance $Z$")
    reference = comparison["reference"]
    if reference in rows:
        panels[0].axvline(rows[reference]["auc"]["value"], color=GREY, linestyle="--", linewidth=1)
        panels[1].axvline(rows[reference]["significance"]["value"], color=GREY, linestyle="--", linewidth=1)
    _closures(panels[2], place, [rows[name]["closure"] for name in names])
    for axes, values, label in (
        (panels[3], [rows[name]["effective_size_gain"] for name in names], "Effective size gain"),
        (panels[4], [times.get(name) or np.nan for name in names], "CPU s per training"),
    ):
        axes.barh(place, values, color=[*colours], height=0.6)
        axes.margins(x=0.08)
        axes.set_xlabel(label)
    chosen = comparison["recommendation"]["strategy"]
    labels = [f"{name} (recommended)" if name == chosen else name for name in names]
    for index, axes in enumerate(panels):
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_yticks(place, [_marked(name, rows) for name in labels] if index == 0 else [""] * len(names))
        axes.minorticks_off()
    return figure


def _marked(label: str, rows: Mapping[str, Json]) -> str:
    return f"{label} (diverged)" if label in rows and rows[label]["diverged"] else label


def _with_errors(
    axes: Axes, place: np.ndarray[Any, Any], values: Sequence[Json], colours: Sequence[str], label: str
) -> None:
    """Draw means with their spread over seeds (thin) and the error of the mean (thick)."""
    for at, value, colour in zip(place, values, colours, strict=True):
        if value["value"] is None:
            axes.text(
                0.5, at, "undefined", transform=axes.get_yaxis_transform(), ha="center", va="center", size="small"
            )
            continue
        axes.errorbar(value["value"], at, xerr=value["spread"], fmt="none", color=colour, elinewidth=0.8)
        axes.errorbar(value["value"], at, xerr=value["error"], fmt="o", color=colour, elinewidth=2.4)
    axes.set_xlabel(label)


def _closures(axes: Axes, place: np.ndarray[Any, Any], closures: Sequence[Json]) -> None:
    kinds = (("inputs", BLUE, "o", "inputs"), ("others", GREEN, "s", "other variables"))
    for kind, colour, marker, label in kinds:
        values = [(closure.get("chi2_per_ndf") or {}).get(kind) for closure in closures]
        known = [value if value is not None else np.nan for value in values]
        axes.plot(known, place, marker, color=colour, label=label, linestyle="none")
    axes.axvline(1, color=GREY, linestyle="--", linewidth=1)
    axes.set_xscale("log")
    axes.margins(x=0.08)
    axes.set_xlabel(r"Closure $\chi^2$/ndf")
    axes.legend(loc="best", fontsize="x-small")
