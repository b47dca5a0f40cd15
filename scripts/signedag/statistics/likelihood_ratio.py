"""Likelihood-ratio test statistics of a signal strength: q for limits, q̃ where it cannot be negative, q₀."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from signedag.statistics.data_sets import DataSet, asimov_data
from signedag.statistics.held_curvature import HeldCurvature
from signedag.statistics.intervals import NEGLIGIBLE, ConditionalFitError
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.minimise import Minimum, minimise
from signedag.statistics.model import SIGNAL_STRENGTH
from signedag.statistics.templates import Floats

Statistic = Literal["q", "q_tilde", "q0"]
"""`q`: q_μ, which lets μ̂ be negative; `q_tilde`: q̃_μ, where a negative μ̂ means 0; `q0`: the test of 0."""


class LikelihoodRatio:
    """Test statistics of one parameter on one data set; docs/physics.md, "Test statistics".

    Args:
        likelihood: of the data.
        name: the parameter to test.
        statistic: which one.
        start: where fits begin, shape (parameters,); the model's initial values if left out.
        hessian: second derivatives at `start`, of these data or of like ones, shape (parameters, parameters).
    """

    def __init__(
        self,
        likelihood: Likelihood,
        name: str = SIGNAL_STRENGTH,
        statistic: Statistic = "q_tilde",
        start: Floats | None = None,
        hessian: Floats | None = None,
    ) -> None:
        model = likelihood.expectation.model
        self.likelihood = likelihood
        self.name = name
        self.statistic = statistic
        self.index = model.index(name)
        self._others = np.ones(len(model.parameters), dtype=bool)
        self._others[self.index] = False
        self._known: dict[float, Minimum] = {}
        self._start = model.initial() if start is None else start
        self._held = HeldCurvature(likelihood, hessian, None if hessian is None else self._start)

    @cached_property
    def best(self) -> Minimum:
        """The fit that the statistic is relative to: at zero if it would be below, unless the statistic is `q`.

        Whether it would be below is told by the slope at zero, so that no prediction at a negative value is needed,
        where there might be none.

        Raises:
            ConditionalFitError: the fit failed.
        """
        if self.statistic == "q":
            return self._free(self._nearest(self._start[self.index]))
        at_zero = self.conditional(0.0)
        if self._slope(at_zero) >= 0:
            return at_zero
        best = self._free(at_zero.parameters)
        return best if best.parameters[self.index] > 0 else at_zero

    def _free(self, start: Floats) -> Minimum:
        best = self._fitted(start, np.ones(start.size, dtype=bool), "the free fit")
        self._known[float(best.parameters[self.index])] = best
        return best

    def _slope(self, minimum: Minimum) -> float:
        assert minimum.gradient is not None
        return float(minimum.gradient[self.index])

    def _nearest(self, value: float) -> Floats:
        """Give where a fit at `value` had best begin."""
        if not self._known:
            return self._start
        return self._known[min(self._known, key=lambda known: (abs(known - value), known))].parameters

    @property
    def value(self) -> float:
        """The fitted value; not below zero unless the statistic is `q`."""
        return float(self.best.parameters[self.index])

    def conditional(self, value: float) -> Minimum:
        """Fit everything else with the parameter at `value`.

        Raises:
            ConditionalFitError: the fit failed.
        """
        if value not in self._known:
            start = self._nearest(value).copy()
            start[self.index] = value
            self._known[value] = self._fitted(start, self._others, f"the fit with {self.name} = {value:.4g}")
        return self._known[value]

    def at(self, value: float = 0.0) -> float:
        """Give the statistic that tests `value` (0 for `q0`).

        Raises:
            ConditionalFitError: a fit failed, or is better than the best fit.
        """
        if self.statistic == "q0":
            compatible = self.value <= value
        else:
            # the slope tells on which side the best value is, which half of the time makes its fit unnecessary
            unfitted = "best" not in self.__dict__
            compatible = (unfitted and self._slope(self.conditional(value)) <= 0) or self.value >= value
        if compatible:
            return 0.0
        difference = self.conditional(value).value - self.best.value
        if difference < -NEGLIGIBLE:
            raise ConditionalFitError(f"a conditional fit is {-difference:.2g} in NLL below the minimum of the fit")
        return 2 * max(difference, 0.0)

    def asimov(self, value: float) -> DataSet:
        """Give the data expected at `value`, everything else as these data have it there.

        Raises:
            ConditionalFitError: the fit failed.
        """
        parameters, factors = self.hypothesis(value)
        return asimov_data(self.likelihood.expectation, parameters, factors)

    def hypothesis(self, value: float) -> tuple[Floats, Floats]:
        """Give what the data have everything else at under `value`: parameters and factors of the bins.

        Raises:
            ConditionalFitError: the fit failed.
        """
        parameters = self.conditional(value).parameters
        return parameters, self.likelihood.bin_factors(parameters).value

    def _fitted(self, start: Floats, free: NDArray[np.bool_], fit: str) -> Minimum:
        minimum = minimise(self.likelihood, start, free, self._held, exact=False)
        if not minimum.converged:
            raise ConditionalFitError(f"{fit} failed: {minimum.message}")
        return minimum
