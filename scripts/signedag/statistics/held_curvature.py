"""Second derivatives that are kept from one Newton step to the next, as they cost more than the steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from signedag.statistics.likelihood import Likelihood
from signedag.statistics.templates import Floats

SMALLEST_PIVOT = 1e-13
"""Below this a matrix of unit diagonal is, to rounding, not positive definite."""


class Factor:
    """A symmetric positive definite matrix, factorised by Cholesky after its diagonal was scaled to 1.

    Raises:
        numpy.linalg.LinAlgError: it is not, to rounding, positive definite.
    """

    def __init__(self, matrix: Floats) -> None:
        diagonal = np.diag(matrix)
        if not (diagonal > 0).all():
            raise np.linalg.LinAlgError("a diagonal element is not positive")
        self._scale = np.sqrt(diagonal)
        self._factor = cho_factor(matrix / np.outer(self._scale, self._scale), lower=True)
        if np.square(np.diag(self._factor[0])).min(initial=1.0) < SMALLEST_PIVOT:
            raise np.linalg.LinAlgError("the matrix is singular to rounding")

    def solve(self, vector: Floats) -> Floats:
        """Solve for one vector, shape (n,), or several columns, shape (n, columns)."""
        scale = self._scale.reshape((-1,) + (1,) * (vector.ndim - 1))
        solution: Floats = cho_solve(self._factor, vector / scale) / scale
        return solution


def solve_positive(matrix: Floats, vector: Floats) -> Floats | None:
    """Solve a symmetric positive definite system; `None` if the matrix is not, to rounding, positive definite."""
    try:
        return Factor(matrix).solve(vector)
    except np.linalg.LinAlgError:
        return None


class HeldCurvature:
    """The Hessian of a likelihood where it was last made; docs/physics.md, "Minimum".

    A step with second derivatives from nearby converges linearly, at a rate that is their relative change. Whoever
    steps asks for new ones when that is too slow.

    Args:
        likelihood: the likelihood.
        matrix: its Hessian at a point, if it is known already, shape (parameters, parameters).
        where: that point, shape (parameters,).
    """

    def __init__(self, likelihood: Likelihood, matrix: Floats | None = None, where: Floats | None = None) -> None:
        self._likelihood = likelihood
        self._matrix = matrix
        self._where = where
        self._sides: Floats | None = None
        self._expected = False
        self._factors: dict[bytes, Factor | None] = {}

    @property
    def missing(self) -> bool:
        """Whether none was made yet."""
        return self._matrix is None

    def is_at(self, parameters: Floats, sides: Floats) -> bool:
        """Tell whether the second derivatives are those of a point, on the given sides of kinks."""
        if self._where is None or not np.array_equal(self._where, parameters):
            return False
        return np.array_equal(sides, np.zeros(sides.size) if self._sides is None else self._sides)

    def exactly_at(self, parameters: Floats) -> Floats:
        """Give the Hessian at a point, with the mean slopes of kinks, made anew if it is of elsewhere."""
        sides = np.zeros(parameters.size)
        if self._matrix is None or self._expected or not self.is_at(parameters, sides):
            self.make(parameters, sides)
        assert self._matrix is not None
        return self._matrix

    def make(self, parameters: Floats, sides: Floats) -> None:
        """Make the exact second derivatives at a point."""
        self._keep(self._likelihood.hessian(parameters, sides), parameters, sides)

    def _keep(self, matrix: Floats, parameters: Floats, sides: Floats) -> None:
        self._matrix, self._where, self._sides, self._expected = matrix, parameters.copy(), sides.copy(), False
        self._factors.clear()

    def solve(self, moving: NDArray[np.bool_], vector: Floats) -> Floats | None:
        """Solve for the moving parameters; `None` if the matrix is not positive definite there.

        Args:
            moving: which parameters take part, shape (parameters,).
            vector: shape (moving parameters,).
        """
        assert self._matrix is not None
        key = moving.tobytes()
        if key not in self._factors:
            try:
                self._factors[key] = Factor(self._matrix[np.ix_(moving, moving)])
            except np.linalg.LinAlgError:
                self._factors[key] = None
        factor = self._factors[key]
        return None if factor is None else factor.solve(vector)

    def make_expected(self) -> None:
        """Replace second derivatives that are not positive definite by the expected ones at the same point."""
        assert self._where is not None
        sides = np.zeros(self._where.size) if self._sides is None else self._sides
        self._keep(self._likelihood.fisher(self._where, sides), self._where, sides)
        self._expected = True

    def tangent(self, index: int, moving: NDArray[np.bool_]) -> Floats | None:
        """Give how the moving parameters follow another one along a profile, dθ/dμ; `None` if it is undefined.

        Returns:
            shape (parameters,), 1 for the other one and 0 for those that stay.
        """
        assert self._matrix is not None
        direction = np.zeros(moving.size)
        direction[index] = 1.0
        if moving.any():
            followed = self.solve(moving, self._matrix[moving, index])
            if followed is None:
                return None
            direction[moving] = -followed
        return direction
