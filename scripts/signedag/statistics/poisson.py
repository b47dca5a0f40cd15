"""The Poisson term of one bin as a function of its expected events, with its derivatives."""

from __future__ import annotations

import numpy as np

from signedag.statistics.interpolation import Curve
from signedag.statistics.templates import Floats


def half_deviance(expected: Floats, counts: Floats, difference: Floats) -> Floats:
    """Give λ - n - n ln(λ/n) in each bin, shape (bins,), for λ > 0 or n = 0; docs/physics.md, "Likelihood".

    Near λ = n the logarithm is taken of 1 + (λ - n)/n, so that terms far below 1 keep their digits.

    >>> expected, counts = np.array([110.0, 100.0, 3.0, 20.0]), np.array([100.0, 100.0, 0.0, 80.0])
    >>> half_deviance(expected, counts, expected - counts).round(4).tolist()
    [0.469, 0.0, 3.0, 50.9035]

    Args:
        expected: λ, shape (bins,).
        counts: n, shape (bins,).
        difference: λ - n, shape (bins,), which may be known better than by subtraction.
    """
    filled = np.where(counts > 0, counts, 1.0)
    relative = difference / filled
    far = np.flatnonzero(relative < -0.5)
    if far.size:
        relative[far] = 0.0
    logarithms = np.log1p(relative)
    if far.size:
        # a bin without counts has a difference that is not negative, so n > 0 and λ > 0 here
        logarithms[far] = np.log(expected[far] / filled[far])
    terms: Floats = difference - counts * logarithms
    return terms


def poisson(expected: Floats, counts: Floats) -> Curve:
    """Give each bin's half deviance with its derivatives by λ > 0, shape (bins,) each."""
    difference = expected - counts
    return Curve(half_deviance(expected, counts, difference), difference / expected, counts / np.square(expected))
