"""Closure: do training weights reproduce the signed distributions, and the known truth?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2 as chi2_distribution

from signedag.weights.binning import bin_index, equal_weight_edges

SAME = 1e-9
"""Weights that differ by less than this, relatively, differ by rounding alone."""


def closure_edges(
    values: NDArray[np.floating], signed_weight: NDArray[np.float64], bins: int, minimum_effective_events: float
) -> NDArray[np.float64]:
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


def compare_weights(
    values: NDArray[np.floating],
    signed_weight: NDArray[np.float64],
    training_weight: NDArray[np.float64],
    edges: NDArray[np.float64],
    same_sum: bool,
) -> dict[str, Any]:
    """Compare signed and training weights in bins of one variable.

    Per bin the difference D = Σ(w' - w) has the variance V = Σ(w' - w)², since both sides are the same events, so
    χ² = Σ_bins D²/V. Bins whose events all have w' = w say nothing and are left out. Where w' was scaled to the signed
    sum, χ² is the smallest one over a common factor of w': the scaling moves all bins together, and by more than √V
    those in which hardly any event is negative.

    χ²/ndf comes out below one in variables that decide on p: an event's w' knows the signs of the other half of its
    fold, so in bins of p̂ the fluctuations of the halves cancel in D.

    Args:
        values: shape (events,).
        signed_weight: shape (events,).
        training_weight: shape (events,).
        edges: shape (bins + 1,).
        same_sum: whether the training weights were scaled to the signed sum, which costs a degree of freedom.

    Returns:
        chi2, ndf, p_value (null with `reason` if there is nothing to test), ks_distance, and per bin the sums and the
        sums of squares of both weights.
    """
    index = bin_index(values, edges)
    bins = len(edges) - 1

    def in_bins(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(index, weights, bins).astype(np.float64)

    difference = in_bins(training_weight - signed_weight)
    variance = in_bins(np.square(training_weight - signed_weight))
    training = in_bins(training_weight)
    signed_variance = in_bins(np.square(signed_weight))
    tested = variance > SAME**2 * signed_variance
    ndf = int(tested.sum()) - int(same_sum)
    result: dict[str, Any] = {
        "edges": edges,
        "signed": in_bins(signed_weight),
        "signed_variance": signed_variance,
        "training": training,
        "training_variance": in_bins(np.square(training_weight)),
        "difference_variance": variance,
        "ks_distance": ks_distance(values, signed_weight, training_weight),
    }
    if ndf < 1:
        reason = "a single bin, whose sum is given" if np.any(tested) else "training and signed weights agree"
        return result | {"chi2": None, "ndf": 0, "p_value": None, "reason": reason}
    chi2 = _chi2(difference[tested], variance[tested], training[tested] if same_sum else np.zeros(int(tested.sum())))
    return result | {"chi2": chi2, "ndf": ndf, "p_value": float(chi2_distribution.sf(chi2, ndf))}


def _chi2(difference: NDArray[np.float64], variance: NDArray[np.float64], direction: NDArray[np.float64]) -> float:
    """Give the smallest Σ (D + s d)²/V over s, for a direction d that may be zero; shapes (bins,)."""
    pull, along = difference / np.sqrt(variance), direction / np.sqrt(variance)
    length = float(along @ along)
    if length > 0:
        pull = pull - along * float(along @ pull) / length
    return float(pull @ pull)


def ks_distance(values: NDArray[np.floating], first: NDArray[np.float64], second: NDArray[np.float64]) -> float | None:
    """Give the largest distance of the two weighted distribution functions of the same events.

    No probability comes with it: the two sides are the same events, so the Kolmogorov distribution does not apply.
    None if a sum of weights is not positive.
    """
    if first.sum() <= 0 or second.sum() <= 0:
        return None
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    last = np.append(ordered[1:] != ordered[:-1], True)
    distance = np.cumsum(first[order]) / first.sum() - np.cumsum(second[order]) / second.sum()
    return float(np.max(np.abs(distance[last])))


def compare_with_truth(
    true_probability: NDArray[np.float64],
    probability: NDArray[np.float64],
    signed_weight: NDArray[np.float64],
    bins: int,
    minimum_effective_events: float,
) -> dict[str, Any]:
    """Compare the estimated with the true positive probability in bins of the truth.

    In each bin the |w|-weighted mean of p̂ is compared with that of p. Its error is the binomial one of the signs in
    the bin, √(Σ w² p(1 - p)) / Σ|w|: no estimate made from these signs can know the fraction better.

    Args:
        true_probability: shape (events,).
        probability: shape (events,), the estimate.
        signed_weight: shape (events,).
        bins: bins of the true probability, with equal sums of |w|.
        minimum_effective_events: thinner bins are merged.

    Returns:
        chi2, ndf, p_value, and per bin edges, mean truth, mean estimate and its error.
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
    chi2 = float(np.sum(np.square((estimate - truth)[tested] / error[tested])))
    ndf = int(tested.sum())
    return {
        "chi2": chi2,
        "ndf": ndf,
        "p_value": float(chi2_distribution.sf(chi2, ndf)) if ndf else None,
        "edges": edges,
        "truth": truth,
        "estimate": estimate,
        "error": error,
    }
