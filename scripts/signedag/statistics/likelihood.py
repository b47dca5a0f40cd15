"""The negative log-likelihood of a binned model: value, gradient and Hessian in closed form.

    NLL(θ) = Σ_b f_b(λ_b(θ)) + ½ Σ_j ((θ_j - a_j)/σ_j)²,        f(λ) = λ - n - n ln(λ/n)

Half the deviance instead of the bare Poisson term: the two differ by a constant, but this one is zero for a perfect
description, so that the ΔNLL = 0.5 of an interval is not the difference of two large numbers. Where a channel has
template statistics, f has the factor of its bin at its best (`template_statistics.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from signedag.statistics.expectation import Expectation, Point
from signedag.statistics.interpolation import Curve
from signedag.statistics.poisson import poisson
from signedag.statistics.template_statistics import BinFactors, barlow_beeston, best_factors, expected_curvature
from signedag.statistics.templates import Floats


class Likelihood:
    """The negative log-likelihood of `counts`; docs/physics.md, "Likelihood".

    Args:
        expectation: expected events as a function of the parameters.
        counts: observed or Asimov events n, shape (bins,).
        auxiliary: what the auxiliary measurements a of the constrained parameters gave, shape (parameters,); their
            centres if left out.
        template_auxiliary: what the auxiliary measurements c of the bins' factors gave, shape (bins,); ones. Has no
            meaning for bins without template statistics.
    """

    def __init__(
        self,
        expectation: Expectation,
        counts: Floats,
        auxiliary: Floats | None = None,
        template_auxiliary: Floats | None = None,
    ) -> None:
        self.expectation = expectation
        self.counts = counts
        self.parameters = expectation.model.parameters
        self._constrained = np.array([parameter.constrained for parameter in self.parameters], dtype=bool)
        self._positive = np.array([parameter.positive for parameter in self.parameters], dtype=bool)
        centres = np.array([parameter.centre for parameter in self.parameters])
        self.auxiliary = centres if auxiliary is None else auxiliary
        self._widths = np.array([parameter.width for parameter in self.parameters])
        self._precisions = np.where(self._constrained, 1 / np.square(self._widths), 0.0)
        self.lower = np.array([parameter.lower for parameter in self.parameters])
        """Lowest values that fits may give, shape (parameters,)."""
        self.upper = np.array([parameter.upper for parameter in self.parameters])
        """Highest ones."""
        self._squares = np.square(expectation.model.relative_errors())
        measured = np.ones(counts.size) if template_auxiliary is None else template_auxiliary
        self._centres = np.where(self._squares > 0, measured, 1.0)
        self._exact_templates = not self._squares.any()

    def problem(self, parameters: Floats) -> str | None:
        """Say why the likelihood does not exist at a point; `None` if it does."""
        wrong = np.flatnonzero(self._positive & ~(parameters > 0))
        if wrong.size:
            return f"{self.parameters[wrong[0]].name} is not positive"
        expected = self.expectation.expected(parameters)
        bad = np.flatnonzero(~(expected > 0))
        if bad.size:
            for region, bins in self.expectation.model.slices().items():
                if bins.start <= bad[0] < bins.stop:
                    return f"the prediction in bin {bad[0] - bins.start} of region '{region}' is not positive"
        return None

    def at(self, parameters: Floats, sides: Floats | None = None, second: bool = False) -> Evaluation:
        """Evaluate the NLL and what its gradient and, on request, its Hessian are made of, in one pass over the bins.

        See `Expectation` for `sides`.
        """
        point = self.expectation.at(parameters, sides)
        if (self._positive & ~(parameters > 0)).any():
            return Evaluation(self, parameters, point, np.inf, np.zeros(0))
        sums = self.expectation.sums(point, self._curve, second)
        pulls = ((parameters - self.auxiliary) / self._widths)[self._constrained]
        # λ = n in every bin of Asimov data must give 0, not the -1e-16 that rounding may leave
        value = max(sums.value, 0.0) + 0.5 * float(pulls @ pulls)
        return Evaluation(self, parameters, point, value, sums.by_row, sums.squares)

    def _curve(self, bins: slice, expected: Floats) -> Curve:
        if self._exact_templates:
            return poisson(expected, self.counts[bins])
        return barlow_beeston(expected, self.counts[bins], self._squares[bins], self._centres[bins])

    def _expected_curve(self, bins: slice, expected: Floats) -> Curve:
        none = np.zeros(expected.size)
        return Curve(none, none, expected_curvature(expected, self._squares[bins]))

    def value(self, parameters: Floats) -> float:
        """Give the NLL; infinite where a prediction or a scale factor is not positive."""
        return self.at(parameters).value

    def value_and_gradient(self, parameters: Floats, sides: Floats | None = None) -> tuple[float, Floats]:
        """Give the NLL and its gradient, shape (parameters,); see `Expectation` for `sides`.

        Raises:
            ValueError: the NLL does not exist there.
        """
        here = self.at(parameters, sides)
        return here.value, here.gradient()

    def derivatives(self, parameters: Floats, sides: Floats | None = None) -> tuple[Floats, Floats]:
        """Give gradient and Hessian, shapes (parameters,) and (parameters, parameters).

        Raises:
            ValueError: the NLL does not exist there.
        """
        here = self.at(parameters, sides, second=True)
        return here.gradient(), here.hessian()

    def hessian(self, parameters: Floats, sides: Floats | None = None) -> Floats:
        """Give the exact second derivatives, shape (parameters, parameters).

        Raises:
            ValueError: the NLL does not exist there.
        """
        return self.at(parameters, sides, second=True).hessian()

    def gradient_from(self, parameters: Floats, point: Point, row_sums: Floats) -> Floats:
        """Give the gradient from the row sums of the bins' slopes, shape (parameters,)."""
        gradient = self.expectation.gradient(point, row_sums)
        gradient += (parameters - self.auxiliary) * self._precisions
        return gradient

    def fisher(self, parameters: Floats, sides: Floats | None = None) -> Floats:
        """Give the expected second derivatives, never negative: Σ_b ∂λ_b ∂λ_b / var(n_b) + constraints.

        Raises:
            ValueError: the NLL does not exist there.
        """
        sums = self.expectation.sums(self.expectation.at(parameters, sides), self._expected_curve, squares=True)
        if sums.squares is None:
            raise ValueError(f"no likelihood: {self.problem(parameters)}")
        return self.with_constraints(sums.squares)

    def with_constraints(self, squares: Floats) -> Floats:
        """Add the constraints' second derivatives to a matrix, shape (parameters, parameters)."""
        result = squares.copy()
        result[np.diag_indices_from(result)] += self._precisions
        return result

    def bin_factors(self, parameters: Floats) -> BinFactors:
        """Give the factors β of the bins at a point where the NLL exists; 1 in bins without template statistics."""
        expected = self.expectation.expected(parameters)
        return best_factors(expected, self.counts, self._squares, self._centres)

    def template_response(self, parameters: Floats) -> tuple[Floats, NDArray[np.float64]]:
        """Give how the gradient reacts to the templates: ∂²NLL/∂θ∂T_pb.

        A template's variations move with it, as the same events fill them. The errors δ of the bins' factors, where
        there are any, stay.

        Returns:
            responses, shape (parameters, contributions of all channels, bins of all channels) flattened to
            (parameters, filled pairs), and the pairs' variances Σw², shape (filled pairs,).
        """
        point = self.expectation.at(parameters)
        jacobian = self.expectation.jacobian(point)
        curve = self._curve(slice(None), self.expectation.expected_at(point))
        responses, variances, number = [], [], 0
        for channel, bins in zip(
            self.expectation.model.channels, self.expectation.model.slices().values(), strict=True
        ):
            for contribution in channel.contributions:
                direct = point.factors[number] * curve.curvature[bins] * jacobian[:, bins]
                responses.append(direct + point.gradients[number][:, None] * curve.slope[bins])
                variances.append(contribution.variances)
                number += 1
        return np.concatenate(responses, axis=1), np.concatenate(variances)

    def template_information(self, parameters: Floats) -> Floats:
        """Give J diag(Σw²) Jᵀ with J the template response, shape (parameters, parameters), block by block."""
        point = self.expectation.at(parameters)
        return self.expectation.template_squares(point, self._curve)

    def constant(self) -> float:
        """Give what to add to `value` for the complete -ln(Poisson x Gaussian), as pyhf has it."""
        counts = self.counts
        poisson_terms = counts - xlogy(counts, np.where(counts > 0, counts, 1.0)) + gammaln(counts + 1.0)
        known = self._squares[self._squares > 0]
        # pyhf has a Gaussian also where the width of a factor is 0: of width 1, for a factor that is fixed
        channels = self.expectation.model.channels
        factors = sum(channel.bins for channel in channels if channel.template_statistics)
        gaussians = int(self._constrained.sum()) + factors
        widths = float(np.log(self._widths[self._constrained]).sum()) + 0.5 * float(np.log(known).sum())
        return float(poisson_terms.sum() + 0.5 * float(np.log(2 * np.pi)) * gaussians + widths)


@dataclass(frozen=True)
class Evaluation:
    """The NLL at one point, and what its derivatives are made of."""

    likelihood: Likelihood
    parameters: Floats
    point: Point
    value: float
    """NLL; infinite where it does not exist."""
    row_sums: Floats
    squares: Floats | None = None
    """Part of the Hessian; `None` if it was not asked for."""

    def gradient(self, sides: Floats | None = None) -> Floats:
        """Give the gradient, shape (parameters,); at a kink the one of `sides`, or of those of the evaluation.

        Raises:
            ValueError: the NLL does not exist here.
        """
        self._check()
        point = self.point if sides is None else self.likelihood.expectation.at(self.parameters, sides)
        return self.likelihood.gradient_from(self.parameters, point, self.row_sums)

    def hessian(self) -> Floats:
        """Give the exact second derivatives, shape (parameters, parameters), on the evaluation's sides of kinks.

        Raises:
            ValueError: the NLL does not exist here.
        """
        self._check()
        assert self.squares is not None
        curvature = self.likelihood.expectation.curvature(self.point, self.parameters, self.row_sums)
        return self.likelihood.with_constraints(self.squares) + curvature

    def _check(self) -> None:
        if not np.isfinite(self.value):
            raise ValueError(f"no likelihood: {self.likelihood.problem(self.parameters)}")
