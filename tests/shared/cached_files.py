"""Small files of every kind, written and read in the one way that there is for their format.

A new kind of file takes part by its format alone; a new format needs a line in `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from signedag.config.architectures.dense import Kind as Dense
from signedag.events.store import EventStore, writing_store
from signedag.identity import KINDS, Identity
from signedag.json_results import read_json, write_json
from signedag.networks.network import Network
from signedag.networks.saved import load_networks, save_networks
from signedag.statistics.template_files import RegionTemplates, read_templates, write_templates
from signedag.statistics.templates import Template


class Format(NamedTuple):
    """A format of cached files."""

    write: Callable[[Path, Identity], None]
    """Write a small file that is what it is told to be."""
    read: Callable[[Path, Identity], Any]
    """Read all of a file, in a form that can be compared."""


def write_small_store(path: Path, identity: Identity) -> None:
    """Write a store of 30 rows in two batches, with a column of each type that stages write."""
    generator = np.random.default_rng(3)
    with writing_store(path, {"settings": '{"seed":1}', "row_key": "0123456789abcdef"}, identity) as writer:
        for rows in (20, 10):
            columns = {
                "event_number": generator.integers(0, 2**50, rows),
                "fold": (np.arange(rows) % 2).astype(np.int8),
                "weight": generator.normal(size=rows),
                "x": generator.normal(size=rows).astype(np.float32),
                "region_sr": generator.random(rows) < 0.5,
            }
            writer.append(columns)


def read_store(path: Path, expected: Identity) -> Any:
    """Read names, types, metadata and all columns of a store."""
    store = EventStore(path, expected)
    columns = {name: values.tolist() for name, values in store.columns(store.names).items()}
    batches = [{name: values.tolist() for name, values in batch.items()} for batch in store.batches()]
    return store.types(), dict(store.provenance), columns, batches


def write_small_networks(path: Path, identity: Identity) -> None:
    """Write an ensemble of two small networks."""
    torch.manual_seed(3)
    members = [Network(Dense(hidden_layers=(4,)), ("x", "y")) for _ in range(2)]
    save_networks(path, members, identity, {"provenance": {"settings": "{}"}})


def read_networks(path: Path, expected: Identity) -> Any:
    """Read description and output of networks."""
    loaded = load_networks(path, torch.device("cpu"), expected)
    features = np.random.default_rng(4).normal(size=(5, 2)).astype(np.float32)
    return loaded.identity, dict(loaded.description), loaded.inputs, loaded.probabilities(features).tolist()


def write_small_json(path: Path, identity: Identity) -> None:
    """Write a result with numbers, texts, null and blocks."""
    values = np.random.default_rng(5).normal(size=8)
    auc = {"value": 0.8125, "error": None, "reason": "one class has no events"}
    write_json(path, {"auc": auc, "bins": values, "region": "sr", "seeds": [1, 2], "diverged": False}, identity)


def read_json_file(path: Path, expected: Identity) -> Any:
    """Read the whole content of a result."""
    return read_json(path, expected).content


def write_small_templates(path: Path, identity: Identity) -> None:
    """Write two processes in one region, one of them with a variation, and data."""
    edges = (np.array([0.0, 1.0, 3.0]), np.array([0.0, 0.5, 1.0]))
    generator = np.random.default_rng(6)

    def template() -> Template:
        shape = tuple(edge.size + 1 for edge in edges)
        return Template(generator.normal(size=shape), generator.random(shape), edges)

    pair = {("tt", "btag"): (template(), template())}
    region = RegionTemplates("sr", edges, {"zh": template(), "tt": template()}, pair, template())
    write_templates(path, [region], {"counts": {}}, identity)


def read_template_file(path: Path, expected: Identity) -> Any:
    """Read all numbers of a template file."""
    read = read_templates(path, expected)
    return read.description.content, [
        (
            region.region,
            process,
            [edge.tolist() for edge in template.edges],
            template.flow_values.tolist(),
            template.flow_variances.tolist(),
        )
        for region in read.regions.values()
        for process, templates in {
            **{name: (one,) for name, one in region.nominal.items()},
            **region.variations,
            "data": (region.data,),
        }.items()
        for template in templates
    ]


FORMATS = {
    "store": Format(write_small_store, read_store),
    "networks": Format(write_small_networks, read_networks),
    "templates": Format(write_small_templates, read_template_file),
    "JSON": Format(write_small_json, read_json_file),
}


def identity_of(kind: str) -> Identity:
    """Give an identity of a kind, all names said."""
    numbers = {"fold": 0, "seed": 1, "part": 0}
    return Identity.of(kind, **{name: numbers.get(name, f"one_{name}") for name in KINDS[kind].names})


def others_of(identity: Identity) -> list[Identity]:
    """Give identities that differ from one in a single name each."""
    return [
        identity.of_more(**{name: int(value) + 1 if value.isdigit() else f"other_{name}"})
        for name, value in identity.names.items()
    ]
