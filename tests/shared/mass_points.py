"""An analysis of one resonance at several masses, of which the classifiers leave one out."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from signedag.config.example import examples

MASSES = {"x500": 500.0, "x750": 750.0, "x900": 900.0, "x1000": 1000.0, "x1500": 1500.0}


def masses(edit: Callable[[dict[str, Any]], Any] = lambda content: None) -> dict[str, Any]:
    """An analysis of five masses, one of them held out."""
    content = copy.deepcopy(examples()[1])
    background, simulated = content["processes"]["tt"], content["samples"]["higgs"]
    content["processes"] = {name: {"role": "signal", "parameters": {"mass_gev": mass}} for name, mass in MASSES.items()}
    content["processes"]["tt"] = background
    content["samples"] = {name: simulated | {"process": name} for name in MASSES}
    continuum = {"model": "higgs_top", "boson": "none", "parts": ["continuum"], "events": 100}
    content["samples"]["tt"] = simulated | {"process": "tt", "simulation": continuum}
    held_out = {"region": "all", "without_processes": ["x900"]}
    conditioned = {"parameters": ["mass_gev"], "architecture": {"kind": "conditioned"}}
    content["classifiers"] = {
        "single": held_out,
        "affine": held_out | conditioned | {"batch": {"drawing": "stratified", "strata": "full"}},
    }
    for block in ("scan", "score_maps", "data"):
        del content[block]
    content["fit"]["variants"] = ["at_x500"]
    content["score_maps"] = {"at_x500": {"scores_of": "affine", "point": "x500"}}
    content["parametric_study"] = {
        "parameter": "mass_gev",
        "classifiers": ["single", "affine"],
        "individual": "single",
        "left_out": ["one", "half", "all_but_one"],
        "left_out_of": ["affine"],
        "varied": "affine",
        "fitted": ["affine"],
        "scan": {"low": 500.0, "high": 1500.0, "values": 11},
    }
    edit(content)
    return content
