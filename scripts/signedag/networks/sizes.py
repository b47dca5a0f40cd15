"""How large stored classifiers are: trained parameters and bytes on disk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from signedag.errors import UserError
from signedag.identity import Identity
from signedag.networks.saved import load_networks


@dataclass(frozen=True)
class NetworkSize:
    """The size of one variant: of its network of one seed and fold, and of all its files."""

    parameters: int
    """Trained numbers of one network; the standardisation of inputs is none of them."""
    bytes: int
    """Of the file of its first seed and fold."""
    files: int
    """One per seed and fold."""
    bytes_of_files: int


@dataclass(frozen=True)
class ModelSize:
    """The size of a model that takes one network per variant."""

    variants: Mapping[str, NetworkSize | None]
    """Size by variant; None where no file of it is given."""

    def as_json(self) -> dict[str, Any]:
        """Give the sums over the networks; null with the reason where one of them is not known."""
        sizes = [size for size in self.variants.values() if size is not None]
        content: dict[str, Any] = {"networks": len(self.variants)}
        if len(sizes) < len(self.variants):
            unknown = ", ".join(name for name, size in self.variants.items() if size is None)
            nothing = dict.fromkeys(("parameters", "bytes", "files", "bytes_of_files"))
            return content | nothing | {"reason": f"no network files were given of {unknown}"}
        return content | {
            "parameters": sum(size.parameters for size in sizes),
            "bytes": sum(size.bytes for size in sizes),
            "files": sum(size.files for size in sizes),
            "bytes_of_files": sum(size.bytes_of_files for size in sizes),
            "reason": None,
        }


def sizes_of_variants(paths: Iterable[Path]) -> dict[str, NetworkSize]:
    """Read the networks of several variants and give their sizes.

    Args:
        paths: files `{variant}/seed{seed}/fold{fold}/model.safetensors`.

    Raises:
        UserError: a path is none of these, a file cannot be read or is another one, or the networks of one variant
            differ in size.
    """
    found: dict[str, dict[tuple[int, int], tuple[int, int, Path]]] = {}
    for path in paths:
        variant, seed, fold = _named(path)
        identity = Identity.of("classifier", variant=variant, seed=seed, fold=fold)
        networks = load_networks(path, torch.device("cpu"), identity)
        parameters = sum(tensor.numel() for member in networks.members for tensor in member.parameters())
        found.setdefault(variant, {})[seed, fold] = (parameters, path.stat().st_size, path)
    return {variant: _size(own) for variant, own in found.items()}


def _size(own: Mapping[tuple[int, int], tuple[int, int, Path]]) -> NetworkSize:
    parameters, size, first = own[min(own)]
    for other, _, path in own.values():
        if other != parameters:
            raise UserError(
                f"{path}: has {other} parameters, {first} has {parameters}; train both again with the same settings"
            )
    return NetworkSize(parameters, size, len(own), sum(size for _, size, _ in own.values()))


def _named(path: Path) -> tuple[str, int, int]:
    """Take variant, seed and fold from a path."""
    *_, variant, seed, fold, _ = ("", "", "", *path.absolute().parts)
    numbers = [re.fullmatch(rf"{name}(\d+)", text) for name, text in (("seed", seed), ("fold", fold))]
    if numbers[0] is None or numbers[1] is None:
        raise UserError(
            f"{path}: is not {{variant}}/seed{{seed}}/fold{{fold}}/model.safetensors; give networks of classifiers"
        )
    return variant, int(numbers[0][1]), int(numbers[1][1])
