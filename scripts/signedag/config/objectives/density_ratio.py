"""Settings of the density ratio."""

from __future__ import annotations

from typing import Literal

from signedag.config.term import TermSettings


class Kind(TermSettings):
    """The density ratio of a signed-weighted to a unit-weighted copy of the events."""

    objective: Literal["density_ratio"] = "density_ratio"
    """Its name."""
