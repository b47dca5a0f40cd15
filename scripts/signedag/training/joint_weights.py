"""The training weights that strategy `joint` ended with: those of the network trained beside the classifier."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from signedag.config.networks import CLASS
from signedag.errors import UserError
from signedag.events.store import EventStore
from signedag.networks.saved import SavedNetworks
from signedag.weights.transformation import transformed_weight

WEIGHT_NETWORK = "weight_network"


def joint_weight(
    saved: SavedNetworks,
    events: EventStore,
    rows: NDArray[np.bool_],
    class_number: int,
    signed_weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Give |w| max(0, 2p - 1) of some events of a sample by a trained weight network, shape (chosen events,).

    The classifier of the same file ended its training with these weights; before, they moved along. Nothing restores
    their sum (docs/physics.md, "Strategies").

    Args:
        saved: a classifier and what was trained beside it.
        events: the sample's nominal events.
        rows: the events to weigh, shape (events of the sample,).
        class_number: the number of the sample's class.
        signed_weight: shape (chosen events,).

    Raises:
        UserError: no weight network was trained beside the classifier, or it sees what is no column of the events.
    """
    if WEIGHT_NETWORK not in saved.others:
        raise UserError("no weight network was trained beside this classifier; its strategy is not `joint`")
    network = saved.others[WEIGHT_NETWORK]
    inputs = np.empty((int(rows.sum()), len(network.inputs)), dtype=np.float32)
    for index, name in enumerate(network.inputs):
        inputs[:, index] = class_number if name == CLASS else events.column(name)[rows]
    return transformed_weight(signed_weight, network.probability(inputs))
