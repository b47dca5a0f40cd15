"""A look at each sample's first ROOT file and at headers of tables, before anything runs: is there what is read?"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from signedag.config import stages
from signedag.config.analysis import Analysis
from signedag.errors import UserError
from signedag.events.conversion import branches_of_sum
from signedag.events.ntuples import Ntuple
from signedag.events.plan import Plan, nominal_plan, shifts_plan
from signedag.events.tables import read_header

SKIPPED_BY = "SIGNEDAG_FIRST_LOOK"
"""Environment variable: with the value `no` no file is opened."""


def check_first_files(analysis: Analysis, files: Mapping[str, Sequence[str]], source: str) -> None:
    """Check that the first file of each sample is a ROOT file with the tree and the branches that are read.

    Only headers and the list of branches are read: about 10 ms per sample on a local disk. Remote files are left to the
    conversion, and so are what is wrong in the second file and what is wrong in the values. Where files are slow to
    open or not there yet, `SIGNEDAG_FIRST_LOOK=no` in the environment leaves all to the conversion.

    Args:
        analysis: the validated configuration.
        files: each sample's ROOT files (and those of data), as paths or URLs.
        source: the configuration file, for messages.

    Raises:
        UserError: one line per sample whose file cannot be converted, with file, settings key and fix.
    """
    if os.environ.get(SKIPPED_BY) == "no":
        return
    problems = []
    for sample, paths in files.items():
        first = paths[0]
        if "://" in first:
            continue
        try:
            look_at(first, analysis, sample)
        except UserError as error:
            key = "data.files" if sample == "data" else f"samples.{sample}.files"
            problems.append(f"{source}: {key}: {error}")
    if problems:
        raise UserError("\n".join(problems))


def check_tables(analysis: Analysis, files: Sequence[str], source: str) -> None:
    """Check that each CSV file has a header with the columns that are read.

    Args:
        analysis: the validated configuration.
        files: the CSV files.
        source: the configuration file, for messages.

    Raises:
        UserError: one line per file that cannot be read, is no such table or lacks a column.
    """
    if os.environ.get(SKIPPED_BY) == "no" or analysis.tables is None:
        return
    problems = []
    for file in files:
        try:
            read_header(Path(file), analysis.tables.columns)
        except UserError as error:
            problems.append(f"{source}: tables.files: {error}")
    if problems:
        raise UserError("\n".join(problems))


def look_at(file: str, analysis: Analysis, sample: str) -> None:
    """Check one local file of a sample.

    Raises:
        UserError: it is no ROOT file, or a tree or branch is missing or holds something else.
    """
    settings = stages.convert_ntuple(analysis, sample)
    plans = [nominal_plan(settings)]
    if len(analysis.shift_names(sample)) > 1:
        plans.append(shifts_plan(stages.convert_shifts(analysis, sample)))
    with Ntuple(file) as ntuple:
        for plan in plans:
            _check_branches(ntuple, plan)
        if settings.other_tree is not None:
            branches_of_sum(ntuple, settings.other_tree)


def _check_branches(ntuple: Ntuple, plan: Plan) -> None:
    tree = ntuple.tree(plan.events.tree)
    tree.check(plan.branches())
    tree.check_integers(plan.integers())
