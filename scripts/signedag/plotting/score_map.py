"""Figure of a score map: lines of equal mapped score in the plane of spectator and score."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from signedag.config.plotting import PlotSettings
from signedag.json_blocks import Block
from signedag.plotting.panels import panel_grid
from signedag.plotting.style import axis_label, stamp


def score_map(report: Block, variant: str, settings: PlotSettings) -> Figure:
    """Draw where the background's F(s | m) has some values, a thin line for each fold and half and a thick one between.

    A score that does not depend on the mass has level lines; how far the thin ones of a fold lie apart is the
    statistical error of its maps, how far those of two folds, the difference of two networks.

    Args:
        report: content of `map.json`.
        variant: the map's name.
        settings: names and labels.
    """
    figure, (panel,) = panel_grid(1, ratio=False, width=5.6, height=4.6)
    axes = panel.main
    stamp(axes, settings, subject=variant)
    nodes = np.array(report.defined_numbers("nodes"))
    levels = report.defined_numbers("levels")
    maps = report.listed("maps")
    lines = np.array([one.content["lines"] for one in maps])  # (maps, levels, nodes)
    folds = [one.count("fold") for one in maps]
    colours = [to_hex(colormaps["viridis_r"](0.15 + 0.8 * index / (len(levels) - 1))) for index in range(len(levels))]
    for index, (level, colour) in enumerate(zip(levels, colours, strict=True)):
        for fold, line in zip(folds, lines[:, index], strict=True):
            axes.plot(nodes, line, color=colour, linewidth=0.7, linestyle="-" if fold % 2 == 0 else "--", alpha=0.8)
        axes.plot(nodes, lines[:, index].mean(axis=0), color=colour, linewidth=2.0, label=f"F = {level:g}")
    axes.set_xlim(nodes[0], nodes[-1])
    axes.set_ylim(0.0, 1.45)
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.set_xlabel(axis_label(settings, report.texts("spectators")[0]))
    axes.set_ylabel(f"Score of {report.text('scores_of')}")
    handles, names = axes.get_legend_handles_labels()
    title = (
        "share of the background at a mass that lies below\nthin: each half of the even (solid) and odd (dashed) folds"
    )
    axes.legend(handles[::-1], names[::-1], ncols=3, loc="upper left", title=title, alignment="left")
    return figure
