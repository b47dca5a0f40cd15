"""What `closure.json` says of one sample and strategy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.distances import ChiSquare
from signedag.metrics.estimate import Estimate
from signedag.weights.closure import TruthComparison, WeightComparison, json_of
from signedag.weights.closure_verdict import ClosureVerdict, EnsembleClosure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class VariableClosure:
    """The closure in one variable."""

    pooled: WeightComparison
    """All training sets together: each event's differences are added up over the sets that it is in."""
    per_fold: Mapping[int, ChiSquare]
    """The test of each training set alone, by the fold that it leaves out."""
    is_input: bool
    """Whether the sign network sees the variable."""

    def as_json(self) -> dict[str, Any]:
        """Give the pooled comparison, `is_input` and `per_fold`."""
        per_fold = {str(fold): json_of(test) for fold, test in self.per_fold.items()}
        return self.pooled.as_json() | {"is_input": self.is_input, "per_fold": per_fold}


@dataclass(frozen=True)
class RegionYield:
    """Σw'/Σw in a region: relative yields of samples there are what a classifier learns from."""

    ratio: Estimate
    """The ratio with the error that the signs leave to it."""
    test: ChiSquare
    """Its distance from 1, one degree of freedom."""

    def as_json(self) -> dict[str, Any]:
        """Give `ratio` and `p_value`."""
        return {"ratio": self.ratio.as_json(), "p_value": self.test.as_json()["p_value"]}


@dataclass(frozen=True)
class SignFractions:
    """The negative share of |w| per bin of a variable."""

    edges: Floats
    """Edges of the bins, shape (bins + 1,)."""
    fraction: Floats
    """Σ|w| of negative events over Σ|w|, shape (bins,)."""
    error: Floats
    """Its binomial error √(Σw² f(1 - f)) / Σ|w|."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {"edges": self.edges, "fraction": self.fraction, "error": self.error}


Comparisons = Mapping[str, Mapping[str, VariableClosure]]
"""By kind and variable."""


@dataclass(frozen=True)
class ClosureReport:
    """Everything that `closure.json` says of one sample and strategy."""

    closure: Comparisons
    """In all events."""
    by_region: Mapping[str, Comparisons]
    """In the events of each region that a classifier trains in."""
    region_yields: Mapping[str, Mapping[str, RegionYield]]
    """By region and kind."""
    truth: Mapping[str, TruthComparison]
    """Against the known probability, by kind; empty without truth."""
    negative_fraction: Mapping[str, SignFractions]
    """By variable."""
    ensemble: EnsembleClosure | None
    """The members of an ensemble; None for a single network."""
    verdict: ClosureVerdict
    """What all calibrated comparisons together are worth."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields as the content of `closure.json`."""
        return {
            "verdict": self.verdict.as_json(),
            "closure": _plain(self.closure),
            "by_region": {region: _plain(comparisons) for region, comparisons in self.by_region.items()},
            "region_yields": {
                region: {kind: found.as_json() for kind, found in yields.items()}
                for region, yields in self.region_yields.items()
            },
            "ensemble": self.ensemble.as_json() if self.ensemble else None,
            "truth": {kind: compared.as_json() for kind, compared in self.truth.items()},
            "negative_fraction": {name: shares.as_json() for name, shares in self.negative_fraction.items()},
        }


def _plain(comparisons: Comparisons) -> dict[str, dict[str, Any]]:
    return {
        kind: {variable: compared.as_json() for variable, compared in variables.items()}
        for kind, variables in comparisons.items()
    }
