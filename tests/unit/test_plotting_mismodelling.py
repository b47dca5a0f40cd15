"""Figure of the study of mismodelling: every number at its place, filled marks for what passes."""

from __future__ import annotations

import pytest
from matplotlib.text import Text

from signedag.plotting.mismodelling import mismodelling
from signedag.plotting.style import house_style

CASES = ("nominal", "signal_injected", "softer_pt", "jet_energy_up", "jet_energy_down")


@pytest.fixture
def study():
    rows = []
    for variant, size in (("plain", 1000.0), ("mapped", 0.9)):
        for index, case in enumerate(CASES):
            p = 0.0 if variant == "plain" or index else 0.4
            row = {"chi2_mean": size * (1 + index), "chi2_p_smallest": p, "distortion": 0.02 * index}
            rows.append({"variant": variant, "case": case, **row})
    cases = [{"name": name, "what": name} for name in CASES]
    return {"variants": ["plain", "mapped"], "cases": cases, "table": rows, "left_out": ["vz"], "region": "sr"}


def marks(axes, filled):
    """Give the values of single marks, those that are filled or those that are open."""
    lines = [line for line in axes.lines if len(line.get_xdata()) == 1 and line.get_marker() in ("o", "s")]
    return sorted(line.get_ydata()[0] for line in lines if (line.get_markerfacecolor() != "white") == filled)


def test_every_number_is_drawn_and_what_passes_is_filled(study, plot_settings, assert_legible):
    with house_style():
        figure = mismodelling(study, plot_settings)
        assert_legible(figure)
    main, below = figure.axes
    assert marks(main, filled=True) == [0.9]
    values = [row["chi2_mean"] for row in study["table"]]
    assert marks(main, filled=False) == pytest.approx(sorted(value for value in values if value != 0.9))
    assert marks(below, filled=True) + marks(below, filled=False) == pytest.approx(
        [0.0, 0.0, 0.02, 0.02, 0.04, 0.04, 0.06, 0.06, 0.08, 0.08]
    )
    assert [label.get_text() for label in below.get_xticklabels()][1:3] == ["signal\ninjected", "softer pt"]
    assert "background, without vz, signal region" in " ".join(text.get_text() for text in figure.findobj(Text))


def test_what_is_undefined_has_no_mark(study, plot_settings):
    for row in study["table"]:
        if row["variant"] == "plain":
            row.update(chi2_mean=None, chi2_p_smallest=None, distortion=None)
    with house_style():
        figure = mismodelling(study, plot_settings)
    assert len(marks(figure.axes[0], filled=True)) + len(marks(figure.axes[0], filled=False)) == len(CASES)
