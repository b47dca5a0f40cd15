"""Networks on disk: safetensors, which executes nothing on loading, with their description in the header.

A file says what it is (`signedag.identity`), and header and tensors carry checksums.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from signedag.checksums import CHECKSUM, checksum, checksum_of_json
from signedag.errors import UserError
from signedag.files import whole_or_nothing
from signedag.identity import IDENTITY, Identity, check_identity
from signedag.networks.network import Network

HEADER = "signedag"
"""Key of the file's metadata: JSON with its own checksum."""

_WHAT_DAMAGE_RAISES = (
    *(SafetensorError, OSError, KeyError, ValueError, TypeError, AttributeError, RuntimeError),
    *(MemoryError, RecursionError, ImportError),
)
"""What reading a damaged file and building networks from it raise."""


@dataclass(frozen=True)
class SavedNetworks:
    """One network, or an ensemble of equal ones, and what was trained beside it; read from disk."""

    members: tuple[Network, ...]
    """The networks, in evaluation mode; their standardisation is part of their tensors."""
    identity: Identity
    """What the file is."""
    description: Mapping[str, Any]
    """What else was noted: settings, code version, training result."""
    others: Mapping[str, Network] = field(default_factory=dict)
    """Networks that were trained beside a single member, by role."""

    @property
    def fold(self) -> int:
        """The fold that they were not trained on."""
        return int(self.identity.names["fold"])

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the members' input columns, in order."""
        return self.members[0].inputs

    @property
    def event_columns(self) -> tuple[str, ...]:
        """Names of what the members take from each event: inputs, then parameters that are columns of events."""
        return self.members[0].event_columns

    @property
    def conditioned_on(self) -> tuple[str, ...]:
        """Names of the parameters that the members are conditioned on."""
        return self.members[0].conditioned_on

    @property
    def asked_at(self) -> tuple[str, ...]:
        """Names of the parameters of which one value is given for all events: those that are no columns of events."""
        return self.members[0].asked_at

    @property
    def outputs(self) -> int:
        """Numbers that each member gives per event."""
        return self.members[0].outputs

    def probabilities(self, features: NDArray[np.float32], point: Sequence[float] = ()) -> NDArray[np.float64]:
        """Give each member's probability for raw columns, shape (events, event columns), at one point.

        Returns:
            shape (members, events), or (members, events, outputs) where there are several outputs.
        """
        return np.stack([member.probability(features, point) for member in self.members])


def save_networks(
    path: Path,
    members: Sequence[Network],
    identity: Identity,
    description: Mapping[str, Any],
    others: Mapping[str, Network] | None = None,
) -> None:
    """Write equal networks, and those that were trained beside them, with what each is and sees.

    Args:
        path: the file to make.
        members: the networks.
        identity: what the file is; its fold is the one that the networks leave out.
        description: what else to note.
        others: networks that were trained beside a single member, by role.

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
        IDENTITY: identity.as_json(),
        "network": members[0].description(),
        "members": len(members),
        "others": {name: network.description() for name, network in beside.items()},
        "description": dict(description),
        "tensors": {name: checksum_of_tensor(tensor) for name, tensor in tensors.items()},
    }
    # One key: safetensors writes several in an order that changes from run to run.
    text = json.dumps({**header, CHECKSUM: checksum_of_json(header)}, sort_keys=True)
    content = save(tensors, metadata={HEADER: text})
    with whole_or_nothing(path) as temporary:
        temporary.write_bytes(content)


def checksum_of_tensor(tensor: torch.Tensor) -> int:
    """Give the checksum of a tensor's type, shape and values."""
    described = checksum(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
    return checksum(tensor.numpy().tobytes(), described)


def load_networks(path: Path, device: torch.device, expected: Identity) -> SavedNetworks:
    """Read networks onto a device.

    Args:
        path: the file.
        device: where they go.
        expected: what the file should be.

    Raises:
        UserError: the file is missing, was cut short or changed, is not one of ours, or is not what is expected.
    """
    try:
        header, tensors = _read(path)
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such network; run the rule that trains it first") from error
    except _WHAT_DAMAGE_RAISES as error:
        raise _not_ours(path, error, expected) from error
    check_identity(path, header.get(IDENTITY), expected)
    try:
        if header["members"] < 1:
            raise ValueError("holds no networks")
        members = tuple(
            _built(str(number), header["network"], tensors).to(device).eval() for number in range(header["members"])
        )
        others = {
            name: _built(name, described, tensors).to(device).eval() for name, described in header["others"].items()
        }
        return SavedNetworks(members, Identity.read(header[IDENTITY]), header["description"], others)
    except _WHAT_DAMAGE_RAISES as error:
        raise _not_ours(path, error, expected) from error


def _read(path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Read header and tensors, and check both.

    Raises:
        ValueError, KeyError, SafetensorError, ...: something in the file is missing or was changed.
    """
    with safe_open(str(path), framework="pt", device="cpu") as file:
        header = json.loads((file.metadata() or {})[HEADER])
        if not isinstance(header, dict) or header[CHECKSUM] != checksum_of_json(header):
            raise ValueError("its description is damaged")
        if set(header["tensors"]) != set(file.keys()):
            raise ValueError("it has not the tensors that it describes")
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    for name, tensor in tensors.items():
        if checksum_of_tensor(tensor) != header["tensors"][name]:
            raise ValueError(f"tensor '{name}' is damaged, it does not have the values that were written")
    return header, tensors


def _built(name: str, description: dict[str, Any], tensors: Mapping[str, torch.Tensor]) -> Network:
    """Build one network and give it its tensors, which must have the shapes that it describes."""
    with torch.device("meta"):  # shapes alone: what is described may be larger than the memory
        shapes = {key: tensor.shape for key, tensor in Network.from_description(description).state_dict().items()}
    own = {key: tensors[f"{name}.{key}"] for key in shapes}
    for key, shape in shapes.items():
        if own[key].shape != shape:
            raise ValueError(f"tensor '{name}.{key}' has shape {tuple(own[key].shape)}, described is {tuple(shape)}")
    built = Network.from_description(description)
    built.load_state_dict(own)
    return built


def _not_ours(path: Path, error: BaseException, expected: Identity) -> UserError:
    reason = " ".join(str(error).split())[:200]
    return UserError(f"{path}: not a network of this workflow ({reason}); {expected.made_again()}")


def cross_evaluate(
    models: Sequence[SavedNetworks],
    features: NDArray[np.float32],
    folds: NDArray[np.integer[Any]],
    point: Sequence[float] = (),
) -> NDArray[np.float64]:
    """Give each event the output of the networks that were not trained on its fold.

    Args:
        models: one per fold.
        features: shape (events, event columns), in the order in which the models take them.
        folds: shape (events,).
        point: the value of each parameter that the networks are asked at.

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
    first = models[0]
    if len(first.asked_at) != len(point):
        kind = "columns of events" if first.conditioned_on and not first.asked_at else "parameters"
        raise UserError(
            f"the networks are conditioned on {len(first.conditioned_on)} {kind}, the settings have values of "
            f"{len(point)} parameters; train them again with these settings"
        )
    if len({_shape_of(model) for model in models}) > 1:
        raise UserError(
            "the folds' networks differ in inputs, outputs or ensemble size; train them again with the same settings"
        )
    shape = (len(first.members), len(features), *([first.outputs] if first.outputs > 1 else []))
    result = np.full(shape, np.nan)
    for model in models:
        chosen = folds == model.fold
        result[:, chosen] = model.probabilities(features[chosen], point)
    undefined = np.flatnonzero(~np.isfinite(result).all(axis=(0, *range(2, result.ndim))))
    if len(undefined):
        raise UserError(
            f"the networks give no number for {len(undefined)} events, the first in row {undefined[0]}; "
            "look for features that are not finite, or too large for single precision"
        )
    return result


def _shape_of(model: SavedNetworks) -> tuple[Any, ...]:
    return model.inputs, model.conditioned_on, model.asked_at, model.outputs, len(model.members)
