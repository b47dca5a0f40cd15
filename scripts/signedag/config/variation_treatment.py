"""Settings of what is done to the templates of variations before a fit: symmetrising and smoothing, by name."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from signedag.config.base import Settings
from signedag.config.names import SomeNames

Symmetrisation = Literal["difference", "mirror_up", "mirror_down"]


class Smoothing(Settings):
    """How the relative change of a template is smoothed."""

    relative_error: float = Field(0.05, gt=0, lt=1)
    """The largest statistical error of the relative change: each bin's is taken from the smallest window around it that
    has it, and a bin that has it alone stays as it is."""
    processes: SomeNames | None = None
    """Processes whose templates are smoothed, such as those without a peak; all that it acts on if left out."""

    def acts_on(self, process: str) -> bool:
        """Tell whether the templates of a process are smoothed."""
        return self.processes is None or process in self.processes
