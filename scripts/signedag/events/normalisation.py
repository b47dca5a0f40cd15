"""From generator weights to expected events: a sample's denominator, and its factor with and without each fold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Protocol

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


class Part(Protocol):
    """What the normalisation takes from one file of a sample."""

    @property
    def folds(self) -> int:
        """Number of folds."""

    @property
    def denominator(self) -> float | None:
        """Sum over the file's entries or over another tree; `None` where the settings give the number."""

    @property
    def denominator_per_fold(self) -> SumsPerFold | None:
        """The same by fold, where it is a sum over entries."""

    @property
    def generated(self) -> Yield:
        """Sums of the weights of all entries."""


def scale(settings: MergeSampleSettings, sample: str, parts: Sequence[Part]) -> Scale:
    """Give a sample's factors from the sums of its parts; all are one for data.

    docs/physics.md, "Normalisation".

    Raises:
        UserError: the denominator is not positive, or is not known.
    """
    folds = parts[0].folds
    if settings.cross_section_pb is None:
        return Scale(None, 1.0, (1.0,) * folds)
    expected = settings.cross_section_pb * PB_PER_FB * settings.luminosity_fb
    divisor = _denominator(settings, sample, parts)
    per_fold = [part.denominator_per_fold for part in parts if part.denominator_per_fold is not None]
    if settings.denominator is not None or len(per_fold) < len(parts):
        return Scale(divisor, expected / divisor, (expected / divisor,) * folds)
    sums = reduce(add, per_fold)
    without = [(sums.sum_without(fold), sums.share_without(fold)) for fold in range(folds)]
    factors = tuple(expected / total * share if total > 0 else None for total, share in without)
    return Scale(divisor, expected / divisor, factors)


def _denominator(settings: MergeSampleSettings, sample: str, parts: Sequence[Part]) -> float:
    """Give what the cross-section is divided by: the number of the settings, or the parts' sums."""
    sums = [part.denominator for part in parts if part.denominator is not None]
    if settings.denominator is None and len(sums) < len(parts):
        raise UserError(
            f"sample '{sample}': its parts carry no sum for the normalisation; "
            f"give samples.{sample}.normalisation.sum_of or .value and convert again"
        )
    given = settings.denominator if settings.denominator is not None else math.fsum(sums)
    if given <= 0:
        total = sum((part.generated for part in parts), Yield())
        raise UserError(
            f"sample '{sample}': its normalisation is {given:g}, it must be positive "
            f"({total.negative_events} of {total.events} events have negative weights); simulate more events, "
            f"or give another sum under samples.{sample}.normalisation"
        )
    return given
