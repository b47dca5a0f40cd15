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
        failed = [f"{training.name}: {training.problem}" for training in trainings if training.problem]
        yield replace(_judged(variant, trainings, failed, []), variant=variant)
    for sample, trainings in results.sign_trainings.items():
        diverged = [f"{training.name}: diverged: {training.diverged}" for training in trainings if training.diverged]
        constant = [f"{training.name}: {training.failed}" for training in trainings if training.failed]
        yield _judged(f"sign networks of {sample}", trainings, diverged, constant)


def _judged(of: str, trainings: Sequence[Training], failed: Sequence[str], constant: Sequence[str]) -> Line:
    """Judge some trainings.

    Args:
        of: whose they are.
        trainings: all of them.
        failed: what makes networks useless.
        constant: sign networks that are no better than a constant. That may be how the sample is: each event
            then gets the sample's own fraction, and the closure says whether that is enough.
    """
    warned = [f"{training.name}: {warning}" for training in trainings for warning in training.warnings]
    line = held_against(
        FAILED_TRAININGS, float(len(failed)), "training", of, f"{len(failed)} of {len(trainings)} failed",
        {"good": "no training diverged or failed", "marginal": "", "bad": _named(failed)},
    )  # fmt: skip
    if line.grade == "good" and (constant or warned):
        result = f"{len(constant)} of {len(trainings)} no better than a constant" if constant else line.result
        return replace(line, grade="marginal", result=result, reason=_named([*constant, *warned]))
    return line


def _named(causes: Sequence[str]) -> str:
    more = [f"and {len(causes) - NAMED} more"] if len(causes) > NAMED else []
    return "; ".join([*causes[:NAMED], *more])
