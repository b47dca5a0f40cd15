"""The negative log-likelihood of a binned model: value, gradient and Hessian in closed form.

    NLL(θ) = Σ_b [λ_b(θ) - n_b - n_b ln(λ_b(θ)/n_b)] + ½ Σ_j (θ_j - a_j)²

Half the deviance instead of the bare Poisson term: the two differ by a constant, but this one is zero for a perfect
description, so that the ΔNLL = 0.5 of an interval is not the difference of two large numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from signedag.statistics.expectation import Expectation, Point
from signedag.statistics.templates import Floats


def half_deviance(expected: Floats, counts: Floats) -> Floats:
    """Give λ - n - n ln(λ/n) in each bin, shape (bins,), for λ > 0; docs/physics.md, "Likelihood".

    Near λ = n the logarithm is taken of 1 + (λ - n)/n, so that terms far below 1 keep their digits.

    >>> half_deviance(np.array([110.0, 100.0, 3.0]), np.array([100.0, 100.0, 0.0])).round(4).tolist()
    [0.469, 0.0, 3.0]
    """
    filled = np.where(counts > 0, counts, 1.0)
    difference = expected - counts
    near = np.abs(difference) < 0.5 * filled
    logarithms = np.where(near, np.log1p(difference * near / filled), np.log(expected / filled))
    terms: Floats = difference - counts * logarithms
    return terms


class Likelihood:
    """The negative log-likelihood of `counts`; docs/physics.md, "Likelihood".

    Args:
        expectation: expected events as a function of the parameters.
        counts: observed or Asimov events n, shape (bins,).
        auxiliary: what the auxiliary measurements a of the constrained parameters gave, shape (parameters,); zeros.
    """

    def __init__(self, expectation: Expectation, counts: Floats, auxiliary: Floats | None = None) -> None:
        self.expectation = expectation
        self.counts = counts
        self.parameters = expectation.model.parameters
        self._constrained = np.array([parameter.constrained for parameter in self.parameters], dtype=bool)
        self._positive = np.array([parameter.positive for parameter in self.parameters], dtype=bool)
        self._auxiliary = np.zeros(len(self.parameters)) if auxiliary is None else auxiliary

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

    def value(self, parameters: Floats) -> float:
        """Give the NLL; infinite where a prediction or a scale factor is not positive."""
        if (self._positive & ~(parameters > 0)).any():
            return np.inf
        return self._value(parameters, self.expectation.expected(parameters))

    def _value(self, parameters: Floats, expected: Floats) -> float:
        if not (expected > 0).all():
            return np.inf
        terms = half_deviance(expected, self.counts)
        pulls = (parameters - self._auxiliary)[self._constrained]
        # λ = n in every bin of Asimov data must give 0, not the -1e-16 that rounding may leave
        return max(float(terms.sum()), 0.0) + 0.5 * float(pulls @ pulls)

    def value_and_gradient(self, parameters: Floats, sides: Floats | None = None) -> tuple[float, Floats]:
        """Give the NLL and its gradient, shape (parameters,); see `Expectation` for `sides`.

        Raises:
            ValueError: the NLL does not exist there.
        """
        point = self.expectation.at(parameters, sides)
        value = self._value(parameters, point.expected)
        if not np.isfinite(value):
            raise ValueError(f"no likelihood: {self.problem(parameters)}")
        return value, self._gradient(parameters, point)

    def derivatives(self, parameters: Floats, sides: Floats | None = None) -> tuple[Floats, Floats]:
        """Give gradient and Hessian, shapes (parameters,) and (parameters, parameters), where the NLL exists."""
        point = self.expectation.at(parameters, sides)
        return self._gradient(parameters, point), self._hessian(parameters, point)

    def hessian(self, parameters: Floats, sides: Floats | None = None) -> Floats:
        """Give the exact second derivatives, shape (parameters, parameters)."""
        return self._hessian(parameters, self.expectation.at(parameters, sides))

    def _gradient(self, parameters: Floats, point: Point) -> Floats:
        gradient = self.expectation.gradient(point, 1.0 - self.counts / point.expected)
        gradient[self._constrained] += (parameters - self._auxiliary)[self._constrained]
        return gradient

    def _hessian(self, parameters: Floats, point: Point) -> Floats:
        residuals = 1.0 - self.counts / point.expected
        curvature = self.expectation.curvature(point, parameters, residuals)
        return self._squares(self.expectation.jacobian(point), self.counts / point.expected**2) + curvature

    def fisher(self, parameters: Floats, sides: Floats | None = None) -> Floats:
        """Give the expected second derivatives, never negative: Σ_b ∂λ_b ∂λ_b / λ_b + constraints."""
        point = self.expectation.at(parameters, sides)
        return self._squares(self.expectation.jacobian(point), 1.0 / point.expected)

    def _squares(self, jacobian: Floats, weights: Floats) -> Floats:
        result: Floats = (jacobian * weights) @ jacobian.T
        result[np.diag_indices_from(result)] += self._constrained
        return result

    def template_response(self, parameters: Floats) -> tuple[Floats, NDArray[np.float64]]:
        """Give how the gradient reacts to the templates: ∂²NLL/∂θ∂T_pb.

        A template's variations move with it, as the same events fill them.

        Returns:
            responses, shape (parameters, contributions of all channels, bins of all channels) flattened to
            (parameters, filled pairs), and the pairs' variances Σw², shape (filled pairs,).
        """
        point = self.expectation.at(parameters)
        jacobian = self.expectation.jacobian(point)
        curvature = self.counts / point.expected**2
        residuals = 1.0 - self.counts / point.expected
        responses, variances, number = [], [], 0
        for channel, bins in zip(
            self.expectation.model.channels, self.expectation.model.slices().values(), strict=True
        ):
            for contribution in channel.contributions:
                direct = point.factors[number] * curvature[bins] * jacobian[:, bins]
                responses.append(direct + point.gradients[number][:, None] * residuals[bins])
                variances.append(contribution.variances)
                number += 1
        return np.concatenate(responses, axis=1), np.concatenate(variances)

    def constant(self) -> float:
        """Give what to add to `value` for the complete -ln(Poisson x Gaussian), as pyhf has it."""
        counts = self.counts
        poisson = counts - xlogy(counts, np.where(counts > 0, counts, 1.0)) + gammaln(counts + 1.0)
        return float(poisson.sum()) + 0.5 * float(np.log(2 * np.pi)) * int(self._constrained.sum())
