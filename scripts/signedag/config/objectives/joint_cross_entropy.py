"""Settings of the cross-entropy whose weights are learned along."""

from __future__ import annotations

from typing import Literal

from signedag.config.term import TermSettings


class Kind(TermSettings):
    """The classifier's cross-entropy with the weights |w| max(0, 2p - 1) of the network `weight_network`."""

    objective: Literal["joint_cross_entropy"] = "joint_cross_entropy"
    """Its name."""
    through_weights: bool = False
    """Whether its gradient reaches the weight network, too; for comparison."""

    def networks(self) -> frozenset[str]:
        """Give the networks that it asks."""
        return frozenset({"classifier", "weight_network"})
