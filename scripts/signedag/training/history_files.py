"""Histories of trainings as files: the end of a path says of which training one is."""

from __future__ import annotations

from pathlib import Path

from signedag.identity import Identity
from signedag.json_blocks import Block
from signedag.json_results import read_json


def read_history(path: Path) -> Block:
    """Read `{variant}/seed{seed}/fold{fold}/history.json`.

    Raises:
        UserError: it is missing, damaged or of another training.
    """
    variant, seed, fold = path.absolute().parts[-4:-1]
    names = {"variant": variant, "seed": seed.removeprefix("seed"), "fold": fold.removeprefix("fold")}
    return read_json(path, Identity.of("training history", **names))
