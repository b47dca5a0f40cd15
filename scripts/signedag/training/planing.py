"""Planing: background events weighted so that their mass tells nothing about the class (arXiv:1709.10106)."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from signedag.config.planing import Planing
from signedag.errors import UserError
from signedag.objectives.batch import CLASS, TRAINING_WEIGHT
from signedag.training.events import TrainingEvents
from signedag.weights.binning import bin_index, equal_weight_edges


def planed(events: TrainingEvents, settings: Planing) -> TrainingEvents:
    """Multiply the background's training weights by max(floor, S(m)/B(m)); docs/physics.md, "Planing".

    The ratio is of the training events' own spectra, which leave out the fold that is scored.

    Args:
        events: signal and background, with the spectator among their columns.
        settings: spectator, bins and floor.

    Raises:
        UserError: a bin's background or the signal has no positive sum of weights.
    """
    weight, is_signal = events.columns[TRAINING_WEIGHT], events.columns[CLASS] == 1
    ratio = spectrum_ratio(events.columns[settings.spectator], weight, is_signal, settings)
    scaled = np.where(is_signal, weight, weight * np.maximum(ratio, settings.floor))
    return dataclasses.replace(events, columns={**events.columns, TRAINING_WEIGHT: scaled})


def spectrum_ratio(
    spectator: NDArray[np.floating], weight: NDArray[np.float64], is_signal: NDArray[np.bool_], settings: Planing
) -> NDArray[np.float64]:
    """Give the ratio S(m)/B(m) of the spectra, each normalised to one, at every event, shape (events,).

    Args:
        spectator: shape (events,).
        weight: training weights, shape (events,).
        is_signal: shape (events,).
        settings: the number of bins.

    Raises:
        UserError: a bin's background or the signal has no positive sum of weights.
    """
    background = ~is_signal
    edges = equal_weight_edges(spectator[background], np.abs(weight[background]), settings.bins)
    index, bins = bin_index(spectator, edges), len(edges) - 1
    spectra = [np.bincount(index[group], weight[group], bins) for group in (is_signal, background)]
    signal, others = (spectrum / spectrum.sum() for spectrum in spectra)
    empty = np.flatnonzero(~(spectra[1] > 0))
    if empty.size or not spectra[0].sum() > 0:
        where = f"between {edges[empty[0]]:g} and {edges[empty[0] + 1]:g}" if empty.size else "of the signal"
        raise UserError(
            f"planing in '{settings.spectator}': the training weights {where} have no positive sum; use fewer bins, or "
            "a strategy without negative training weights"
        )
    ratio: NDArray[np.float64] = (np.maximum(signal, 0.0) / others)[index]
    return ratio
