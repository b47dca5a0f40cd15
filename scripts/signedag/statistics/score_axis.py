"""Bins of the score: as the settings give them, or such that the signal has the same sum of weights in each."""

from __future__ import annotations

import numpy as np

from signedag.config.binning import ScoreAxis
from signedag.errors import UserError
from signedag.metrics.quantiles import signed_quantiles
from signedag.metrics.weighted_sample import Floats, WeightedSample


def score_edges(axis: ScoreAxis, signal: WeightedSample, source: str) -> Floats:
    """Give the bin edges of the score, shape (bins + 1,).

    docs/physics.md, "Bins of equal signal".

    Args:
        axis: the settings.
        signal: scores of the nominal signal in the fit's region, signed weights.
        source: where they are from, for messages.

    Raises:
        UserError: the signal has no positive sum of weights.
    """
    if axis.equal_signal is None:
        return np.array(axis.all_edges(), dtype=np.float64)
    fractions = [index / axis.equal_signal for index in range(1, axis.equal_signal)]
    found = signed_quantiles(signal, fractions)
    if found.reason:
        reason = found.reason.replace("the sample", "the signal")
        raise UserError(f"{source}: no bins of equal signal, {reason}; give edges or equal widths for the score")
    # scores that many events share make edges equal; their bins are one
    return np.unique(np.concatenate([[0.0], found.values[(found.values > 0) & (found.values < 1)], [1.0]]))
