"""Moment decomposition of the background's score in bins of a spectator (MoDe, arXiv:2010.09745)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from signedag.config.objectives.mode import Kind
from signedag.errors import UserError
from signedag.objectives.batch import CLASS, TRAINING_WEIGHT, Batch, EventTable, Outputs
from signedag.objectives.moment_decomposition import moment_decomposition
from signedag.objectives.term import Term
from signedag.weights.binning import bin_index, equal_weight_edges


@dataclass(frozen=True)
class SpectatorBins:
    """Bins of equal background of the training events, under training weights."""

    spectator: str
    """The column."""
    bins: int
    """How many."""

    @property
    def number(self) -> str:
        """Name of the column with each event's bin."""
        return f"{self.spectator}, one of {self.bins} bins"

    @property
    def position(self) -> str:
        """Name of the column with the position of each event's bin, -1 to 1 from the first edge to the last."""
        return f"{self.spectator}, position of one of {self.bins} bins"

    def __call__(self, training: EventTable) -> Callable[[EventTable], Mapping[str, Tensor]]:
        """Take edges from the training events.

        Raises:
            UserError: the spectator has too few values for so many bins, so that some would have no background.
        """
        background = training.columns[CLASS] == 0
        mass = training.columns[self.spectator][background].double().cpu().numpy()
        edges = equal_weight_edges(
            mass, training.columns[TRAINING_WEIGHT][background].double().cpu().numpy(), self.bins
        )
        if len(edges) - 1 < self.bins:
            raise UserError(
                f"mode of '{self.spectator}': the background of the training events fills {len(edges) - 1} of "
                f"{self.bins} bins; use fewer bins"
            )
        middle = (edges[1:] + edges[:-1]) / 2
        positions = (2 * middle - edges[0] - edges[-1]) / (edges[-1] - edges[0])

        def columns(events: EventTable) -> Mapping[str, Tensor]:
            values = events.columns[self.spectator]
            index = bin_index(values.double().cpu().numpy(), edges)
            return {
                self.number: torch.from_numpy(index).to(values.device),
                self.position: torch.from_numpy(positions[index].astype(np.float64)).to(values.device),
            }

        return columns


@dataclass(frozen=True)
class MomentDecomposition:
    """MoDe of the background's score; docs/physics.md, "MoDe"."""

    target: SpectatorBins
    """The bins."""
    order: int
    """Highest power of the spectator that may change the score's distribution."""

    def __call__(self, batch: Batch, outputs: Outputs) -> Tensor:
        """Give its value; events that are not background have no weight, and a batch without background gives 0."""
        bins, weight = batch[self.target.number], batch[TRAINING_WEIGHT] * (batch[CLASS] == 0)
        positions = torch.zeros(self.target.bins, dtype=torch.float64, device=bins.device)
        positions = positions.index_copy(0, bins, batch[self.target.position])
        return moment_decomposition(outputs.score(), bins, weight, positions, self.order)


def term(settings: Kind) -> Term:
    """Make the term."""
    target = SpectatorBins(settings.spectator, settings.bins)
    return Term(
        f"mode({settings.spectator})",
        MomentDecomposition(target, settings.order),
        settings.weight,
        columns=settings.columns(),
        decorrelates=settings.decorrelates(),
        derivation=target,
    )
