"""Signal, a background that differs from it in mass alone, and a smooth one, with a score that no mass decides on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from event_stores import opened, write_events, write_scores
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def scored_classes(folder: Path) -> Path:
    """Write `events/{sample}/nominal.arrow` and `scores/...` likewise, of zh, tt and vz; a tenth is negative."""
    generator = np.random.default_rng(5)
    sigmoid = [
        1 / (1 + np.exp(-generator.normal(shift, 1, size))) for shift, size in ((1, 5000), (0, 40000), (1, 5000))
    ]
    _write_sample(folder, "zh", generator.normal(125, 12, 5000), sigmoid[0], 0.01)
    _write_sample(folder, "tt", 50 + 150 * generator.beta(1.2, 2.5, 40000), sigmoid[1], 0.1)
    _write_sample(folder, "vz", generator.normal(91, 10, 5000), sigmoid[2], 0.05)
    return folder


def _write_sample(folder: Path, name: str, mass: Floats, score: Floats, weight: float) -> None:
    path = folder / "events" / name / "nominal.arrow"
    size = mass.size
    columns = {
        "event_number": np.arange(size),
        "weight": np.where(np.arange(size) % 10 == 0, -weight, weight),
        "fold": (np.arange(size) % 2).astype(np.int8),
        "m_jj_gev": mass,
        "region_sr": np.arange(size) % 5 > 0,
    }
    write_events(path, columns)
    write_scores(folder / "scores" / name / "nominal.arrow", opened(path), {"score": score})
