"""Settings of the adversary: a network that predicts a spectator from the score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from signedag.config.names import Name
from signedag.config.term import Schedule, Target, TermSettings

if TYPE_CHECKING:
    from signedag.config.networks import NetworkSettings

PER_COMPONENT = 3
"""Outputs of a mixture's component: its mean, its width and its share."""


class Kind(TermSettings):
    """The loss of a network that predicts a spectator of the background from the score and what else it sees.

    Where its weight is positive, the network learns; where it is negative (or a target `at_least`), the classifier is
    to leave nothing to learn. A training has both: an update that moves the network and one that moves the classifier.
    """

    objective: Literal["adversary"] = "adversary"
    """Its name."""
    network: Name = "adversary"
    """The network that predicts; one of the variant's `networks`, with `classifier` among what it sees."""
    spectator: Name = "m_jj_gev"
    """The column that it predicts."""
    loss: Literal["mean_square", "gaussian_mixture"] = "mean_square"
    """How it is judged: mean square error of its one output, or -ln of the density that it gives by a mixture of
    Gaussians."""
    components: int = Field(5, ge=1, le=100)
    """Gaussians of the mixture; its network has three outputs for each: mean, width and share."""
    capped: bool = True
    """Whether what the classifier gains ends at the loss of the best constant prediction. Without it, driving the
    predictions off the mass range pays without limit: to show that alone."""

    two_classes: ClassVar[bool] = True
    positive_weights: ClassVar[bool] = True

    @model_validator(mode="after")
    def _target_fits_direction(self) -> Kind:
        if isinstance(self.weight, Target) and self.weight.at_least is None:
            raise ValueError("weight: a network that is to err needs a target 'at_least'; one that learns needs none")
        if isinstance(self.weight, Schedule) and self.weight.start * self.weight.end < 0:
            raise ValueError("weight: a schedule must not change its sign: that decides who learns")
        return self

    def networks(self) -> frozenset[str]:
        """Give the networks that it asks."""
        return frozenset({"classifier", self.network})

    def columns(self) -> frozenset[str]:
        """Give the columns of events that it needs."""
        return frozenset({self.spectator})

    def decorrelates(self) -> str | None:
        """Give the spectator of which the score is to become independent."""
        return self.spectator if self.made_large() else None

    def outputs(self) -> int:
        """Give the number of outputs that its network needs."""
        return 1 if self.loss == "mean_square" else PER_COMPONENT * self.components

    def misplaced(self, moves: frozenset[str], networks: Mapping[str, NetworkSettings]) -> str:
        """Say what is wrong with what moves and with the network that it asks; empty if nothing is."""
        role = self.network
        if role in networks:
            if "classifier" not in networks[role].sees:
                return f"'{role}' to see the score; add 'classifier' to networks.{role}.sees"
            if self.spectator in networks[role].sees:
                return f"'{role}' to predict '{self.spectator}', which it sees; remove it from networks.{role}.sees"
            if networks[role].outputs != self.outputs():
                return f"{self.outputs()} outputs, '{role}' has {networks[role].outputs}; set networks.{role}.outputs"
        if self.made_large():
            if self.capped and role in moves:
                return (
                    f"'{role}' held where its loss is made large: moving, it would predict anything but "
                    f"'{self.spectator}'; move it in an update of its own, where the weight is positive"
                )
        elif "classifier" in moves and self.weight != 0:
            return (
                f"the classifier held where its weight is positive: it would help to predict '{self.spectator}'; give "
                "it a negative weight there"
            )
        return ""
