"""Figure of the trainings of one classifier: objective, its terms and their factors by epoch."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, NullLocator, ScalarFormatter, StrMethodFormatter

from signedag.config.plotting import PlotSettings
from signedag.plotting.panels import panel_grid
from signedag.plotting.style import BLACK, DASHES, SERIES, VERMILION, Floats, stamp

Json = Mapping[str, Any]

MOST_SEEDS_IN_LEGEND = 6
MOST_REASONS = 3
CHARACTERS_PER_INCH = 11
"""Of the text that says why a training failed."""
COLOURS = tuple(colour for colour in SERIES if colour != VERMILION)
"""Red is for trainings that failed."""
LEAST_NAMES = {"terms": 2, "factors": 1}
"""What else is drawn, and how many of a kind there must be: one term alone is the objective."""
LABELS = {"objective": "Objective", "terms": "Term, unweighted", "factors": "Factor of a term"}
LARGEST_LINEAR_RATIO = 30.0
"""An objective that varies by more than this factor has a logarithmic axis: a linear one would show a flat line."""


def training(histories: Sequence[Json], settings: PlotSettings) -> Figure:
    """Draw the objective by epoch, training and validation, of all folds and seeds; one column per phase.

    Below the objective stand, where there are several, the terms that it is made of, and the factors of those whose
    factor is scheduled or learned.
    Trainings that failed or diverged are drawn in red up to a cross, and the figure says why. An objective that varies
    by orders of magnitude has a logarithmic axis, so that an explosion does not look like a convergence to zero.

    Args:
        histories: contents of `history.json`, one per seed and fold.
        settings: names and labels.
    """
    phases = sorted({epoch["phase"] for history in histories for epoch in history["epochs"]}) or [0]
    several = [kind for kind, least in LEAST_NAMES.items() if len(_names(histories, kind)) >= least]
    rows = ["objective", *several]
    wide = 5.4 if len(phases) == 1 else 4.4
    figure, panels = panel_grid(
        len(rows) * len(phases), ratio=False, width=wide, height=4.2 if len(rows) == 1 else 3.4, columns=len(phases)
    )
    stamp(panels[0].main, settings, right=panels[len(phases) - 1].main, subject=histories[0]["variant"])
    seeds = sorted({history["seed"] for history in histories})
    folds = sorted({history["fold"] for history in histories})
    for index, panel in enumerate(panels):
        axes, kind, phase = panel.main, rows[index // len(phases)], phases[index % len(phases)]
        for history in histories:
            dashes = DASHES[folds.index(history["fold"]) % len(DASHES)]
            if kind == "objective":
                _course(axes, history, phase, COLOURS[seeds.index(history["seed"]) % len(COLOURS)], dashes)
            else:
                _parts(axes, history, phase, kind, _names(histories, kind), dashes)
        _epoch_axis(axes, "Epoch" if len(phases) == 1 else f"Epoch of phase {phase + 1}")
        axes.set_ylabel(LABELS[kind])
        _value_axis(axes)
        if kind != "objective" and index % len(phases) == 0:
            _parts_legend(axes, _names(histories, kind))
    _legend(panels[0].main, histories, seeds, folds)
    _reasons(figure, panels[0].main, histories)
    return figure


def _problem(history: Json) -> str:
    """Say what went wrong with a training; empty if nothing did."""
    for key in ("failed", "diverged"):
        if history.get(key):
            return f"{key}: {history[key]}"
    return ""


def _names(histories: Sequence[Json], kind: str) -> list[str]:
    """Give the names of the terms or factors that any epoch has, in the order in which they appear."""
    epochs = (epoch for history in histories for epoch in history["epochs"])
    return list(dict.fromkeys(name for epoch in epochs for name in epoch.get(kind) or {}))


def _course(axes: Axes, history: Json, phase: int, colour: str, dashes: Any) -> None:
    """Draw one training's phase: validation as a line, training fainter, the epoch that was kept as a point."""
    epochs = [epoch for epoch in history["epochs"] if epoch["phase"] == phase]
    if not epochs:
        return
    bad = bool(_problem(history))
    colour = VERMILION if bad else colour
    numbers: list[int] = [epoch["epoch"] for epoch in epochs]
    fitted, validation = (defined([epoch.get(key) for epoch in epochs]) for key in ("training", "validation"))
    axes.plot(numbers, fitted, color=colour, linestyle=dashes, linewidth=1.0, alpha=0.45)
    axes.plot(numbers, validation, color=colour, linestyle=dashes, linewidth=1.6)
    kept: int | None = history["best_epochs"][phase] if phase < len(history["best_epochs"]) else None
    if bad:
        last_phase = phase == max(epoch["phase"] for epoch in history["epochs"])
        known = np.flatnonzero(np.isfinite(validation))
        if last_phase and known.size:
            end = int(known[-1])
            axes.plot(
                numbers[end], validation[end], "X", color=VERMILION, markersize=9, markeredgecolor="white", zorder=4
            )
    elif kept is not None and kept in numbers:
        axes.plot([kept], [validation[numbers.index(kept)]], "o", color=colour, markersize=5)


def _parts(axes: Axes, history: Json, phase: int, kind: str, names: Sequence[str], dashes: Any) -> None:
    """Draw one training's terms (validation) or factors: a colour for each."""
    epochs = [epoch for epoch in history["epochs"] if epoch["phase"] == phase]
    numbers = [epoch["epoch"] for epoch in epochs]
    for index, name in enumerate(names):
        values = defined([_value_of((epoch.get(kind) or {}).get(name)) for epoch in epochs])
        if np.isfinite(values).any():
            axes.plot(numbers, values, color=COLOURS[index % len(COLOURS)], linestyle=dashes, linewidth=1.4)


def _value_of(part: Any) -> float | None:
    """Give the validation value of a term that has several, or its only value."""
    if isinstance(part, Mapping):
        part = next((part[key] for key in ("validation", "training") if part.get(key) is not None), None)
    return None if part is None else float(part)


def defined(values: Sequence[float | None]) -> Floats:
    """Give numbers with NaN for null, which is not drawn."""
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _epoch_axis(axes: Axes, label: str) -> None:
    axes.set_xlabel(label)
    axes.margins(x=0.03, y=0.06)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.set_minor_locator(NullLocator())


def _value_axis(axes: Axes) -> None:
    """Choose a linear or logarithmic axis, never one with an offset or a common power of ten."""
    drawn = [np.asarray(line.get_ydata(), dtype=np.float64) for line in axes.lines]
    values = np.concatenate(drawn) if drawn else np.zeros(0)
    values = values[np.isfinite(values)]
    if not values.size:
        axes.set_xticks([])
        axes.set_yticks([])
        text = "no finite value" if drawn else "none in this phase"
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center")
        return
    if values.min() > 0 and values.max() > LARGEST_LINEAR_RATIO * values.min():
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(NullFormatter())
        if values.max() < 1e3 * values.min():
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        return
    typical = float(np.median(np.abs(values)))
    if typical > 0 and np.abs(values).max() > 10 * LARGEST_LINEAR_RATIO * typical:
        axes.set_yscale("symlog", linthresh=typical)
        return
    plain = ScalarFormatter(useOffset=False)
    plain.set_scientific(False)
    axes.yaxis.set_major_formatter(plain)


def _parts_legend(axes: Axes, names: Sequence[str]) -> None:
    for index, name in enumerate(names):
        axes.plot([], [], color=COLOURS[index % len(COLOURS)], linewidth=3, label=name)
    axes.legend(loc="best")


def _legend(axes: Axes, histories: Sequence[Json], seeds: Sequence[int], folds: Sequence[int]) -> None:
    axes.plot([], [], color=BLACK, linewidth=1.6, label="validation")
    axes.plot([], [], color=BLACK, linewidth=1.0, alpha=0.45, label="training")
    if not all(_problem(history) for history in histories):
        axes.plot([], [], "o", color=BLACK, markersize=5, label="epoch that was kept")
    if any(_problem(history) for history in histories):
        axes.plot([], [], "X", color=VERMILION, markersize=9, markeredgecolor="white", label="failed")
    if len(folds) > 1:
        for index, fold in enumerate(folds):
            axes.plot(
                [], [], color=BLACK, linestyle=DASHES[index % len(DASHES)], linewidth=1.2, label=f"without fold {fold}"
            )
    if 1 < len(seeds) <= MOST_SEEDS_IN_LEGEND:
        for index, seed in enumerate(seeds):
            axes.plot([], [], color=COLOURS[index % len(COLOURS)], linewidth=3, label=f"seed {seed}")
    axes.legend(loc="best", ncols=2)


def _reasons(figure: Figure, axes: Axes, histories: Sequence[Json]) -> None:
    """Say above the panels, in red, which trainings failed and why."""
    problems = [(history, _problem(history)) for history in histories if _problem(history)]
    if not problems:
        return
    count = f"{len(problems)} of {len(histories)} trainings failed: their networks are not usable"
    lines, width = [count], int(CHARACTERS_PER_INCH * (figure.get_figwidth() - 1))
    for history, problem in problems[:MOST_REASONS]:
        lines += textwrap.wrap(f"seed {history['seed']}, without fold {history['fold']} {problem}", width)
    if len(problems) > MOST_REASONS:
        lines.append(f"and {len(problems) - MOST_REASONS} more")
    before = figure.get_figheight()
    room = 0.17 * len(lines) + 0.02
    figure.set_figheight(before + room)
    for drawn in figure.axes:
        box = drawn.get_position()
        scale = before / (before + room)
        drawn.set_position((box.x0, box.y0 * scale, box.width, box.height * scale))
    left = axes.get_position().x0
    figure.text(
        left, 1 - 0.08 / (before + room), "\n".join(lines), color=VERMILION, weight="bold", size="small", va="top"
    )
