"""Settings of what is done to the templates of variations before a fit: symmetrising and smoothing, by name."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from signedag.config.base import Settings

Symmetrisation = Literal["difference", "mirror_up", "mirror_down"]


class Smoothing(Settings):
    """How the relative change of a template is smoothed."""

    relative_error: float = Field(0.05, gt=0, lt=1)
    """The largest statistical error of the relative change: each bin's is taken from the smallest window around it that
    has it, and a bin that has it alone stays as it is."""
