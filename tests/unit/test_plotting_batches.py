"""Figure of batches: one row per classifier, bars that add up, background's parameters beside the signal's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from signedag.json_blocks import Block
from signedag.plotting.batches import batches
from signedag.plotting.style import house_style

MASSES = (500.0, 750.0, 1000.0, 1250.0, 1500.0)
BACKGROUNDS = {"tt": 0.7, "wjets": 0.15, "zll": 0.1, "other": 0.05}
SIGNALS = {f"X{mass:.0f}": share for mass, share in zip(MASSES, (0.5, 0.25, 0.13, 0.08, 0.04), strict=True)}
BALANCES = ("none", "class", "background", "signal", "full")


def history(balance: str, values: str | None = "identical", fold: int = 0, weight: float | None = 1.0) -> Block:
    """Give what is noted of a training with one of the balances."""
    flat = {"background": balance in ("background", "full"), "signal": balance in ("signal", "full")}
    classes = {"background": (BACKGROUNDS, 0.5 if balance in ("class", "full") else 0.8), "signal": (SIGNALS, 0.0)}
    classes["signal"] = (SIGNALS, 1 - classes["background"][1])
    processes: dict[str, Any] = {}
    for of_class, (shares, total) in classes.items():
        for name, share in shares.items():
            part = total / len(shares) if flat[of_class] else total * share
            weighed = None if weight is None else weight * part * (1 if balance == "none" else 0.5 / total)
            processes[name] = {"class": of_class, "training_events": 1000, "events": 1024 * part, "weight": weighed}
    parameters = []
    if values is not None:
        signal = np.full(5, 0.2) if flat["signal"] else np.array(list(SIGNALS.values()))
        at, background = np.array(MASSES), signal
        if values == "uniform":
            at, background = np.linspace(500, 1500, 21), np.full(20, 0.05)
            signal = np.histogram(MASSES, at, weights=signal)[0]
        kind = "points" if values == "identical" else "bins"
        both = {"background": {"weight": background.tolist()}, "signal": {"weight": signal.tolist()}}
        parameters = [{"name": "mass_gev", "kind": kind, "values": at.tolist(), **both}]
    content = {"batches": 100, "events": 1024.0, "processes": processes, "parameters": parameters}
    return Block({"variant": balance, "fold": fold, "batches": content}, Path("history.json"), "")


def bars(axes) -> dict[int, list[tuple[float, float]]]:
    """Give each row's bars: beginning and length."""
    found: dict[int, list[tuple[float, float]]] = {}
    for bar in axes.patches:
        if bar.get_width():
            found.setdefault(round(bar.get_y() + 0.5 * bar.get_height()), []).append((bar.get_x(), bar.get_width()))
    return found


@pytest.mark.parametrize("values", ["identical", "uniform", None])
@pytest.mark.parametrize("names", [BALANCES, ("class",)])
def test_the_figure_is_legible_and_bars_add_up(names, values, plot_settings, assert_legible):
    histories = [history(name, values, fold) for name in names for fold in (0, 1)]
    with house_style():
        figure = batches(histories, plot_settings)
        assert_legible(figure)
    events, weight, *parameters = figure.axes
    assert len(parameters) == (len(names) if values else 0)
    for row in range(len(names)):
        assert len(bars(events)[row]) == 9
        assert sum(width for _, width in bars(events)[row]) == pytest.approx(1024)
        assert sum(width for _, width in bars(weight)[row]) == pytest.approx(1)
        starts, widths = np.array(bars(events)[row]).T
        np.testing.assert_allclose(starts[1:], (starts + widths)[:-1])
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts[:9] == ["other", "top pairs", "wjets", "zll", "X500", "X750", "X1000", "X1250", "X1500"]


def test_a_long_name_is_broken(plot_settings, assert_legible):
    name = "balanced_in_background_and_signal"
    with house_style():
        figure = batches([history(name, None)], plot_settings)
        assert_legible(figure)
    assert "balanced_in_\nbackground_\nand_signal" in [text.get_text() for text in figure.axes[0].texts]


def test_shares_that_are_undefined_are_said_to_be_and_negative_ones_point_to_the_left(plot_settings):
    with house_style():
        figure = batches([history("none", None, weight=None), history("class", None, weight=-1.0)], plot_settings)
    assert "undefined" in [text.get_text() for text in figure.axes[1].texts]
    assert all(width < 0 for _, width in bars(figure.axes[1])[1])


def test_a_history_without_batches_names_file_and_key(plot_settings):
    old = Block({"variant": "plain"}, Path("plain/history.json"), "run train_classifier again")
    with pytest.raises(Exception, match=r"plain/history\.json: 'batches' is missing"):
        batches([old], plot_settings)
