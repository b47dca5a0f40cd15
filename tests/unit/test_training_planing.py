"""Planing: the background gets the signal's spectrum, and a classifier gains nothing from the mass."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from signedag.config.classifier import Variant
from signedag.config.planing import Planing
from signedag.errors import UserError
from signedag.objectives.distance_correlation import distance_correlation
from signedag.training.classifier import train_classifier
from signedag.training.events import TrainingEvents
from signedag.training.planing import planed, spectrum_ratio

MASS = "m_jj_gev"


def events(count: int = 8000, seed: int = 1) -> TrainingEvents:
    """Signal peaks in mass, background falls; a feature resolves the mass, another one does not know it."""
    generator = np.random.default_rng(seed)
    is_signal = np.arange(count) % 2 == 0
    mass = np.where(is_signal, generator.normal(125, 20, count), 50 + generator.exponential(60, count))
    features = np.stack([mass / 50 + generator.normal(0, 0.1, count), generator.normal(0.8 * is_signal, 1)], axis=1)
    weight = generator.uniform(0.5, 1.5, count)
    classes = is_signal.astype(np.int8)
    columns = {"class": classes, "process": classes, "signed_weight": weight, "training_weight": weight, MASS: mass}
    return TrainingEvents(features.astype(np.float32), columns)


def spectrum(table: TrainingEvents, signal: bool, edges: np.ndarray) -> np.ndarray:
    chosen = (table.columns["class"] == 1) == signal
    counts, _ = np.histogram(table.columns[MASS][chosen], edges, weights=table.columns["training_weight"][chosen])
    return counts / table.columns["training_weight"][chosen].sum()


def test_the_background_gets_the_spectrum_of_the_signal() -> None:
    table = events()
    background = table.columns["class"] == 0
    edges = np.quantile(table.columns[MASS][background], np.linspace(0, 1, 11))
    edges[-1] = np.inf
    assert np.abs(spectrum(table, False, edges) - spectrum(table, True, edges)).max() > 0.1
    made = planed(table, Planing(bins=200, floor=0.0))
    np.testing.assert_allclose(spectrum(made, False, edges), spectrum(table, True, edges), atol=0.01)
    np.testing.assert_array_equal(
        made.columns["training_weight"][~background], table.columns["training_weight"][~background]
    )
    np.testing.assert_array_equal(made.columns["signed_weight"], table.columns["signed_weight"])


def test_a_worked_example() -> None:
    """Two bins: the background has half its weight in each, the signal a quarter and three quarters."""
    mass = np.array([1.0, 2.0, 3.0, 4.0, 1.0, 3.5, 3.5, 4.0])
    is_signal = np.array([False] * 4 + [True] * 4)
    ratio = spectrum_ratio(mass, np.ones(8), is_signal, Planing(bins=2))
    assert ratio[:4].tolist() == [0.5, 0.5, 1.5, 1.5]


@given(st.sampled_from([0.0, 0.05, 0.5, 1.0]), st.integers(2, 60), st.floats(1e-3, 1e3))
def test_the_floor_holds_and_scales_of_weights_do_not_matter(floor: float, bins: int, factor: float) -> None:
    table, settings = events(400), Planing(bins=bins, floor=floor)
    weight, background = table.columns["training_weight"], table.columns["class"] == 0
    ratio = planed(table, settings).columns["training_weight"][background] / weight[background]
    assert ratio.min() >= floor * (1 - 1e-12)
    scaled = np.where(background, factor, 1.0) * weight
    again = spectrum_ratio(table.columns[MASS], scaled, ~background, settings)[background]
    np.testing.assert_allclose(np.maximum(again, floor), ratio, rtol=1e-9)


def test_a_bin_without_positive_background_is_refused() -> None:
    mass = np.linspace(0, 1, 100)
    is_signal = np.arange(100) % 2 == 0
    with pytest.raises(
        UserError, match=r"planing in 'm_jj_gev': the training weights between 0\.\d+ and 1 have no positive"
    ):
        spectrum_ratio(mass, np.where(mass > 0.7, -1.0, 1.0), is_signal, Planing(bins=4))


def variant(**weights: object) -> Variant:
    phases = [{"epochs": 15, "updates": [{"learning_rate": 0.01}]}]
    content = {"region": "sr", "inputs": ["resolving", "other"], "batch": {"size": 500}, "phases": phases}
    return Variant.model_validate(content | {"weights": weights, "architecture": {"hidden_layers": [32]}})


def correlation(chosen: Variant) -> float:
    """Give dCorr² of the background's score on new events."""
    network, table = train_classifier(chosen, events(), 1).classifier, events(seed=2)
    background = table.columns["class"] == 0
    score, mass = network.probability(table.features[background]), table.columns[MASS][background]
    return distance_correlation(torch.from_numpy(score).double(), torch.from_numpy(mass), torch.ones(len(mass))).item()


def test_a_planed_classifier_knows_less_of_the_mass() -> None:
    plain, without_gain = correlation(variant()), correlation(variant(planing={"floor": 0.05}))
    assert plain > 0.1 and without_gain < 0.3 * plain


def test_its_spectator_is_read() -> None:
    assert variant(planing={}).columns() == (MASS,)


@pytest.mark.parametrize("strategy", ["joint", "paired"])
def test_weights_that_are_made_in_training_are_refused(strategy: str) -> None:
    with pytest.raises(ValueError, match=f"planing: strategy '{strategy}' makes its weights in training"):
        variant(strategy=strategy, planing={})
