"""Which trainings share a job, and which scorings: starting a process can cost more than training a small network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from pydantic import Field

from signedag.config.base import Settings
from signedag.config.classifier import Variant

Item = TypeVar("Item")


class Training(Settings):
    """How trainings become jobs."""

    networks_per_job: int = Field(1, ge=1)
    """Networks that one job trains, one after the other; it scores as many in another job. Results do not depend on it.
    A job starts Python and torch in about 2 s of CPU, so a scan of networks that train for seconds wants 20 or more; of
    a group, all are trained again where one's settings change."""


class Member(NamedTuple):
    """One training of a group."""

    variant: str
    seed: int
    fold: int


def training_groups(variants: Mapping[str, Variant], folds: int, networks_per_job: int) -> list[tuple[Member, ...]]:
    """Put trainings into groups, none of which has to wait for one of its own.

    Args:
        variants: the variants, by name.
        folds: networks of each variant and seed.
        networks_per_job: members of a group, at most.
    """
    by_depth: dict[int, list[Member]] = {}
    for name, variant in sorted(variants.items()):
        members = [Member(name, seed, fold) for seed in variant.seeds for fold in range(folds)]
        by_depth.setdefault(_depth(variants, name), []).extend(members)
    return [group for _, members in sorted(by_depth.items()) for group in _chunks(members, networks_per_job)]


def scoring_groups(variants: Mapping[str, Variant], folds: int, networks_per_job: int) -> list[tuple[Member, ...]]:
    """Put the scorings of variants and seeds into groups of about as many networks; `fold` is the number of folds."""
    members = [Member(name, seed, folds) for name, variant in sorted(variants.items()) for seed in variant.seeds]
    return list(_chunks(members, max(1, networks_per_job // folds)))


def _depth(variants: Mapping[str, Variant], name: str) -> int:
    """Count the variants that have to be trained one after the other before this one."""
    origins = {phase.starts_from for phase in variants[name].phases if phase.starts_from in variants}
    return max((1 + _depth(variants, origin) for origin in origins if origin is not None), default=0)


def _chunks(items: Sequence[Item], size: int) -> Iterator[tuple[Item, ...]]:
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])
