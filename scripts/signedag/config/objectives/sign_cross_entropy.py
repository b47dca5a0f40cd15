"""Settings of the cross-entropy of the signs."""

from __future__ import annotations

from typing import Literal

from signedag.config.term import TermSettings


class Kind(TermSettings):
    """The cross-entropy of the signs under |w|, which trains the network `weight_network`."""

    objective: Literal["sign_cross_entropy"] = "sign_cross_entropy"
    """Its name."""

    def networks(self) -> frozenset[str]:
        """Give the networks that it asks."""
        return frozenset({"weight_network"})
