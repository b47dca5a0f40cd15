"""Parameters of the signal hypothesis as columns of the training events, also of those that have none: background.

Parameters that are columns of events already, such as a reconstructed mass, need none of this.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from signedag.config.drawing import MiniBatch
from signedag.config.parameters import BackgroundParameters
from signedag.errors import UserError
from signedag.objectives.batch import CLASS, TRAINING_WEIGHT
from signedag.training.drawing import Drawing, EpochBatches
from signedag.training.events import PROCESS, TrainingEvents

Sampler = Callable[[int, np.random.Generator], NDArray[np.float32]]
"""Draws parameters for a number of background events, shape (events, parameters)."""


@dataclass(frozen=True)
class Points:
    """The signal's parameters by process."""

    names: tuple[str, ...]
    """Names of the parameters."""
    processes: NDArray[np.int64]
    """Numbers of the signal processes, shape (points,)."""
    values: NDArray[np.float64]
    """Their parameters, shape (points, parameters)."""

    @classmethod
    def of(cls, names: Sequence[str], by_process: Mapping[str, Sequence[float]], processes: Sequence[str]) -> Points:
        """Take the parameters of each signal process.

        Args:
            names: of the parameters.
            by_process: process to the value of each parameter.
            processes: names of all processes, in the order of their numbers.
        """
        numbers = np.array([processes.index(name) for name in by_process], dtype=np.int64)
        values = np.array([tuple(point) for point in by_process.values()], dtype=np.float64)
        return cls(tuple(names), numbers, values)

    def described(self, point: int) -> str:
        """Write a point: `mass_gev = 500, width_gev = 10`."""
        return ", ".join(f"{name} = {value:g}" for name, value in zip(self.names, self.values[point], strict=True))


def sampler_of(points: Points, events: TrainingEvents, settings: BackgroundParameters, batch: MiniBatch) -> Sampler:
    """Give what draws the parameters of background events; docs/physics.md, "Parametric networks".

    Identical parameters have the distribution that the signal has under the weights with which it enters the loss:
    each point counts by its training weights, or like the others where batches hold equal shares of all points.

    Args:
        points: the signal's.
        events: the training events.
        settings: which values.
        batch: how batches are drawn.

    Raises:
        UserError: a point has no events, or their training weights have no positive sum.
    """
    weight, process = events.columns[TRAINING_WEIGHT], events.columns[PROCESS]
    sums = np.array([weight[process == number].sum() for number in points.processes])
    for point in np.flatnonzero(~(sums > 0)):
        count = int(np.sum(process == points.processes[point]))
        raise UserError(
            f"the signal of {points.described(int(point))} has {count} events to train on, and their training weights "
            f"add up to {sums[point]:g}; simulate more of it, loosen the region's selection or leave its process out "
            "(without_processes)"
        )
    if settings.values == "uniform":
        low, high = points.values.min(axis=0), points.values.max(axis=0)
        return lambda count, generator: generator.uniform(low, high, (count, len(low))).astype(np.float32)
    equal = batch.drawing == "stratified" and batch.strata in ("process", "signal", "full")
    shares = np.full(len(sums), 1 / len(sums)) if equal else sums / sums.sum()
    exact = points.values.astype(np.float32)
    return lambda count, generator: exact[generator.choice(len(shares), size=count, p=shares)]


def with_parameters(
    events: TrainingEvents, points: Points, sampler: Sampler, generator: np.random.Generator
) -> TrainingEvents:
    """Give events with a column for each parameter: the signal's own, and one draw for each background event."""
    values = np.empty((len(events), len(points.names)), dtype=np.float32)
    for number, point in zip(points.processes, points.values, strict=True):
        values[events.columns[PROCESS] == number] = point
    background = events.columns[CLASS] == 0
    values[background] = sampler(int(background.sum()), generator)
    columns = {name: values[:, index].copy() for index, name in enumerate(points.names)}
    return dataclasses.replace(events, columns={**events.columns, **columns})


def parameter_columns(events: TrainingEvents, names: Sequence[str]) -> NDArray[np.float32]:
    """Give the parameters of events, shape (events, parameters), as networks take them.

    docs/physics.md, "Parametric networks".
    """
    return np.stack([np.asarray(events.columns[name], dtype=np.float32) for name in names], axis=1)


def with_sampled_parameters(drawing: Drawing, events: TrainingEvents, points: Points, sampler: Sampler) -> Drawing:
    """Give a drawing that draws the background's parameters anew for every batch.

    docs/physics.md, "Parametric networks".

    Args:
        drawing: which events batches hold.
        events: the training events, with their parameters.
        points: the signal's parameters.
        sampler: draws those of the background.
    """
    background = events.columns[CLASS] == 0
    own = parameter_columns(events, points.names)

    def draw(generator: np.random.Generator) -> EpochBatches:
        batches = drawing(generator)
        values = own[batches.events]
        drawn = np.flatnonzero(background[batches.events])
        values[drawn] = sampler(len(drawn), generator)
        columns = {name: np.ascontiguousarray(values[:, index]) for index, name in enumerate(points.names)}
        return dataclasses.replace(batches, columns=columns)

    return draw
