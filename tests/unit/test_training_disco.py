"""Trainings with DisCo on a toy whose best variable is the mass: by a weight, and held at a target."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.classifier import Variant
from signedag.config.objectives.cross_entropy import Kind as CrossEntropy
from signedag.config.objectives.disco import Kind as Disco
from signedag.config.term import Target
from signedag.networks.device import make_deterministic
from signedag.networks.network import Network
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT, EventTable
from signedag.objectives.distance_correlation import distance_correlation
from signedag.objectives.term import term_of
from signedag.training.drawing import shuffled_batches
from signedag.training.loop import train
from signedag.training.plan import Phase, Update

MASS = "m_jj_gev"


def events(count: int, seed: int) -> EventTable:
    """Signal peaks in mass, background is flat; half of the separation is in another variable."""
    generator = np.random.default_rng(seed)
    is_signal = np.arange(count) % 2 == 0
    mass = np.where(is_signal, generator.normal(125, 15, count), generator.uniform(50, 200, count))
    other = generator.normal(0.8 * is_signal, 1)
    weight = generator.uniform(0.5, 1.5, count)
    columns = {CLASS: is_signal, TRAINING_WEIGHT: weight, SIGNED_WEIGHT: weight, MASS: mass}
    tensors = {name: torch.from_numpy(np.asarray(values, dtype=np.float32)) for name, values in columns.items()}
    features = np.stack([(mass - 125) / 30 + generator.normal(0, 0.2, count), other], axis=1)
    return EventTable(tensors, {"classifier": torch.from_numpy(features.astype(np.float32))})


@torch.no_grad()
def judged(network: Network) -> tuple[float, float]:
    """Give dCorr² of the background's score, and the mean score of signal less that of background, on new events."""
    table = events(4000, 9)
    score = torch.sigmoid(network.from_standardised(table.inputs["classifier"]))
    background = table.columns[CLASS] == 0
    chosen = (values[background] for values in (score, table.columns[MASS], table.columns[TRAINING_WEIGHT]))
    return distance_correlation(*chosen).item(), (score[~background].mean() - score[background].mean()).item()


def trained(*terms: Disco) -> tuple[float, float]:
    """Train on cross-entropy alone, then with more terms: from the start on, DisCo finds scores that tell nothing."""
    make_deterministic()
    torch.manual_seed(1)
    network = Network(Dense(hidden_layers=(32,)), ("mass", "other"))
    drawing = shuffled_batches(4000, 1000)
    cross_entropy = term_of(CrossEntropy())
    phases = [
        Phase(epochs, (Update(("classifier",), (cross_entropy, *more), 0.01),), drawing)
        for epochs, more in ((10, ()), (40, tuple(term_of(term) for term in terms)))
    ]
    history = train({"classifier": network}, phases, events(4000, 1), events(1000, 2), np.random.default_rng(1))
    assert history.diverged is None and history.failed is None
    return judged(network)


def test_a_larger_weight_leaves_less_correlation_and_keeps_the_other_variable() -> None:
    (plain, separation), *others = (trained(*([Disco(weight=weight)] if weight else [])) for weight in (0.0, 1.0, 10.0))
    (weak, _), (strong, kept) = others
    assert plain > 0.1 and plain > 2 * weak > 4 * strong
    assert separation > kept > 0.3 * separation


def test_a_target_is_held_without_a_scan() -> None:
    """On mini-batches, whose own fluctuations give a correlation: on all events it is a little less."""
    correlation, separation = trained(Disco(weight=Target(at_most=0.02, rate=1.0, damping=30.0)))
    assert correlation == pytest.approx(0.02, rel=0.3)
    assert separation > 0.2


def variant(**changes: object) -> Variant:
    phases = [{"epochs": 1, "updates": [{"terms": [{"objective": "cross_entropy"}, {"objective": "disco"}]}]}]
    return Variant.model_validate({"region": "sr", "phases": phases} | changes)


def test_its_spectator_is_a_column_that_the_training_reads() -> None:
    assert variant().columns() == (MASS,)


@pytest.mark.parametrize("strategy", ["signed", "paired", "joint"])
def test_signed_weights_are_refused(strategy: str) -> None:
    with pytest.raises(ValueError, match=f"'disco' needs training weights .* '{strategy}' has signed ones"):
        variant(weights={"strategy": strategy})


def test_more_than_two_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="'disco' needs signal and background alone"):
        variant(classes={"a": ["x"], "b": ["y"]})
