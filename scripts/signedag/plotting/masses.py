"""Figures of classifiers by mass: models of a table against the mass, and the curves of one of them at all masses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.ticker import FixedLocator, NullFormatter
from scipy.special import expit, logit

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
from signedag.plotting.panels import panel_grid
from signedag.plotting.style import GREY, Floats, axis_label, process_label, stamp
from signedag.report.numbers import with_error

Json = Mapping[str, Any]

LABELS = {
    "auc": "AUC",
    "area_under_precision_recall": "Area under precision-recall curve",
    "significance_ratio": r"Significance ratio $\sigma_\mathrm{ratio}$",
}
"""What is drawn against the mass, by its name in results."""
SMALLEST_SIGNAL_EFFICIENCY = 0.02
"""Below it a background efficiency is a handful of events: the logarithmic range starts here."""
TAIL = 0.05
"""Thresholds closer to 0 or 1 than this need an axis that shows the tail."""
LOGIT_RANGE = (1e-4, 1 - 1e-6)
"""Thresholds beyond are not drawn."""
DARKEST, LIGHTEST = 0.0, 0.85
"""Part of the colour map that masses are drawn in: its light end is not seen in print."""


def models_by_mass(comparison: Json, table: str, metric: str, settings: PlotSettings) -> Figure:
    """Draw one number of all models of a table against the mass, and below the difference to the first model.

    Where a model has several seeds the point is their mean with its error, otherwise the number of its score with the
    error of the events; differences are paired in the same way.

    Args:
        comparison: content of `compare_masses`' JSON.
        table: the table.
        metric: a key of `LABELS`.
        settings: names and labels.
    """
    parameter, content = comparison["parameter"], comparison["tables"][table]
    models = [
        _points(number, model, parameter, [_number(mass[metric]) for mass in _sorted(model, parameter)])
        for number, model in enumerate(content["models"])
    ]
    differences = [
        _points(number, model, parameter, _differences(model, difference, metric, parameter))
        for number, (model, difference) in enumerate(zip(content["models"][1:], content["to_first"], strict=True), 1)
    ]
    figure, (panel,) = panel_grid(1, ratio=True, width=5.4, height=4.6, columns=1)
    assert panel.ratio is not None
    axes = panel.main
    stamp(axes, settings)
    # lines between points that stand side by side would look like differences where the number rises
    draw_models(axes, models, len(models), lines=False)
    name_models(axes, models)
    for row in (axes, panel.ratio):
        mass_range(row, np.concatenate([model.masses for model in models]))
    axes.set_ylabel(LABELS[metric])
    legend_over_lines(axes, _what_is_drawn(content["models"], metric))
    draw_models(panel.ratio, differences, len(models))
    range_with(panel.ratio, differences, 0.0)
    panel.ratio.set_ylabel(r"$\Delta$ to first [$10^{-3}$]")
    panel.ratio.set_xlabel(axis_label(settings, parameter))
    _name_undefined(axes, content["models"], metric, settings)
    return figure


def curves_by_mass(masses: Json, settings: PlotSettings) -> Figure:
    """Draw ROC, precision against recall and significance ratio against threshold of one classifier at all masses.

    Masses are ordered from dark to light; held-out ones are dashed. A point marks the largest significance ratio.

    Args:
        masses: content of `masses.json` of `check_masses`.
        settings: names and labels.
    """
    figure, panels = panel_grid(3, ratio=False, width=3.9, height=4.0, columns=3)
    roc, precision, ratio = (panel.main for panel in panels)
    stamp(roc, settings, right=ratio, subject=masses["variant"])
    processes = sorted(masses["processes"].items(), key=lambda item: tuple(item[1]["parameters"].values()))
    visible = []
    for number, (name, mass) in enumerate(processes):
        curve, label = mass["curve"], process_label(settings, name)
        style: dict[str, Any] = {
            "color": _colour(number, len(processes)),
            "linestyle": "-" if mass["trained"] else "--",
        }
        for axes, metric in zip((roc, precision, ratio), LABELS, strict=True):
            axes.plot([], [], label=f"{label}: {_written(mass[metric])}", **style)
        if curve["reason"]:
            continue
        signal, background = (_array(curve[f"{role}_efficiency"]) for role in ("signal", "background"))
        roc.plot(np.append(0, signal), np.append(0, background), **style)
        visible.append(background[(background > 0) & (signal > SMALLEST_SIGNAL_EFFICIENCY)])
        precision.plot(signal, _array(curve["precision"]), **style)
        ratio.plot(_array(curve["threshold"]), _array(curve["significance_ratio"]), **style)
        best = mass["significance_ratio"]
        ratio.plot(best["threshold"], best["value"], "o", color=style["color"], markersize=5, zorder=3)
    held_out = not all(mass["trained"] for _, mass in processes)
    _finish_roc(roc, visible, "AUC (dashed: held out)" if held_out else "AUC, signed weights")
    _finish_precision(precision)
    _finish_ratio(ratio, [mass for _, mass in processes])
    return figure


def _finish_roc(axes: Axes, visible: Sequence[Floats], title: str) -> None:
    lowest = min((float(some.min(initial=0.1)) for some in visible), default=0.1)
    line = np.linspace(0, 1, 200)
    axes.plot(line, line, color=GREY, linestyle=":", linewidth=1, label="no separation")
    axes.set_yscale("log")
    axes.set_xlim(0, 1)
    axes.set_xlabel("Signal efficiency")
    axes.set_ylabel("Background efficiency")
    legend = axes.legend(loc="lower right", title=title, alignment="left")
    axes.set_ylim(1.5 * (0.33 * lowest) ** (1 / (1 - _height_of(legend))), 1.5)


def _finish_precision(axes: Axes) -> None:
    axes.axhline(0.5, color=GREY, linestyle=":", linewidth=1, label="no separation")
    axes.set_xlim(0, 1)
    axes.set_xlabel("Recall (signal efficiency)")
    axes.set_ylabel("Precision, classes of equal weight")
    legend = axes.legend(loc="lower left", title="Area under the curve", alignment="left")
    share = _height_of(legend)
    axes.set_ylim(min((0.45 - 1.05 * share) / (1 - share), 0), 1.05)


def _finish_ratio(axes: Axes, masses: Sequence[Json]) -> None:
    """Show all thresholds; on a logit scale where a best one lies close to 0 or 1, in the tail of the scores."""
    best = [value for mass in masses if (value := mass["significance_ratio"]["threshold"]) is not None]
    if any(not TAIL < value < 1 - TAIL for value in best):
        axes.set_xscale("logit")
        known = np.clip(np.concatenate([_array(mass["curve"]["threshold"]) for mass in masses]), *LOGIT_RANGE)
        axes.set_xlim(float(known.min()), float(known.max()))
        axes.xaxis.set_minor_formatter(NullFormatter())
        low, *ticks, high = logit(np.array([axes.get_xlim()[0], *axes.get_xticks(), axes.get_xlim()[1]]))
        # labels are long: one at the border would leave the figure
        inside = [tick for tick in ticks if 0.05 < (tick - low) / (high - low) < 0.95]
        axes.xaxis.set_major_locator(FixedLocator(expit(np.array(inside)).tolist()))
    else:
        axes.set_xlim(0, 1)
    axes.set_xlabel("Score threshold")
    axes.set_ylabel(LABELS["significance_ratio"])
    legend = axes.legend(loc="upper left", title="Largest ratio", alignment="left")
    axes.set_ylim(0, axes.get_ylim()[1] / (1 - _height_of(legend)))


def _height_of(legend: Legend) -> float:
    """Give the share of a panel's height that a legend with a title takes."""
    return min(0.052 * (len(legend.get_texts()) + 1.6), 0.6)


def _colour(number: int, count: int) -> Any:
    share = number / max(count - 1, 1)
    return colormaps["viridis"](DARKEST + share * (LIGHTEST - DARKEST))


def _array(values: Sequence[float | None]) -> Floats:
    return np.array([or_nan(value) for value in values], dtype=np.float64)


def _written(number: Json) -> str:
    return "undefined" if number["value"] is None else with_error(number["value"], number["error"])


def _sorted(model: Json, parameter: str) -> list[Json]:
    """Give the masses of a model by growing parameter."""
    masses: list[Json] = sorted(model["processes"].values(), key=lambda mass: mass["parameters"][parameter])
    return masses


def _points(
    number: int, model: Json, parameter: str, numbers: Sequence[tuple[float | None, float | None]]
) -> ModelPoints:
    masses = _sorted(model, parameter)
    return ModelPoints(
        model["model"],
        number,
        np.array([mass["parameters"][parameter] for mass in masses], dtype=np.float64),
        _array([value for value, _ in numbers]),
        _array([error for _, error in numbers]),
        np.array([mass["trained"] for mass in masses], dtype=bool),
    )


def _number(block: Json) -> tuple[float | None, float | None]:
    """Give the mean over seeds with its error; the number of the score with the error of the events without seeds."""
    seeds = block["over_seeds"]
    chosen = seeds if seeds["value"] is not None else block
    return chosen["value"], chosen["error"]


def _differences(model: Json, difference: Json, metric: str, parameter: str) -> list[tuple[float | None, float | None]]:
    """Give the difference to the first model at each mass of a model, 10⁻³; None where the first one is not judged."""
    names = sorted(model["processes"], key=lambda name: model["processes"][name]["parameters"][parameter])
    numbers: list[tuple[float | None, float | None]] = []
    for name in names:
        block = difference["processes"][name][metric] if name in difference["processes"] else None
        if block is None:
            numbers.append((None, None))
            continue
        chosen = block if block["value"] is not None else block["combined"]
        numbers.append((_in_thousandths(chosen["value"]), _in_thousandths(chosen["error"])))
    return numbers


def _in_thousandths(value: float | None) -> float | None:
    return None if value is None else 1000 * value


def _what_is_drawn(models: Sequence[Json], metric: str) -> str:
    """Say what points and error bars are."""
    over_seeds = {
        mass[metric]["over_seeds"]["value"] is not None
        for model in models
        for mass in model["processes"].values()
        if mass[metric]["value"] is not None
    }
    if over_seeds == {True}:
        return "mean over seeds with its error"
    if over_seeds == {False}:
        return "error of the simulated events"
    return "mean over seeds with its error;\nof one seed: error of the events"


def _name_undefined(axes: Axes, models: Sequence[Json], metric: str, settings: PlotSettings) -> None:
    """Write why numbers are missing, the first reason of each model."""
    reasons = []
    for model in models:
        for name, mass in model["processes"].items():
            if mass[metric]["value"] is None:
                reasons.append(f"{model['model']} at {process_label(settings, name)}: {mass[metric]['reason']}")
                break
    if reasons:
        text = "undefined: " + "\n".join(reasons)
        axes.text(0.02, 0.02, text, transform=axes.transAxes, size="small", va="bottom")
    if not math.isfinite(sum(axes.get_ylim())):
        axes.set_ylim(0, 1)
