"""Bins whose background has too few effective events to be a prediction, after all bins were made positive.

Σw² does not tell the error of such a bin, and no treatment of the templates' statistics repairs it. It is merged with
neighbours, raised, or refused, by a rule that the user picks; every one is listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from signedag.errors import UserError
from signedag.statistics.bins import totals_by_combination
from signedag.statistics.effective_grouping import effective_events, group_until_effective
from signedag.statistics.expectation import Expectation
from signedag.statistics.grouping import neighbours, neighbours_of_groups
from signedag.statistics.model import Channel, Contribution, Model, Shape
from signedag.statistics.regrouping import FewEffectiveBin, Merged, NonPositiveBin, Raised, Regrouping, regrouped
from signedag.statistics.templates import Floats

Rule = Literal["merge", "floor", "refuse"]

RAISED_BACKGROUND = "raised_background"
"""Name of the contribution that raises bins."""


class FewEffectiveEventsError(UserError):
    """A background has too few effective events for what was asked for."""


@dataclass(frozen=True)
class _Background:
    """The nominal prediction of one region without signals, in its present bins."""

    totals: Floats
    """Events, shape (bins,)."""
    variances: Floats
    """Their Σw², shape (bins,)."""

    @property
    def effective(self) -> Floats:
        """Effective events, shape (bins,)."""
        return effective_events(self.totals, self.variances)

    def below(self, least: float) -> NDArray[np.intp]:
        """Give the bins with fewer effective events, the worst first."""
        effective = self.effective
        few = np.flatnonzero(effective < least)
        return few[np.argsort(effective[few], kind="stable")]


def treat_few_effective_events(
    model: Model, groupings: Mapping[str, Regrouping], least: float, rule: Rule
) -> tuple[Model, dict[str, Regrouping]]:
    """Treat the bins whose background has fewer than `least` effective events.

    docs/physics.md, "Bins with few effective events".

    Args:
        model: a model whose bins are positive.
        groupings: what was done to its bins so far, by region.
        least: (Σw)²/Σw² that the background of each bin needs.
        rule: `merge`, `floor` or `refuse`.

    Returns:
        the model to fit, and what was done to its bins altogether.

    Raises:
        FewEffectiveEventsError: there are such bins and the rule refuses them, or it cannot help.
    """
    channels, done = [], {}
    for channel, background in zip(model.channels, _backgrounds(model), strict=True):
        grouping = groupings[channel.region]
        if not background.below(least).size:
            changed, treated = channel, grouping
        elif rule == "refuse":
            raise FewEffectiveEventsError(_refusal(channel.region, grouping, background, least))
        elif rule == "merge":
            changed, treated = _merged(channel, grouping, background, least)
        else:
            changed, treated = _raised(channel, grouping, background, least, set(model.strengths))
        channels.append(changed)
        done[channel.region] = treated
    result = replace(model, channels=tuple(channels))
    if rule == "floor" and not (totals_by_combination(result)[1] > 0).all():
        raise FewEffectiveEventsError(
            "raising bins with few effective events left others without a positive prediction; set "
            "fit.few_effective_events: merge"
        )
    return result, done


def _backgrounds(model: Model) -> list[_Background]:
    """Give the background of each channel, with all factors at their initial values."""
    expectation = Expectation(model)
    factors = expectation.factors_by_process(expectation.at(model.initial()))
    backgrounds = []
    for channel in model.channels:
        totals, variances = np.zeros(channel.bins), np.zeros(channel.bins)
        for item in channel.contributions:
            if not set(item.factors) & set(model.strengths):
                factor = factors[channel.region][item.process]
                totals += factor * item.nominal
                variances += factor**2 * item.variances
        backgrounds.append(_Background(totals, variances))
    return backgrounds


def _refusal(region: str, grouping: Regrouping, background: _Background, least: float) -> str:
    few = background.below(least)
    first = int(np.flatnonzero(grouping.labels == few[0])[0])
    place = ", ".join(str(int(number)) for number in np.unravel_index(first, grouping.shape))
    return (
        f"region '{region}': {few.size} of {grouping.bins} bins have a background of fewer than {least:g} effective "
        f"events, the worst of them bin ({place}) with {background.effective[few[0]]:.3g}; use coarser bins or more "
        "simulated events, or set fit.few_effective_events: merge"
    )


def _merged(
    channel: Channel, grouping: Regrouping, background: _Background, least: float
) -> tuple[Channel, Regrouping]:
    adjacent = neighbours_of_groups(neighbours(grouping.shape), grouping.labels)
    joined = group_until_effective(background.totals, background.variances, adjacent, least)
    groups = int(joined.max()) + 1
    totals, variances = (
        np.bincount(joined, values, minlength=groups).astype(np.float64)
        for values in (background.totals, background.variances)
    )
    effective = effective_events(totals, variances)
    if effective.min() < least:
        raise FewEffectiveEventsError(
            f"region '{channel.region}': its whole background has {effective.min():.3g} effective events, fewer than "
            f"the {least:g} that each bin needs; use more simulated events, or lower fit.least_effective_events"
        )
    changed = regrouped(channel, Regrouping(channel.region, (joined.size,), joined, ()))
    labels = joined[grouping.labels]
    sizes = np.bincount(labels)
    contents = np.sum([item.nominal for item in changed.contributions], axis=0)

    def into(label: int) -> Merged:
        return Merged(label, int(sizes[label]), float(contents[label]))

    def renumbered(item: NonPositiveBin) -> NonPositiveBin:
        if isinstance(item.treatment, Raised):
            return item
        index = int(np.ravel_multi_index(item.indices, grouping.shape))
        return replace(item, treatment=into(int(labels[index])))

    few = tuple(
        _described(channel.region, grouping, background, index, into(int(joined[index])))
        for index in background.below(least).tolist()
    )
    nonpositive = tuple(renumbered(item) for item in grouping.nonpositive)
    return changed, Regrouping(channel.region, grouping.shape, labels, nonpositive, few)


def _raised(
    channel: Channel, grouping: Regrouping, background: _Background, least: float, strengths: set[str]
) -> tuple[Channel, Regrouping]:
    """Raise the background of bins until its error belongs to enough events, and scale that of the others down."""
    few = background.below(least)
    added = np.zeros(channel.bins)
    added[few] = np.sqrt(least * background.variances[few]) - background.totals[few]
    rest = float(background.totals.sum() - background.totals[few].sum())
    if added.sum() >= rest:
        raise FewEffectiveEventsError(
            f"region '{channel.region}': raising {few.size} bins to {least:g} effective events takes "
            f"{added.sum():.4g} events of background, more than the {rest:.4g} in all other bins; set "
            "fit.few_effective_events: merge"
        )
    scale = np.full(channel.bins, 1 - added.sum() / rest)
    scale[few] = 1.0
    contributions = [item if set(item.factors) & strengths else _scaled(item, scale) for item in channel.contributions]
    raising = Contribution(RAISED_BACKGROUND, added, np.zeros(channel.bins))
    listed = tuple(
        _described(channel.region, grouping, background, index, Raised(float(added[index]))) for index in few.tolist()
    )
    changed = replace(channel, contributions=(*contributions, raising))
    return changed, replace(grouping, few_effective=listed)


def _scaled(item: Contribution, scale: Floats) -> Contribution:
    shapes = tuple(Shape(shape.nuisance, shape.up * scale, shape.down * scale) for shape in item.shapes)
    return replace(item, nominal=item.nominal * scale, variances=item.variances * scale**2, shapes=shapes)


def _described(
    region: str, grouping: Regrouping, background: _Background, index: int, treatment: Merged | Raised
) -> FewEffectiveBin:
    members = np.flatnonzero(grouping.labels == index)
    return FewEffectiveBin(
        region=region,
        indices=tuple(int(number) for number in np.unravel_index(int(members[0]), grouping.shape)),
        bins=members.size,
        background=float(background.totals[index]),
        background_error=float(np.sqrt(background.variances[index])),
        effective_events=float(background.effective[index]),
        treatment=treatment,
    )
