"""Replicas: the same analysis under another seed, with results of its own, as `<analysis>_seed<number>`."""

from __future__ import annotations

import re

from signedag.config.analysis import Analysis

REPLICA = r"_seed\d+"
"""What a replica's name has after that of the analysis, as a regular expression."""


def replica_name(analysis: Analysis, seed: int) -> str:
    """Name the replica of an analysis under another seed."""
    return f"{analysis.analysis}_seed{seed}"


def replica_of(analysis: Analysis, name: str) -> Analysis:
    """Give the analysis itself, or its replica of that name: the same configuration with the seed in the name.

    The seed is that of the whole analysis, so simulated samples, networks and bootstraps are all drawn anew.

    Raises:
        ValueError: the name is neither the analysis's nor a replica's.
    """
    if name == analysis.analysis:
        return analysis
    seed = re.fullmatch(rf"{re.escape(analysis.analysis)}_seed(\d+)", name)
    if seed is None:
        raise ValueError(f"'{name}' is no replica of analysis '{analysis.analysis}'")
    return analysis.model_copy(update={"analysis": name, "seed": int(seed[1])})
