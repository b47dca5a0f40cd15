"""Figure of what mini-batches hold: events and training weight by process, and background's parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.ticker import MaxNLocator, NullLocator

from signedag.config.plotting import PlotSettings
from signedag.json_blocks import Block
from signedag.plotting.style import BLACK, GREY, SERIES, Floats, axis_label, process_label, stamp

WIDTH = 3.5
"""Of a column, inches."""
ROW = 1.25
"""Height of a variant's row, inches."""
LEFT, RIGHT, TOP, BOTTOM = 1.5, 0.25, 0.45, 0.75
"""Margins, inches; the legend stands below."""
CHARACTERS = 14
"""Of a line of a classifier's name."""
LEGEND_LINE = 0.24
"""Height of a line of the legend, inches."""
PROCESSES_IN_A_LINE = 6
BACKGROUND: dict[str, Any] = {"facecolor": GREY, "alpha": 0.6, "linewidth": 0}
SIGNAL: dict[str, Any] = {"facecolor": "none", "edgecolor": BLACK, "linewidth": 1.4}
"""How the parameter of both classes is drawn: that of signal on top."""


def batches(histories: Sequence[Block], settings: PlotSettings) -> Figure:
    """Draw what the batches of several classifiers hold, one row each, the mean of all given trainings of it.

    Left the mean number of events of each process, beside it its share of the training weight; a thick line divides
    background from signal, whose bars are hatched. At the right, where a classifier is conditioned on parameters, the
    distribution of the first one in a batch, of background and of signal, by training weight.

    Args:
        histories: contents of `history.json`, of one or several trainings of each classifier.
        settings: names, labels and colours.
    """
    of_variant: dict[str, list[Block]] = {}
    for history in histories:
        of_variant.setdefault(history.text("variant"), []).append(history.block("batches"))
    processes = _processes(histories)
    parametric = any(one.listed("parameters") for blocks in of_variant.values() for one in blocks)
    lines = -(-len(processes) // PROCESSES_IN_A_LINE) + parametric
    columns, rows = 3 if parametric else 2, len(of_variant)
    size = (LEFT + columns * WIDTH, TOP + rows * ROW + BOTTOM + lines * LEGEND_LINE)
    figure = Figure(figsize=size)
    grid = GridSpec(
        rows,
        columns,
        figure=figure,
        left=LEFT / size[0],
        right=1 - RIGHT / size[0],
        bottom=(BOTTOM + lines * LEGEND_LINE) / size[1],
        top=1 - TOP / size[1],
        wspace=0.16,
        hspace=0.55 if parametric else 0.0,
    )
    events, weight = figure.add_subplot(grid[:, 0]), figure.add_subplot(grid[:, 1])
    for row, (variant, blocks) in enumerate(of_variant.items()):
        for axes, key in ((events, "events"), (weight, "weight")):
            _bar(axes, row, _means(blocks, key, processes), processes, settings)
        if parametric and blocks[0].listed("parameters"):
            _parameter(figure.add_subplot(grid[row, 2]), [one.listed("parameters")[0] for one in blocks], settings)
        events.text(-0.02, row, _in_lines(variant), transform=events.get_yaxis_transform(), ha="right", va="center")
    for axes, label in ((events, "Events in a batch"), (weight, "Share of the training weight")):
        axes.set_ylim(rows - 0.5, -0.5)
        axes.yaxis.set_major_locator(NullLocator())
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_xlabel(label)
    stamp(events, settings, right=figure.axes[2] if len(figure.axes) > 2 else weight)
    _legend(figure, processes, settings, parametric)
    return figure


def _in_lines(name: str) -> str:
    """Break a long name after underscores, so that it fits beside its row."""
    return fill(name.replace("_", "_ "), CHARACTERS).replace("_ ", "_")


def _processes(histories: Sequence[Block]) -> dict[str, str]:
    """Give all processes with their classes: background first, in the order of their names."""
    found = {
        name: one.text("class")
        for history in histories
        for name, one in history.block("batches").blocks("processes").items()
    }
    return dict(sorted(found.items(), key=lambda item: (item[1] == "signal", item[1], _natural(item[0]))))


def _natural(name: str) -> tuple[str, float]:
    """Order names by what stands before a number at their end, then by the number: X750 before X1000."""
    text = name.rstrip("0123456789")
    return text, float(name[len(text) :] or 0)


def _means(blocks: Sequence[Block], key: str, processes: Mapping[str, str]) -> Floats:
    """Give the mean of a number over trainings, for each process; 0 where the variant has it not, NaN if undefined."""

    def value(block: Block, name: str) -> float:
        own = block.blocks("processes").get(name)
        if own is None:
            return 0.0
        given = own.number_or_none(key)
        return np.nan if given is None else given

    return np.array([np.mean([value(block, name) for block in blocks]) for name in processes])


def _bar(axes: Axes, row: int, values: Floats, processes: Mapping[str, str], settings: PlotSettings) -> None:
    """Draw one stacked bar; what is negative goes to the left of zero."""
    if not np.isfinite(values).all():
        axes.text(0.5, row, "undefined", ha="center", va="center", transform=axes.get_yaxis_transform())
        return
    ends = {True: 0.0, False: 0.0}
    divided = False
    for number, ((name, of_class), value) in enumerate(zip(processes.items(), values, strict=True)):
        if of_class == "signal" and not divided and number:
            axes.plot([ends[True]] * 2, [row - 0.42, row + 0.42], color=BLACK, linewidth=2.5, zorder=3)
            divided = True
        side = bool(value >= 0)
        axes.barh(row, value, left=ends[side], height=0.6, **_style(name, number, of_class, settings))
        ends[side] += value


def _style(name: str, number: int, of_class: str, settings: PlotSettings) -> dict[str, Any]:
    known = settings.processes.get(name)
    return {
        "color": known.colour if known else SERIES[number % len(SERIES)],
        "edgecolor": "white",
        "linewidth": 0.6,
        "hatch": "///" if of_class == "signal" else ("..." if not known and number >= len(SERIES) else None),
    }


def _parameter(axes: Axes, blocks: Sequence[Block], settings: PlotSettings) -> None:
    """Draw the distribution of a parameter, background beside signal."""
    values, kind = np.array(blocks[0].defined_numbers("values")), blocks[0].text("kind")
    shares = {}
    for label in ("background", "signal"):
        numbers = [blocks[index].block(label).numbers("weight") for index in range(len(blocks))]
        one = np.array([[np.nan if value is None else value for value in row] for row in numbers])
        shares[label] = one.mean(axis=0)
    if kind == "points":
        distances = np.diff(np.unique(values))
        width = 0.5 * (float(distances.min()) if distances.size else 1.0)
        axes.bar(values, shares["background"], width, **BACKGROUND)
        axes.bar(values, shares["signal"], width, **SIGNAL)
    else:
        axes.stairs(shares["background"], values, fill=True, **BACKGROUND)
        axes.stairs(shares["signal"], values, **SIGNAL)
    axes.set_ylim(0, 1.6 * float(np.nanmax([*shares["background"], *shares["signal"]])))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=2))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.text(0.98, 0.93, axis_label(settings, blocks[0].text("name")), transform=axes.transAxes, ha="right", va="top")


def _legend(figure: Figure, processes: Mapping[str, str], settings: PlotSettings, parametric: bool) -> None:
    axes = figure.axes[0]
    handles = [
        axes.barh(0, 0, label=process_label(settings, name), **_style(name, number, of_class, settings))
        for number, (name, of_class) in enumerate(processes.items())
    ]
    if parametric:
        handles += [
            axes.barh(0, 0, label=f"parameter of {label}", **style)
            for label, style in (("background", BACKGROUND), ("signal", SIGNAL))
        ]
    axes.margins(x=0)
    figure.legend(handles=handles, loc="lower center", ncols=PROCESSES_IN_A_LINE, columnspacing=1.2)
