"""Settings of the check that regions hold what is trained, fitted and checked in them."""

from __future__ import annotations

from pydantic import Field

from signedag.config.base import Settings


class RegionNeed(Settings):
    """Samples of which a region needs an event."""

    region: str
    """The region."""
    what: str
    """What the samples are, for messages."""
    samples: tuple[str, ...] = Field(min_length=1)
    """An event of any of these is enough."""
    key: str
    """The settings key that asks for it, for messages."""


class CheckRegionsSettings(Settings):
    """Stage settings of `check_regions`."""

    needs: tuple[RegionNeed, ...]
    """What each region needs."""
