"""Writes a datacard and the ROOT file of its templates."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import hist
import uproot

from signedag.exports.datacard import SHAPES, Datacard, Histogram
from signedag.files import whole_or_nothing
from signedag.root_files import reproducible_root_file

CARD = "datacard.txt"


def write_datacard(card: Datacard, folder: Path) -> None:
    """Write both files, the card last, so that a card never lacks its templates.

    Raises:
        UserError: a file could not be written.
    """
    with (
        whole_or_nothing(folder / SHAPES) as temporary,
        reproducible_root_file(temporary, uuid.UUID(int=0), uproot.ZLIB(1)) as file,
    ):
        for path, histogram in card.histograms.items():
            file[path] = _as_root(histogram)
    with whole_or_nothing(folder / CARD) as temporary:
        temporary.write_text(card.text, encoding="utf-8")


def _as_root(histogram: Histogram) -> hist.Hist[Any]:
    bins = histogram.values.size
    filled = hist.Hist(hist.axis.Regular(bins, 0, bins, name="bin"), storage=hist.storage.Weight())
    filled.view().value = histogram.values
    filled.view().variance = histogram.variances
    return filled
