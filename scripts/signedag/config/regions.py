"""Settings of the check that regions hold what is trained, fitted and checked in them."""

from __future__ import annotations

from signedag.config.base import Settings
from signedag.config.names import Name, SomeNames


class RegionNeed(Settings):
    """Samples of which a region needs an event."""

    region: Name
    """The region."""
    what: str
    """What the samples are, for messages."""
    samples: SomeNames
    """An event of any of these is enough."""
    key: str
    """The settings key that asks for it, for messages."""


class PointNeed(Settings):
    """A signal process of which each fold of a region needs an event: a classifier is conditioned on its point."""

    region: Name
    """The region."""
    process: Name
    """The signal process."""
    point: str
    """Its parameters, for messages."""
    samples: SomeNames
    """Its samples."""
    trained: bool
    """Whether the classifier is trained at the point; it is judged there anyway."""
    classifier: Name
    """The classifier, for messages."""


class CheckRegionsSettings(Settings):
    """Stage settings of `check_regions`."""

    needs: tuple[RegionNeed, ...]
    """What each region needs."""
    points: tuple[PointNeed, ...] = ()
    """What each fold of a region needs."""
