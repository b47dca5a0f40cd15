"""Figures of one region in every variable: data, stacked simulation with the signal in front, ratio and error band."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from signedag.config.distributions import PlotDistributionsSettings
from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import cut_bins, drawn_edges, panel_grid
from signedag.plotting.stack import Overlay, Stack, data_and_simulation
from signedag.plotting.style import Floats, axis_label, per_unit, stamp
from signedag.statistics.prediction_band import AppliedFactors, prediction_band
from signedag.statistics.template_files import RegionTemplates, TemplateFile

Json = Mapping[str, Any]

SCORE_PREFIX = "score_"
"""What names of scores begin with, and no column does."""
SIGNAL_REGION = "signal_region"
"""The rule that hides all events of the signal regions."""
SIGNAL_HEIGHT = 0.4
"""The signal's line is at most so high, as a share of the stack's height."""


@dataclass(frozen=True)
class Drawn:
    """One variable of the region, ready to be drawn."""

    name: str
    """The variable."""
    region: RegionTemplates
    """Simulation and data."""
    without: list[str]
    """What is hidden, in words."""


def drawn_variables(templates: TemplateFile, settings: PlotSettings) -> Iterator[Drawn]:
    """Give every variable of a file, in the file's order."""
    described = templates.description.block("distributions")
    for name, regions in templates.in_observables.items():
        rules = described.block(name).listed("without")
        texts = [
            _rule_text(rule.text("variable"), rule.number_or_none("low"), rule.number_or_none("high"), settings)
            for rule in rules
        ]
        for region in regions.values():
            yield Drawn(name, region, texts)


def _rule_text(variable: str, low: float | None, high: float | None, settings: PlotSettings) -> str:
    """Say which events a rule hides.

    >>> from signedag.config.plotting import Plots
    >>> labels = {"m_jj_gev": "$m_{jj}$ [GeV]"}
    >>> settings = PlotSettings(plots=Plots(labels=labels), luminosity_fb=1.0, processes={}, samples={}, regions={})
    >>> _rule_text("m_jj_gev", 100.0, 140.0, settings), _rule_text("score_plain", 0.8, None, settings)
    ('100 ≤ $m_{jj}$ ≤ 140 GeV', 'score of plain ≥ 0.8')
    """
    if variable == SIGNAL_REGION:
        return "events of the signal region"
    name, _, unit = axis_label(settings, variable).partition(" [")
    unit = f" {unit.rstrip(']')}" if unit else ""
    if variable.startswith(SCORE_PREFIX):
        name = f"score of {variable.removeprefix(SCORE_PREFIX)}"
    if low is None:
        return f"{name} ≤ {high:g}{unit}"
    return f"{name} ≥ {low:g}{unit}" if high is None else f"{low:g} ≤ {name} ≤ {high:g}{unit}"


def distribution(
    drawn: Drawn, settings: PlotDistributionsSettings, factors: AppliedFactors, logarithmic: bool = False
) -> Figure:
    """Draw a variable in events per unit, so that wide bins do not stand out.

    The band holds √Σw² of the simulation, shifts, weight variations and normalisations in quadrature, and the errors of
    the factors where there are any. The signal is part of the stack, and a line in front of it, times a round factor.

    Args:
        drawn: what to draw.
        settings: names, colours, uncertainties of yields.
        factors: what multiplies the processes.
        logarithmic: whether the vertical axis is.
    """
    figures, region = settings.figures, drawn.region
    edges = region.edges[0]
    events = {name: factors.scale(name) * template.values for name, template in region.nominal.items()}
    total: Floats = np.sum(list(events.values()), axis=0)
    data = np.full(total.size, np.nan) if region.data is None else region.data.values
    width = np.diff(drawn_edges(edges))
    overlays = [
        _signal_line(events[name] / width, total / width, width, name, figures)
        for name, process in figures.processes.items()
        if process.signal and name in events and np.any(events[name])
    ]
    errors = prediction_band(region, settings.normalisations, factors).total
    figure, (panel,) = panel_grid(1, ratio=True, width=5.4, height=5.8)
    stamp(panel.main, figures)
    stack = Stack(edges, events, total, errors, data, overlays)
    data_and_simulation(
        panel, stack, figures, _title(drawn, settings, factors, data), _data_name(settings), logarithmic
    )
    label = _label(drawn.name, figures)
    panel.main.set_ylabel(per_unit(figures, drawn.name))
    panel.lowest.set_xlabel(label + cut_bins(edges))
    return figure


def _signal_line(signal: Floats, total: Floats, width: Floats, name: str, settings: PlotSettings) -> Overlay:
    """Give a signal times a factor with which it is seen in front of the stack, 1, 2 or 5 times a power of ten."""
    process = settings.processes[name]
    factor = round_factor(SIGNAL_HEIGHT * float(total.max()) / float(np.abs(signal).max()))
    label = process.label if factor == 1 else f"{process.label} × {factor:,}".replace(",", "\u2009")
    return Overlay(factor * signal * width, process.colour, label)


def round_factor(most: float) -> int:
    """Give the largest of 1, 2, 5, 10, 20, ... that is not above a number, at least 1.

    >>> round_factor(0.3), round_factor(7.0), round_factor(20.0), round_factor(990.0)
    (1, 5, 20, 500)
    """
    if not most >= 1:
        return 1
    power = 10 ** math.floor(math.log10(most) + 1e-9)
    return int(max(step * power for step in (1, 2, 5) if step * power <= most * (1 + 1e-9)))


def _title(drawn: Drawn, settings: PlotDistributionsSettings, factors: AppliedFactors, data: Floats) -> str:
    """Say what is drawn: the region, whether factors are applied, and what is hidden."""
    region = drawn.region.region
    lines = [settings.figures.regions.get(region, region)]
    if factors.values:
        lines[0] += ", after scale factors"
    lines += [f"left out: {text}" for text in drawn.without]
    if drawn.region.data is None or not np.isfinite(data).any():
        lines.append("data are not shown")
    return "\n".join(lines)


def _data_name(settings: PlotDistributionsSettings) -> str:
    return "pseudo-data" if settings.pseudo_data else "data"


def _label(name: str, settings: PlotSettings) -> str:
    if name.startswith(SCORE_PREFIX):
        return f"Classifier score of {name.removeprefix(SCORE_PREFIX)}"
    return axis_label(settings, name)
