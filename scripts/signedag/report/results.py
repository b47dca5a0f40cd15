"""Reads the JSON results of all stages that the report is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signedag.config.plotting import WriteReportSettings
from signedag.files import read_json

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Results:
    """What the stages wrote."""

    closures: Mapping[str, Json]
    """`closure.json` of the transformed weights, by sample."""
    calibrations: Mapping[str, Json]
    """`calibration.json`, by sample."""
    diagnostics: Mapping[str, Json]
    """Diagnostics of the negative weights, by sample."""
    performances: Mapping[str, Json]
    """`performance.json`, by variant."""
    sculpting: Mapping[str, Json]
    """`sculpting.json`, by variant; empty if the analysis has no such check."""
    scale_factors: Json | None
    """`scale_factors/result.json`, if the analysis has scale factors."""
    fits: Mapping[str, Mapping[str, Mapping[str, Json]]]
    """`result.json` of the fits, by variant, binning and treatment; empty if there is no fit."""


def read_results(folder: Path, settings: WriteReportSettings) -> Results:
    """Read the results of all stages from `results/<analysis>`.

    Raises:
        UserError: a file is missing or no JSON, naming it.
    """
    weights, classifiers = folder / "weights" / "transformed", folder / "classifiers"
    return Results(
        closures={sample: read_json(weights / sample / "closure.json") for sample in settings.samples},
        calibrations={sample: read_json(weights / sample / "calibration.json") for sample in settings.samples},
        diagnostics={
            sample: read_json(folder / "weights" / "diagnostics" / f"{sample}.json") for sample in settings.diagnosed
        },
        performances={name: read_json(classifiers / name / "performance.json") for name in settings.variants},
        sculpting={
            name: read_json(folder / "sculpting" / name / "sculpting.json")
            for name in settings.variants
            if settings.has_sculpting
        },
        scale_factors=read_json(folder / "scale_factors" / "result.json") if settings.has_scale_factors else None,
        fits={
            variant: {
                binning: {
                    treatment: read_json(folder / "fit" / variant / binning / treatment / "result.json")
                    for treatment in settings.treatments
                }
                for binning in settings.fits[variant]
            }
            for variant in settings.variants
            if variant in settings.fits
        },
    )
