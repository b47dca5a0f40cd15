"""Samples of a class on the mass axis, and the shape of their mass: where checks of a score against a mass start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from signedag.events.store_files import StoreFiles
from signedag.metrics.scored_events import ScoredEvents, read_scored_events, refuse_empty
from signedag.metrics.weighted_sample import Floats, WeightedSample
from signedag.statistics.templates import Template, find_bins

Samples = dict[str, ScoredEvents]


@dataclass(frozen=True)
class ScoreFiles:
    """Events and the scores of the same events, and where their mass is looked at."""

    events: StoreFiles
    scores: StoreFiles
    region: str
    mass: str
    edges: Floats
    """Bins of the mass, shape (bins + 1,)."""

    def read(self, role: str, names: Sequence[str]) -> tuple[Samples, dict[str, float | None]]:
        """Read some samples' events of the region on the mass axis, and say which share of each is off it.

        Args:
            role: what the samples are, for messages.
            names: the samples.

        Raises:
            UserError: a file is missing or another one, or the region holds no event of them.
        """
        samples = {name: read_scored_events(self.events, self.scores, name, self.region, self.mass) for name in names}
        refuse_empty(role, samples, self.region)
        shares = share_off_axis(samples, self.edges)
        return {name: on_axis(events, self.edges) for name, events in samples.items()}, shares


def mass_template(masses: WeightedSample, edges: Floats) -> Template:
    """Fill the template of a mass with signed weights; `edges` has shape (bins + 1,)."""
    return find_bins([masses.values], (edges,)).fill(masses.weights)


def described_template(template: Template) -> dict[str, list[float]]:
    """Give a one-dimensional template's values (Σw) and variances (Σw²)."""
    return {"values": template.values.tolist(), "variances": template.variances.tolist()}


def on_axis(events: ScoredEvents, edges: Floats) -> ScoredEvents:
    """Give the events whose mass lies on the axis, its upper end included."""
    return events.where((events.mass >= edges[0]) & (events.mass <= edges[-1]))


def share_off_axis(samples: Mapping[str, ScoredEvents], mass_edges: Floats) -> dict[str, float | None]:
    """Give each sample's signed share of the region whose mass is not on the axis; null where it has no sum."""
    shares: dict[str, float | None] = {}
    for name, events in samples.items():
        total = events.masses().sum_of_weights
        inside = on_axis(events, mass_edges).masses().sum_of_weights
        shares[name] = 1 - inside / total if total > 0 else None
    return shares
