"""The statistical error of the templates inside the likelihood: Barlow and Beeston's method with one factor per bin.

Each bin's prediction λ is multiplied by a factor β that an auxiliary measurement constrains,

    Poisson(n | β λ) · Gauss(c | β, δ),        δ² = Σ_p Σw² / (Σ_p Σw)²,

as pyhf's `staterror` has it: Σw² and Σw of the nominal templates of all processes, signed. c is 1 but in
pseudo-experiments. β is never a parameter: it is solved for in closed form, so the likelihood stays a function of λ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signedag.statistics.interpolation import Curve
from signedag.statistics.poisson import half_deviance
from signedag.statistics.templates import Floats


@dataclass(frozen=True)
class BinFactors:
    """The factors β that describe the data best at some λ, shape (bins,) each."""

    value: Floats
    """β, not negative."""
    pull: Floats
    """(β - c)/δ², finite also where δ is 0."""
    root: Floats
    """2β + λδ² - c, not negative: the square root of the quadratic equation's discriminant."""


def best_factors(expected: Floats, counts: Floats, squares: Floats, centres: Floats) -> BinFactors:
    """Find the factors β that maximise Poisson(n | β λ) · Gauss(c | β, δ); docs/physics.md, "Template statistics".

    The root of β² + β (λδ² - c) - nδ² = 0 that is not negative, in forms without differences of like numbers.

    >>> found = best_factors(np.array([100.0]), np.array([120.0]), np.array([0.01]), np.array([1.0]))
    >>> round(float(found.value[0]), 6)  # both errors are 10 %: nearly half-way to 120
    1.095445

    Args:
        expected: λ > 0, shape (bins,).
        counts: n, shape (bins,).
        squares: δ², shape (bins,); where it is 0, c must be 1.
        centres: c, shape (bins,).
    """
    moved = expected * squares
    linear, outward = moved - centres, moved + centres
    root = np.sqrt(np.square(linear) + 4 * counts * squares)
    # each quotient is taken on the side where its divisor is a sum of positive numbers
    heavy = linear > 0
    factors = np.where(heavy, 2 * counts * squares, root - linear) / np.where(heavy, linear + root, 2.0)
    usual = outward > 0
    pull = np.where(usual, 2 * (counts - centres * expected), root - outward) / np.where(
        usual, outward + root, 2 * squares
    )
    return BinFactors(factors, pull, root)


def barlow_beeston(expected: Floats, counts: Floats, squares: Floats, centres: Floats) -> Curve:
    """Give each bin's half deviance with β at its best, and its derivatives by λ, shape (bins,) each.

    docs/physics.md, "Template statistics". β λ - n - n ln(β λ/n) + ½ ((β - c)/δ)², zero for n = λ and c = 1. As β is
    at its best, the slope is that at fixed β.
    """
    best = best_factors(expected, counts, squares, centres)
    scaled, difference = best.value * expected, -best.value * best.pull  # the latter is β λ - n
    value = half_deviance(scaled, counts, difference) + 0.5 * squares * np.square(best.pull)
    shrinking = np.divide(best.value * squares, best.root, out=np.zeros(best.root.shape), where=best.root > 0)
    return Curve(value, difference / expected, counts / np.square(expected) - shrinking)


def expected_curvature(expected: Floats, squares: Floats) -> Floats:
    """Give the second derivative by λ of Asimov data, 1/(λ + λ²δ²): both variances add up."""
    curvature: Floats = 1.0 / (expected * (1.0 + expected * squares))
    return curvature
