"""Labels and colours that matplotlib would trip over after all training are refused before anything runs."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path

import pytest

from signedag.config.cross_checks import read_analysis
from signedag.config.example import examples
from signedag.config.yaml_files import read_yaml
from signedag.errors import UserError
from signedag.plotting.spelling import check_spelling

ROOT = Path(__file__).parents[2]


def problems(edit):
    content = copy.deepcopy(examples()[0])
    edit(content)
    with pytest.raises(UserError) as caught:
        check_spelling(read_analysis(content, "mine.yaml"), "mine.yaml")
    return str(caught.value).splitlines()


PLACES = {
    "processes.tt.label": lambda c, text: c["processes"]["tt"].update(label=text),
    "events.regions.control_tt.label": lambda c, text: c["events"]["regions"]["control_tt"].update(label=text),
    "plots.labels.met_gev": lambda c, text: c.update(plots={"labels": {"met_gev": text}}),
    "plots.experiment": lambda c, text: c.update(plots={"experiment": text}),
    "plots.status": lambda c, text: c.update(plots={"status": text}),
}


@pytest.mark.parametrize("key", PLACES)
@pytest.mark.parametrize(
    ("label", "part"),
    [
        ("$\\foo$", "is no mathematics that matplotlib draws (ParseFatalException: Unknown symbol: \\foo"),
        ("$x_{$", "is no mathematics that matplotlib draws"),
        ("$$", "is no mathematics that matplotlib draws"),
        ("$x", "has one $ too few or too many; write \\$ for the sign itself"),
    ],
)
def test_broken_mathematics_is_one_line_with_its_key(key, label, part):
    (line,) = problems(lambda content: PLACES[key](content, label))
    assert line.startswith(f"mine.yaml: {key}: '{label}' ")
    assert part in line


@pytest.mark.parametrize("colour", ["nocolour", "#12", "C", "rgb(1,2,3)"])
def test_a_colour_that_does_not_exist_is_named(colour):
    (line,) = problems(lambda content: content["processes"]["tt"].update(colour=colour))
    assert line.startswith(f"mine.yaml: processes.tt.colour: matplotlib has no colour '{colour}'")


@pytest.mark.parametrize("label", ["Z + light", "\\$5 and more", "$m_{jj}$ [GeV]", "ZH → ννbb", "100 %, [a] {b}"])
def test_what_matplotlib_draws_passes(label):
    content = copy.deepcopy(examples()[0])
    content["processes"]["tt"] |= {"label": label, "colour": "tab:blue"}
    check_spelling(read_analysis(content, "mine.yaml"), "mine.yaml")


def test_the_shipped_labels_pass():
    for file in sorted((ROOT / "config").glob("*.yaml")):
        check_spelling(read_analysis(read_yaml(file), file.name), file.name)


def test_matplotlib_is_imported_only_for_mathematics_and_names_of_colours():
    """Snakemake starts with this check: without need it costs nothing."""
    program = (
        "import sys; from signedag.config.analysis import Analysis; from signedag.config.example import examples;"
        "from signedag.plotting.spelling import check_spelling; content = examples()[0];"
        "content['processes']['tt'] |= {'label': 'tt', 'colour': '#D55E00'};"
        "check_spelling(Analysis.model_validate(content), 'mine.yaml'); print('matplotlib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT / "scripts", capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
