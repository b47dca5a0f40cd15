"""The bias of a fitted factor that templates of finite size cause, whatever the treatment of their errors."""

from __future__ import annotations

import numpy as np

from signedag.statistics.expectation import Expectation
from signedag.statistics.templates import Floats


def template_bias(expectation: Expectation, parameters: Floats, name: str) -> float:
    """Estimate the bias of a factor such as the signal strength; docs/physics.md, "Bias by fluctuating templates".

    >>> from signedag.statistics.model import Channel, Contribution, Model, Parameter
    >>> zh = Contribution("zh", np.array([10.0]), np.array([0.0]), ("mu",))
    >>> tt = Contribution("tt", np.array([90.0]), np.array([100.0]))
    >>> model = Model((Channel("sr", (zh, tt)),), (Parameter("mu", "signal_strength", 1.0, False),))
    >>> round(template_bias(Expectation(model), np.ones(1), "mu"), 6)  # one of 10 % on 10 % of signal
    0.1

    Args:
        expectation: of the model; each contribution's Σw² is the error of its template.
        parameters: where the templates are taken to be true, shape (parameters,).
        name: the factor.
    """
    model = expectation.model
    index, point = model.index(name), expectation.at(parameters)
    expected, slope = expectation.expected_at(point), expectation.jacobian(point)[index]
    variances, covariances = np.zeros(expected.size), np.zeros(expected.size)
    number = 0
    for channel, bins in zip(model.channels, model.slices().values(), strict=True):
        for item in channel.contributions:
            factor = point.factors[number]
            variances[bins] += factor**2 * item.variances
            covariances[bins] += factor * point.gradients[number, index] * item.variances
            number += 1
    pulled = float((slope * variances / np.square(expected) - covariances / expected).sum())
    return pulled / float((np.square(slope) / expected).sum())
