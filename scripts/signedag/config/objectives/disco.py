"""Settings of the distance correlation of score and spectator."""

from __future__ import annotations

from typing import ClassVar, Literal

from signedag.config.names import Name
from signedag.config.term import TermSettings


class Kind(TermSettings):
    """dCorr² of the background's score and a spectator (DisCo, arXiv:2001.05310); one term for each spectator."""

    objective: Literal["disco"] = "disco"
    """Its name."""
    spectator: Name = "m_jj_gev"
    """The column that the score is to be independent of."""

    two_classes: ClassVar[bool] = True
    positive_weights: ClassVar[bool] = True

    def columns(self) -> frozenset[str]:
        """Give the columns of events that it needs."""
        return frozenset({self.spectator})

    def decorrelates(self) -> str | None:
        """Give the spectator of which the score is to become independent."""
        return self.spectator
