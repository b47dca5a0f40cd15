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


class CheckRegionsSettings(Settings):
    """Stage settings of `check_regions`."""

    needs: tuple[RegionNeed, ...]
    """What each region needs."""
