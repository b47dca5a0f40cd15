"""What is done to the bins of a region before a fit: groups of neighbours, raised bins, and the list of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.statistics.model import SIGNAL_STRENGTH, Channel, Shape
from signedag.statistics.templates import Floats


@dataclass(frozen=True)
class Merged:
    """A bin became part of a group."""

    group: int
    """The group's number."""
    group_bins: int
    """How many bins the group has."""
    group_total: float
    """Its nominal prediction, events."""

    def as_json(self) -> dict[str, Any]:
        """Give the action and the fields."""
        return {
            "action": "merged",
            "group": self.group,
            "group_bins": self.group_bins,
            "group_total": self.group_total,
        }


@dataclass(frozen=True)
class Raised:
    """A bin was raised by a contribution of its own."""

    events_added: float

    def as_json(self) -> dict[str, Any]:
        """Give the action and the field."""
        return {"action": "raised", "events_added": self.events_added}


@dataclass(frozen=True)
class Combination:
    """One way to set the parameters under which every bin must be positive."""

    strength: float | None
    """Signal strength; `None` if the model has none."""
    nuisance: str | None
    """The nuisance that is not at zero, if any."""
    side: int
    """+1, -1, or 0 without a nuisance."""

    def __str__(self) -> str:
        strength = [] if self.strength is None else [f"{SIGNAL_STRENGTH} = {self.strength:g}"]
        moved = f"{self.nuisance} {'up' if self.side > 0 else 'down'}" if self.nuisance else "nominal"
        return ", ".join([*strength, moved])


@dataclass(frozen=True)
class NonPositiveBin:
    """A bin whose prediction is not positive at some combination of parameters, and what was done about it."""

    region: str
    indices: tuple[int, ...]
    """Its index on each axis."""
    contents: Mapping[str, float]
    """Nominal prediction of each process, events."""
    total: float
    """Nominal prediction."""
    total_error: float
    """√Σw² of the nominal prediction."""
    smallest_total: float
    """The smallest prediction of all combinations."""
    smallest_when: Combination
    """The combination that gives it."""
    treatment: Merged | Raised

    def as_json(self) -> dict[str, Any]:
        """Give the fields, the treatment's among them."""
        return {
            "region": self.region,
            "indices": list(self.indices),
            "contents": dict(self.contents),
            "total": self.total,
            "total_error": self.total_error,
            "smallest_total": self.smallest_total,
            "smallest_when": str(self.smallest_when),
            **self.treatment.as_json(),
        }


@dataclass(frozen=True)
class FewEffectiveBin:
    """A bin, or group of bins, whose background has too few effective events, and what was done about it."""

    region: str
    indices: tuple[int, ...]
    """Its index on each axis; of the first bin of a group."""
    bins: int
    """How many bins it is a group of."""
    background: float
    """Nominal prediction without signals, events."""
    background_error: float
    """√Σw² of it."""
    effective_events: float
    treatment: Merged | Raised

    def as_json(self) -> dict[str, Any]:
        """Give the fields, the treatment's among them."""
        return {
            "region": self.region,
            "indices": list(self.indices),
            "bins": self.bins,
            "background": self.background,
            "background_error": self.background_error,
            "effective_events": self.effective_events,
            **self.treatment.as_json(),
        }


@dataclass(frozen=True)
class Regrouping:
    """What was done to the bins of one region."""

    region: str
    shape: tuple[int, ...]
    """Bins of each axis."""
    labels: NDArray[np.intp]
    """The new bin of each old one, shape (old bins,)."""
    nonpositive: tuple[NonPositiveBin, ...]
    """The bins that were not positive."""
    few_effective: tuple[FewEffectiveBin, ...] = ()
    """Those whose background had too few effective events, the worst first."""

    @property
    def bins(self) -> int:
        """Number of new bins."""
        return int(self.labels.max()) + 1

    def apply(self, values: Floats) -> Floats:
        """Add up old bins, shape (old bins,) to (new bins,)."""
        summed: Floats = np.bincount(self.labels, weights=values.ravel(), minlength=self.bins).astype(np.float64)
        return summed


def regrouped(channel: Channel, grouping: Regrouping) -> Channel:
    """Add up the bins of a channel as its regrouping says."""
    contributions = [
        replace(
            item,
            nominal=grouping.apply(item.nominal),
            variances=grouping.apply(item.variances),
            shapes=tuple(
                Shape(shape.nuisance, grouping.apply(shape.up), grouping.apply(shape.down)) for shape in item.shapes
            ),
        )
        for item in channel.contributions
    ]
    return replace(channel, contributions=tuple(contributions))
