"""What the mini-batches of a training hold: events and weight by process, and the parameters of both classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from signedag.metrics.estimate import number
from signedag.objectives.batch import CLASS, TRAINING_WEIGHT
from signedag.seeds import stream
from signedag.training.drawing import Drawing
from signedag.training.events import PROCESS, TrainingEvents

BINS = 20
"""Bins of parameters that may have any value."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ProcessContent:
    """What a batch holds of a process."""

    process: int
    """Its number."""
    class_number: int
    """That of its class."""
    training_events: int
    """Events that the training has of it."""
    events: float
    """Mean number of its events in a batch; an event that is drawn twice counts twice."""
    weight: float
    """Its share of the training weight of all batches; NaN where that has no positive sum."""


@dataclass(frozen=True)
class ParameterContent:
    """How a parameter is distributed in a batch, for background and signal."""

    name: str
    """Its name."""
    kind: Literal["points", "bins"]
    """Whether the counts are at values, or between edges."""
    values: Floats
    """The values, shape (counts,); or the edges, shape (counts + 1,)."""
    events: Mapping[str, Floats]
    """Mean number of events in a batch, `background` and `signal`, shape (counts,) each."""
    weight: Mapping[str, Floats]
    """Share of the class's training weight, `background` and `signal`, shape (counts,) each; NaN where undefined."""


@dataclass(frozen=True)
class BatchContents:
    """What the batches of one epoch hold, on average."""

    batches: int
    """Batches of the epoch."""
    events: float
    """Mean number of events in a batch."""
    processes: tuple[ProcessContent, ...]
    """By process, in the order of their numbers."""
    parameters: tuple[ParameterContent, ...] = ()
    """By parameter that the classifier is conditioned on."""

    def as_json(self, processes: Sequence[str], classes: Sequence[str]) -> dict[str, Any]:
        """Give plain JSON values, with null for what is undefined.

        Args:
            processes: names of the processes, in the order of their numbers.
            classes: likewise of the classes.
        """
        by_process = {
            processes[one.process]: {
                "class": classes[one.class_number],
                "training_events": one.training_events,
                "events": one.events,
                "weight": number(one.weight),
            }
            for one in self.processes
        }
        parameters = [
            {
                "name": one.name,
                "kind": one.kind,
                "values": one.values.tolist(),
                **{
                    of_class: {
                        "events": one.events[of_class].tolist(),
                        "weight": [number(value) for value in one.weight[of_class]],
                    }
                    for of_class in one.events
                },
            }
            for one in self.parameters
        ]
        return {
            "batches": self.batches, "events": self.events, "processes": by_process, "parameters": parameters,
        }  # fmt: skip


def batch_contents(
    drawing: Drawing,
    events: TrainingEvents,
    scale: Floats,
    seed: int,
    parameters: Sequence[str] = (),
    points: Mapping[str, Floats] | None = None,
) -> BatchContents:
    """Draw one epoch and say what its batches hold.

    docs/physics.md, "Weights of a training". The stream is of its own, so that the training draws the same as without.

    Args:
        drawing: draws the batches.
        events: the training events.
        scale: factor of their weights, shape (events,).
        seed: the training's.
        parameters: names of the parameters that the classifier is conditioned on, columns of the events.
        points: values of those that background events have as often as signal has them, shape (points,) each; others
            may have any value and are counted in bins.
    """
    drawn = drawing(stream(seed, "batch contents"))
    count = len(drawn.sizes)
    weight = (events.columns[TRAINING_WEIGHT] * scale)[drawn.events]
    process, classes = events.columns[PROCESS][drawn.events], events.columns[CLASS][drawn.events]
    contents = []
    for one in np.unique(events.columns[PROCESS]):
        own, chosen = process == one, events.columns[PROCESS] == one
        of_class = int(events.columns[CLASS][chosen][0])
        share = _share(weight[own].sum(), weight)
        contents.append(ProcessContent(int(one), of_class, int(chosen.sum()), float(own.sum() / count), share))
    distributions = []
    for name in parameters:
        values = drawn.columns[name] if name in drawn.columns else events.columns[name][drawn.events]
        at = np.unique(points[name]) if points is not None and name in points else None
        distributions.append(_distribution(name, np.asarray(values, dtype=np.float64), at, weight, classes, count))
    return BatchContents(count, float(len(drawn.events) / count), tuple(contents), tuple(distributions))


def _share(part: float, weight: Floats) -> float:
    total = float(weight.sum())
    return float(part) / total if total > 1e-12 * float(np.abs(weight).sum()) else float("nan")


def _distribution(
    name: str, values: Floats, points: Floats | None, weight: Floats, classes: NDArray[Any], batches: int
) -> ParameterContent:
    """Count the values of a parameter at points or in bins, for each class."""
    if points is None:
        # all weight lies inside: the last bin holds its upper edge
        edges = np.linspace(values.min(), values.max(), BINS + 1)
        cell = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, BINS - 1)
        at, cells = edges, BINS
    else:
        cell = np.abs(values[:, None] - points).argmin(axis=1)  # in single precision a value is near its point
        at, cells = points, len(points)
    counts, shares = {}, {}
    for label, chosen in (("background", classes == 0), ("signal", classes == 1)):
        counts[label] = np.bincount(cell[chosen], minlength=cells) / batches
        sums = np.bincount(cell[chosen], weight[chosen], minlength=cells)
        shares[label] = np.array([_share(part, weight[chosen]) for part in sums])
    return ParameterContent(name, "bins" if points is None else "points", at, counts, shares)
