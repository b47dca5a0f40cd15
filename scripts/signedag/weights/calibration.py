"""Calibration of the positive probability, fitted to other events than it is applied to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit, logit

from signedag.errors import UserError
from signedag.events.folds import calibration_split

CERTAIN = 1e-6
"""Outputs closer to 0 or 1 than this count as this close."""
IDENTITY = np.array([1.0, 0.0])
"""Slope and offset that change nothing."""
PULL = 1e-8
"""A little pull towards these keeps both finite where one sign is missing or all outputs are equal."""


@dataclass(frozen=True)
class IsotonicCalibration:
    """A non-decreasing map from the network's output to the fraction of positive |w|."""

    knots: NDArray[np.float64]
    """Outputs at which the map is given, increasing."""
    values: NDArray[np.float64]
    """The map there, non-decreasing, in [0, 1]; linear in between, constant outside."""

    def __call__(self, raw_probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrate outputs of shape (events,)."""
        return np.interp(raw_probability, self.knots, self.values)


def fit_isotonic(
    raw_probability: NDArray[np.float64], is_positive: NDArray[np.bool_], size: NDArray[np.float64]
) -> IsotonicCalibration:
    """Fit the weighted least-squares non-decreasing map of 1[w > 0] on the network's output.

    docs/physics.md, "Isotonic calibration".

    >>> raw, is_positive = np.array([0.5, 0.6, 0.7, 0.8]), np.array([False, True, False, True])
    >>> fit_isotonic(raw, is_positive, np.ones(4))(raw).tolist()  # the two in the middle are in the wrong order
    [0.0, 0.5, 0.5, 1.0]

    Args:
        raw_probability: shape (events,), the network's output.
        is_positive: shape (events,), whether w > 0.
        size: shape (events,), |w|; negative sizes are refused (isotonic regression has no meaning for them).

    Raises:
        ValueError: a size is negative, or none is positive.
    """
    if np.any(size < 0):
        raise ValueError("isotonic regression needs non-negative weights: hand it |w| and the sign as the target")
    used = size > 0
    if not np.any(used):
        raise ValueError("isotonic regression needs at least one event with a weight")
    knots, group = np.unique(raw_probability[used], return_inverse=True)
    weight = np.bincount(group, size[used])
    target = np.bincount(group, size[used] * is_positive[used]) / weight
    fitted = np.clip(isotonic_regression(target, weights=weight).x, 0.0, 1.0)
    # Inside a block of equal values only its ends matter for the interpolation.
    ends = np.ones(len(knots), dtype=bool)
    ends[1:-1] = (fitted[1:-1] != fitted[:-2]) | (fitted[1:-1] != fitted[2:])
    return IsotonicCalibration(knots[ends], fitted[ends])


@dataclass(frozen=True)
class LogisticCalibration:
    """A linear map of the network's logit."""

    slope: float
    """Factor on the logit; 1 if nothing is to be mended."""
    offset: float
    """What is added."""

    def __call__(self, raw_probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrate outputs of shape (events,)."""
        calibrated: NDArray[np.float64] = expit(self.slope * _logit(raw_probability) + self.offset)
        return calibrated


def _logit(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the logit of probabilities of shape (events,), finite for 0 and 1."""
    finite: NDArray[np.float64] = logit(np.clip(probability, CERTAIN, 1 - CERTAIN))
    return finite


def fit_logistic(
    raw_probability: NDArray[np.float64], is_positive: NDArray[np.bool_], size: NDArray[np.float64]
) -> LogisticCalibration:
    """Fit slope a and offset b of the logit z: least Σ |w| (softplus(a z + b) - 1[w > 0] (a z + b)).

    docs/physics.md, "Logistic calibration". Two numbers for all events: where the largest weights are a hundred times
    the median, isotonic regression follows single events. The function is convex.

    Args:
        raw_probability: shape (events,), the network's output.
        is_positive: shape (events,), whether w > 0.
        size: shape (events,), |w|.

    Raises:
        ValueError: a size is negative, or none is positive.

    An output that says 0.5 of everything, where three quarters are positive:

    >>> found = fit_logistic(np.full(4, 0.5), np.array([True, True, True, False]), np.ones(4))
    >>> found(np.array([0.5])).round(6).tolist()
    [0.75]
    """
    if np.any(size < 0) or not np.any(size > 0):
        raise ValueError("logistic calibration needs non-negative weights of which one is positive")
    columns = np.stack([_logit(raw_probability), np.ones(len(raw_probability))])
    share = size / size.sum()

    def objective(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        values = parameters @ columns
        pulled = parameters - IDENTITY
        value = float(share @ (np.logaddexp(0, values) - is_positive * values)) + 0.5 * PULL * float(pulled @ pulled)
        return value, columns @ (share * (expit(values) - is_positive)) + PULL * pulled

    def curvature(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        probability = expit(parameters @ columns)
        matrix: NDArray[np.float64] = (columns * (share * probability * (1 - probability))) @ columns.T
        return matrix + PULL * np.eye(2)

    fitted = minimize(objective, IDENTITY, jac=True, hess=curvature, method="trust-exact", options={"gtol": 1e-9})
    return LogisticCalibration(float(fitted.x[0]), float(fitted.x[1]))


METHODS: dict[str, Callable[..., IsotonicCalibration | LogisticCalibration]] = {
    "isotonic": fit_isotonic,
    "logistic": fit_logistic,
}
"""How a calibration is fitted, by the name in the settings."""


def calibrate_by_the_others(
    raw_probability: NDArray[np.float64],
    signed_weight: NDArray[np.float64],
    split: NDArray[np.int8],
    method: str = "isotonic",
) -> NDArray[np.float64]:
    """Calibrate each split of the events by the map that is fitted to the other splits, shape (events,).

    Neither the network's output for an event nor the map that it gets knows the event's own sign, if the output is that
    of a network which left the event out.

    Args:
        raw_probability: shape (events,), the networks' output.
        signed_weight: shape (events,).
        split: shape (events,), the number of each event's split.
        method: one of METHODS.

    Raises:
        UserError: a split has no events to fit its map to.
    """
    calibrated = np.full(len(raw_probability), np.nan)
    for number in np.unique(split):
        applied = split == number
        size = np.abs(signed_weight[~applied])
        if not np.any(size):
            raise UserError(
                f"all {len(raw_probability)} events are in one calibration split, none is left to fit its map to; "
                "simulate or select more"
            )
        calibration = METHODS[method](raw_probability[~applied], signed_weight[~applied] > 0, size)
        calibrated[applied] = calibration(raw_probability[applied])
    return calibrated


def calibrate_cross_fitted(
    raw_probability: NDArray[np.float64],
    signed_weight: NDArray[np.float64],
    event_number: NDArray[np.int64],
    splits: int,
    repetitions: int,
    method: str = "isotonic",
) -> NDArray[np.float64]:
    """Calibrate cross-fitted output: the mean of `calibrate_by_the_others` over repetitions with other splits.

    docs/physics.md, "Whose signs". The inner parts share their maps. Maps of their own, fitted to half of a part, are
    noise for the most part: at three parts they move the weights further from the truth than the networks' own output
    is. The mean over repetitions smooths the steps of isotonic regression.

    Args:
        raw_probability: shape (events,), output of networks that left out the event's inner part.
        signed_weight: shape (events,).
        event_number: shape (events,), decides the splits.
        splits: splits per repetition.
        repetitions: how often the events are split anew.
        method: one of METHODS.

    Returns:
        shape (events,).
    """
    total = np.zeros(len(raw_probability))
    for repetition in range(repetitions):
        split = calibration_split(event_number, splits, repetition)
        total += calibrate_by_the_others(raw_probability, signed_weight, split, method)
    return total / repetitions
