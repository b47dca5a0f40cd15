"""Parameters of signals: every signal of a parametric classifier has them, no background has, and each point is one."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from config_problems import Edit, problems

from signedag.config import stages
from signedag.config.cross_checks import read_analysis
from signedag.config.example import examples
from signedag.config.networks import unconditioned


def _variant(**changes: Any) -> Edit:
    return lambda content: content["classifiers"]["parametric"].update(changes)


def _point(process: str, **parameters: float) -> Edit:
    return lambda content: content["processes"][process].update(parameters=parameters)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (_point("tt", mass_gev=1.0), "processes.tt.parameters: a process of role 'background' has none"),
        (_point("heavy", mass_gev=600.0), "processes.heavy.parameters: lacks 'width_gev', on which classifiers.param"),
        (_point("heavy", mass_gev=400.0, width_gev=20.0), "processes.heavy.parameters: 'higgs' has the same ones"),
        (_variant(without_processes=["heavy"]), "classifiers.parametric.parameters: there is one point alone"),
        (
            _variant(parameters=["mass_gev", "m_tt_gev"]),
            "classifiers.parametric.parameters: 'm_tt_gev' is a column of events, 'mass_gev' is not;",
        ),
        (
            _variant(parameters=["m_tt_gev"]),
            "classifiers.parametric.background_parameters: nothing is drawn where the parameters are columns of events",
        ),
        (_variant(parameters=[]), "classifiers.parametric: architecture: a conditioned network needs 'parameters'"),
        (
            _variant(classes={"a": ["higgs", "heavy"], "b": ["tt"]}),
            "classifiers.parametric: parameters: need signal and background alone; remove 'classes'",
        ),
        (
            lambda content: content["classifiers"]["plain"].update(
                classes={"a": ["higgs", "heavy"], "b": ["tt"]}, batch={"drawing": "stratified", "strata": "signal"}
            ),
            "classifiers.plain: batch: strata 'signal' need signal and background alone; take 'full'",
        ),
        (
            lambda content: content.update(weights={"sign_network": {"architecture": {"kind": "conditioned"}}}),
            "weights.sign_network.architecture",
        ),
    ],
)
def test_a_problem_is_named_with_key_and_fix(edit: Edit, message: str) -> None:
    assert any(line.startswith(message) for line in problems(edit, example=1))


def test_points_are_the_signals_in_training_and_all_signals_when_scored() -> None:
    content = copy.deepcopy(examples()[1])
    content["processes"]["third"] = {"role": "signal", "parameters": {"mass_gev": 800.0, "width_gev": 40.0}}
    content["samples"]["third"] = content["samples"]["heavy"] | {"process": "third"}
    content["classifiers"]["parametric"]["without_processes"] = ["heavy"]
    analysis = read_analysis(content, "mine.yaml")
    trained = stages.train_classifier(analysis, "parametric")
    assert trained.points == {"higgs": (400.0, 20.0), "third": (800.0, 40.0)}
    scored = stages.score_events(analysis, "parametric").points
    assert scored == {"heavy": (600.0, 30.0), "higgs": (400.0, 20.0), "third": (800.0, 40.0)}
    assert stages.train_classifier(analysis, "plain").points == {}


def test_columns_of_events_are_parameters_without_points() -> None:
    """Signals need no parameters of their own, and nothing is asked at their points."""
    content = copy.deepcopy(examples()[1])
    content["classifiers"]["parametric"]["parameters"] = ["m_tt_gev"]
    del content["classifiers"]["parametric"]["background_parameters"]
    del content["classifiers"]["parametric_in_mass"], content["parametric_study"], content["score_maps"]
    for process in content["processes"].values():
        process.pop("parameters", None)
    analysis = read_analysis(content, "mine.yaml")
    trained, scored = stages.train_classifier(analysis, "parametric"), stages.score_events(analysis, "parametric")
    assert trained.variant.parameters == ("m_tt_gev",)
    assert trained.points == scored.points == {}


def test_a_network_without_parameters_gets_the_same_layers() -> None:
    architecture = read_analysis(examples()[1], "mine.yaml").classifiers["parametric"].architecture
    beside = unconditioned(architecture)
    assert (beside.model_dump()["kind"], beside.model_dump()["hidden_layers"]) == ("dense", (300, 150, 100, 50))
    assert unconditioned(beside) is beside
