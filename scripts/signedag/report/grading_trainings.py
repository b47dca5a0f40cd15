"""The verdict on trainings: those of the classifiers, and those of the sign networks of each sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from signedag.report.limits import FAILED_TRAININGS
from signedag.report.results import Results
from signedag.report.trainings import Training
from signedag.report.verdict import Line, held_against

NAMED = 3
"""Trainings that a line names; more are counted."""


def training_lines(results: Results) -> Iterator[Line]:
    """Judge the trainings of every variant and of every sample's sign networks."""
    for variant, trainings in results.trainings.items():
        yield _judged(variant, trainings)
    for sample, trainings in results.sign_trainings.items():
        yield _judged(f"sign networks of {sample}", trainings)


def _judged(of: str, trainings: Sequence[Training]) -> Line:
    failed = [f"{training.name}: {training.problem}" for training in trainings if training.problem]
    warned = [f"{training.name}: {warning}" for training in trainings for warning in training.warnings]
    line = held_against(
        FAILED_TRAININGS, float(len(failed)), "training", of, f"{len(failed)} of {len(trainings)} failed",
        {"good": "no training diverged or failed", "marginal": "", "bad": _named(failed)},
    )  # fmt: skip
    if line.grade == "good" and warned:
        return replace(line, grade="marginal", reason=_named(warned))
    return line


def _named(causes: Sequence[str]) -> str:
    more = [f"and {len(causes) - NAMED} more"] if len(causes) > NAMED else []
    return "; ".join([*causes[:NAMED], *more])
