"""The model as a pyhf workspace.

With `smooth` interpolation `pyhf.Workspace(...).model()` is the model as it stands. The JSON has no place for the
interpolation, so `piecewise` needs `.model(modifier_settings=...)`, which `result.json` gives.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from signedag.statistics.expectation import Expectation
from signedag.statistics.model import Channel, Contribution, Model, Parameter
from signedag.statistics.templates import Floats

SPECIFICATION = "1.0.0"
"""Version of the HistFactory JSON schema."""
FURTHEST_SIGNAL_STRENGTH = 20.0
FURTHEST_NUISANCE = 5.0


def workspace(model: Model, counts: Floats) -> dict[str, Any]:
    """Give the model and its data as a pyhf workspace with the first signal strength as parameter of interest.

    Args:
        model: the model as it was fitted, with its bins already made positive.
        counts: events in each bin, shape (bins,).
    """
    bins = model.slices()
    return {
        "version": SPECIFICATION,
        "channels": [
            {"name": channel.region, "samples": [_sample(item, channel) for item in channel.contributions]}
            for channel in model.channels
        ],
        "observations": [{"name": region, "data": counts[own].tolist()} for region, own in bins.items()],
        "measurements": [
            {
                "name": "signal_strength",
                "config": {
                    "poi": model.strengths[0],
                    "parameters": [_parameter(model, item) for item in model.parameters],
                },
            }
        ],
    }


def _sample(item: Contribution, channel: Channel) -> dict[str, Any]:
    modifiers: list[dict[str, Any]] = [{"name": name, "type": "normfactor", "data": None} for name in item.factors]
    modifiers += [
        {
            "name": shape.nuisance,
            "type": "histosys",
            "data": {"hi_data": shape.up.tolist(), "lo_data": shape.down.tolist()},
        }
        for shape in item.shapes
    ]
    modifiers += [
        {"name": factor.nuisance, "type": "normsys", "data": {"hi": factor.up, "lo": factor.down}}
        for factor in item.normalisations
    ]
    if channel.template_statistics:
        errors = np.sqrt(item.variances).tolist()
        modifiers.append({"name": f"staterror_{channel.region}", "type": "staterror", "data": errors})
    return {"name": item.process, "data": item.nominal.tolist(), "modifiers": modifiers}


def _parameter(model: Model, item: Parameter) -> dict[str, Any]:
    if item.constrained:
        bounds = [-FURTHEST_NUISANCE, FURTHEST_NUISANCE]
    elif item.kind == "signal_strength":
        bounds = signal_strength_range(model, item.name)
    else:
        bounds = [1e-3 * item.initial, 10 * item.initial]
    return {"name": item.name, "inits": [item.initial], "bounds": [bounds], "fixed": False}


def signal_strength_range(model: Model, name: str) -> list[float]:
    """Give the range of a strength in which every prediction is positive, other parameters at their initial values."""
    expectation = Expectation(model)
    parameters = model.initial()
    ends = []
    for value in (0.0, 1.0):
        parameters[model.index(name)] = value
        ends.append(expectation.expected(parameters))
    background, signal = ends[0], ends[1] - ends[0]
    limits = -background[signal != 0] / signal[signal != 0]
    lowest = np.max(limits[limits < 0], initial=-FURTHEST_SIGNAL_STRENGTH)
    highest = np.min(limits[limits > 0], initial=FURTHEST_SIGNAL_STRENGTH)
    return [0.999 * float(lowest), 0.999 * float(highest)]
