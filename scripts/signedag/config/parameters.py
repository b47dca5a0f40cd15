"""Settings of classifiers that are conditioned on parameters of the signal, such as its mass."""

from __future__ import annotations

from typing import Literal

from signedag.config.base import Settings


class BackgroundParameters(Settings):
    """Which parameters background events get in training, as they have none of their own."""

    values: Literal["identical", "uniform"] = "identical"
    """`identical`: those of the signal, as often as a batch has them with the signal's weights; `uniform`: anything
    between the signal's smallest and largest value of each parameter."""
    drawn: Literal["sampled", "fixed"] = "sampled"
    """`sampled`: anew for every mini-batch; `fixed`: once before the training. Validation events keep theirs."""
