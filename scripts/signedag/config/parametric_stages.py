"""Settings of the stages that judge classifiers point by point, and of the parametric study, from the analysis."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from signedag.config.analysis import Analysis
from signedag.config.classifier_stages import points_of
from signedag.config.mass_limits import CompareMassLimitsSettings, PlotMassLimitsSettings
from signedag.config.masses import CheckMassesSettings, CompareMassesSettings, MassPoint
from signedag.config.parameter_scan import ScanParameterSettings
from signedag.config.parametric_study import (
    ASSIGNMENTS,
    BALANCES,
    ParametricStudy,
    assignment_name,
    at_point,
    balance_name,
    individual_name,
    without_points,
)
from signedag.config.report_stages import plot
from signedag.config.stage_samples import fitted_samples, process_of

Models = dict[str, dict[str, str]]
"""What is compared: its label, and the variant that is judged at each signal process."""

INDIVIDUAL = "individual"
KINDS = {"one": "one left out", "half": "half left out"}


def check_masses(analysis: Analysis, variant: str) -> CheckMassesSettings:
    """Settings to judge a variant at each point of the signal."""
    points, asked = analysis.points(), points_of(analysis, variant)
    assert points
    own = [name for name in points if name in analysis.signals_of(variant)]
    left_out = analysis.left_out_of(variant)
    return CheckMassesSettings(
        seed=analysis.seed,
        region=analysis.region_of(variant),
        background_samples=analysis.samples_of("background"),
        points={
            name: MassPoint(
                samples=tuple(sorted(sample for sample, process in process_of(analysis).items() if process == name)),
                parameters=analysis.processes[name].parameters,
                column=f"score_{name}" if name in asked else "score",
                trained=name not in left_out,
            )
            for name in own
        },
        seeds=analysis.seeds_of(variant),
        bootstrap=analysis.bootstrap,
    )


def compare_masses(analysis: Analysis) -> CompareMassesSettings:
    """Settings to compare all networks of the parametric study point by point."""
    study = analysis.parametric_study
    assert study is not None
    tables = study_tables(analysis, study)
    return CompareMassesSettings(
        parameter=study.parameter,
        tables=tables,
        order=tuple(dict.fromkeys(model for models in tables.values() for model in models)),
        differences=tuple(
            (table, model, reference)
            for table, models in tables.items()
            for model in models
            for reference in references(study, table, model, models)
            if reference in models and model != reference
        ),
    )


def references(study: ParametricStudy, table: str, model: str, models: Models) -> tuple[str, ...]:
    """Name what a model of a table is compared with.

    The first one; among the networks also those that see one point each; where points are left out, the first
    classifier with the same points left out.
    """
    if table == "networks":
        return (study.classifiers[0], INDIVIDUAL)
    if table == "left_out":
        return (f"{study.left_out_of[0]},{model.partition(',')[2]}",)
    return (next(iter(models)),)


def study_tables(analysis: Analysis, study: ParametricStudy) -> dict[str, Models]:
    """Give the tables of the study: networks, points left out, background parameters and balances of batches."""
    points = analysis.points()
    tables = {"networks": {name: dict.fromkeys(points, name) for name in study.classifiers}}
    if study.individual is not None:
        tables["networks"][INDIVIDUAL] = {name: individual_name(study.individual, name) for name in points}
    if study.left_out:
        tables["left_out"] = {
            label: model
            for classifier in study.left_out_of
            for label, model in _left_out_models(analysis, study, classifier).items()
        }
    if study.varied is not None:
        template = analysis.classifiers[study.varied]
        assigned = {f"{one.values}, {one.drawn}": assignment_name(study.varied, template, one) for one in ASSIGNMENTS}
        balanced = {str(balance): balance_name(study.varied, template, balance) for balance in BALANCES}
        tables["background_parameters"] = _own_first(assigned, study.varied, points)
        tables["balance"] = _own_first(balanced, study.varied, points)
    return tables


def _own_first(variants: Mapping[str, str], own: str, points: tuple[str, ...]) -> Models:
    """Put the classifier of the configuration before those that differ from it."""
    ordered = sorted(variants.items(), key=lambda item: item[1] != own)
    return {label: dict.fromkeys(points, name) for label, name in ordered}


def _left_out_models(analysis: Analysis, study: ParametricStudy, classifier: str) -> Models:
    """Give a classifier, and what is judged at points that it was trained without."""
    points, template = analysis.points(), analysis.classifiers[classifier]
    models: Models = {f"{classifier}, all trained": dict.fromkeys(points, classifier)}
    for kind in study.left_out:
        trainings = without_points(classifier, template, points, kind)
        if kind == "one":
            models[f"{classifier}, {KINDS[kind]}"] = {left_out: name for name, (left_out,) in trainings.items()}
        elif kind == "half":
            models[f"{classifier}, {KINDS[kind]}"] = dict.fromkeys(points, next(iter(trainings)))
        else:
            models |= {
                f"{classifier}, {name.rpartition('_')[2]} alone": dict.fromkeys(points, name) for name in trainings
            }
    return models


def fitted_at_points(analysis: Analysis) -> Models:
    """Give what the parametric study fits at each point, the individual networks first."""
    study = analysis.parametric_study
    if study is None or not study.fitted:
        return {}
    points = analysis.points()
    models: Models = {}
    if study.individual is not None:
        models[INDIVIDUAL] = {name: individual_name(study.individual, name) for name in points}
    return models | {name: {point: at_point(name, point) for point in points} for name in study.fitted}


def compare_mass_limits(analysis: Analysis) -> CompareMassLimitsSettings:
    """Settings to compare upper limits and errors of the signal strength at each point."""
    study = analysis.parametric_study
    models = fitted_at_points(analysis)
    assert study is not None and models
    points = analysis.points()
    trained = {name: tuple(one for one in points if one not in analysis.left_out_of(name)) for name in study.fitted}
    return CompareMassLimitsSettings(
        models=models,
        order=tuple(models),
        parameter=study.parameter,
        parameters={name: analysis.processes[name].parameters for name in points},
        trained={name: trained.get(name, points) for name in models},
        reference=next(iter(models)),
    )


def plot_mass_limits(analysis: Analysis) -> PlotMassLimitsSettings:
    """Settings to draw them."""
    study = analysis.parametric_study
    compared = compare_mass_limits(analysis)
    assert study is not None
    return PlotMassLimitsSettings(
        **dict(plot(analysis)),
        **dict(compared),
        bands_of=study.fitted[-1],
    )


def scan_parameter(analysis: Analysis, variant: str) -> ScanParameterSettings:
    """Settings to scan a variant's score in the study's parameter."""
    study = analysis.parametric_study
    assert study is not None and study.scan is not None and variant in analysis.scanned_in_parameter()
    own = {name: analysis.processes[name].parameters[study.parameter] for name in analysis.points()}
    left_out = analysis.left_out_of(variant)
    grid = np.linspace(study.scan.low, study.scan.high, study.scan.values)
    return ScanParameterSettings(
        folds=analysis.folds,
        variant=variant,
        region=analysis.region_of(variant),
        samples=fitted_samples(analysis),
        events_per_process=study.scan.events_per_process,
        parameter=study.parameter,
        grid=tuple(float(f"{value:.9g}") for value in grid),
        trained=tuple(sorted({value for name, value in own.items() if name not in left_out})),
        own=own,
    )
