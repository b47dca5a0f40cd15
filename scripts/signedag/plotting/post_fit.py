"""The fitted regions before and after the fit: data and simulation in every observable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import cut_bins, panel_grid
from signedag.plotting.stack import Stack, data_and_simulation
from signedag.plotting.style import Floats, axis_label, per_unit, stamp

Json = Mapping[str, Any]

STAGES = ("before", "after")


def post_fit(content: Json, axes: tuple[str, ...], settings: PlotSettings, subject: str) -> Figure:
    """Draw the signal region in each of its observables, before the fit above and after it below.

    The band holds the errors of the parameters and √Σw² of the simulation in quadrature. The score is drawn on a
    logarithmic scale.

    Args:
        content: of `distributions.json`.
        axes: columns of the region's axes.
        settings: names, colours and order of the processes.
        subject: the classifier, the binning and the treatment.
    """
    region = content["signal_region"]
    shown = [one for one in content["distributions"] if one["region"] == region]
    figure, panels = panel_grid(2 * len(shown), ratio=True, width=4.1, height=4.5, columns=len(shown))
    stamp(panels[0].main, settings, right=panels[len(shown) - 1].main, subject=subject)
    label = settings.regions.get(region, region)
    for number, panel in enumerate(panels):
        stage, one = STAGES[number // len(shown)], shown[number % len(shown)]
        column = axes[one["axis"]]
        part = "" if one["lowest"] is None else f",\n{axes[-1]} > {one['lowest']:.3g}"
        title = f"{label}{part},\n{stage} the fit"
        logarithmic = column == "score"
        data_and_simulation(panel, _stack(one, stage), settings, title, data_name(content), logarithmic)
        edges = np.array(one["edges"])
        name = settings.plots.labels.get("score", "Classifier score") if logarithmic else axis_label(settings, column)
        panel.lowest.set_xlabel(name + cut_bins(edges))
        panel.main.set_ylabel(per_unit(settings, column))
    return figure


def data_name(content: Json) -> str:
    """Name the data: Asimov or observed, and whether some of them are hidden."""
    if content.get("data", "asimov") == "asimov":
        return "Asimov data"
    return "data" if content["unblinded"] else "data (blinded)"


def _stack(one: Json, stage: str) -> Stack:
    processes: dict[str, Floats] = {name: np.array(events) for name, events in one["processes"][stage].items()}
    total = np.sum(list(processes.values()), axis=0)
    errors = np.hypot(np.array(one["errors"][stage]), np.array(one["template_errors"][stage]))
    data = np.array([np.nan if value is None else value for value in one["data"]], dtype=np.float64)
    return Stack(np.array(one["edges"]), processes, total, errors, data)
