"""Figure of the sculpting check: does a cut on the score change the background's mass shape?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import Panel, band, divide, panel_grid, points, ratio_range
from signedag.plotting.style import (
    BLACK,
    BLUE,
    GREY,
    MARKERS,
    ORANGE,
    SERIES,
    VERMILION,
    Floats,
    axis_label,
    chi2_text,
    p_text,
    process_label,
    stamp,
)
from signedag.report.numbers import significant, with_error

Json = Mapping[str, Any]


def mass_in_score_quantiles(sculpting: Json, settings: PlotSettings) -> Figure:
    """Draw the background's mass in quantiles of its score against the inclusive one, and the diboson check.

    Left: unit-normalised shapes with √Σw² bars and ratios to the inclusive background (grey band: its own √Σw²).
    Right, where the analysis has a resonant background: what remains of it above the smooth background in the top
    quantile of the signal.

    Args:
        sculpting: content of `sculpting.json`.
        settings: names and labels.
    """
    resonance = sculpting["resonance"]
    count = 2 if resonance else 1
    figure, panels = panel_grid(count, ratio=True, width=5.9, height=5.9, columns=count)
    stamp(panels[0].main, settings, right=panels[-1].main, subject=sculpting["variant"])
    region = settings.regions.get(sculpting["region"], sculpting["region"])
    _quantiles(panels[0], sculpting, f"background, {region}")
    if resonance:
        _resonance(panels[1], sculpting, settings)
    for panel in panels:
        panel.lowest.set_xlabel(axis_label(settings, sculpting["mass"]))
        panel.main.set_xlim(sculpting["mass_edges"][0], sculpting["mass_edges"][-1])
    return figure


def _shape(template: Json, edges: Floats) -> tuple[Floats, Floats]:
    """Give density and error per bin of a unit-normalised histogram; NaN if its sum is not positive."""
    values, errors = np.array(template["values"]), np.sqrt(np.array(template["variances"]))
    total = float(values.sum())
    norm = total * np.diff(edges) if total > 0 else np.full(values.shape, np.nan)
    return values / norm, errors / norm


def _quantiles(panel: Panel, sculpting: Json, title: str) -> None:
    assert panel.ratio is not None
    edges = np.array(sculpting["mass_edges"])
    inclusive, inclusive_error = _shape(sculpting["inclusive"], edges)
    panel.main.stairs(inclusive, edges, color=BLACK, linewidth=1.6, label="inclusive")
    band(panel.main, edges, inclusive, inclusive_error)
    band(panel.ratio, edges, np.where(inclusive > 0, 1.0, np.nan), divide(inclusive_error, inclusive))
    quantiles = sculpting["quantiles"]
    ratios, highest = [(divide(inclusive, inclusive), BLACK)], _highest(inclusive + inclusive_error)
    for index, found in enumerate(quantiles):
        density, error = _shape(found["mass"], edges)
        offset = 0.18 * (index - 0.5 * (len(quantiles) - 1))
        style: dict[str, Any] = {
            "color": SERIES[index % len(SERIES)],
            "fmt": MARKERS[index % len(MARKERS)],
            "offset": offset,
        }
        points(panel.main, edges, density, error, label=_quantile_label(index, len(quantiles), found), **style)
        ratio = divide(density, inclusive)
        points(panel.ratio, edges, ratio, divide(error, inclusive), **style)
        ratios.append((ratio, style["color"]))
        highest = max(highest, _highest(density + error))
    ratio_range(panel.ratio, edges, ratios, smallest=0.1, largest=1.0)
    panel.main.set_ylim(0, (1.5 + 0.12 * len(quantiles)) * (highest or 1.0))
    panel.main.set_ylabel("Normalised to unit area")
    panel.ratio.set_ylabel("Ratio to inclusive")
    panel.main.legend(loc="upper right", title=_headline(sculpting, title), alignment="left")


def _highest(values: Floats) -> float:
    """Give the largest defined value; 0 if there is none."""
    return float(np.nan_to_num(values).max())


def _quantile_label(index: int, count: int, found: Json) -> str:
    low = 0.0 if found["score_above"] is None else found["score_above"]
    high = 1.0 if found["score_up_to"] is None else found["score_up_to"]
    text = f"score {low:.2f}$-${high:.2f} ({index + 1}/{count}): {chi2_text(found['chi2_to_inclusive'])}"
    test = found["ks_to_complement"]
    return text if test["distance"] is None else f"{text}; KS {significant(test['distance'], 2)}"


def _headline(sculpting: Json, title: str) -> str:
    mean, distance = sculpting["chi2_mean"], sculpting["ks_distance"]
    chi2 = f"undefined ({sculpting['chi2_reason']})" if mean is None else f"{mean:.2f}"
    test = "undefined" if distance is None else f"{significant(distance, 2)}, {p_text(sculpting['ks_probability'])}"
    return f"{title}\nmean $\\chi^2$/ndf {chi2}; worst KS {test}"


def _resonance(panel: Panel, sculpting: Json, settings: PlotSettings) -> None:
    """Draw the top quantile of the signal score: background, its smooth part, resonance and signal."""
    assert panel.ratio is not None
    found, edges = sculpting["resonance"], np.array(sculpting["mass_edges"])
    total, error = np.array(found["background"]["values"]), np.sqrt(np.array(found["background"]["variances"]))
    resonant, signal = np.array(found["resonant"]["values"]), np.array(found["signal"]["values"])
    smooth = np.array(found["peak"]["smooth_background"])
    names = ", ".join(dict.fromkeys(process_label(settings, sample) for sample in found["samples"]))
    signals = ", ".join(process.label for process in settings.processes.values() if process.signal)
    points(panel.main, edges, total, error, color=BLACK, label="background")
    panel.main.stairs(resonant, edges, fill=True, color=ORANGE, alpha=0.7, label=names)
    panel.main.stairs(signal, edges, color=VERMILION, linestyle="--", label=f"{signals} (not in the background)")
    points(panel.ratio, edges, total - (smooth if smooth.size else 0), error, color=BLACK)
    panel.ratio.stairs(resonant, edges, fill=True, color=ORANGE, alpha=0.7)
    if smooth.size:
        panel.main.stairs(smooth, edges, color=BLUE, linewidth=1.6, label="smooth background")
    panel.ratio.axhline(0, color=BLUE, linewidth=1.2)
    panel.ratio.set_ylabel("Bkg. $-$ smooth" if smooth.size else "Background")
    for axes in (panel.main, panel.ratio):
        _mark_window(axes, found["window"])
    panel.main.set_ylim(min(0.0, 1.2 * float(np.min(total - error))), 1.75 * float(np.max(total + error)))
    panel.main.set_ylabel("Expected events / bin")
    cut = "undefined cut" if found["threshold"] is None else f"score > {found['threshold']:.2f}"
    kept = "" if found["signal_efficiency"] is None else f" ({100 * found['signal_efficiency']:.0f} % of the signal)"
    panel.main.legend(loc="upper right", title=f"{cut}{kept}\n{_peak_text(found)}", alignment="left")


def _mark_window(axes: Axes, window: Json) -> None:
    if window["low"] is not None:
        axes.axvspan(window["low"], window["high"], color=GREY, alpha=0.2, linewidth=0, zorder=0.2)


def _peak_text(found: Json) -> str:
    def excess(peak: Json) -> str:
        value = peak["excess"]
        if value["value"] is None:
            return "undefined"
        return with_error(value["value"], value["error"])

    return (
        f"excess in the window {excess(found['peak'])},\nwithout the resonance {excess(found['peak_without_resonant'])}"
        f"\nsidebands: {chi2_text(found['peak']['sidebands'])}"
    )
