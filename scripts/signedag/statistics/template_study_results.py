"""What the study of template statistics finds: outcomes of pseudo-experiments, and the table of all cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from signedag.config.template_statistics_study import StudyCase
from signedag.errors import UserError
from signedag.json_blocks import Block
from signedag.statistics.coverage import FittedToys, joined
from signedag.statistics.pulls import Failure
from signedag.statistics.templates import Floats

TRUTH = 1.0
"""The signal strength that data are drawn with."""
MOST_FAILED = 0.01
"""Share of fits that may fail."""
LARGEST_BIAS = 0.2
"""Bias over the error that may be left: it then makes an interval of 68.3 % cover 67.3 % at least."""
COVERAGE_TOLERANCE = {"0.6827": 0.04, "0.95": 0.02}
"""How far below its level the coverage may be."""
ERRORS = 2.0
"""What is within so many of its own statistical errors of a limit is not beyond it."""


@dataclass(frozen=True)
class FittedCase:
    """One pseudo-experiment, fitted in one way."""

    value: float
    """Fitted signal strength."""
    error: float
    """From the Hessian."""
    distance: float
    """2 ΔNLL between truth and fitted value."""
    bins: int
    """Bins that were fitted."""
    effective_events: float
    """Median over these bins."""
    template_bias: float
    """Bias that these templates say they cause."""


@dataclass(frozen=True)
class FailedCase:
    """One pseudo-experiment that could not be fitted in one way."""

    reason: str


Outcome = FittedCase | FailedCase


@dataclass(frozen=True)
class TrueBins:
    """The analysis as it is, in one binning."""

    bins: int
    """Bins of the grid."""
    positive_bins: int
    """Bins after those without a positive prediction have joined neighbours."""
    effective_events_per_bin: float
    """Median of (Σw)²/Σw² over them, all processes together."""
    effective_events_per_expected_event: float
    """Σw/Σw²: how much larger than the data the simulation is, as far as its weights allow."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "bins": self.bins,
            "positive_bins": self.positive_bins,
            "effective_events_per_bin": self.effective_events_per_bin,
            "effective_events_per_expected_event": self.effective_events_per_expected_event,
        }

    @classmethod
    def read(cls, block: Block) -> TrueBins:
        """Read what `as_json` gave."""
        return cls(
            block.count("bins"),
            block.count("positive_bins"),
            block.number("effective_events_per_bin"),
            block.number("effective_events_per_expected_event"),
        )


@dataclass(frozen=True)
class TransformationOffset:
    """What templates of transformed weights do to the signal strength before anything fluctuates, in one binning."""

    value: float | None
    """Fitted minus true strength of the Asimov data of the signed templates; `None` if the fit fails."""
    expected: float | None
    """What the signs' fluctuations in the signed templates let expect of it, were transformed weights perfect."""
    sigma: float | None
    """Error of the fit, without template statistics."""
    reason: str
    """Why it is undefined; empty if it is not."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {"value": self.value, "expected": self.expected, "sigma": self.sigma, "reason": self.reason}

    @classmethod
    def read(cls, block: Block) -> TransformationOffset:
        """Read what `as_json` gave."""
        value, expected, sigma = map(block.number_or_none, ("value", "expected", "sigma"))
        return cls(value, expected, sigma, block.text_or_empty("reason"))


@dataclass(frozen=True, eq=False)
class CellPart:
    """Some pseudo-experiments of one cell: one binning, fitted in one way."""

    bins: int
    """Bins per axis."""
    case: StudyCase
    toys: FittedToys
    fitted_bins: Floats
    """Bins that were fitted, shape (fitted pseudo-experiments,)."""
    effective_events: Floats
    """Their median effective events, same shape."""
    template_biases: Floats
    """Bias that the templates of each say they cause, same shape."""

    @classmethod
    def of(cls, bins: int, case: StudyCase, numbers: Sequence[int], outcomes: Sequence[Outcome]) -> CellPart:
        """Put outcomes together, in the order of `numbers`."""
        fitted = [(number, one) for number, one in zip(numbers, outcomes, strict=True) if isinstance(one, FittedCase)]
        failures = tuple(
            Failure(number, one.reason)
            for number, one in zip(numbers, outcomes, strict=True)
            if isinstance(one, FailedCase)
        )
        columns = np.array(
            [
                (one.value, one.error, one.distance, one.bins, one.effective_events, one.template_bias)
                for _, one in fitted
            ],
            dtype=np.float64,
        ).reshape(-1, 6)
        order = np.array([number for number, _ in fitted], dtype=np.int64)
        toys = FittedToys(TRUTH, order, columns[:, 0], columns[:, 1], columns[:, 2], failures)
        return cls(bins, case, toys, columns[:, 3], columns[:, 4], columns[:, 5])

    @property
    def numbers_of_fits(self) -> tuple[int, int]:
        """How many succeeded and failed."""
        return self.toys.numbers.size, len(self.toys.failures)

    def as_json(self) -> dict[str, Any]:
        """Give every pseudo-experiment."""
        toys = self.toys
        return {
            "bins": self.bins,
            "case": self.case.model_dump(mode="json"),
            "numbers": toys.numbers,
            "values": toys.values,
            "errors": toys.errors,
            "distances": toys.distances,
            "fitted_bins": self.fitted_bins,
            "effective_events": self.effective_events,
            "template_biases": self.template_biases,
            "failures": [failure.as_json() for failure in toys.failures],
        }

    @classmethod
    def read(cls, block: Block) -> CellPart:
        """Read what `as_json` gave."""

        def numbers(key: str) -> Floats:
            return np.array(block.defined_numbers(key), dtype=np.float64)

        failures = tuple(
            Failure(one.count("pseudo_experiment"), one.text("reason")) for one in block.listed("failures")
        )
        order = np.array(block.counts("numbers"), dtype=np.int64)
        toys = FittedToys(TRUTH, order, numbers("values"), numbers("errors"), numbers("distances"), failures)
        case = StudyCase.model_validate(dict(block.block("case").content))
        return cls(
            block.count("bins"), case, toys, *map(numbers, ("fitted_bins", "effective_events", "template_biases"))
        )


@dataclass(frozen=True, eq=False)
class StudyPart:
    """What one job has done."""

    truths: Mapping[int, TrueBins]
    """By bins per axis."""
    cells: tuple[CellPart, ...]
    offsets: Mapping[int, TransformationOffset]
    """By bins per axis; empty if transformed weights are not studied."""

    def as_json(self) -> dict[str, Any]:
        """Give all of it."""
        return {
            "truths": {str(bins): true.as_json() for bins, true in self.truths.items()},
            "cells": [cell.as_json() for cell in self.cells],
            "transformation_offsets": {str(bins): offset.as_json() for bins, offset in self.offsets.items()},
        }

    @classmethod
    def read(cls, block: Block) -> StudyPart:
        """Read what `as_json` gave."""
        truths = {int(bins): TrueBins.read(true) for bins, true in block.blocks("truths").items()}
        offsets = {
            int(bins): TransformationOffset.read(one) for bins, one in block.blocks("transformation_offsets").items()
        }
        return cls(truths, tuple(CellPart.read(cell) for cell in block.listed("cells")), offsets)


@dataclass(frozen=True, eq=False)
class Cell:
    """One row of the table."""

    true: TrueBins
    parts: tuple[CellPart, ...]
    """What the jobs have done of it, at least one."""

    def _mean(self, by_part: Sequence[Floats]) -> float:
        """Average over pseudo-experiments in the order of their numbers, so that jobs' shares change no digit."""
        order = np.argsort(np.concatenate([part.toys.numbers for part in self.parts]))
        return float(np.concatenate(by_part)[order].mean())

    def as_json(self) -> dict[str, Any]:
        """Give the row; what needs two fits is null, with the reason, where fewer than two succeeded."""
        first = self.parts[0]
        failures = sorted((one for part in self.parts for one in part.toys.failures), key=lambda one: one.reason)
        row: dict[str, Any] = {
            "bins": first.bins,
            **first.case.model_dump(mode="json"),
            "pseudo_experiments": sum(part.toys.count for part in self.parts),
            "failed": len(failures),
            "reasons_of_failures": dict(Counter(one.reason for one in failures)),
            "effective_events_per_expected_event": self.true.effective_events_per_expected_event,
        }
        try:
            toys = joined([part.toys for part in self.parts])
        except UserError as error:
            fitted = ("bias", "mean_error", "pull_mean", "pull_width", "coverage", "spread", "shortcomings")
            unknown = (*fitted, "fitted_bins", "effective_events_per_bin", "template_bias")
            return row | dict.fromkeys(unknown) | {"reason": str(error)}
        described = toys.as_json()
        spread = float(toys.values.std(ddof=1))
        described = described | {"failed_share": len(failures) / toys.count}
        return row | {
            "shortcomings": shortcomings(described),
            **{key: described[key] for key in ("bias", "mean_error", "pull_mean", "pull_width", "coverage")},
            "spread": {"value": spread, "error": spread / float(np.sqrt(2 * (toys.values.size - 1)))},
            "fitted_bins": self._mean([part.fitted_bins for part in self.parts]),
            "effective_events_per_bin": self._mean([part.effective_events for part in self.parts]),
            "template_bias": self._mean([part.template_biases for part in self.parts]),
            "reason": "",
        }


def shortcomings(described: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with the fits of one cell; docs/physics.md, "Study of template statistics"."""
    wrong = []
    if described["failed_share"] > MOST_FAILED:
        wrong.append("failures")
    bias, size = described["bias"], described["mean_error"]["value"]
    if abs(bias["value"]) - ERRORS * bias["error"] > LARGEST_BIAS * size:
        wrong.append("bias")
    for level, tolerance in COVERAGE_TOLERANCE.items():
        covered = described["coverage"][level]
        if covered["value"] + ERRORS * covered["error"] < covered["expected"] - tolerance:
            wrong.append(f"coverage of {100 * float(level):g} %")
    return wrong


def table(parts: Sequence[StudyPart], bins: Sequence[int], cases: Sequence[StudyCase], expected: int) -> list[Cell]:
    """Put together what jobs have done, whatever their order: one row per binning and case.

    Raises:
        UserError: the parts are not those of the settings.
    """
    rows = []
    for number in bins:
        for case in cases:
            chosen = tuple(cell for part in parts for cell in part.cells if cell.bins == number and cell.case == case)
            done = sum(cell.toys.count for cell in chosen)
            if done != expected:
                raise UserError(
                    f"{done} of {expected} pseudo-experiments are there for {number} bins per axis, {case.as_json()}; "
                    "give all parts of one study"
                )
            rows.append(Cell(parts[0].truths[number], chosen))
    return rows
