"""Networks on disk: safetensors, which executes nothing on loading, with their description in the header."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from signedag.errors import UserError
from signedag.files import whole_or_nothing
from signedag.networks.network import Network


@dataclass(frozen=True)
class SavedNetworks:
    """One network, or an ensemble of equal ones, and what was trained beside it; read from disk."""

    members: tuple[Network, ...]
    """The networks, in evaluation mode; their standardisation is part of their tensors."""
    fold: int
    """The fold that they were not trained on."""
    description: Mapping[str, Any]
    """Everything else that was noted: settings, code version, training result."""
    others: Mapping[str, Network] = field(default_factory=dict)
    """Networks that were trained beside a single member, by role."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the members' input columns, in order."""
        return self.members[0].inputs

    @property
    def outputs(self) -> int:
        """Numbers that each member gives per event."""
        return self.members[0].outputs

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Give each member's probability for raw features of shape (events, inputs).

        Returns:
            shape (members, events), or (members, events, outputs) where there are several outputs.
        """
        return np.stack([member.probability(features) for member in self.members])


def save_networks(
    path: Path,
    members: Sequence[Network],
    fold: int,
    description: Mapping[str, Any],
    others: Mapping[str, Network] | None = None,
) -> None:
    """Write equal networks, and those that were trained beside them, with what each is and sees.

    Raises:
        UserError: the file could not be written.
    """
    beside = dict(sorted((others or {}).items()))
    named = {str(number): member for number, member in enumerate(members)} | beside
    tensors = {
        f"{name}.{key}": tensor.detach().cpu().contiguous()
        for name, network in named.items()
        for key, tensor in network.state_dict().items()
    }
    header = {
        "network": members[0].description(),
        "members": len(members),
        "others": {name: network.description() for name, network in beside.items()},
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

        def network(name: str, description: dict[str, Any]) -> Network:
            built = Network.from_description(description)
            built.load_state_dict({key: tensors[f"{name}.{key}"] for key in built.state_dict()})
            return built.to(device).eval()

        members = tuple(network(str(number), header["network"]) for number in range(header["members"]))
        others = {name: network(name, description) for name, description in header["others"].items()}
        return SavedNetworks(members, int(header["fold"]), header["description"], others)
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such network; run the rule that trains it first") from error
    except (SafetensorError, OSError, KeyError, RuntimeError, json.JSONDecodeError, ValidationError) as error:
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
        shape (members, events), or (members, events, outputs) where there are several outputs.

    Raises:
        UserError: the models do not leave out each fold exactly once, or have different inputs, outputs or member
            counts, or their output is not a number.
    """
    left_out = sorted(model.fold for model in models)
    largest = int(folds.max(initial=0))
    if left_out != list(range(len(models))) or largest >= len(models):
        raise UserError(
            f"the networks leave out the folds {left_out}, the events have folds 0 to {largest}; "
            "give one network per fold, trained on the same conversion"
        )
    if len({(model.inputs, model.outputs, len(model.members)) for model in models}) > 1:
        raise UserError(
            "the folds' networks differ in inputs, outputs or ensemble size; train them again with the same settings"
        )
    first = models[0]
    shape = (len(first.members), len(features), *([first.outputs] if first.outputs > 1 else []))
    result = np.full(shape, np.nan)
    for model in models:
        chosen = folds == model.fold
        result[:, chosen] = model.probabilities(features[chosen])
    undefined = np.flatnonzero(~np.isfinite(result).all(axis=(0, *range(2, result.ndim))))
    if len(undefined):
        raise UserError(
            f"the networks give no number for {len(undefined)} events, the first in row {undefined[0]}; "
            "look for features that are not finite, or too large for single precision"
        )
    return result
