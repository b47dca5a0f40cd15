"""Pulls and constraints: what the data made of parameters that an auxiliary measurement constrains."""

from __future__ import annotations

from dataclasses import dataclass

from signedag.statistics.fits import Fit


@dataclass(frozen=True)
class Pull:
    """What the data made of one constrained parameter."""

    pull: float
    """(θ̂ - a) / σ with a ± σ the auxiliary measurement."""
    constraint: float | None
    """Error after the fit relative to σ; `None` if undefined."""

    def as_json(self) -> dict[str, float | None]:
        """Give both."""
        return {"pull": self.pull, "constraint": self.constraint}


def constraint_pulls(result: Fit) -> dict[str, Pull]:
    """Give the pulls of all parameters with a Gaussian constraint that were fitted, by name."""
    likelihood, pulls = result.likelihood, {}
    for number, item in enumerate(likelihood.parameters):
        if item.constrained and result.free[number]:
            error = result.error(item.name)
            pull = float(result.values[number] - likelihood.auxiliary[number]) / item.width
            pulls[item.name] = Pull(pull, None if error is None else error / item.width)
    return pulls
