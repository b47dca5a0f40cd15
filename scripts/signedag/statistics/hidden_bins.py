"""Bins of a region whose data are hidden: by the expected ratio of signal to background, a window or a cut."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.config.blinding import Blinding, Window
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Floats, Template

Mask = NDArray[np.bool_]


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
