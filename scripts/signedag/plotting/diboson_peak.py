"""Figure of the diboson check: does a background that differs from the signal in mass alone survive a cut?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import Panel, panel_grid, points
from signedag.plotting.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    VERMILION,
    Floats,
    axis_label,
    process_label,
    stamp,
)
from signedag.report.limits import DIBOSON_PEAK, LEFT_OVER, SIDEBANDS
from signedag.report.numbers import p_value, with_error

Json = Mapping[str, Any]

LEGEND_FREE = 0.5
"""Share of a panel's height below its legend."""


def diboson_peak(check: Json, settings: PlotSettings) -> Figure:
    """Draw the mass in the top quantile of the signal's score, with the resonant background (left) and without it.

    Points: background that passes, √Σw² of the simulation. Curve: smooth background, fitted in the hatched sidebands
    beside the grey window. Below: what is above the curve.

    Args:
        check: content of `diboson_peak.json`.
        settings: names and labels.
    """
    figure, panels = panel_grid(2, ratio=True, width=5.0, height=5.4, columns=2)
    stamp(panels[0].main, settings, right=panels[1].main, subject=check["variant"])
    names = ", ".join(dict.fromkeys(process_label(settings, sample) for sample in check["samples"]))
    edges = np.array(check["mass_edges"])
    resonant = _template(check["resonant"])
    with_it = _template(check["background"])
    without = with_it[0] - resonant[0], np.sqrt(np.maximum(with_it[1] ** 2 - resonant[1] ** 2, 0.0))
    _draw(panels[0], check["peak"], with_it, edges, "background")
    _draw(panels[1], check["peak_without_resonant"], without, edges, f"background without {names}")
    for axes in (panels[0].main, panels[0].ratio):
        assert axes is not None
        axes.stairs(resonant[0], edges, fill=True, color=ORANGE, alpha=0.7, label=names, zorder=1)
    signals = ", ".join(process.label for process in settings.processes.values() if process.signal)
    signal, label = np.array(check["signal"]["values"]), f"{signals}, not in the background"
    panels[0].main.stairs(signal, edges, color=VERMILION, linestyle="--", label=label)
    lines = [[_cut(check), peak_verdict(check, names), *_significances(check)], [left_over_verdict(check, names)]]
    _share_ranges(panels, with_it)
    for panel, text in zip(panels, lines, strict=True):
        panel.main.legend(loc="upper right", title="\n".join(text), alignment="left")
        panel.lowest.set_xlabel(axis_label(settings, check["mass"]))
        panel.main.set_xlim(edges[0], edges[-1])
        for drawn in (panel.main, panel.ratio):
            assert drawn is not None
            _mark(drawn, check["window"], edges, LEGEND_FREE if drawn is panel.main else 1.0)
    return figure


def _template(described: Json) -> tuple[Floats, Floats]:
    """Give contents and √Σw² of a template."""
    return np.array(described["values"]), np.sqrt(np.array(described["variances"]))


def _draw(panel: Panel, peak: Json, background: tuple[Floats, Floats], edges: Floats, name: str) -> None:
    """Draw background and smooth background, and their difference below."""
    assert panel.ratio is not None
    values, errors = background
    smooth = np.array(peak["smooth_background"])
    points(panel.main, edges, values, errors, color=BLACK, label=name, zorder=3)
    if smooth.size:
        fit = peak["sidebands"]["p_value"]
        label = f"smooth background ({p_value(fit)} beside the window)"
        panel.main.stairs(smooth, edges, color=BLUE, linewidth=1.6, label=label, zorder=2)
        points(panel.ratio, edges, values - smooth, errors, color=BLACK, zorder=3)
    panel.ratio.axhline(0, color=BLUE, linewidth=1.2)
    panel.main.set_ylabel("Expected events / bin")
    panel.ratio.set_ylabel("Above smooth")


def _share_ranges(panels: list[Panel], background: tuple[Floats, Floats]) -> None:
    """Give both panels the same vertical ranges, so that they can be compared by eye."""
    values, errors = background
    differences = [limit for panel in panels if panel.ratio is not None for limit in panel.ratio.get_ylim()]
    for panel in panels:
        assert panel.ratio is not None
        highest = float(np.max(values + errors))
        panel.main.set_ylim(min(0.0, 1.2 * float(np.min(values - errors))), highest / (0.96 * LEGEND_FREE) or 1.0)
        panel.ratio.set_ylim(min(differences), max(differences))


def _mark(axes: Axes, window: Json, edges: Floats, top: float) -> None:
    """Shade the bins of the window, and hatch those of the sidebands, up to a share of the axes' height."""
    for index in window["peak_bins"]:
        axes.axvspan(edges[index], edges[index + 1], ymax=top, color=GREY, alpha=0.25, linewidth=0, zorder=0.2)
    for index in window["sideband_bins"]:
        style: dict[str, Any] = {"facecolor": "none", "edgecolor": GREY, "hatch": "///", "alpha": 0.35}
        axes.axvspan(edges[index], edges[index + 1], ymax=top, linewidth=0, zorder=0.2, **style)


def _cut(check: Json) -> str:
    if check["threshold"] is None or check["signal_efficiency"] is None:
        return "undefined cut"
    return f"score > {check['threshold']:.2f} ({100 * check['signal_efficiency']:.0f} % of the signal)"


def peak_verdict(check: Json, names: str) -> str:
    """Say in words whether the resonance stands out in the window, by the limits of the report's verdict."""
    sidebands, scaled = check["peak"]["sidebands"]["p_value"], check["peak"]["significance_scaled"]["value"]
    if scaled is None:
        return f"{names} peak: undefined"
    if sidebands is not None and SIDEBANDS.grade(sidebands) == "bad":
        return "The smooth curve misses the sidebands:\nno statement on a peak."
    words = {"good": "visible", "marginal": "hardly visible", "bad": "not visible"}
    return f"{names} peak: {words[DIBOSON_PEAK.grade(scaled)]}"


def _significances(check: Json) -> list[str]:
    """Write the excess, and its significance at both luminosities with the simulation's error."""
    peak = check["peak"]
    if peak["excess"]["value"] is None:
        return []
    lines = [f"excess {_events(peak)}"]
    for significance in (peak["significance"], peak["significance_scaled"]):
        if significance["value"] is not None:
            luminosity = check["luminosity_fb"] * significance["luminosity_factor"]
            size = with_error(significance["value"], significance["error"])
            lines.append(f"{size} $\\sigma$ in {luminosity:g} fb$^{{-1}}$")
    return lines


def _events(peak: Json) -> str:
    return f"{with_error(peak['excess']['value'], peak['excess']['error'])} events (simulation)"


def left_over_verdict(check: Json, names: str) -> str:
    """Say in words whether anything is left without the resonance."""
    peak = check["peak_without_resonant"]
    excess = peak["excess"]
    if excess["value"] is None or not excess["error"]:
        return f"without {names}: undefined"
    grade = LEFT_OVER.grade(abs(excess["value"]) / excess["error"])
    what = "an excess" if excess["value"] > 0 else "a deficit"
    words = {"good": "nothing is left", "marginal": f"{what} is left", "bad": f"the score itself makes {what}"}
    return f"without {names} {words[grade]}:\n{_events(peak)}"
