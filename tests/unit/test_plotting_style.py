"""House style: the stamp, labels with fallbacks, and files whose bytes depend on the figure only."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from signedag.errors import UserError
from signedag.plotting.style import (
    SERIES,
    axis_label,
    chi2_text,
    house_style,
    p_text,
    per_unit,
    process_label,
    save_figure,
    stacked_processes,
    stamp,
)

SCRIPTS = Path(__file__).parents[2] / "scripts"

DRAW = """
import sys
sys.path.insert(0, {scripts!r})
from pathlib import Path
from matplotlib.figure import Figure
from signedag.plotting.style import house_style, save_figure
with house_style():
    figure = Figure()
    axes = figure.subplots()
    axes.stairs([1, 2, 3], fill=True, hatch="//", label="β √Σ$w^2$")
    axes.legend()
    save_figure(figure, Path({folder!r}), "drawn")
"""


def test_same_bytes_in_different_processes(tmp_path):
    digests = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        code = DRAW.format(scripts=str(SCRIPTS), folder=str(folder))
        environment = os.environ | {"PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": seed}
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)
        digests.append([hashlib.sha256((folder / f"drawn.{kind}").read_bytes()).hexdigest() for kind in ("png", "pdf")])
        assert b"CreationDate" not in (folder / "drawn.pdf").read_bytes()
    assert digests[0] == digests[1]


def test_a_figure_is_written_whole_or_not_at_all(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match=r"drawn\.png: could not be written"):
        save_figure(Figure(), tmp_path / "file", "drawn")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_stamp_says_who_what_and_how_much(plot_settings):
    with house_style():
        figure = Figure()
        left, right = figure.subplots(1, 2)
        stamp(left, plot_settings, subject="Z + jets", right=right)
    texts = [text.get_text() for text in figure.findobj(Text)]
    assert {"signedag", "Simulation", "Z + jets, 41.5 fb$^{-1}$ (13 TeV)"} <= set(texts)


def test_labels_fall_back_to_names(plot_settings):
    assert axis_label(plot_settings, "m_jj_gev") == "$m_{jj}$ [GeV]"
    assert axis_label(plot_settings, "n_jets") == "n_jets"
    assert process_label(plot_settings, "top") == "top pairs"
    assert process_label(plot_settings, "ZH") == "ZH(bb)"
    assert process_label(plot_settings, "elsewhere") == "elsewhere"


def test_densities_have_the_unit_of_their_axis(plot_settings):
    assert per_unit(plot_settings, "m_jj_gev") == "Events / GeV"
    assert per_unit(plot_settings, "n_jets") == "Events / unit"


def test_stack_order_survives_json(plot_settings):
    again = type(plot_settings).model_validate_json(plot_settings.as_json())
    assert stacked_processes(again) == ["ZH", "VZ", "tt", "Zjets"]
    assert stacked_processes(again.model_copy(update={"stack": ("tt",)}))[0] == "tt"
    assert sorted(stacked_processes(again.model_copy(update={"stack": ("tt",)}))) == ["VZ", "ZH", "Zjets", "tt"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "p = 0.50"),
        (4.2e-5, r"p = $4\times 10^{-5}$"),
        (1e-12, "p $< 10^{-6}$"),
        (None, "p = undefined"),
    ],
)
def test_p_values(value, text):
    assert p_text(value) == text


def test_chi2_text_of_what_is_undefined():
    assert chi2_text({"chi2": None, "ndf": 0, "p_value": None, "reason": "nothing to test"}) == "nothing to test"
    assert chi2_text({"chi2": 0.0, "ndf": 0, "p_value": None}) == r"$\chi^2$/ndf = 0.0/0"
    assert chi2_text({"chi2": 12.34, "ndf": 10, "p_value": 0.26}) == r"$\chi^2$/ndf = 12.3/10, p = 0.26"


def test_series_are_different_colours():
    assert len(set(SERIES)) == len(SERIES)
