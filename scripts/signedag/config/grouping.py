"""Which trainings share a job, and which scorings: starting a process can cost more than training a small network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import Field

from signedag.config.base import Settings, validated
from signedag.config.classifier import Variant
from signedag.errors import UserError

Item = TypeVar("Item")
Stage = TypeVar("Stage", bound=Settings)


class Training(Settings):
    """How trainings become jobs."""

    networks_per_job: int = Field(1, ge=1, le=10_000)
    """Networks that one job trains, one after the other; other jobs score, judge and draw as many. Results do not
    depend on it. A job starts Python and torch in about 2 s of CPU, so a scan of networks that train for seconds wants
    20 or more; of a group, all are trained again where one's settings change."""


class Member(NamedTuple):
    """One training of a group."""

    variant: str
    seed: int
    fold: int


class Judged(NamedTuple):
    """A variant of a group whose scores are combined, judged or drawn."""

    variant: str


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


def judging_groups(variants: Mapping[str, Variant], folds: int, networks_per_job: int) -> list[tuple[Judged, ...]]:
    """Put variants into groups of about as many networks, whose scores are combined, judged and drawn in one job."""
    groups: list[list[Judged]] = []
    networks = 0
    for name, variant in sorted(variants.items()):
        networks += folds * len(variant.seeds)
        if not groups or networks > networks_per_job:
            groups.append([])
            networks = folds * len(variant.seeds)
        groups[-1].append(Judged(name))
    return [tuple(group) for group in groups]


class _Listed(Settings):
    """A member of a group as the rules write it."""

    variant: str
    seed: int = 0
    fold: int = 0
    settings: dict[str, Any]


@dataclass(frozen=True)
class GroupMember(Generic[Stage]):
    """One classifier of a group, with what its command for one alone would be given."""

    variant: str
    seed: int
    fold: int
    settings: Stage


def read_members(text: str, argument: str, model: type[Stage]) -> list[GroupMember[Stage]]:
    """Read the members of a group from the JSON that a command is given.

    Args:
        text: a list of {variant, seed, fold, settings}; what a stage does not need may be left out.
        argument: the argument's name, for messages.
        model: the stage's settings.

    Raises:
        UserError: it is not such a list, or settings are wrong.
    """
    try:
        listed = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UserError(f"{argument}: not valid JSON ({error})") from error
    if not isinstance(listed, list):
        raise UserError(f"{argument}: must be a list of {{variant, seed, fold, settings}}")
    members = []
    for content in listed:
        one = validated(_Listed, content, argument)
        own = validated(model, one.settings, f"{argument}: {one.variant}")
        members.append(GroupMember(one.variant, one.seed, one.fold, own))
    return members


def _depth(variants: Mapping[str, Variant], name: str) -> int:
    """Count the variants that have to be trained one after the other before this one."""
    origins = {phase.starts_from for phase in variants[name].phases if phase.starts_from in variants}
    return max((1 + _depth(variants, origin) for origin in origins if origin is not None), default=0)


def _chunks(items: Sequence[Item], size: int) -> Iterator[tuple[Item, ...]]:
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])
