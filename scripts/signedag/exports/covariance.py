"""The fitted parameters with their covariance, for whoever combines or reinterprets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from signedag.errors import UserError
from signedag.statistics.fits import Fit, correlations
from signedag.statistics.templates import Floats


@dataclass(frozen=True)
class FittedCovariance:
    """Parameters that were fitted, in one order."""

    names: tuple[str, ...]
    values: Floats
    """Shape (parameters,)."""
    covariance: Floats
    """Shape (parameters, parameters)."""

    @property
    def errors(self) -> Floats:
        """Errors from the covariance, shape (parameters,)."""
        errors: Floats = np.sqrt(np.diag(self.covariance))
        return errors

    @property
    def correlations(self) -> Floats:
        """Correlations, shape (parameters, parameters)."""
        return correlations(self.covariance)

    def as_json(self) -> dict[str, Any]:
        """Give everything as lists in the order of `parameters`."""
        return {
            "parameters": list(self.names),
            "values": self.values.tolist(),
            "errors": self.errors.tolist(),
            "covariance": self.covariance.tolist(),
            "correlation": self.correlations.tolist(),
        }


def fitted_covariance(result: Fit) -> FittedCovariance:
    """Take the fitted parameters out of a fit; those that were fixed are left out.

    Raises:
        UserError: the fit has no covariance.
    """
    if result.covariance is None:
        raise UserError(f"the fit has no covariance to export: {result.problem}")
    free = np.flatnonzero(result.free)
    names = tuple(result.likelihood.expectation.model.names[index] for index in free.tolist())
    return FittedCovariance(names, result.values[free], result.covariance[np.ix_(free, free)])
