"""Settings of how mini-batches are drawn."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from signedag.config.base import Settings

StrataKind = Literal["class", "process", "background", "signal", "full"]


class MiniBatch(Settings):
    """How mini-batches are drawn, and how the classes are weighted against each other."""

    drawing: Literal["shuffled", "stratified", "full"] = "shuffled"
    """`shuffled`: all events in random order; `stratified`: fixed numbers of events of each stratum in every batch,
    small strata drawn anew when they run out; `full`: one batch of all events. The strategy `paired` keeps its pairs
    together in shuffled batches."""
    strata: StrataKind = "class"
    """What a stratum is: each `class` or each `process`, all with equal shares of a batch; each process of the
    `background` or of the `signal` (a mass hypothesis is a process), with equal shares of what the class has of the
    events; or each process with an equal share of its class and each class with an equal share of a batch (`full`)."""
    size: int = Field(1024, ge=1, le=100_000_000)
    """Events in a mini-batch."""
    balance: Literal["none", "class"] = "class"
    """`none`: classes keep their sums of weights; `class`: the weights of all classes add up to the same."""
