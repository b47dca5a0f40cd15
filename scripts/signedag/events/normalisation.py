"""From generator weights to expected events: a sample's denominator, and its factor with and without each fold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from signedag.config.normalisation import MergeSampleSettings
from signedag.errors import UserError
from signedag.events.yields import SumsPerFold, Yield

PB_PER_FB = 1000.0


@dataclass(frozen=True)
class Scale:
    """What turns a sample's generator weights into expected events.

    `without_fold` holds the factor for the events outside each fold, from these events' sum alone; where the
    denominator is a number of the settings or another tree's sum it is the same for all folds. It is `None` where
    that sum is not positive.
    """

    denominator: float | None
    factor: float
    without_fold: tuple[float | None, ...]


def scale(settings: MergeSampleSettings, sample: str, summaries: Sequence[Mapping[str, Any]]) -> Scale:
    """Give a sample's factors from what its parts' `summary.json` hold; all are one for data.

    docs/physics.md, "Normalisation".

    Raises:
        UserError: the denominator is not positive, or is not known.
    """
    folds = summaries[0]["folds"]
    if settings.cross_section_pb is None:
        return Scale(None, 1.0, (1.0,) * folds)
    expected = settings.cross_section_pb * PB_PER_FB * settings.luminosity_fb
    divisor = _denominator(settings, sample, summaries)
    if settings.denominator is not None or None in [summary["denominator_per_fold"] for summary in summaries]:
        return Scale(divisor, expected / divisor, (expected / divisor,) * folds)
    sums = reduce(add, (SumsPerFold.from_json(summary["denominator_per_fold"]) for summary in summaries))
    without = [(sums.sum_without(fold), sums.share_without(fold)) for fold in range(folds)]
    factors = tuple(expected / total * share if total > 0 else None for total, share in without)
    return Scale(divisor, expected / divisor, factors)


def _denominator(settings: MergeSampleSettings, sample: str, summaries: Sequence[Mapping[str, Any]]) -> float:
    """Give what the cross-section is divided by: the number of the settings, or the parts' sums."""
    sums = [summary["denominator"] for summary in summaries]
    if settings.denominator is None and None in sums:
        raise UserError(
            f"sample '{sample}': its parts carry no sum for the normalisation; "
            f"give samples.{sample}.normalisation.sum_of or .value and convert again"
        )
    given = settings.denominator if settings.denominator is not None else math.fsum(sums)
    if given <= 0:
        total = sum((Yield.from_json(summary["generated"]) for summary in summaries), Yield())
        raise UserError(
            f"sample '{sample}': its normalisation is {given:g}, it must be positive "
            f"({total.negative_events} of {total.events} events have negative weights); simulate more events, "
            f"or give another sum under samples.{sample}.normalisation"
        )
    return given
