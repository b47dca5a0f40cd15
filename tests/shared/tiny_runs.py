"""The commands of a finished run, with the files that each of them reads, and what stands in these files' place."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uproot
from event_stores import said_identity
from safetensors import safe_open
from safetensors.torch import save_file

from signedag.checksums import checksum_of_json
from signedag.events.store import EventStore, writing_store
from signedag.identity import IDENTITY, Identity
from signedag.json_results import write_json
from signedag.statistics.template_files import INDEX, read_templates, write_templates


@dataclass(frozen=True)
class Call:
    """A command as the workflow ran it."""

    command: str
    arguments: list[str]

    def files(self) -> Iterator[Path]:
        """Give the files that it names, and those in folders that it names."""
        for argument in self.arguments:
            if "{" in argument:  # settings
                continue
            path = Path(argument.removeprefix("--input="))
            if path.is_file():
                yield path
            elif path.is_dir():
                yield from sorted(one for one in path.rglob("*") if one.is_file() and not one.name.startswith("."))


def calls(logs: Path) -> dict[str, Call]:
    """Give one call of each command: the first, by name, in the first line of its log."""
    found: dict[str, Call] = {}
    for log in sorted(logs.glob("*/*.log")):
        _, script, *arguments = shlex.split(log.read_text(encoding="utf-8").splitlines()[0])
        found.setdefault(Path(script).stem, Call(Path(script).stem, arguments))
    return found


def identity_in(path: Path) -> Identity | None:
    """Read what a cached file says it is; None if it says nothing."""
    if path.suffix == ".arrow":
        return said_identity(path)
    if path.suffix == ".safetensors":
        return Identity.read(_header(path)[0][IDENTITY])
    if path.suffix == ".json":
        content = json.loads(path.read_text(encoding="utf-8"))
        return Identity.read(content[IDENTITY]) if IDENTITY in content else None
    if path.suffix == ".root":
        with uproot.open(path) as file:
            return Identity.read(json.loads(file[INDEX])[IDENTITY]) if INDEX in file else None
    return None


def write_as(path: Path, identity: Identity) -> None:
    """Write a cached file again, sound in every way, but as another one."""
    if path.suffix == ".arrow":
        store = EventStore(path, said_identity(path))
        batches = list(store.batches())
        path.unlink()
        with writing_store(path, store.provenance, identity) as writer:
            for batch in batches:
                writer.append(batch)
    elif path.suffix == ".safetensors":
        header, tensors = _header(path)
        header |= {IDENTITY: identity.as_json()}
        header["checksum"] = checksum_of_json(header)
        path.unlink()
        save_file(tensors, path, metadata={"signedag": json.dumps(header)})
    elif path.suffix == ".root":
        read = read_templates(path, _identity(path))
        regions = [*read.regions.values(), *(one for many in read.in_observables.values() for one in many.values())]
        description = {key: value for key, value in read.description.content.items() if key != "regions"}
        path.unlink()
        write_templates(path, regions, description, identity)
    else:
        content = json.loads(path.read_text(encoding="utf-8"))
        path.unlink()
        write_json(path, {key: value for key, value in content.items() if key not in (IDENTITY, "checksum")}, identity)


def _identity(path: Path) -> Identity:
    identity = identity_in(path)
    assert identity is not None, f"{path} does not say what it is"
    return identity


def _header(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    with safe_open(str(path), framework="pt") as file:
        tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 - not a mapping
        return json.loads(file.metadata()["signedag"]), tensors
