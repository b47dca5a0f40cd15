"""Figures of the negative weights of one sample: how many there are, the sign's calibration, the closure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import (
    DrawnRatio,
    Panel,
    band,
    divide,
    drawn_edges,
    last_of_first_row,
    mark_undefined,
    panel_grid,
    points,
    ratio_range,
)
from signedag.plotting.style import (
    BLACK,
    BLUE,
    GREY,
    VERMILION,
    Floats,
    axis_label,
    chi2_text,
    p_text,
    per_unit,
    process_label,
    stamp,
)
from signedag.report.numbers import percent, probability, with_error

Json = Mapping[str, Any]

KINDS: dict[str, dict[str, Any]] = {
    "uncalibrated": {"color": VERMILION, "fmt": "s", "markerfacecolor": "white", "offset": -0.12},
    "calibrated": {"color": BLUE, "fmt": "o", "offset": 0.12},
}
"""How the two states of the sign network are drawn."""
LINES = {"uncalibrated": "--", "calibrated": "-"}


def negative_fraction(closure: Json, calibration: Json, settings: PlotSettings) -> Figure:
    """Draw the share of |w| in negative events in bins of every closure variable, and the overall one.

    Args:
        closure: content of `closure.json`: `negative_fraction.{variable}` with edges, fraction and error.
        calibration: content of `calibration.json`, for the overall share.
        settings: names and labels.
    """
    fractions: dict[str, Json] = closure["negative_fraction"]
    compared = closure["closure"]["calibrated"]
    figure, panels = panel_grid(len(fractions), ratio=False, height=2.7)
    stamp(panels[0].main, settings, right=last_of_first_row(panels), subject=process_label(settings, closure["sample"]))
    for panel, variable in zip(panels, _inputs_first(compared), strict=True):
        binned = fractions[variable]
        edges = drawn_edges(np.array(binned["edges"]))
        fraction, error = np.array(binned["fraction"]), np.array(binned["error"])
        axes = panel.main
        axes.stairs(fraction, edges, color=BLUE, linewidth=1.2)
        points(axes, edges, fraction, error, color=BLUE, markersize=3)
        overall = calibration["negative_fraction"]
        axes.axhline(overall, color=GREY, linestyle="--", linewidth=1.2, label=f"whole sample: {percent(overall)}")
        axes.set_xlim(edges[0], edges[-1])
        axes.set_ylim(0, max(1.55 * float(np.max(fraction + error)), 0.01))
        axes.set_xlabel(axis_label(settings, variable))
        axes.set_ylabel("Negative share of $|w|$")
        axes.legend(loc="upper right", title=_role(compared[variable]), alignment="right")
    return figure


def _inputs_first(compared: Mapping[str, Json]) -> list[str]:
    """Order the variables: inputs of the sign network, then the others, each by name."""
    return sorted(compared, key=lambda variable: (not compared[variable]["is_input"], variable))


def _role(compared: Json) -> str:
    return "input of the network" if compared["is_input"] else "not an input"


def sign_calibration(calibration: Json, closure: Json, settings: PlotSettings) -> Figure:
    """Draw the reliability of P(w > 0 | x) before and after calibration, and against the truth where it is known.

    Args:
        calibration: content of `calibration.json`.
        closure: content of `closure.json`; its `truth` is empty where there is none.
        settings: names and labels.
    """
    truth: dict[str, Json] = closure["truth"]
    figure, panels = panel_grid(2 if truth else 1, ratio=True, width=4.9, height=5.0, columns=2 if truth else 1)
    stamp(panels[0].main, settings, right=panels[-1].main, subject=process_label(settings, calibration["sample"]))
    bias = calibration["yield_bias"]
    curves = {}
    for kind in KINDS:
        curve = calibration["reliability"][kind]
        legend = f"{kind}: yield bias {with_error(100 * bias[kind], 100 * bias['statistical_error'])} %"
        curves[kind] = (np.array(curve["estimated"]), np.array(curve["observed"]), np.array(curve["error"]), legend)
    _against_diagonal(panels[0], curves, "calibration: points on the line")
    panels[0].main.set_ylabel("Observed share of positive $|w|$")
    panels[0].lowest.set_xlabel(r"Estimated $\hat{p}(w > 0\,|\,x)$")
    panels[0].lowest.set_ylabel("Obs. $-$ est. [%]")
    if truth:
        curves = {}
        for kind in [kind for kind in KINDS if kind in truth]:
            known = truth[kind]
            legend = f"{kind}: {chi2_text(known)}"
            curves[kind] = (np.array(known["truth"]), np.array(known["estimate"]), np.array(known["error"]), legend)
        _against_diagonal(panels[1], curves, "known truth: points on the line")
        panels[1].main.set_ylabel(r"Mean estimate $\hat{p}(w > 0\,|\,x)$")
        panels[1].lowest.set_xlabel("True $p(w > 0\\,|\\,x)$")
        panels[1].lowest.set_ylabel("Est. $-$ truth [%]")
    return figure


def _against_diagonal(panel: Panel, curves: Mapping[str, tuple[Floats, Floats, Floats, str]], title: str) -> None:
    """Draw points against the diagonal and, below, their distance to it in per cent."""
    assert panel.ratio is not None
    drawn = np.concatenate([np.concatenate([at, y - error, y + error]) for at, y, error, _ in curves.values()])
    low, high = float(drawn.min()), float(drawn.max())
    margin = max(0.06 * (high - low), 0.005)
    ends = np.array([low - margin, high + margin])
    panel.main.plot(ends, ends, color=GREY, linewidth=1, zorder=0.5)
    panel.ratio.axhline(0, color=GREY, linewidth=1, zorder=0.5)
    furthest = 0.0
    for kind, (at, values, errors, legend) in curves.items():
        style = {name: value for name, value in KINDS[kind].items() if name != "offset"}
        panel.main.errorbar(at, values, yerr=errors, elinewidth=1, label=legend, **style)
        panel.ratio.errorbar(at, 100 * (values - at), yerr=100 * errors, elinewidth=1, **style)
        furthest = max(furthest, 100 * float(np.max(np.abs(values - at) + errors)))
    panel.main.set_xlim(*ends)
    panel.main.set_ylim(ends[0], ends[1] + 0.25 * (ends[1] - ends[0]))
    panel.ratio.set_ylim(-1.15 * furthest, 1.15 * furthest)
    panel.ratio.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10], prune="both"))
    panel.main.legend(loc="upper left", title=title, alignment="left")


def weight_closure(closure: Json, settings: PlotSettings) -> Figure:
    """Draw signed against training weights in every closure variable, with ratios to the signed ones.

    The grey band is √Σw² of the signed weights, the points' bars are √Σ(w' - w)², the error of the difference, which
    χ² is made of. A ratio outside the panel is a triangle at its border, a bin without a positive signed sum is
    crossed. Outer bins hold everything beyond them and are drawn at most twice as wide as their neighbours. Where the
    closure was tested region by region or for the members of an ensemble, the worst of them stand in the legend.

    Args:
        closure: content of `closure.json`.
        settings: names and labels.
    """
    kinds: dict[str, dict[str, Json]] = {kind: closure["closure"][kind] for kind in KINDS if kind in closure["closure"]}
    variables = _inputs_first(kinds["calibrated"])
    figure, panels = panel_grid(len(variables), ratio=True, width=3.6, height=3.9, heading=0.85)
    stamp(panels[0].main, settings, right=last_of_first_row(panels), subject=process_label(settings, closure["sample"]))
    outside = crossed = False
    for panel, variable in zip(panels, variables, strict=True):
        compared = {kind: of_kind[variable] for kind, of_kind in kinds.items()}
        marks = _closure_panel(panel, compared, _beside(closure, variable))
        outside, crossed = outside or marks[0], crossed or marks[1]
        panel.main.set_ylabel(per_unit(settings, variable))
        panel.lowest.set_xlabel(axis_label(settings, variable))
        panel.lowest.set_ylabel("Ratio to signed")
    _closure_legend(figure, panels[0].main, tuple(kinds), outside, crossed)
    return figure


def _closure_panel(panel: Panel, kinds: Mapping[str, Json], beside: Sequence[str]) -> tuple[bool, bool]:
    """Draw one variable; tell whether a ratio is outside the panel, and whether one has no positive signed sum."""
    assert panel.ratio is not None
    reference = kinds["calibrated"]
    edges = drawn_edges(np.array(reference["edges"]))
    width = np.diff(edges)
    signed, error = np.array(reference["signed"]), np.sqrt(np.array(reference["signed_variance"]))
    points(panel.main, edges, signed / width, error / width, color=BLACK, markersize=3)
    band(panel.ratio, edges, np.where(signed > 0, 1.0, np.nan), divide(error, signed))
    ratios = []
    for kind, compared in kinds.items():
        training = np.array(compared["training"])
        line: dict[str, Any] = {"color": KINDS[kind]["color"], "linestyle": LINES[kind], "linewidth": 1.3}
        panel.main.stairs(training / width, edges, label=chi2_text(compared), **line)
        ratio = divide(training, signed)
        bars = divide(np.sqrt(np.array(compared["difference_variance"])), signed)
        points(panel.ratio, edges, ratio, bars, markersize=3, **KINDS[kind])
        ratios.append(DrawnRatio(ratio, KINDS[kind]["color"], KINDS[kind]["offset"]))
    for text in beside:
        panel.main.plot([], [], linestyle="none", label=text)
    outside = ratio_range(panel.ratio, edges, ratios)
    undefined = (signed <= 0) & np.any([np.array(compared["training"]) != 0 for compared in kinds.values()], axis=0)
    mark_undefined(panel.ratio, edges, undefined)
    panel.main.set_xlim(edges[0], edges[-1])
    densities = [np.array(compared["training"]) / width for compared in kinds.values()] + [(signed + error) / width]
    headroom = 1.75 + 0.14 * len(beside)
    panel.main.set_ylim(min(0.0, 1.2 * float(np.min(signed / width))), headroom * float(np.max(densities)))
    panel.main.legend(loc="upper right", title=_role(reference), alignment="right")
    return outside, bool(undefined.any())


def _beside(closure: Json, variable: str) -> list[str]:
    """Say what else was tested in a variable: the worst of the regions, and the members of an ensemble."""
    by_region: Mapping[str, Json] = closure.get("by_region") or {}
    tests = [kinds["calibrated"][variable] for kinds in by_region.values() if variable in kinds.get("calibrated", {})]
    p_values = [test["p_value"] for test in tests if test["p_value"] is not None]
    lines = []
    if p_values:
        region = "training region" if len(p_values) == 1 else f"worst of {len(p_values)} regions"
        lines.append(f"{region}: {p_text(min(p_values))}")
    spread = _ensemble_range(closure, variable)
    return [*lines, spread] if spread else lines


def _ensemble_range(closure: Json, variable: str) -> str:
    """Write the range of p-values of the networks of an ensemble, each tested alone; empty for a single network."""
    tested = ((closure.get("ensemble") or {}).get("variables") or {}).get(variable)
    if tested is None or tested["p_value_range"]["lowest"] is None:
        return ""
    lowest, highest = (probability(tested["p_value_range"][end]) for end in ("lowest", "highest"))
    return f"single networks: p = {lowest} to {highest}"


def _closure_legend(figure: Figure, axes: Axes, kinds: tuple[str, ...], outside: bool, crossed: bool) -> None:
    """Explain symbols once for all panels, in lines above them."""
    handles: list[Any] = [axes.errorbar([], [], yerr=[], fmt="o", color=BLACK)]
    for kind in kinds:
        style = {
            ("marker" if name == "fmt" else name): value for name, value in KINDS[kind].items() if name != "offset"
        }
        handles.append(axes.errorbar([], [], yerr=[], linestyle=LINES[kind], **style))
    name = "training weights" if len(kinds) == 1 else "transformed"
    labels = ["signed weights, bars and band √Σ$w^2$"]
    labels += [name if len(kinds) == 1 else f"{name}, {kind}" for kind in kinds]
    if outside:
        handles.append(axes.plot([], [], "^", color=BLACK, markersize=6)[0])
        labels.append("ratio outside the panel")
    if crossed:
        handles.append(axes.plot([], [], "x", color=BLACK, markersize=6)[0])
        labels.append("no positive signed sum")
    columns = 1 if len(figure.axes) <= 2 else 2 if len(figure.axes) <= 4 else 3
    figure.legend(handles, labels, loc="upper center", ncols=columns)
