"""Networks on disk: safetensors, which executes nothing on loading, with their description in the header."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from signedag.errors import UserError
from signedag.files import whole_or_nothing
from signedag.networks.dense import DenseNetwork


@dataclass(frozen=True)
class SavedNetworks:
    """One network, or an ensemble of equal ones, read from disk."""

    members: tuple[DenseNetwork, ...]
    """The networks, in evaluation mode; their standardisation is part of their tensors."""
    inputs: tuple[str, ...]
    """Names of the input columns, in order."""
    fold: int
    """The fold that they were not trained on."""
    description: Mapping[str, Any]
    """Everything else that was noted: settings, code version, training result."""

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Give each member's output, shape (members, events), for raw features of shape (events, inputs)."""
        return np.stack([member.probability(features) for member in self.members])


def save_networks(
    path: Path, members: Sequence[DenseNetwork], inputs: tuple[str, ...], fold: int, description: Mapping[str, Any]
) -> None:
    """Write equal networks with their architecture, input names and description.

    Raises:
        UserError: the file could not be written.
    """
    linear = [layer for layer in members[0].layers if isinstance(layer, torch.nn.Linear)]
    hidden_layers = [layer.out_features for layer in linear[:-1]]
    # Dropout layers hold no tensors but count in the names of the layers behind them: save under the names without.
    names = DenseNetwork(len(inputs), hidden_layers).state_dict()
    tensors = {
        f"{number}.{name}": tensor.detach().cpu().contiguous()
        for number, member in enumerate(members)
        for name, tensor in zip(names, member.state_dict().values(), strict=True)
    }
    header = {
        "inputs": list(inputs),
        "hidden_layers": hidden_layers,
        "members": len(members),
        "fold": fold,
        "description": dict(description),
    }
    content = save(tensors, metadata={"signedag": json.dumps(header, sort_keys=True)})
    with whole_or_nothing(path) as temporary:
        temporary.write_bytes(content)


def load_networks(path: Path, device: torch.device) -> SavedNetworks:
    """Read networks onto a device.

    Raises:
        UserError: the file is missing, cut short, or not one of ours.
    """
    try:
        with safe_open(str(path), framework="pt", device="cpu") as file:
            header = json.loads((file.metadata() or {})["signedag"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        members = []
        for number in range(header["members"]):
            member = DenseNetwork(len(header["inputs"]), header["hidden_layers"])
            member.load_state_dict({name: tensors[f"{number}.{name}"] for name in member.state_dict()})
            members.append(member.to(device).eval())
        return SavedNetworks(tuple(members), tuple(header["inputs"]), int(header["fold"]), header["description"])
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such network; run the rule that trains it first") from error
    except (SafetensorError, OSError, KeyError, RuntimeError, json.JSONDecodeError) as error:
        raise UserError(
            f"{path}: not a network of this workflow ({' '.join(str(error).split())}); delete it and run its rule again"
        ) from error


def cross_evaluate(
    models: Sequence[SavedNetworks], features: NDArray[np.float32], folds: NDArray[np.integer[Any]]
) -> NDArray[np.float64]:
    """Give each event the output of the networks that were not trained on its fold.

    Args:
        models: one per fold.
        features: shape (events, inputs), in the order of the models' inputs.
        folds: shape (events,).

    Returns:
        shape (members, events).

    Raises:
        UserError: the models do not leave out each fold exactly once, or have different inputs or member counts, or
            their output is not a number.
    """
    left_out = sorted(model.fold for model in models)
    largest = int(folds.max(initial=0))
    if left_out != list(range(len(models))) or largest >= len(models):
        raise UserError(
            f"the networks leave out the folds {left_out}, the events have folds 0 to {largest}; "
            "give one network per fold, trained on the same conversion"
        )
    if len({(model.inputs, len(model.members)) for model in models}) > 1:
        raise UserError(
            "the folds' networks differ in inputs or ensemble size; train them again with the same settings"
        )
    result = np.full((len(models[0].members), len(features)), np.nan)
    for model in models:
        chosen = folds == model.fold
        result[:, chosen] = model.probabilities(features[chosen])
    undefined = np.flatnonzero(~np.isfinite(result).all(axis=0))
    if len(undefined):
        raise UserError(
            f"the networks give no number for {len(undefined)} events, the first in row {undefined[0]}; "
            "look for features that are not finite, or too large for single precision"
        )
    return result
