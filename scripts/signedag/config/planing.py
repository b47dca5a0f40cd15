"""Settings of planing: a background that has the signal's mass distribution while a classifier is trained."""

from __future__ import annotations

from pydantic import Field

from signedag.config.base import Settings
from signedag.config.names import Name


class Planing(Settings):
    """Training weights of background events, times the ratio of the signal's to the background's spectrum."""

    spectator: Name = "m_jj_gev"
    """The column whose distribution is made that of the signal."""
    bins: int = Field(40, ge=2, le=1000)
    """Bins of the ratio, with equal sums of the background's weights each."""
    floor: float = Field(0.05, ge=0, le=1)
    """The least ratio: without it a classifier would see no background far from the signal, and be free there."""
