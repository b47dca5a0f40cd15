"""Isotonic calibration of the positive probability, fitted out of fold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from signedag.errors import UserError


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


def calibrate_out_of_fold(
    raw_probability: NDArray[np.float64],
    signed_weight: NDArray[np.float64],
    fold: NDArray[np.int8],
    half: NDArray[np.int8],
) -> tuple[NDArray[np.float64], dict[str, IsotonicCalibration]]:
    """Calibrate each half of each fold by the other half of the same fold.

    The network of a fold saw neither half; the map that an event gets was not fitted with it.

    Args:
        raw_probability: shape (events,), from the network that did not see the event's fold.
        signed_weight: shape (events,).
        fold: shape (events,).
        half: shape (events,), 0 or 1.

    Returns:
        the calibrated probability, shape (events,), and the maps by `fold{fold}_half{half}` that they were applied to.

    Raises:
        UserError: a half has no events to fit the other one's map with, naming fold and half.
    """
    calibrated = np.full(len(raw_probability), np.nan)
    maps = {}
    for number in np.unique(fold):
        for side in (0, 1):
            fitted = (fold == number) & (half != side)
            applied = (fold == number) & (half == side)
            if not np.any(applied):
                continue
            size = np.abs(signed_weight[fitted])
            if not np.any(size):
                raise UserError(
                    f"fold {number} has no events in half {1 - side} to calibrate with; simulate or select more"
                )
            calibration = fit_isotonic(raw_probability[fitted], signed_weight[fitted] > 0, size)
            calibrated[applied] = calibration(raw_probability[applied])
            maps[f"fold{number}_half{side}"] = calibration
    return calibrated, maps
