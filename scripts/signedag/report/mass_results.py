"""A classifier at each point of the signal, such as its mass, as the report reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from signedag.json_blocks import Block
from signedag.report.values import Estimate


@dataclass(frozen=True)
class AtPoint:
    """How well a classifier separates one signal from all background, with signed weights."""

    process: str
    auc: Estimate
    significance_ratio: Estimate
    trained: bool
    """Whether it was trained at this point."""

    def as_json(self) -> dict[str, Any]:
        """Give the numbers by name."""
        return {
            "process": self.process,
            "auc": self.auc.as_json(),
            "significance_ratio": self.significance_ratio.as_json(),
            "trained": self.trained,
        }


ByMass = Mapping[str, AtPoint]
"""By the point's parameters in the order of their names: `500`, or `500, 10`."""


def read_by_mass(content: Block) -> dict[str, AtPoint]:
    """Read the content of `masses.json`."""
    return {
        _label(block.block("parameters")): AtPoint(
            name,
            Estimate.read(block.block("auc")),
            Estimate.read(block.block("significance_ratio")),
            block.flag("trained"),
        )
        for name, block in content.blocks("processes").items()
    }


def _label(parameters: Block) -> str:
    return ", ".join(f"{parameters.number(name):g}" for name in sorted(parameters.keys()))
