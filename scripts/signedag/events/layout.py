"""Where multi-sample commands find their stores: `{folder}/{sample}/{shift}.arrow` and its neighbours."""

from __future__ import annotations

from pathlib import Path

NOMINAL = "nominal"
TRUTH = "truth"
SUMMARY_FILE = "summary.json"
SHIFTS_FILE = "shifts.json"


def store_file(shift: str) -> str:
    """Name the store of a shift, or of the truth, in a sample's folder."""
    return f"{shift}.arrow"


def events_path(folder: Path, sample: str, shift: str = "nominal") -> Path:
    """Give the store of a sample's events, or of its scores, under a shift."""
    return Path(folder) / sample / f"{shift}.arrow"


def training_weights_path(weights_folder: Path, sample: str, fold: int) -> Path:
    """Give the store of a sample's training weights below a strategy's folder.

    Args:
        weights_folder: the strategy's folder.
        sample: the sample's name.
        fold: the fold that neither the weights nor the classifiers trained with them have seen.
    """
    return Path(weights_folder) / sample / f"without_fold{fold}.arrow"
