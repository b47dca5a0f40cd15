"""The regions of a signal-strength fit before and after it, with all bins of their templates."""

from __future__ import annotations

import numpy as np

from signedag.config.fitting import FitSignalStrengthSettings
from signedag.statistics.expectation import Expectation
from signedag.statistics.model import Model
from signedag.statistics.post_fit import AFTER, BEFORE, PostFit, Stage
from signedag.statistics.signal_strength import AsimovFit, Inputs, made_with, treated_model
from signedag.statistics.templates import Floats


def post_fit(fitted: AsimovFit, settings: FitSignalStrengthSettings) -> PostFit:
    """Give the distributions of a fit with the bins of its templates, whatever bins were merged for the fit.

    docs/physics.md, "After the fit". The fit must have a covariance.
    """
    model = treated_model(fitted.inputs, settings)
    assert model.names == fitted.model.names and fitted.result.covariance is not None
    before = Stage(model.initial(), prior_covariance(model, fitted.inputs))
    after = Stage(fitted.result.values, fitted.result.covariance)
    expectation, truth = made_with(Expectation(model), fitted.inputs, settings)
    regions = [region for region in (fitted.inputs.signal, *fitted.inputs.controls) if region.region in model.slices()]
    return PostFit(model, regions, {BEFORE: before, AFTER: after}, expectation.expected(truth))


def prior_covariance(model: Model, inputs: Inputs) -> Floats:
    """Give what is known of the parameters before the fit, shape (parameters, parameters).

    Nuisances have unit errors, free scale factors the covariance of the control regions; strengths have no error.
    """
    covariance = np.diag([float(parameter.constrained) for parameter in model.parameters])
    factors = inputs.factors
    if factors is not None:
        free = [(index, factors.names.index(name)) for index, name in enumerate(model.names) if name in factors.names]
        for row, fitted_row in free:
            for column, fitted_column in free:
                covariance[row, column] = factors.covariance[fitted_row, fitted_column]
    return covariance
