"""Figure of the sculpting check: does a cut on the score change the background's mass shape?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import DrawnRatio, Panel, band, divide, panel_grid, points, ratio_range
from signedag.plotting.style import (
    BLACK,
    GREY,
    MARKERS,
    Floats,
    axis_label,
    chi2_text,
    p_text,
    stamp,
)
from signedag.report.limits import grade_sculpting
from signedag.report.numbers import significant

Json = Mapping[str, Any]


def mass_in_score_quantiles(sculpting: Json, settings: PlotSettings) -> Figure:
    """Draw the background's mass in quantiles of the score against the inclusive one.

    Colours go from light (lowest scores) to dark (highest ones): where the score does not depend on the mass all lie on
    the inclusive shape and the ratios on 1. The panel says in words what it shows; the numbers stand below.
    Unit-normalised shapes with √Σw² bars and ratios to the inclusive background (grey band: its own √Σw²).

    Args:
        sculpting: content of `sculpting.json`.
        settings: names and labels.
    """
    figure, (panel,) = panel_grid(1, ratio=True, width=5.0, height=5.4, columns=1)
    stamp(panel.main, settings, subject=sculpting["variant"])
    region = settings.regions.get(sculpting["region"], sculpting["region"])
    _quantiles(panel, sculpting, f"background, {region}")
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
    panel.main.stairs(inclusive, edges, color=BLACK, linewidth=1.8, label="all scores", zorder=3)
    band(panel.main, edges, inclusive, inclusive_error)
    band(panel.ratio, edges, np.where(inclusive > 0, 1.0, np.nan), divide(inclusive_error, inclusive))
    quantiles = sculpting["quantiles"]
    ratios, highest = [DrawnRatio(divide(inclusive, inclusive), BLACK)], _highest(inclusive + inclusive_error)
    for index, quantile in enumerate(quantiles):
        density, error = _shape(quantile["mass"], edges)
        colour, offset = quantile_colour(index, len(quantiles)), 0.18 * (index - 0.5 * (len(quantiles) - 1))
        style: dict[str, Any] = {"color": colour, "fmt": MARKERS[index % len(MARKERS)], "offset": offset}
        panel.main.stairs(density, edges, color=colour, linewidth=1.0, alpha=0.7)
        points(panel.main, edges, density, error, label=_quantile_label(index, len(quantiles), quantile), **style)
        ratio = divide(density, inclusive)
        panel.ratio.stairs(ratio, edges, color=colour, linewidth=1.0, alpha=0.7, baseline=None)
        points(panel.ratio, edges, ratio, divide(error, inclusive), **style)
        ratios.append(DrawnRatio(ratio, colour, offset))
        highest = max(highest, _highest(density + error))
    ratio_range(panel.ratio, edges, ratios, smallest=0.1, largest=1.0)
    panel.main.set_ylim(0, (1.8 + 0.11 * len(quantiles)) * (highest or 1.0))
    panel.main.set_ylabel("Normalised to unit area")
    panel.ratio.set_ylabel("Ratio to all")
    text = f"{title}\n{verdict(sculpting)}\n{_numbers(sculpting)}"
    panel.main.legend(loc="upper right", title=text, alignment="left")


def quantile_colour(index: int, count: int) -> str:
    """Give a quantile's colour, from light for the lowest scores to dark for the highest, in grey as well."""
    return to_hex(colormaps["viridis_r"](0.2 + 0.75 * index / max(count - 1, 1)))


def _highest(values: Floats) -> float:
    """Give the largest defined value; 0 if there is none."""
    return float(np.nan_to_num(values).max())


def _quantile_label(index: int, count: int, quantile: Json) -> str:
    """Say which scores a quantile holds, and why it was not compared if it was not."""
    low = 0.0 if quantile["score_above"] is None else quantile["score_above"]
    high = 1.0 if quantile["score_up_to"] is None else quantile["score_up_to"]
    place = "lowest" if index == 0 else "highest" if index == count - 1 else f"{index + 1} of {count}"
    text = f"scores {low:.2f}$-${high:.2f} ({place})"
    compared = quantile["chi2_to_inclusive"]
    return text if compared["chi2"] is not None else f"{text}: {chi2_text(compared)}"


def verdict(sculpting: Json) -> str:
    """Say in words whether the score changes the mass, by the limits of the report's verdict."""
    judged = sculpting.get("non_resonant") or sculpting
    if judged["chi2_mean"] is None:
        return f"undefined ({judged['chi2_reason']})"
    words = {
        "good": "The mass does not depend on the score.",
        "marginal": "The mass depends a little on the score.",
        "bad": "The score sculpts the mass.",
    }
    return words[grade_sculpting(judged["chi2_mean"], judged["chi2_p_smallest"], judged["ks_probability"])]


def _numbers(sculpting: Json) -> str:
    lines = []
    parts = [("", sculpting)]
    if sculpting.get("non_resonant"):
        parts.append(("no resonance: ", sculpting["non_resonant"]))
    for name, part in parts:
        mean, distance = part["chi2_mean"], part["ks_distance"]
        chi2 = "undefined" if mean is None else f"{mean:.3g}" if mean < 100 else f"{mean:.0f}"
        test = "undefined" if distance is None else significant(distance, 2)
        lines.append(f"{name}mean $\\chi^2$/ndf {chi2}, largest KS distance {test}")
    return "\n".join(lines)


def mass_by_quantile(sculpting: Json, settings: PlotSettings) -> Figure:
    """Draw the background's mass in each quantile of the score by itself, against the inclusive one.

    Points with √Σw² bars lie on the grey line and the ratios on 1 where the mass does not depend on the score. Open
    marks below: the same without resonant samples, which a decorrelated score leaves at high scores.

    Args:
        sculpting: content of `sculpting.json`.
        settings: names and labels.
    """
    quantiles = sculpting["quantiles"]
    count = max(len(quantiles), 1)
    columns = min(count, 2)
    figure, panels = panel_grid(count, ratio=True, width=5.0, height=4.6, columns=columns, gap=0.75)
    stamp(panels[0].main, settings, right=panels[columns - 1].main, subject=sculpting["variant"])
    without = sculpting["non_resonant"]
    others = without["quantiles"] if without else []
    for index, panel in enumerate(panels):
        if quantiles:
            own = others[index] if index < len(others) else None
            _one_quantile(panel, sculpting, index, own)
        else:
            text = f"undefined: {sculpting['chi2_reason']}"
            panel.main.text(0.95, 0.95, text, transform=panel.main.transAxes, ha="right", va="top")
        panel.lowest.set_xlabel(axis_label(settings, sculpting["mass"]))
        panel.main.set_xlim(sculpting["mass_edges"][0], sculpting["mass_edges"][-1])
    return figure


def _one_quantile(panel: Panel, sculpting: Json, index: int, without: Json | None) -> None:
    """Draw one quantile, and its ratio without resonant samples if there are any."""
    assert panel.ratio is not None
    quantiles, edges = sculpting["quantiles"], np.array(sculpting["mass_edges"])
    quantile, colour = quantiles[index], quantile_colour(index, len(quantiles))
    inclusive, inclusive_error = _shape(sculpting["inclusive"], edges)
    density, error = _shape(quantile["mass"], edges)
    panel.main.stairs(inclusive, edges, color=GREY, linewidth=1.8, label="all scores")
    band(panel.main, edges, inclusive, inclusive_error)
    points(panel.main, edges, density, error, color=colour, label=_quantile_label(index, len(quantiles), quantile))
    ratio, offset = divide(density, inclusive), 0.12 if without else 0.0
    band(panel.ratio, edges, np.where(inclusive > 0, 1.0, np.nan), divide(inclusive_error, inclusive))
    points(panel.ratio, edges, ratio, divide(error, inclusive), color=colour, offset=-offset)
    ratios = [DrawnRatio(ratio, colour, -offset)]
    if without:
        smooth, _ = _shape(sculpting["non_resonant"]["inclusive"], edges)
        other, other_error = _shape(without["mass"], edges)
        style: dict[str, Any] = {"color": BLACK, "fmt": "s", "markerfacecolor": "white", "markersize": 4}
        points(panel.ratio, edges, divide(other, smooth), divide(other_error, smooth), offset=offset, **style)
        panel.main.errorbar([], [], yerr=[], label="below: without resonance, to its all scores", elinewidth=1, **style)
        ratios.append(DrawnRatio(divide(other, smooth), BLACK, offset))
    ratio_range(panel.ratio, edges, ratios, smallest=0.1, largest=1.0)
    highest = max(_highest(density + error), _highest(inclusive + inclusive_error))
    panel.main.set_ylim(0, 2.0 * (highest or 1.0))
    panel.main.set_ylabel("Normalised to unit area")
    panel.ratio.set_ylabel("Ratio to all")
    panel.main.legend(loc="upper right", title=_agreement(quantile, without), alignment="left")


def _agreement(quantile: Json, without: Json | None) -> str:
    """Give χ² and p-values of a quantile, and without the resonance where there is one."""
    lines = []
    for name, part in (("", quantile), ("without resonance: ", without)):
        if part is not None:
            test = part["ks_to_complement"]["probability"]
            lines.append(f"{name}{chi2_text(part['chi2_to_inclusive'])}, KS {p_text(test)}")
    return "\n".join(lines)
