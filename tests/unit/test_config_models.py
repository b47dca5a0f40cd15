"""What the settings models refuse by themselves: values that contradict each other inside one block."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from signedag.config.analysis import Analysis
from signedag.config.base import Settings
from signedag.config.binning import Axis
from signedag.config.classifier import Variant
from signedag.config.events import Events, Shift
from signedag.config.example import examples
from signedag.config.normalisation import Normalisation
from signedag.config.phases import Phase, Update
from signedag.config.samples import Data, Sample
from signedag.config.simulation import Flavours, HiggsTopSimulation, SimulateNtupleSettings
from signedag.config.term import Target

HELD = {"objective": "cross_entropy", "weight": {"at_most": 0.5}}
SIGNS = {"epochs": 1, "updates": [{"moves": ["weight_network"], "terms": [{"objective": "sign_cross_entropy"}]}]}
SIDE = {"branches": {"met_gev": "met_up"}}
HIGGS = {"model": "higgs_top", "boson": "A", "parts": ["signal"]}


@pytest.mark.parametrize(
    ("model", "content", "message"),
    [
        (Axis, {"edges": [0.0, 1.0], "bins": 3}, "give either 'edges' or 'bins', 'low' and 'high', not both"),
        (Axis, {"bins": 3, "low": 0.0}, "give 'edges', or all of 'bins', 'low' and 'high'"),
        (Axis, {"edges": [0.0, 2.0, 1.0]}, r"bin edges must increase, got \[0.0, 2.0, 1.0\]"),
        (Axis, {"edges": [0.0]}, "bin edges must increase"),
        (Axis, {"bins": 3, "low": 1.0, "high": 1.0}, "high above low, got 3, 1.0, 1.0"),
        (Shift, {"up": SIDE}, "a shift needs both sides: 'down' is missing"),
        (Shift, {"down": SIDE}, "a shift needs both sides: 'up' is missing"),
        (Shift, {"jet_energy_relative": 0.1, "up": SIDE}, "not both"),
        (
            Shift,
            {"jet_energy_relative": 0.1, "jet_resolution_relative": 0.1},
            "give either 'jet_energy_relative' or 'jet_resolution_relative', not both",
        ),
        (Normalisation, {"value": 3.0, "sum_of": "w"}, "give one of sum_of, value, not 2"),
        (Sample, {"process": "tt", "cross_section_pb": 1.0}, "a sample needs either 'files' or a 'simulation'"),
        (
            Sample,
            {"process": "tt", "cross_section_pb": 1.0, "files": ["a.root"], "simulation": HIGGS},
            "a sample needs either 'files' or a 'simulation'",
        ),
        (Data, {}, "data need either 'files' or 'pseudo_data'"),
        (Flavours, {"bb": 0.5}, "flavour probabilities must add up to 1, they add up to 0.5"),
        (HiggsTopSimulation, HIGGS | {"boson": "none"}, "without a boson the only part is 'continuum'"),
        (HiggsTopSimulation, HIGGS | {"parts": []}, "parts must name at least one"),
        (HiggsTopSimulation, HIGGS | {"m_tt_min_gev": 800.0, "m_tt_max_gev": 700.0}, "must be above m_tt_min_gev"),
        (SimulateNtupleSettings, {"seed": 1}, "give exactly one of 'simulation' and 'pseudo_data'"),
        (Phase, {"epochs": 1, "updates": []}, "at least 1 item"),
        (Update, {"terms": []}, "at least 1 item"),
        (Update, {"moves": ["adversary"]}, "'adversary' is to move, but no term depends on it"),
        (
            Phase,
            {"epochs": 1, "patience": 2, "updates": [{"terms": [HELD]}]},
            "a term with a target moves the objective while its factor is learned",
        ),
        (Target, {}, "a target needs one of 'at_most', 'above_start' and 'at_least'"),
        (Target, {"at_most": 1.0, "above_start": 0.1}, "a target needs one of 'at_most', 'above_start' and 'at_least'"),
        (Variant, {"region": "a", "classes": {"all": ["tt"]}}, "one class cannot be told apart from anything"),
        (Variant, {"region": "a", "networks": {"classifier": {}}}, "the classifier is described by 'architecture'"),
        (Variant, {"region": "a", "phases": [SIGNS]}, "phases.0.: there is no network 'weight_network'"),
        (Variant, {"region": "a", "phases": [SIGNS], "networks": {"weight_network": {}}}, "none moves the classifier"),
        (Variant, {"region": "signal", "seeds": [1, 1]}, r"seeds must differ, got \[1, 1\]"),
        (
            Events,
            {"regions": {"a": {"selection": "1 == 1"}}, "features": ["x", "x"]},
            "lists 'x' twice",
        ),
        (
            Events,
            {"regions": {"a": {"selection": "1 == 1"}}, "features": ["x"], "spectators": ["x"]},
            "'x' is both a feature and a spectator",
        ),
        (Analysis, examples()[0] | {"score_edges": [0.0, 0.6, 0.5, 1.0]}, "score edges must increase from 0 to 1"),
        (Analysis, examples()[0] | {"score_edges": [0.1, 1.0]}, "score edges must increase from 0 to 1"),
    ],
)
def test_a_contradiction_is_refused(model: type[Settings], content: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        model.model_validate(content)


def test_an_axis_gives_its_edges_exactly() -> None:
    assert Axis(bins=3, low=0.1, high=0.7).all_edges()[-1] == 0.7
    assert Axis(bins=4, low=0.0, high=1.0).all_edges() == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert Axis(edges=(0.0, 1.0, 5.0)).all_edges() == (0.0, 1.0, 5.0)


def test_samples_by_role_leave_out_processes() -> None:
    analysis = Analysis.model_validate(examples()[0])
    assert analysis.samples_of("signal") == ("zh",)
    assert analysis.samples_of("background") == ("tt", "vz")
    assert analysis.samples_of("background", without=["vz"]) == ("tt",)


def test_shifts_have_two_sides_and_data_none() -> None:
    analysis = Analysis.model_validate(examples()[0])
    assert analysis.shift_names("tt") == ("nominal", "jet_energy_up", "jet_energy_down", "resolution_up")
    assert analysis.fitted_shifts() == ("jet_energy",)
    assert analysis.shift_names("data") == ("nominal",)


def test_jagged_inputs_are_no_columns() -> None:
    analysis = Analysis.model_validate(examples()[0])
    assert {"m_jj_gev", "jet_pt_ratio", "weight_btag_up", "met_gev"} <= analysis.columns()
    assert "jet_pt_gev" not in analysis.columns()
