"""Where an analysis takes its events from tables: the samples, processes and uncertainties that are left of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from typing import Any

from signedag.config.analysis import Analysis
from signedag.config.base import Settings
from signedag.config.classifier import Variant
from signedag.config.fitting import Uncertainties
from signedag.config.normalisation import Normalisation
from signedag.config.parametric_study import ParametricStudy
from signedag.config.reporting import Report
from signedag.config.samples import Sample
from signedag.config.strategies import SIMPLE_STRATEGIES
from signedag.config.tables import EVENT, TREE, WEIGHT, ReadTableSettings, SampleTable, Tables
from signedag.errors import UserError
from signedag.events.expressions import names_in


def table_files_are_named(analysis: Analysis) -> bool:
    """Tell whether events come from tables."""
    return analysis.tables is not None and bool(analysis.tables.files)


def with_events_of_tables(analysis: Analysis, source: str) -> Analysis:
    """Give an analysis whose events are those of `tables.files`; the analysis itself where no such file is named.

    Samples without rows are left out, and so are processes without samples, weight variations and shifts of branches
    that tables have not, everything that names one of them, and the comparisons of several seeds of the simulation.
    Where tables have no column of weights, none is negative: no weights are transformed, and none compared.

    Args:
        analysis: the validated configuration, its cross-checks still to come.
        source: the configuration file, for messages.

    Raises:
        UserError: no sample has rows, or two have the same ones.
    """
    if not table_files_are_named(analysis):
        return analysis
    tables = analysis.tables
    assert tables is not None
    rows = rows_by_sample(tables, analysis.samples)
    problems = list(_row_problems(analysis, tables, rows))
    if problems:
        raise UserError("\n".join(f"{source}: {problem}" for problem in problems))
    weighted = tables.columns.weight is not None
    samples = {name: _from_table(analysis.samples[name], weighted) for name in rows}
    used = {sample.process for sample in samples.values()}
    gone = {name for name in analysis.processes if name not in used}
    uncertainties = _uncertainties(analysis, tables, gone)
    named = {*uncertainties.shifts, *uncertainties.variations, *uncertainties.normalisations}
    score_maps = {
        name: _without(one, gone)
        for name, one in analysis.score_maps.items()
        if one.point is None or one.point not in gone
    }
    judged = {*analysis.classifiers, *score_maps}
    fit = None if "fit" in tables.leave_out else analysis.fit
    if fit is not None and fit.variants and not _kept(fit.variants, judged):
        fit = None
    if fit is not None:
        groups = {name: _kept(members, named) for name, members in fit.uncertainty_groups.items()}
        fit = fit.model_copy(
            update={
                "uncertainty_groups": {name: members for name, members in groups.items() if members},
                **({"variants": _kept(fit.variants, judged)} if fit.variants else {}),
            }
        )
    return analysis.model_copy(
        update={
            "samples": samples,
            "processes": {name: process for name, process in analysis.processes.items() if name not in gone},
            "uncertainties": uncertainties,
            "classifiers": {
                name: _without(one if weighted else _untransformed(one), gone)
                for name, one in analysis.classifiers.items()
            },
            "score_maps": score_maps,
            "report": _report(analysis, judged),
            "parametric_study": _study(analysis, fit is not None),
            "fit": fit,
            **{name: None for name in tables.leave_out if name != "fit"},
            "events": _events(analysis, tables),
            "strategy_comparison": analysis.strategy_comparison if weighted else None,
            # they compare simulations under several seeds
            "optimism": None,
            "decorrelation_comparison": None,
        }
    )


def diagnosed_samples(analysis: Analysis) -> tuple[str, ...]:
    """Name the samples whose negative weights are diagnosed: all but those of tables without a column of weights."""
    unweighted = analysis.tables is not None and analysis.tables.columns.weight is None
    return () if unweighted and table_files_are_named(analysis) else tuple(analysis.samples)


def read_table(analysis: Analysis) -> ReadTableSettings:
    """Settings to read tables."""
    tables = analysis.tables
    assert tables is not None
    return ReadTableSettings(
        columns=tables.columns,
        background_mass=tables.background_mass,
        skip_masses_gev=tables.skip_masses_gev,
        skip_processes=tables.skip_processes,
        samples=rows_by_sample(tables, analysis.samples),
    )


def rows_by_sample(tables: Tables, samples: Mapping[str, Sample]) -> dict[str, SampleTable]:
    """Give the rows of each sample that has any; where files name no process, `unnamed` samples have all background."""
    rows = {name: sample.table for name, sample in samples.items() if sample.table is not None}
    if tables.columns.process is not None:
        return {name: table.model_copy(update={"unnamed": False}) for name, table in rows.items()}
    return {
        name: table.model_copy(update={"process": None, "unnamed": False})
        for name, table in rows.items()
        if table.process is None or table.unnamed
    }


def _row_problems(analysis: Analysis, tables: Tables, rows: Mapping[str, SampleTable]) -> Iterable[str]:
    if not rows:
        yield "tables.files: no sample has a 'table' that says which rows are its own; add samples.<sample>.table"
    for (name, one), (other, another) in combinations(rows.items(), 2):
        if one.overlaps(another):
            unnamed = any(analysis.samples[sample].table != rows[sample] for sample in (name, other))
            fix = " (tables.columns.process names no column)" if unnamed and tables.columns.process is None else ""
            yield (
                f"samples.{other}.table: rows of {another.described()} are those of sample '{name}', too{fix}; "
                "their events would count twice"
            )


def available_columns(analysis: Analysis, tables: Tables) -> set[str]:
    """Give the columns, and branches under their own names, that follow from what tables have."""
    given = {EVENT, WEIGHT, *tables.columns.features}
    has = {name for name, branch in analysis.events.branches.items() if branch in given}
    has |= given - set(analysis.events.branches)
    waiting = dict(analysis.events.columns)
    while ready := [name for name, text in waiting.items() if names_in(text) <= has]:
        has.update(ready)
        for name in ready:
            del waiting[name]
    return has


def _from_table(sample: Sample, weighted: bool) -> Sample:
    """Give a sample whose only source is the table: what described its own files does not hold for that one."""
    own: dict[str, Any] = {"files": (), "checksums": {}, "simulation": None, "tree": None, "branches": {}}
    return sample.model_copy(
        update=own | {"normalisation": Normalisation(), "transform": sample.transform and weighted}
    )


def _untransformed(variant: Variant) -> Variant:
    """Give a classifier of events that all have weight 1: transformed weights would be the weights themselves."""
    if variant.weights.strategy in (*SIMPLE_STRATEGIES, "joint"):
        return variant
    return variant.model_copy(update={"weights": variant.weights.model_copy(update={"strategy": "absolute"})})


def _events(analysis: Analysis, tables: Tables) -> Settings:
    regions = {
        name: region.model_copy(update={"selection": tables.regions.get(name, region.selection)})
        for name, region in analysis.events.regions.items()
    }
    own: dict[str, Any] = {"tree": TREE, "weight": WEIGHT, "event_number": EVENT, "truth": {}, "reconstruction": None}
    return analysis.events.model_copy(update=own | {"selection": tables.selection, "regions": regions})


def _uncertainties(analysis: Analysis, tables: Tables, gone: Collection[str]) -> Uncertainties:
    """Leave out uncertainties of processes that are gone, and of branches that tables have not."""
    all_of_them = analysis.uncertainties
    has = available_columns(analysis, tables)
    variations = {
        name: variation
        for name, variation in all_of_them.variations.items()
        if names_in(variation.up) | names_in(variation.down) <= has
    }
    shifts = {
        name: shift
        for name, shift in all_of_them.shifts.items()
        if shift.up is not None
        and shift.down is not None
        and {*shift.up.branches.values(), *shift.down.branches.values()} <= set(tables.columns.features)
    }
    variations, normalisations = _acting(variations, gone), _acting(all_of_them.normalisations, gone)
    treated = {*shifts, *variations}
    return all_of_them.model_copy(
        update={
            "shifts": shifts,
            "variations": variations,
            "normalisations": normalisations,
            "symmetrise": {name: how for name, how in all_of_them.symmetrise.items() if name in treated},
            "smooth": _acting({name: how for name, how in all_of_them.smooth.items() if name in treated}, gone),
        }
    )


def _acting(uncertainties: Mapping[str, Any], gone: Collection[str]) -> dict[str, Any]:
    """Give the uncertainties that act on a process that is left, without the names of the others."""
    acting = {}
    for name, one in uncertainties.items():
        left = None if one.processes is None else tuple(process for process in one.processes if process not in gone)
        if left != ():
            acting[name] = one.model_copy(update={"processes": left})
    return acting


def _without(variant: Any, gone: Collection[str]) -> Any:
    """Give a classifier or a score map that names no process that is gone."""
    update: dict[str, Any] = {}
    if getattr(variant, "signals", None):
        update["signals"] = tuple(name for name in variant.signals if name not in gone)
    if variant.without_processes is not None:
        update["without_processes"] = tuple(name for name in variant.without_processes if name not in gone)
    if getattr(variant, "classes", None):
        left = {name: tuple(one for one in members if one not in gone) for name, members in variant.classes.items()}
        update["classes"] = {name: members for name, members in left.items() if members}
    return variant.model_copy(update=update)


def _report(analysis: Analysis, judged: Collection[str]) -> Report:
    """Leave out of the report the scores that are gone."""
    report, variants = analysis.report, _kept(analysis.report.variants, judged)
    update: dict[str, Any] = {} if variants == report.variants else {"variants": variants}
    if report.recommended is not None and report.recommended not in judged:
        update["recommended"] = None
    return report.model_copy(update=update) if update else report


def _study(analysis: Analysis, fitted: bool) -> ParametricStudy | None:
    """Leave the fits out of the parametric study where there is no fit."""
    study = analysis.parametric_study
    if study is None or fitted:
        return study
    return study.model_copy(update={"fitted": (), "binning": None, "treatment": None})


def _kept(names: Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in known)
