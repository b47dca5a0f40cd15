"""Blinding of a fit: hidden bins are left out of it, and a secret offset moves its signal strength."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from signedag.config.blinding import Blinding
from signedag.errors import UserError
from signedag.seeds import stream
from signedag.statistics.hidden_bins import HiddenBins, Mask
from signedag.statistics.intervals import DiscoverySignificance, Interval
from signedag.statistics.limits import Limit
from signedag.statistics.model import Channel, Contribution, Model, Shape
from signedag.statistics.templates import Floats

WITHHELD = "hidden until the blinding says 'unblinded: true'"
NO_SIGNIFICANCE = DiscoverySignificance(None, None, WITHHELD)
"""A significance would tell the strength."""
NO_LIMIT = Limit(None, WITHHELD)
"""An observed limit would tell it, too."""


def without_hidden(model: Model, counts: Floats, hidden: Sequence[HiddenBins]) -> tuple[Model, Floats]:
    """Leave hidden bins out of a model and its data; a region without bins is left out whole.

    Raises:
        UserError: nothing is left.
    """
    masks = {item.region: item.mask.ravel() for item in hidden}
    channels, kept_counts = [], []
    for channel, bins in zip(model.channels, model.slices().values(), strict=True):
        kept = ~masks.get(channel.region, np.zeros(channel.bins, dtype=bool))
        if kept.any():
            channels.append(_with_bins(channel, kept))
            kept_counts.append(counts[bins][kept])
    if not channels:
        raise UserError("blinding hides all bins of the fit; hide fewer, or unblind (unblinded: true)")
    return replace(model, channels=tuple(channels)), np.concatenate(kept_counts)


def _with_bins(channel: Channel, kept: Mask) -> Channel:
    def chosen(item: Contribution) -> Contribution:
        shapes = tuple(Shape(shape.nuisance, shape.up[kept], shape.down[kept]) for shape in item.shapes)
        return replace(item, nominal=item.nominal[kept], variances=item.variances[kept], shapes=shapes)

    return replace(channel, contributions=tuple(chosen(item) for item in channel.contributions))


@dataclass(frozen=True)
class HiddenOffset:
    """What is added to a fitted signal strength, and what is not told beside it; docs/physics.md, "Blinding"."""

    value: float

    def interval(self, interval: Interval) -> Interval:
        """Move an interval; its sides, and differences between results of one analysis, stay what they are.

        The reason for a side without an end names strengths.
        """
        return replace(interval, value=interval.value + self.value, reason=WITHHELD if interval.reason else "")

    def scanned(self, values: Floats) -> Floats:
        """Move the values of a scan or the points of a contour in this strength."""
        return values + self.value


def hidden_offset(analysis: str, seed: int, strength: str, rules: Blinding) -> HiddenOffset | None:
    """Give the offset of a strength, the same in every job of the analysis; `None` where nothing is hidden.

    It is uniform between minus and plus `rules.offset`, keyed by the analysis, its seed and the strength.

    >>> rules = Blinding(offset=3.0)
    >>> hidden_offset("vhbb", 1, "mu", rules) == hidden_offset("vhbb", 1, "mu", rules)
    True
    >>> hidden_offset("vhbb", 1, "mu", Blinding(offset=3.0, unblinded=True)) is None
    True
    """
    if rules.unblinded or rules.offset == 0:
        return None
    draw = stream(seed, "hidden_offset", analysis, strength).uniform(-1.0, 1.0)
    return HiddenOffset(rules.offset * float(draw))
