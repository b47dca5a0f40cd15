"""What a fit is given besides its model: counts and auxiliary measurements, expected ones or drawn ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from signedag.config.base import suggestion
from signedag.errors import UserError
from signedag.statistics.expectation import Expectation
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import Model
from signedag.statistics.templates import Floats


@dataclass(frozen=True)
class DataSet:
    """Everything that fluctuates from one experiment to the next; another kind of measurement is another field."""

    counts: Floats
    """Events n, shape (bins,)."""
    auxiliary: Floats
    """Auxiliary measurements a of the constrained parameters, shape (parameters,); 0 for the others."""
    template_auxiliary: Floats
    """Auxiliary measurements c of the bins' factors, shape (bins,); 1 in bins without template statistics."""

    def likelihood(self, expectation: Expectation) -> Likelihood:
        """Give the likelihood of these data."""
        return Likelihood(expectation, self.counts, self.auxiliary, self.template_auxiliary)


def parameters_at(model: Model, values: Mapping[str, float]) -> Floats:
    """Give the initial parameters with some of them at `values`, shape (parameters,).

    Raises:
        UserError: the model has no parameter of that name.
    """
    parameters = model.initial()
    for name, value in values.items():
        if name not in model.names:
            raise UserError(f"the model has no parameter '{name}'{suggestion(name, model.names)}")
        parameters[model.index(name)] = value
    return parameters


def asimov_data(expectation: Expectation, parameters: Floats, factors: Floats | None = None) -> DataSet:
    """Give the data that every fit describes perfectly with `parameters`; docs/physics.md, "Asimov data".

    Args:
        expectation: of the model.
        parameters: any signal strength, scale factors and nuisances, shape (parameters,); see `parameters_at`.
        factors: factors of the bins with template statistics, shape (bins,); ones if left out.

    Raises:
        UserError: a prediction is not positive there.
    """
    expected = expectation.expected(parameters)
    problem = Likelihood(expectation, expected).problem(parameters)
    if problem:
        raise UserError(f"there are no Asimov data at these parameters: {problem}")
    centres = np.ones(expected.size) if factors is None else factors
    return DataSet(expected * centres, np.where(constrained(expectation.model), parameters, 0.0), centres)


def pseudo_experiment(
    expectation: Expectation, parameters: Floats, generator: np.random.Generator, factors: Floats | None = None
) -> DataSet:
    """Draw Poisson counts and Gaussian auxiliary measurements; docs/physics.md, "Pseudo-experiments".

    Args:
        expectation: of the model.
        parameters: what they are drawn with, shape (parameters,).
        generator: of random numbers.
        factors: true factors of the bins with template statistics, shape (bins,); ones if left out.
    """
    expected = expectation.expected(parameters)
    centres = np.ones(expected.size) if factors is None else factors
    counts = generator.poisson(expected * centres).astype(np.float64)
    widths = np.array([item.width for item in expectation.model.parameters])
    scattered = parameters + widths * generator.standard_normal(parameters.size)
    auxiliary = np.where(constrained(expectation.model), scattered, 0.0)
    errors = expectation.model.relative_errors()
    if errors.any():
        centres = centres + errors * generator.standard_normal(expected.size)
    return DataSet(counts, auxiliary, centres)


def constrained(model: Model) -> NDArray[np.bool_]:
    """Tell which parameters have an auxiliary measurement, shape (parameters,)."""
    return np.array([parameter.constrained for parameter in model.parameters], dtype=bool)
