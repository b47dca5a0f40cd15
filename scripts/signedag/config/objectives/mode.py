"""Settings of the moment decomposition of the score in bins of a spectator."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from signedag.config.names import Name
from signedag.config.term import TermSettings


class Kind(TermSettings):
    """How much the distribution of the background's score changes along a spectator (MoDe, arXiv:2010.09745)."""

    objective: Literal["mode"] = "mode"
    """Its name."""
    spectator: Name = "m_jj_gev"
    """The column that the score is to be independent of."""
    order: int = Field(0, ge=0, le=4)
    """Highest power of the spectator with which the score's distribution may change; 0: not at all."""
    bins: int = Field(16, ge=2, le=200)
    """Bins with equal background of the training events; more than `order` + 1."""

    two_classes: ClassVar[bool] = True
    positive_weights: ClassVar[bool] = True

    @model_validator(mode="after")
    def _something_is_left(self) -> Kind:
        if self.bins < self.order + 2:
            raise ValueError(f"bins: a polynomial of order {self.order} passes through {self.bins} bins; use more")
        return self

    def columns(self) -> frozenset[str]:
        """Give the columns of events that it needs."""
        return frozenset({self.spectator})

    def decorrelates(self) -> str | None:
        """Give the spectator of which the score is to become independent; with an order above 0 it is not."""
        return None if self.order else self.spectator
