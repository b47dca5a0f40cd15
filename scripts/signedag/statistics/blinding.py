"""Blinding: bins of data that are hidden, and a secret offset of the fitted signal strength."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.config.blinding import Blinding, Window
from signedag.errors import UserError
from signedag.seeds import stream
from signedag.statistics.intervals import DiscoverySignificance, Interval
from signedag.statistics.limits import Limit
from signedag.statistics.model import Channel, Contribution, Model, Shape
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Floats, Template

Mask = NDArray[np.bool_]

WITHHELD = "hidden until the blinding says 'unblinded: true'"
NO_SIGNIFICANCE = DiscoverySignificance(None, None, WITHHELD)
"""A significance would tell the strength."""
NO_LIMIT = Limit(None, WITHHELD)
"""An observed limit would tell it, too."""


@dataclass(frozen=True)
class HiddenBins:
    """Which bins of a region do not show their data."""

    region: str
    mask: Mask
    """True where hidden, of the shape of the region's bins."""
    by_rule: Mapping[str, int]
    """How many bins each rule hides."""

    def shown(self, data: Floats) -> list[float | None]:
        """Give data with `None` in hidden bins, flattened: for figures and tables."""
        pairs = zip(data.ravel().tolist(), self.mask.ravel().tolist(), strict=True)
        return [None if hidden else value for value, hidden in pairs]

    def as_json(self) -> dict[str, Any]:
        """Give the counts."""
        return {"region": self.region, "hidden": int(self.mask.sum()), "by_rule": dict(self.by_rule)}


def hidden_bins(
    region: str, axes: Mapping[str, Floats], signal: Floats, background: Floats, rules: Blinding
) -> HiddenBins:
    """Apply all rules to the bins of one region; docs/physics.md, "Blinding".

    Args:
        region: its name.
        axes: bin edges by observable, in the order of the axes; a window of another observable hides nothing here.
        signal: expected signal, of the shape of the bins.
        background: expected background, same shape.
        rules: what to hide.
    """
    shape = tuple(edges.size - 1 for edges in axes.values())
    mask = np.zeros(shape, dtype=bool)
    by_rule: dict[str, int] = {}
    if rules.unblinded:
        return HiddenBins(region, mask, by_rule)
    for number, (observable, edges) in enumerate(axes.items()):
        if observable in rules.windows:
            inside = _overlapping(edges, rules.windows[observable])
            others = [axis for axis in range(len(shape)) if axis != number]
            own = np.broadcast_to(np.expand_dims(inside, others), shape)
            by_rule[observable] = int(own.sum())
            mask |= own
    if rules.signal_over_background is not None:
        # a signal that takes events away shows as well; without a positive background any signal stands alone
        own = np.abs(signal.reshape(shape)) > rules.signal_over_background * np.maximum(background.reshape(shape), 0.0)
        by_rule["signal_over_background"] = int(own.sum())
        mask |= own
    return HiddenBins(region, mask, by_rule)


def hidden_in(region: RegionTemplates, axes: Sequence[str], signals: Collection[str], rules: Blinding) -> HiddenBins:
    """Apply all rules to the nominal templates of a region, so that every fit of it hides the same bins.

    Args:
        region: its templates; strengths and scale factors are 1.
        axes: the observable of each axis.
        signals: the signal processes.
        rules: what to hide.
    """
    shape = tuple(edges.size - 1 for edges in region.edges)
    signal, background = np.zeros(shape), np.zeros(shape)
    for process, template in region.nominal.items():
        total = signal if process in signals else background
        total += template.values
    return hidden_bins(region.region, dict(zip(axes, region.edges, strict=True)), signal, background, rules)


def masked(data: Template, hidden: HiddenBins) -> Template:
    """Take the content of hidden bins out of data, NaN instead; with any, that of the flow bins, too.

    >>> data = Template(np.arange(4.0), np.arange(4.0), (np.array([0.0, 1.0, 2.0]),))
    >>> masked(data, HiddenBins("sr", np.array([False, True]), {})).flow_values.tolist()
    [nan, 1.0, nan, nan]
    """
    if not hidden.mask.any():
        return data
    covered = np.pad(hidden.mask, 1, constant_values=True)
    return Template(
        np.where(covered, np.nan, data.flow_values), np.where(covered, 0.0, data.flow_variances), data.edges
    )


def _overlapping(edges: Floats, window: Window) -> Mask:
    """Tell which bins share more than an edge with a window, shape (bins,)."""
    low = -np.inf if window.low is None else window.low
    high = np.inf if window.high is None else window.high
    overlapping: Mask = (edges[1:] > low) & (edges[:-1] < high)
    return overlapping


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
