"""How well a prediction is known in every bin before it is fitted: the band of data/simulation figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from signedag.config.fitting import NormalisationUncertainty
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Floats


@dataclass(frozen=True)
class AppliedFactors:
    """Scale factors that multiply processes, with their errors."""

    values: Mapping[str, float]
    """By name."""
    covariance: Floats
    """In the order of `values`, shape (factors, factors)."""
    processes: Mapping[str, str]
    """Process to the name of its factor."""

    def scale(self, process: str) -> float:
        """Give what multiplies a process, 1 where it has no factor."""
        return self.values[self.processes[process]] if process in self.processes else 1.0


NO_FACTORS = AppliedFactors({}, np.zeros((0, 0)), {})


@dataclass(frozen=True)
class PredictionBand:
    """Errors of the sum of all processes, shape (bins,) each."""

    statistical: Floats
    """√Σw² of the simulation."""
    systematic: Floats

    @property
    def total(self) -> Floats:
        """Both in quadrature."""
        total: Floats = np.hypot(self.statistical, self.systematic)
        return total


def prediction_band(
    region: RegionTemplates,
    normalisations: Mapping[str, NormalisationUncertainty],
    factors: AppliedFactors = NO_FACTORS,
) -> PredictionBand:
    """Add up what is not known of a region's prediction; docs/physics.md, "Distributions".

    Args:
        region: nominal templates, shifts and weight variations.
        normalisations: uncertainties of yields; of processes with a fitted factor they are none, and one that is free
            has no size.
        factors: what multiplies the processes.
    """
    scales = {process: factors.scale(process) for process in region.nominal}
    events = {process: template.values.ravel() for process, template in region.nominal.items()}
    squares = [scales[process] ** 2 * template.variances.ravel() for process, template in region.nominal.items()]
    nothing = np.zeros_like(squares[0])
    variance = shape_variance(region, scales)
    for uncertainty in normalisations.values():
        acted = (
            events[process]
            for process in uncertainty.processes or events
            if process in events and process not in factors.processes
        )
        variance = variance + np.square((uncertainty.relative or 0.0) * sum(acted, nothing))
    names = list(factors.values)
    slopes = np.array([sum((events[p] for p, f in factors.processes.items() if f == name), nothing) for name in names])
    if names:
        variance = variance + np.einsum("ib,ij,jb->b", slopes, factors.covariance, slopes)
    return PredictionBand(np.sqrt(sum(squares, nothing)), np.sqrt(np.maximum(variance, 0.0)))


def shape_variance(region: RegionTemplates, scales: Mapping[str, float | Floats]) -> Floats:
    """Give the variance of the sum of all processes from shifts and weight variations, shape (bins,).

    Each moves all processes together, and counts with the larger of its sides in each bin.

    Args:
        region: nominal templates and variations.
        scales: what multiplies each process, for all bins or by bin.
    """
    bins = next(iter(region.nominal.values())).values.size
    variance = np.zeros(bins)
    for name in sorted({variation for _, variation in region.variations}):
        change = np.zeros((2, bins))
        for (process, variation), sides in region.variations.items():
            if variation == name:
                nominal = region.nominal[process].values.ravel()
                change += scales[process] * np.array([side.values.ravel() - nominal for side in sides])
        variance = variance + np.square(np.abs(change).max(axis=0))
    return variance
