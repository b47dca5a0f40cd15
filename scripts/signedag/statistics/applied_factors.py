"""Fitted scale factors as figures apply them, read from the result of their fit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from signedag.json_blocks import Block
from signedag.statistics.prediction_band import AppliedFactors


def applied_factors(fitted: Block, processes: Mapping[str, str]) -> AppliedFactors:
    """Give the factors of a fit, with what the finite simulation adds to their errors.

    Args:
        fitted: content of `scale_factors/result.json`.
        processes: process to the name of its factor.

    Raises:
        UserError: a factor was not fitted, or the file lacks a key.
    """
    factors, order = fitted.block("scale_factors"), fitted.texts("order")
    for name in sorted(set(processes.values()) - set(order)):
        raise factors.error(name, "is missing")
    covariance = np.array(fitted.matrix("covariance"))
    if fitted.text("template_statistics") == "none":
        covariance = covariance + np.array(fitted.matrix("template_statistical_covariance"))
    values = {name: factors.block(name).number("value") for name in order}
    return AppliedFactors(values, covariance, processes)
