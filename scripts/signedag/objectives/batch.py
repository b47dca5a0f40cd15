"""What every term of an objective sees: events with named columns, and what the networks say about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from signedag.networks.network import Network

CLASS = "class"
"""1 for signal (or a positive sign) and 0 for background, float32; the class's number, int64, if there are more."""
TRAINING_WEIGHT = "training_weight"
"""Training weights, float32, scaled to a mean of about one."""
SIGNED_WEIGHT = "signed_weight"
"""Signed weights with the same scale, float32: for terms that learn from the sign."""


@dataclass(frozen=True)
class EventTable:
    """Events of a training on the networks' device."""

    columns: Mapping[str, Tensor]
    """By name, each of shape (events,)."""
    inputs: Mapping[str, Tensor]
    """By network, its standardised inputs but for the outputs of other networks; shape (events, columns), float32."""

    def __len__(self) -> int:
        return len(self.columns[CLASS])

    def joined_by(self, columns: Mapping[str, Tensor]) -> EventTable:
        """Give the events with further columns, each of shape (events,)."""
        return EventTable({**self.columns, **columns}, self.inputs)


class Batch:
    """Some events of a table, or all of them; a column is gathered when a term first asks for it.

    Args:
        table: the events.
        rows: indices of the chosen ones; all if left out.
        drawn: columns that were drawn for this batch, in place of the table's, each of shape (chosen events,).
    """

    def __init__(
        self, table: EventTable, rows: Tensor | None = None, drawn: Mapping[str, Tensor] | None = None
    ) -> None:
        self._table = table
        self._rows = rows
        self._columns: dict[str, Tensor] = dict(drawn or {})

    def __len__(self) -> int:
        return len(self._table) if self._rows is None else len(self._rows)

    def __getitem__(self, name: str) -> Tensor:
        """Give a column, shape (events,).

        Raises:
            KeyError: the table has no such column; the term did not say that it needs it.
        """
        if name not in self._columns:
            column = self._table.columns[name]
            self._columns[name] = column if self._rows is None else column.index_select(0, self._rows)
        return self._columns[name]

    def inputs(self, role: str) -> Tensor:
        """Give a network's standardised inputs but for the outputs of others, shape (events, columns)."""
        inputs = self._table.inputs[role]
        return inputs if self._rows is None else inputs.index_select(0, self._rows)


class Outputs:
    """What the networks say about a batch, each asked when a term first needs it.

    Args:
        networks: by role. A network whose inputs name another one sees that one's output after its own columns; of the
            classifier it sees the score. Parameters that a network is conditioned on are columns of the batch.
        batch: the events.
    """

    def __init__(self, networks: Mapping[str, Network], batch: Batch) -> None:
        self._networks = networks
        self._batch = batch
        self._given: dict[str, Tensor] = {}

    def of(self, role: str) -> Tensor:
        """Give a network's outputs without activation: shape (events,), or (events, outputs) if there are several."""
        if role not in self._given:
            network = self._networks[role]
            parts = [self._batch.inputs(role)] if role in self._batch._table.inputs else []
            parts += [self._seen(name) for name in network.inputs if name in self._networks]
            if network.conditioned_on:
                point = torch.stack([self._batch[name] for name in network.conditioned_on], dim=-1)
                parts.append(network.standardised_parameters(point))
            self._given[role] = network.from_standardised(parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1))
        return self._given[role]

    def score(self) -> Tensor:
        """Give the classifier's score: the sigmoid of its logit, or the softmax of its logits."""
        logit = self.of("classifier")
        return torch.sigmoid(logit) if logit.dim() == 1 else torch.softmax(logit, dim=-1)

    def _seen(self, name: str) -> Tensor:
        output = self.score() if name == "classifier" else self.of(name)
        return output.unsqueeze(-1) if output.dim() == 1 else output
