"""Coverage of profile-likelihood intervals, bias and pulls over pseudo-experiments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from signedag.errors import UserError
from signedag.seeds import stream
from signedag.statistics.data_sets import pseudo_experiment
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import fit
from signedag.statistics.intervals import ConditionalFitError, Profile
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import SIGNAL_STRENGTH
from signedag.statistics.pulls import Failure, Measured
from signedag.statistics.templates import Floats
from signedag.statistics.toys import in_order

LEVELS = (0.6827, 0.95)


@dataclass(frozen=True)
class FittedToys:
    """Fits of pseudo-experiments, in the order of their numbers."""

    truth: float
    numbers: NDArray[np.int64]
    """Of the pseudo-experiments that could be fitted, shape (n,)."""
    values: Floats
    """Fitted values, shape (n,)."""
    errors: Floats
    """Errors from the Hessian, shape (n,)."""
    distances: Floats
    """2 ΔNLL between truth and fitted value, shape (n,): what decides whether an interval holds the truth."""
    failures: tuple[Failure, ...]

    @property
    def count(self) -> int:
        """How many pseudo-experiments were drawn."""
        return self.numbers.size + len(self.failures)

    def coverage(self, level: float) -> Measured:
        """Give how often the interval of this level holds the truth; failures count as intervals that do not.

        The error is that of the expected coverage.
        """
        held = int((self.distances <= chi2.isf(1 - level, 1)).sum())
        return Measured(held / self.count, float(np.sqrt(level * (1 - level) / self.count)))

    @property
    def bias(self) -> Measured:
        """Mean of fitted - true value."""
        return _mean(self.values - self.truth)

    @property
    def pulls(self) -> Floats:
        """(fitted - true value) / error, shape (n,)."""
        pulls: Floats = (self.values - self.truth) / self.errors
        return pulls

    @property
    def pull_width(self) -> Measured:
        """Their standard deviation."""
        width = float(self.pulls.std(ddof=1))
        return Measured(width, width / float(np.sqrt(2 * (self.pulls.size - 1))))

    def as_json(self) -> dict[str, Any]:
        """Give the summary, the pulls and the failures."""
        coverage: Mapping[str, dict[str, float]] = {
            f"{level:g}": self.coverage(level).as_json() | {"expected": level} for level in LEVELS
        }
        return {
            "truth": self.truth,
            "pseudo_experiments": self.count,
            "failed": len(self.failures),
            "failures": [failure.as_json() for failure in self.failures],
            "coverage": coverage,
            "bias": self.bias.as_json(),
            "mean_error": _mean(self.errors).as_json(),
            "pull_mean": _mean(self.pulls).as_json(),
            "pull_width": self.pull_width.as_json(),
            "pulls": self.pulls,
        }


def _mean(values: Floats) -> Measured:
    return Measured(float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size)))


def fit_toys(
    expectation: Expectation,
    truth: Floats,
    numbers: Sequence[int],
    seed: int,
    *names: str | int,
    parameter: str = SIGNAL_STRENGTH,
) -> FittedToys:
    """Draw pseudo-experiments and fit each with the parameter free and at its truth; docs/physics.md, "Coverage".

    Args:
        expectation: of the model.
        truth: what they are drawn with, shape (parameters,).
        numbers: which pseudo-experiments; a job may do some of them.
        seed: the analysis seed.
        *names: what else tells this sequence of pseudo-experiments from others.
        parameter: the parameter whose intervals are studied.
    """
    true = float(truth[expectation.model.index(parameter)])
    fitted: list[tuple[int, float, float, float]] = []
    failures: list[Failure] = []
    for number in numbers:
        drawn = pseudo_experiment(expectation, truth, stream(seed, "fit_toys", *names, number))
        try:
            fitted.append((number, *fit_with_truth(drawn.likelihood(expectation), truth, parameter)))
        except ConditionalFitError as error:
            failures.append(Failure(number, str(error)))
    columns = np.array(fitted, dtype=np.float64).reshape(-1, 4).T
    return FittedToys(true, columns[0].astype(np.int64), columns[1], columns[2], columns[3], tuple(failures))


def fit_with_truth(likelihood: Likelihood, truth: Floats, name: str) -> tuple[float, float, float]:
    """Fit one parameter of a pseudo-experiment: its value, its error, and 2 ΔNLL between the truth and the value.

    Raises:
        ConditionalFitError: a fit failed.
    """
    index = likelihood.expectation.model.index(name)
    result = fit(likelihood, start=truth)
    error = result.error(name)
    if result.problem or error is None:
        raise ConditionalFitError(result.problem or "it has no error")
    distance = 2 * Profile(result, name).delta(float(truth[index]))
    return float(result.values[index]), error, distance


def joined(parts: Sequence[FittedToys]) -> FittedToys:
    """Put together what jobs have fitted, whatever their order.

    Raises:
        UserError: fewer than two pseudo-experiments could be fitted.
        ValueError: two parts have the same pseudo-experiment, or different truths.
    """
    if len({part.truth for part in parts}) > 1:
        raise ValueError("the parts have different truths")
    order, failures = in_order([part.numbers for part in parts], (item for part in parts for item in part.failures))
    if order.size < 2:
        reason = failures[0].reason if failures else "none was drawn"
        drawn = order.size + len(failures)
        raise UserError(f"only {order.size} of {drawn} pseudo-experiments could be fitted ({reason})")
    return FittedToys(
        parts[0].truth,
        np.concatenate([part.numbers for part in parts])[order],
        np.concatenate([part.values for part in parts])[order],
        np.concatenate([part.errors for part in parts])[order],
        np.concatenate([part.distances for part in parts])[order],
        tuple(failures),
    )


def study_coverage(
    expectation: Expectation, truth: Floats, count: int, seed: int, *names: str | int, parameter: str = SIGNAL_STRENGTH
) -> FittedToys:
    """Fit `count` pseudo-experiments, all in one job; see `fit_toys`.

    Raises:
        UserError: fewer than two pseudo-experiments could be fitted.
    """
    return joined([fit_toys(expectation, truth, range(count), seed, *names, parameter=parameter)])
