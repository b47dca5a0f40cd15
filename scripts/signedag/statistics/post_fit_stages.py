"""The regions of a signal-strength fit before and after it, with all bins of their templates."""

from __future__ import annotations

import numpy as np

from signedag.config.fitting import FitSignalStrengthSettings
from signedag.statistics.expectation import Expectation
from signedag.statistics.model import Model
from signedag.statistics.observed import ObservedFit, observed_data
from signedag.statistics.post_fit import AFTER, BEFORE, PostFit, Stage
from signedag.statistics.signal_strength import AsimovFit, Inputs, made_with, treated_model
from signedag.statistics.templates import Floats


def post_fit(fitted: AsimovFit, settings: FitSignalStrengthSettings, observed: ObservedFit | None = None) -> PostFit:
    """Give the distributions of a fit with the bins of its templates, whatever bins were merged for the fit.

    docs/physics.md, "After the fit". The fit must have a covariance. With observed data it is the fit to them; until
    they are unblinded the signal is the one that Asimov data are made with, as the fitted one would tell its strength.
    """
    model = treated_model(fitted.inputs, settings)
    assert model.names == fitted.model.names and fitted.result.covariance is not None
    before = Stage(model.initial(), prior_covariance(model, fitted.inputs))
    expectation, truth = made_with(Expectation(model), fitted.inputs, settings)
    regions = [region for region in (fitted.inputs.signal, *fitted.inputs.controls) if region.region in model.slices()]
    if observed is None:
        after, data = Stage(fitted.result.values, fitted.result.covariance), expectation.expected(truth)
    else:
        after = _after_observed(observed, truth)
        by_region = observed_data(fitted.inputs, observed.hidden)
        data = np.concatenate([by_region[region].ravel() for region in model.slices()])
    return PostFit(model, regions, {BEFORE: before, AFTER: after}, data)


def _after_observed(observed: ObservedFit, truth: Floats) -> Stage:
    result = observed.result
    assert result.covariance is not None
    values = result.values.copy()
    if not observed.unblinded:
        model = result.likelihood.expectation.model
        strengths = [model.index(name) for name in model.strengths]
        values[strengths] = truth[strengths]
    return Stage(values, result.covariance)


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
