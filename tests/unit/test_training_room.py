"""Room in the training core: what methods to come need, built here without touching the library."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.objectives.cross_entropy import Kind as CrossEntropy
from signedag.config.term import Target
from signedag.networks.device import make_deterministic
from signedag.networks.network import Network
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT, EventTable
from signedag.objectives.term import Term, term_of
from signedag.training.drawing import full_batch, shuffled_batches
from signedag.training.loop import train
from signedag.training.plan import Phase, Update

MASS = "mass"


def events(count=4000, seed=1):
    """Signal sits at mass 0.8 ± 0.6, background at 0 ± 1; the classifier sees mass and a variable of no mass."""
    generator = np.random.default_rng(seed)
    is_signal = np.arange(count) % 2 == 0
    mass = np.where(is_signal, generator.normal(0.8, 0.6, count), generator.normal(0, 1, count))
    other = generator.normal(0.8 * is_signal, 1)
    columns = {CLASS: is_signal, TRAINING_WEIGHT: np.ones(count), SIGNED_WEIGHT: np.ones(count), MASS: mass}
    tensors = {name: torch.from_numpy(np.asarray(values, dtype=np.float32)) for name, values in columns.items()}
    features = torch.from_numpy(np.stack([mass, other], axis=1).astype(np.float32))
    return EventTable(tensors, {"classifier": features})


def classifier(seed=1):
    make_deterministic()
    torch.manual_seed(seed)
    return Network(Dense(hidden_layers=(16,)), ("mass", "other"))


@torch.no_grad()
def background(network, table):
    """Give score and mass of background events."""
    chosen = table.columns[CLASS] == 0
    score = torch.sigmoid(network.from_standardised(table.inputs["classifier"]))
    return score[chosen].double().numpy(), table.columns[MASS][chosen].double().numpy()


def correlation(network, table):
    return abs(np.corrcoef(*background(network, table))[0, 1])


def trained(networks, *phases):
    return train(networks, phases, events(), events(1000, 2), np.random.default_rng(1))


CROSS_ENTROPY = term_of(CrossEntropy())


def mass_regression(batch, outputs):
    """How well the adversary guesses the background's mass from the score."""
    chosen = batch[CLASS] == 0
    return torch.nn.functional.mse_loss(outputs.of("adversary")[chosen], batch[MASS][chosen])


def test_a_term_with_a_network_of_its_own_plays_against_the_classifier():
    guess = Term("mass_regression", mass_regression, 1.0, frozenset({"adversary"}), frozenset({MASS}))
    against = dataclasses.replace(guess, weight=-3.0, networks=frozenset({"adversary", "classifier"}))
    networks = {"classifier": classifier(), "adversary": Network(Dense(hidden_layers=(16,)), ("classifier",))}
    drawing = shuffled_batches(4000, 400)
    alone = Phase(5, (Update(("classifier",), (CROSS_ENTROPY,), 0.01),), drawing)
    learning = Phase(5, (Update(("adversary",), (guess,), 0.01),), drawing)
    playing = Phase(
        25, (Update(("adversary",), (guess,), 0.01, steps=3), Update(("classifier",), (CROSS_ENTROPY, against), 0.003)),
        drawing,
    )  # fmt: skip
    history = trained(networks, alone, learning)
    plain = correlation(networks["classifier"], events(seed=3))
    assert history.epochs[-1].terms["mass_regression"]["validation"] < 0.8  # the mass is in the score
    history = trained(networks, playing)
    assert history.diverged is None and history.failed is None
    assert plain > 0.5
    assert correlation(networks["classifier"], events(seed=3)) < 0.4 * plain
    # Each update has its own copy of the term in the history; the objective watched is the classifier's.
    last = history.epochs[-1]
    assert set(last.terms) == {"mass_regression@0", "cross_entropy", "mass_regression@1"}
    expected = last.terms["cross_entropy"]["validation"] - 3 * last.terms["mass_regression@1"]["validation"]
    assert last.validation == pytest.approx(expected, rel=1e-9)


def squared_covariance(batch, outputs):
    """Squared covariance of the background's score with its mass: of all events, since a part of them is biased."""
    chosen = batch[CLASS] == 0
    score, mass = outputs.score()[chosen], batch[MASS][chosen]
    return ((score - score.mean()) * (mass - mass.mean())).mean().square()


COVARIANCE = Term("squared_covariance", squared_covariance, 300.0, columns=frozenset({MASS}), full_batch=True)


def test_a_term_of_all_events_and_a_spectator():
    networks = {"classifier": classifier()}
    terms = (CROSS_ENTROPY, COVARIANCE)
    trained(networks, Phase(150, (Update(("classifier",), terms, 0.02),), full_batch(4000)))
    plain = {"classifier": classifier()}
    trained(plain, Phase(150, (Update(("classifier",), (CROSS_ENTROPY,), 0.02),), full_batch(4000)))
    held, free = (correlation(made["classifier"], events(seed=3)) for made in (networks, plain))
    assert free > 0.5 and held < 0.3 * free


def test_a_part_of_the_events_is_refused_where_all_are_needed():
    phase = Phase(1, (Update(("classifier",), (CROSS_ENTROPY, COVARIANCE)),), shuffled_batches(4000, 500))
    with pytest.raises(ValueError, match="needs all events at once got a part of them; draw full batches"):
        trained({"classifier": classifier()}, phase)


def test_a_column_that_is_missing_is_named():
    phase = Phase(1, (Update(("classifier",), (dataclasses.replace(COVARIANCE, columns=frozenset({"pt"})),)),),
                  full_batch(4000))  # fmt: skip
    with pytest.raises(ValueError, match="'squared_covariance' needs 'pt', which this training has not"):
        trained({"classifier": classifier()}, phase)


@pytest.mark.parametrize("limit", [0.002, 0.0005])
def test_a_learned_multiplier_holds_a_term_to_its_target(limit):
    target = Target(at_most=limit, rate=400.0, damping=1e5)
    held = dataclasses.replace(COVARIANCE, weight=target)
    networks = {"classifier": classifier()}
    history = trained(networks, Phase(500, (Update(("classifier",), (CROSS_ENTROPY, held), 0.01),), full_batch(4000)))
    last = history.epochs[-1]
    assert last.terms["squared_covariance"]["training"] == pytest.approx(limit, rel=0.1)
    assert last.factors["squared_covariance"] > 0
    # Only what the constraint costs is paid: the cross-entropy is what is watched.
    assert last.validation == last.terms["cross_entropy"]["validation"]


def test_a_target_that_holds_anyway_costs_nothing():
    held = dataclasses.replace(COVARIANCE, weight=Target(at_most=1.0))
    networks, free = {"classifier": classifier()}, {"classifier": classifier()}
    constrained = Phase(20, (Update(("classifier",), (CROSS_ENTROPY, held), 0.01),), full_batch(4000))
    history = trained(networks, constrained)
    trained(free, Phase(20, (Update(("classifier",), (CROSS_ENTROPY,), 0.01),), full_batch(4000)))
    assert history.epochs[-1].factors["squared_covariance"] == 0
    for one, other in zip(networks["classifier"].parameters(), free["classifier"].parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_a_target_can_be_what_the_phase_started_with():
    """The cross-entropy may not get worse than pretraining by more than 0.02, while the covariance is made small."""
    networks = {"classifier": classifier()}
    pretraining = Phase(100, (Update(("classifier",), (CROSS_ENTROPY,), 0.02),), full_batch(4000))
    trained(networks, pretraining)
    kept = dataclasses.replace(CROSS_ENTROPY, weight=Target(above_start=0.02, rate=30.0, damping=300.0))
    weak = dataclasses.replace(COVARIANCE, weight=100.0)
    before = correlation(networks["classifier"], events(seed=3))
    history = trained(networks, Phase(300, (Update(("classifier",), (kept, weak), 0.01),), full_batch(4000)))
    start, end = (epoch.terms["cross_entropy"]["training"] for epoch in (history.epochs[0], history.epochs[-1]))
    assert end == pytest.approx(start + 0.02, abs=0.005)
    assert correlation(networks["classifier"], events(seed=3)) < 0.9 * before
