"""The figure of expected upper limits and σ_μ against the mass, with the ratios of models to the reference."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from signedag.config.plotting import PlotSettings
from signedag.plotting.mass_axis import (
    ModelPoints,
    draw_models,
    legend_over_lines,
    mass_range,
    name_models,
    or_nan,
    range_with,
)
from signedag.plotting.panels import Panel, panel_grid
from signedag.plotting.style import BLACK, Floats, axis_label, process_label, stamp
from signedag.statistics.mass_limits import LimitAtMass, MassLimits, Ratio

BANDS = (("-2", "2", "#F9E9B8", r"±2 $\sigma$"), ("-1", "1", "#A5D9C7", r"±1 $\sigma$"))
"""Ends, colour and label of each band; pale, since points of all colours lie on them."""
WIDE = 5.0
"""Numbers that differ by such a factor get a logarithmic axis."""
FEW_DECADES = 1.2
"""A logarithmic axis of so few decades has its intermediate ticks numbered."""


def mass_limits(limits: MassLimits, bands_of: str, settings: PlotSettings) -> Figure:
    """Draw expected limits with the bands of one model (left) and σ_μ (right), below each the ratio to the reference.

    Args:
        limits: of all models.
        bands_of: the model whose bands are drawn.
        settings: names and labels.
    """
    figure, panels = panel_grid(2, ratio=True, width=5.0, height=5.0, columns=2)
    stamp(panels[0].main, settings, right=panels[1].main)
    masses = np.array([one.parameters[limits.parameter] for model in limits.models.values() for one in model.values()])
    confidence = next(iter(next(iter(limits.models.values())).values())).fitted.limit.confidence
    _draw_bands(panels[0].main, limits, bands_of)
    labels = (
        rf"Expected limit on $\mu$ at {100 * confidence:g} % CL$_\mathrm{{s}}$",
        r"Expected error $\sigma_\mu$",
    )
    for panel, quantity, label in zip(panels, ("limit", "sigma_mu"), labels, strict=True):
        _draw_quantity(panel, limits, quantity)
        panel.main.set_ylabel(label)
        panel.lowest.set_xlabel(axis_label(settings, limits.parameter))
        for axes in (panel.main, panel.ratio):
            assert axes is not None
            mass_range(axes, masses)
    if bands_of in limits.models:
        legend_over_lines(panels[0].main, f"bands of {bands_of}")
    legend_over_lines(panels[1].main, "")
    _name_undefined(panels[1].main, limits, settings)
    return figure


def _draw_quantity(panel: Panel, limits: MassLimits, quantity: str) -> None:
    """Draw one number of all models, and its ratio to the reference."""
    assert panel.ratio is not None
    count = len(limits.models)
    models, ratios = [], []
    for number, (label, masses) in enumerate(limits.models.items()):
        values = [one.fitted.value(quantity)[0] for one in masses.values()]
        models.append(_points(limits, label, number, values))
        if label != limits.reference:
            compared: list[Ratio] = [limits.ratio(label, name, quantity) for name in masses]
            ratios.append(_points(limits, label, number, [one.value for one in compared]))
    draw_models(panel.main, models, count)
    if quantity == "sigma_mu":
        name_models(panel.main, models)
    _scale(panel.main, models)
    draw_models(panel.ratio, ratios, count)
    range_with(panel.ratio, ratios, 1.0)
    panel.ratio.set_ylabel(f"To {limits.reference}" if limits.reference in limits.models else "Ratio")


def _points(limits: MassLimits, label: str, number: int, values: list[float | None]) -> ModelPoints:
    masses: list[LimitAtMass] = list(limits.models[label].values())
    return ModelPoints(
        label,
        number,
        np.array([one.parameters[limits.parameter] for one in masses], dtype=np.float64),
        _array(values),
        np.full(len(masses), np.nan),
        np.array([one.trained for one in masses], dtype=bool),
    )


def _draw_bands(axes: Axes, limits: MassLimits, bands_of: str) -> None:
    """Draw the bands of one model where both ends are defined; none if there is no such model."""
    masses = list(limits.models.get(bands_of, {}).values())
    at = _array([one.parameters[limits.parameter] for one in masses])
    for low, high, colour, label in BANDS:
        lowest, highest = (_array([one.fitted.limit.expected[side] for one in masses]) for side in (low, high))
        if len(masses) == 1:
            axes.vlines(at, lowest, highest, color=colour, linewidth=14, zorder=0.3)
        axes.fill_between(at, lowest, highest, color=colour, linewidth=0, zorder=0.3, label=label)


def _scale(axes: Axes, models: list[ModelPoints]) -> None:
    """Give the vertical axis a logarithmic scale where numbers differ by factors; else it starts at zero."""
    values = np.concatenate([model.values for model in models])
    values = values[values > 0]
    if not values.size or values.max() < WIDE * values.min():
        axes.set_ylim(bottom=0)
        return
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    if np.log10(high / low) < FEW_DECADES:
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _name_undefined(axes: Axes, limits: MassLimits, settings: PlotSettings) -> None:
    """Write why numbers are missing, the first reason of each model."""
    reasons = []
    for label, masses in limits.models.items():
        for name, one in masses.items():
            reason = next((why for value, why in map(one.fitted.value, ("limit", "sigma_mu")) if value is None), "")
            if reason:
                reasons.append(f"{label} at {process_label(settings, name)}: {reason}")
                break
    if reasons:
        text = "undefined: " + "\n".join(reasons)
        axes.text(0.02, 0.02, text, transform=axes.transAxes, size="small", va="bottom", color=BLACK)


def _array(values: list[float | None] | list[float]) -> Floats:
    return np.array([or_nan(value) for value in values], dtype=np.float64)
