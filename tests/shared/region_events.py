"""Events of a signal region, a control region and one that holds both, written as the workflow writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from event_stores import opened, write_events, write_scores
from numpy.typing import NDArray

Columns = dict[str, NDArray[Any]]

SETTINGS: dict[str, Any] = {
    "variables": {"mass": {"bins": 5, "low": 50, "high": 200}, "met": {"bins": 4, "low": 0, "high": 400}},
    "scores": {},
    "samples": {"zh": "zh", "tt_one": "tt", "tt_two": "tt"},
    "shifts": ["jets"],
    "variations": {"btag": ["tt"]},
    "data": None,
}
WINDOW = {"mass": {"low": 100.0, "high": 130.0}}


def shown(**blinding: Any) -> dict[str, Any]:
    """Give the settings of observed data with some rules."""
    return {"signal_regions": ["sr"], "signals": ["zh"], "blinding": blinding, "scored": ["plain"]}


def drawn_events(seed: int, size: int, weight: float, negative: float = 0.3) -> Columns:
    """Draw events: half of them in each region, all in `both`."""
    generator = np.random.default_rng(seed)
    sign = np.where(generator.random(size) < negative, -1.0, 1.0)
    signal_region = generator.random(size) < 0.5
    return {
        "event_number": 1_000_000 * seed + np.arange(size),
        "weight": weight * sign * generator.uniform(0.5, 1.5, size),
        "weight_btag_up": 1.1 * weight * sign,
        "weight_btag_down": 0.8 * weight * sign,
        "mass": generator.uniform(40, 210, size).astype(np.float32),
        "met": generator.uniform(0, 420, size).astype(np.float32),
        "score": generator.random(size).astype(np.float32),
        "region_sr": signal_region,
        "region_cr": ~signal_region,
        "region_both": np.ones(size, dtype=bool),
    }


def simulation() -> dict[tuple[str, str], Columns]:
    """Give the events of every sample and shift."""
    events: dict[tuple[str, str], Columns] = {}
    for seed, (sample, size, weight) in enumerate([("zh", 300, 0.02), ("tt_one", 800, 1.0), ("tt_two", 500, 0.5)], 1):
        nominal = drawn_events(seed, size, weight)
        events[sample, "nominal"] = nominal
        events[sample, "jets_up"] = nominal | {"mass": nominal["mass"] * np.float32(1.05)}
        events[sample, "jets_down"] = nominal | {"mass": nominal["mass"] * np.float32(0.95)}
    return events


def data_events(seed: int = 9, size: int = 700) -> Columns:
    """Give data: weights of 1."""
    return drawn_events(seed, size, 1.0) | {"weight": np.ones(size)}


def write_region_events(folder: Path, data: Columns | None = None) -> tuple[list[str], list[str]]:
    """Write simulation and data with the scores of `plain`; give the paths of events and scores."""
    everything = simulation() | ({} if data is None else {("data", "nominal"): data})
    events, scores = [], []
    for (sample, shift), columns in everything.items():
        own = {name: values for name, values in columns.items() if name != "score"}
        path = folder / "ntuples" / sample / f"{shift}.arrow"
        write_events(path, own)
        scored = folder / "scores" / "plain" / "combined" / sample / f"{shift}.arrow"
        write_scores(scored, opened(path), {"score": columns["score"]})
        events.append(str(path))
        scores.append(str(scored))
    return events, scores
