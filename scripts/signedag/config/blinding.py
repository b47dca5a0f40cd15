"""Settings of what observed data do not show before an analysis is unblinded."""

from __future__ import annotations

from pydantic import Field, model_validator

from signedag.config.base import Settings
from signedag.config.names import ColumnName, Names
from signedag.config.seed import Seed


class Window(Settings):
    """A range of an observable; without an end it goes on."""

    low: float | None = None
    """Lower end, in the observable's unit."""
    high: float | None = None
    """Upper end."""

    @model_validator(mode="after")
    def _increasing(self) -> Window:
        if self.low is None and self.high is None:
            raise ValueError("give 'low', 'high' or both")
        if self.low is not None and self.high is not None and self.high <= self.low:
            raise ValueError(f"high must be above low, got {self.low} and {self.high}")
        return self


class Blinding(Settings):
    """What is hidden: bins by any of these rules, and the fitted signal strengths."""

    signal_over_background: float | None = Field(None, gt=0)
    """Bins with a larger expected ratio are hidden; none by this rule if left out."""
    windows: dict[ColumnName, Window] = {}
    """Bins that overlap with the range of an observable are hidden: a window of the mass, a score above a cut."""
    offset: float = Field(0.0, ge=0, le=1e6)
    """Largest size of the secret number that is added to each signal strength fitted to data; 0 hides none."""
    unblinded: bool = False
    """Shows everything."""

    @property
    def hides(self) -> bool:
        """Whether any rule is given, in force or not."""
        return self.signal_over_background is not None or bool(self.windows) or self.offset > 0


class FilledData(Settings):
    """Observed data of the signal region as its templates hold them: without those of hidden bins."""

    sample: str = "data"
    """Sample with the observed or pseudo-data."""
    signals: Names
    """Signal processes."""
    blinding: Blinding
    """What is hidden."""


class ObservedData(Settings):
    """Observed data in a fit of the signal strength."""

    axes: tuple[str, ...]
    """Observables of the signal region's axes, for windows."""
    blinding: Blinding
    """What is hidden."""
    analysis: str = ""
    """Name of the analysis, from which the secret number follows."""
    seed: Seed = 1
    """Its seed."""
