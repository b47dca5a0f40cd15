"""Smoothing of a template's change over neighbouring bins, with windows that grow until they hold enough events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from signedag.statistics.templates import Floats

GROWTH = 1.2
"""Ratio of a window's radius to the one before."""
FIRST = 1.5
"""Radius of the first window that holds more than its own bin, in steps of the finest axis."""
WIDEST = 2.0
"""Radius of the last one, in diagonals of the template: nearly all bins count alike in it."""

SINGULAR = 1e-9
"""Smallest part of a window's largest moment at which its plane counts as defined."""

Method = Literal["local_linear", "constant", "none"]


@dataclass(frozen=True)
class Smoother:
    """What smooths changes of one template: a matrix, since windows depend on the nominal template alone."""

    nominal: Floats
    """The nominal template, any shape."""
    matrix: Floats
    """From the change of each bin to the relative change of each, shape (bins, bins)."""
    windows: Floats
    """Radius of each bin's window in ranges of the axes, 0 for the bin alone; shape (bins,)."""
    errors: Floats
    """Statistical error of each bin's relative change, shape (bins,)."""
    method: Method
    """`constant` where all bins together are not known well enough: the yield alone varies; `none` without events."""

    def __call__(self, change: Floats) -> Floats:
        """Smooth a change, varied minus nominal template, of the template's shape; its sum is kept exactly."""
        if self.method == "none":
            return change
        nominal = self.nominal.ravel()
        smoothed = nominal * (self.matrix @ change.ravel())
        sizes = np.abs(nominal)
        smoothed += (change.sum() - smoothed.sum()) * sizes / sizes.sum()
        return np.asarray(smoothed.reshape(change.shape), dtype=np.float64)


def smoother(nominal: Floats, variances: Floats, relative_error: float) -> Smoother:
    """Find the window of each bin; docs/physics.md, "Smoothed variations".

    Around each bin b₀ the relative change is a plane ρ(x) = α + β·(x - x₀) in the bins' numbers x, in which an axis
    goes from 0 to 1, and T is the nominal template and d the change:

        Σ_b K(|x_b - x₀|/h) [d_b - T_b ρ(x_b)] (1, x_b - x₀) = 0,        K(u) = (1 - u³)³ for u < 1

    The smoothed change is T ρ(x₀) = T α. Its statistical error is that of α if d has the variances of the template.
    The radius h is the smallest at which it is at most `relative_error`: 0 first (the bin alone, α = d/T), then growing
    up to the whole template. Where no bin and no window reaches it, the widest window stays; if not even the sum of all
    bins is known to it, the relative change is one number.

    LOWESS (Cleveland, J. Am. Stat. Assoc. 74 (1979) 829) of relative changes in bin numbers, as in CMS HIG-17-027
    (arXiv:1908.01115, github.com/andrey-popov/syst-smoothing). Here sums of weights, which may be negative, take the
    place of ratios by bin, and windows grow until their error is small enough, as bins are merged there.

    Args:
        nominal: Σw, any shape.
        variances: Σw², same shape.
        relative_error: the largest statistical error of the relative change.
    """
    values, squares = nominal.ravel().astype(np.float64), variances.ravel().astype(np.float64)
    if not np.abs(values).sum() > 0:
        return Smoother(nominal, np.eye(values.size), np.zeros(values.size), np.full(values.size, np.inf), "none")
    whole = np.ones((1, values.size))
    rows, errors = _constant(values, squares, whole)
    if not errors[0] <= relative_error:
        matrix = np.where(np.isfinite(rows), rows, 0.0).repeat(values.size, axis=0)
        return Smoother(nominal, matrix, np.full(values.size, np.inf), errors.repeat(values.size), "constant")
    matrix, errors = _constant(values, squares, np.eye(values.size))
    windows, planes = np.zeros(values.size), _Planes(values, squares, _positions(nominal.shape))
    for radius in _radii(nominal.shape):
        open_bins = np.flatnonzero(~(errors <= relative_error))
        if not open_bins.size:
            break
        rows, widened = planes.rows(open_bins, radius)
        usable = np.isfinite(widened)
        matrix[open_bins[usable]], errors[open_bins[usable]] = rows[usable], widened[usable]
        windows[open_bins] = radius
    return Smoother(nominal, np.where(np.isfinite(matrix), matrix, 0.0), windows, errors, "local_linear")


def _positions(shape: tuple[int, ...]) -> Floats:
    """Give the bins' centres, each axis from 0 to 1, without axes of one bin; shape (bins, axes)."""
    axes = [(np.arange(bins) + 0.5) / bins for bins in shape]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(shape))
    return np.asarray(grid[:, [bins > 1 for bins in shape]], dtype=np.float64)


def _radii(shape: tuple[int, ...]) -> Iterator[float]:
    """Give growing radii of windows; none for a template of one bin."""
    several = [bins for bins in shape if bins > 1]
    if several:
        radius, last = FIRST / max(several), WIDEST * float(np.sqrt(len(several)))
        while radius < last:
            yield radius
            radius *= GROWTH
        yield last


def _constant(values: Floats, squares: Floats, kernel: Floats) -> tuple[Floats, Floats]:
    """Give the rows that make one relative change of each window, and their errors; kernel of shape (windows, bins)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rows = kernel / (kernel @ values)[:, None]
        return rows, np.sqrt(np.square(rows) @ squares)


class _Planes:
    """Planes through the relative change in windows around bins."""

    def __init__(self, values: Floats, squares: Floats, positions: Floats) -> None:
        self._squares, self._positions = squares, positions
        self._terms = np.concatenate([np.ones((len(positions), 1)), positions], axis=1)
        products = values[:, None, None] * self._terms[:, :, None] * self._terms[:, None, :]
        self._products = products.reshape(len(positions), -1)
        self._cubes = np.square(positions[:, None, :] - positions[None, :, :]).sum(axis=-1) ** 1.5

    def rows(self, bins: NDArray[np.intp], radius: float) -> tuple[Floats, Floats]:
        """Give the rows that make the relative change of some bins, and its errors, infinite where no plane is."""
        size = self._terms.shape[1]
        inside = np.maximum(1.0 - self._cubes[bins] / radius**3, 0.0)
        kernel = inside * inside * inside  # a power would take ten times as long
        # from (1, x) to (1, (x - x0)/h)
        centred = np.tile(np.diag([1.0, *[1 / radius] * (size - 1)]), (len(bins), 1, 1))
        centred[:, 1:, 0] = -self._positions[bins] / radius
        normal = centred @ (kernel @ self._products).reshape(-1, size, size) @ centred.transpose(0, 2, 1)
        eigenvalues = np.abs(np.linalg.eigvalsh(normal))
        defined = eigenvalues.min(axis=1) > SINGULAR * eigenvalues.max(axis=1)
        normal[~defined] = np.eye(size)
        coefficients = (np.linalg.inv(normal)[:, None, 0, :] @ centred)[:, 0]
        rows = kernel * (coefficients @ self._terms.T)
        errors = np.sqrt(np.square(rows) @ self._squares)
        return rows, np.where(defined, errors, np.inf)
