"""Closure: do training weights reproduce the signed distributions, and the known truth?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.distances import ChiSquare, chi_square, no_chi_square
from signedag.metrics.estimate import Estimate, undefined
from signedag.weights.binning import bin_index, equal_weight_edges

Floats = NDArray[np.float64]

SAME = 1e-9
"""Weights that differ by less than this, relatively, differ by rounding alone."""


def closure_edges(
    values: NDArray[np.floating], signed_weight: Floats, bins: int, minimum_effective_events: float
) -> Floats:
    """Give edges of bins with about equal sums of |w| in which each sign has the minimum of effective events.

    Signed and training weights differ by the fluctuation of both signs' sums. Where one sign is rare, a handful of
    its events decides on D and on V, and D²/V is not χ²-distributed however many events of the other sign there are.

    Args:
        values: shape (events,).
        signed_weight: shape (events,).
        bins: how many bins at most.
        minimum_effective_events: thinner bins are merged; a sign that the whole sample lacks is not asked for.

    Returns:
        edges, as `equal_weight_edges` gives them.
    """
    signs = [chosen for chosen in (signed_weight > 0, signed_weight < 0) if np.any(chosen)]
    return equal_weight_edges(values, np.abs(signed_weight), bins, minimum_effective_events, signs)


def json_of(test: ChiSquare) -> dict[str, Any]:
    """Give `chi2`, `ndf`, `p_value` and, if undefined, the `reason`; no degrees of freedom are 0 here, not null."""
    return test.as_json() | {"ndf": test.ndf}


@dataclass(frozen=True)
class WeightComparison:
    """Signed against training weights in bins of one variable."""

    test: ChiSquare
    """χ² of the differences."""
    scale: Estimate
    """The common factor of the training weights at which χ² is smallest; undefined where it is held at 1."""
    unscaled_chi2: float
    """χ² with the factor held at 1; NaN if there is nothing to test."""
    ks_distance: float | None
    """Largest distance of the two distribution functions; None if a sum of weights is not positive."""
    edges: Floats
    """Edges of the bins, shape (bins + 1,)."""
    signed: Floats
    """Σw per bin, shape (bins,)."""
    signed_variance: Floats
    """Σw² per bin."""
    training: Floats
    """Σw' per bin."""
    training_variance: Floats
    """Σw'² per bin; it hides the variance of the generator and is no error of Σw'."""
    difference_variance: Floats
    """V = Σ(w' - w)² per bin."""

    def as_json(self) -> dict[str, Any]:
        """Give all fields; `scale` is the factor itself, `scale_error` its error."""
        factor = self.scale.as_json()
        return json_of(self.test) | {
            "scale": factor["value"],
            "scale_error": factor["error"],
            "unscaled_chi2": self.unscaled_chi2 if math.isfinite(self.unscaled_chi2) else None,
            "ks_distance": self.ks_distance,
            "edges": self.edges,
            "signed": self.signed,
            "signed_variance": self.signed_variance,
            "training": self.training,
            "training_variance": self.training_variance,
            "difference_variance": self.difference_variance,
        }


def compare_weights(
    values: NDArray[np.floating], signed_weight: Floats, training_weight: Floats, edges: Floats, same_sum: bool
) -> WeightComparison:
    """Compare signed and training weights in bins of one variable; docs/physics.md, "Closure".

    Per bin the difference D = Σ(w' - w) has the variance V = Σ(w' - w)², since both sides are the same events, so
    χ² = Σ_bins D²/V. Bins whose events all have w' = w say nothing and are left out. Where w' was scaled to the signed
    sum, χ² is the smallest one over a common factor of w': the scaling moves all bins together, and by more than √V
    those in which hardly any event is negative.

    χ²/ndf comes out below one in variables that decide on p: an event's w' knows the signs of events beside it, so in
    bins of p̂ their fluctuations cancel in D.

    Args:
        values: shape (events,).
        signed_weight: shape (events,).
        training_weight: shape (events,).
        edges: shape (bins + 1,).
        same_sum: whether the training weights were scaled to the signed sum, which costs a degree of freedom.

    Two bins, D = (1/2, -1/2) and V = (5/4, 1/4):

    >>> signed, training = np.array([1.0, -1.0, 2.0, 1.0]), np.array([0.5, 0.0, 1.5, 1.0])
    >>> compared = compare_weights(np.array([0, 0, 1, 1]), signed, training, np.array([0, 0.5, 1]), same_sum=False)
    >>> compared.signed.tolist(), compared.training.tolist(), round(compared.test.chi2, 6), compared.test.ndf
    ([0.0, 3.0], [0.5, 2.5], 1.2, 2)
    """
    index = bin_index(values, edges)
    bins = len(edges) - 1

    def in_bins(weights: Floats) -> Floats:
        return np.bincount(index, weights, bins).astype(np.float64)

    difference = in_bins(training_weight - signed_weight)
    variance = in_bins(np.square(training_weight - signed_weight))
    training = in_bins(training_weight)
    signed_variance = in_bins(np.square(signed_weight))
    tested = variance > SAME**2 * signed_variance
    factor, unscaled = undefined("the factor is held at 1"), math.nan
    if int(tested.sum()) - int(same_sum) < 1:
        reason = "a single bin, whose sum is given" if np.any(tested) else "training and signed weights agree"
        test = no_chi_square(reason)
    else:
        pull = difference[tested] / np.sqrt(variance[tested])
        unscaled = float(pull @ pull)
        if same_sum:
            factor = _best_factor(pull, training[tested] / np.sqrt(variance[tested]))
            pull = pull + (factor.value - 1) * training[tested] / np.sqrt(variance[tested])
        test = chi_square(float(pull @ pull), int(tested.sum()) - int(same_sum))
    return WeightComparison(
        test=test,
        scale=factor,
        unscaled_chi2=unscaled,
        ks_distance=ks_distance(values, signed_weight, training_weight),
        edges=edges,
        signed=in_bins(signed_weight),
        signed_variance=signed_variance,
        training=training,
        training_variance=in_bins(np.square(training_weight)),
        difference_variance=variance,
    )


def _best_factor(pull: Floats, along: Floats) -> Estimate:
    """Give the factor 1 + s that minimises Σ(pull + s · along)², with its error; both of shape (bins,)."""
    length = float(along @ along)
    if length == 0:
        return Estimate(1.0, math.inf, "no training weight in any bin")
    return Estimate(1 - float(along @ pull) / length, 1 / math.sqrt(length))


def ks_distance(values: NDArray[np.floating], first: Floats, second: Floats) -> float | None:
    """Give the largest distance of the two weighted distribution functions of the same events.

    No probability comes with it: the two sides are the same events, so the Kolmogorov distribution does not apply.
    None if a sum of weights is not positive.

    >>> ks_distance(np.array([1, 2, 3]), np.array([1.0, 1.0, 2.0]), np.array([2.0, 1.0, 1.0]))
    0.25
    """
    if first.sum() <= 0 or second.sum() <= 0:
        return None
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    last = np.append(ordered[1:] != ordered[:-1], True)
    distance = np.cumsum(first[order]) / first.sum() - np.cumsum(second[order]) / second.sum()
    return float(np.max(np.abs(distance[last])))


@dataclass(frozen=True)
class TruthComparison:
    """The estimated against the known positive probability, in bins of the truth."""

    test: ChiSquare
    """χ² of the bins' mean estimates."""
    edges: Floats
    """Edges of the bins of the true probability, shape (bins + 1,)."""
    truth: Floats
    """Mean true probability under |w|, shape (bins,)."""
    estimate: Floats
    """Mean estimate under |w|."""
    error: Floats
    """Its binomial error."""

    def as_json(self) -> dict[str, Any]:
        """Give all fields."""
        arrays = {"edges": self.edges, "truth": self.truth, "estimate": self.estimate, "error": self.error}
        return json_of(self.test) | arrays


def compare_with_truth(
    true_probability: Floats, probability: Floats, signed_weight: Floats, bins: int, minimum_effective_events: float
) -> TruthComparison:
    """Compare the estimated with the true positive probability in bins of the truth; docs/physics.md, "Closure".

    In each bin the |w|-weighted mean of p̂ is compared with that of p. Its error is the binomial one of the signs in
    the bin, √(Σ w² p(1 - p)) / Σ|w|: no estimate made from these signs can know the fraction better.

    Args:
        true_probability: shape (events,).
        probability: shape (events,), the estimate.
        signed_weight: shape (events,).
        bins: bins of the true probability, with equal sums of |w|.
        minimum_effective_events: thinner bins are merged.
    """
    size = np.abs(signed_weight)
    edges = closure_edges(true_probability, signed_weight, bins, minimum_effective_events)
    index = bin_index(true_probability, edges)
    total = np.bincount(index, size, len(edges) - 1)
    truth = np.bincount(index, size * true_probability, len(edges) - 1) / total
    estimate = np.bincount(index, size * probability, len(edges) - 1) / total
    spread = np.square(size) * true_probability * (1 - true_probability)
    error = np.sqrt(np.bincount(index, spread, len(edges) - 1)) / total
    tested = error > 0
    pull = (estimate - truth)[tested] / error[tested]
    certain = no_chi_square("the true sign is certain everywhere")
    test = chi_square(float(pull @ pull), int(tested.sum())) if np.any(tested) else certain
    return TruthComparison(test, edges, truth, estimate, error)
