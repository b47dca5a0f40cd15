"""The training loop: phases, updates, early stopping, determinism and divergence."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.phases import Phase as PhaseSettings
from signedag.networks.network import Network
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT, Batch, EventTable, Outputs
from signedag.objectives.cross_entropy import SATURATED_LOGIT, least_of_constants
from signedag.training.drawing import full_batch, shuffled_batches
from signedag.training.history import Epoch, History
from signedag.training.loop import train
from signedag.training.plan import phase_of

WITH_SIGNS = {"moves": ["weight_network"], "terms": [{"objective": "sign_cross_entropy"}]}


def table(features, target, training, signed=None):
    """Events whose features both networks see as they are; the weight network sees the class, too."""
    columns = {CLASS: target, TRAINING_WEIGHT: training, SIGNED_WEIGHT: training if signed is None else signed}
    tensors = {name: torch.from_numpy(np.asarray(column, dtype=np.float32)) for name, column in columns.items()}
    features = torch.from_numpy(np.asarray(features, dtype=np.float32))
    with_class = torch.cat([features, tensors[CLASS].unsqueeze(-1)], dim=1)
    return EventTable(tensors, {"classifier": features, "weight_network": with_class})


def noisy_events(seed, events, dimensions=6):
    """Classes that can hardly be told apart: a network soon learns the training events by heart."""
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(events, dimensions))
    target = generator.random(events) < 1 / (1 + np.exp(-0.5 * features[:, 0]))
    return table(features, target, np.ones(events))


def made_networks(seed=1, dropout=0.0):
    torch.manual_seed(seed)
    names = [f"x{number}" for number in range(6)]
    return {
        "classifier": Network(Dense(hidden_layers=(16, 16), dropout=dropout), names),
        "weight_network": Network(Dense(hidden_layers=(8,)), [*names, "class"]),
    }


def run(networks, phases, seed=1, size=20, training=None, validation=None, drawing=None):
    training = training or noisy_events(10, 80)
    validation = validation or noisy_events(11, 200)
    drawing = drawing or shuffled_batches(len(training), size)
    made = [phase_of(PhaseSettings.model_validate(phase), drawing) for phase in phases]
    return train(networks, made, training, validation, np.random.default_rng(seed))


def one(epochs, rate=1e-3, terms=None, moves=("classifier",), **phase):
    """One phase with one update."""
    update = {"learning_rate": rate, "moves": list(moves)} | ({"terms": terms} if terms else {})
    return {"epochs": epochs, "updates": [update], **phase}


def state_of(network):
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def unchanged(network, before):
    return all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


@torch.no_grad()
def cross_entropy_of(networks, events):
    for network in networks.values():
        network.eval()
    term = phase_of(PhaseSettings(epochs=1), full_batch(1)).updates[0].terms[0]
    batch = Batch(events)
    return float(term.value(batch, Outputs(networks, batch)))


def test_early_stopping_keeps_the_best_epoch():
    networks = made_networks()
    history = run(networks, [one(60, 0.01, patience=3)])
    values = [epoch.validation for epoch in history.epochs]
    best = int(np.argmin(values)) + 1
    assert history.best_epochs == (best,)
    assert 1 < len(values) < 60 and len(values) == best + 3  # stopped when patience ran out
    assert cross_entropy_of(networks, noisy_events(11, 200)) == pytest.approx(values[best - 1], rel=1e-6)
    assert values[-1] > values[best - 1]
    assert history.diverged is None


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_without_patience_the_last_epoch_stays(dropout):
    networks = made_networks(dropout=dropout)
    history = run(networks, [one(12, 0.01)])
    assert [epoch.epoch for epoch in history.epochs] == list(range(1, 13))
    assert history.best_epochs == (12,)
    kept = cross_entropy_of(networks, noisy_events(11, 200))
    assert kept == pytest.approx(history.epochs[-1].validation, rel=1e-6)
    assert dropout or history.epochs[-1].validation > min(epoch.validation for epoch in history.epochs)


def test_dropout_acts_on_networks_that_move_while_they_move():
    networks = made_networks(dropout=0.4)
    modes: dict[str, list[bool]] = {role: [] for role in networks}
    for role, network in networks.items():
        network.body.register_forward_hook(lambda module, *_, seen=modes[role]: seen.append(module.training))
    run(networks, [one(2, terms=[{"objective": "joint_cross_entropy"}])], size=40)
    # Two batches, then the validation; after the last epoch once more, to see whether anything was learned.
    assert modes["classifier"][:3] == [True, True, False] and modes["classifier"].count(True) == 4
    assert not any(modes["weight_network"])  # it is asked for weights and does not move


def test_updates_move_the_named_networks_only():
    networks = made_networks()
    before = {role: state_of(network) for role, network in networks.items()}
    run(networks, [{"epochs": 1, "updates": [WITH_SIGNS]}])
    assert unchanged(networks["classifier"], before["classifier"])
    assert not unchanged(networks["weight_network"], before["weight_network"])
    before["weight_network"] = state_of(networks["weight_network"])
    through = one(1, terms=[{"objective": "joint_cross_entropy", "through_weights": True}])
    history = run(networks, [through])
    assert not unchanged(networks["classifier"], before["classifier"])
    assert unchanged(networks["weight_network"], before["weight_network"])  # gradients would reach it, but it holds
    assert [epoch.phase for epoch in history.epochs] == [0]


def test_a_network_that_was_held_moves_afterwards_as_if_nothing_had_been():
    through = one(1, terms=[{"objective": "joint_cross_entropy", "through_weights": True}])
    signs = {"epochs": 1, "updates": [WITH_SIGNS]}
    held_before, fresh = made_networks(), made_networks()
    history = run(held_before, [through, signs])
    assert [(epoch.phase, epoch.epoch) for epoch in history.epochs] == [(0, 1), (1, 1)]
    assert len(history.best_epochs) == 2
    drawing, generator = shuffled_batches(80, 20), np.random.default_rng(1)
    drawing(generator)  # the order that the first phase used up
    phase = phase_of(PhaseSettings.model_validate(signs), drawing)
    train(fresh, [phase], noisy_events(10, 80), noisy_events(11, 200), generator)
    assert unchanged(held_before["weight_network"], fresh["weight_network"].state_dict())


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_the_same_seeds_give_the_same_bytes(dropout):
    def trained(initialisation, order):
        networks = made_networks(initialisation, dropout)
        history = run(networks, [one(3)], seed=order)
        return networks["classifier"], history

    reference, history = trained(1, 1)
    again, same = trained(1, 1)
    assert unchanged(again, reference.state_dict()) and history == same
    for seeds in ((2, 1), (1, 2)):
        other, _ = trained(*seeds)
        assert not unchanged(other, reference.state_dict())


def test_the_training_objective_is_the_mean_over_events():
    """Steps with a tiny learning rate: the batches' means, weighted by their sizes, are the whole sample's mean."""
    networks = made_networks()
    training = noisy_events(10, 70)  # 70 = 3 batches of 20 and one of 10
    expected = cross_entropy_of(networks, training)
    history = run(networks, [one(1, 1e-12)], training=training)
    assert history.epochs[0].training == pytest.approx(expected, rel=1e-6)
    assert history.epochs[0].terms["cross_entropy"]["training"] == history.epochs[0].training


def test_terms_add_up_with_their_factors_and_each_is_noted():
    terms = [{"objective": "cross_entropy"}, {"objective": "sign_cross_entropy", "weight": 0.5}]
    moves = ("classifier", "weight_network")
    (epoch,) = run(made_networks(), [one(1, 1e-12, terms, moves)]).epochs
    for events, total in (("training", epoch.training), ("validation", epoch.validation)):
        expected = epoch.terms["cross_entropy"][events] + 0.5 * epoch.terms["sign_cross_entropy"][events]
        assert total == pytest.approx(expected, rel=1e-6)


def test_a_negative_weight_makes_a_term_large():
    against = one(3, 0.01, [{"objective": "cross_entropy", "weight": -1.0}])
    history = run(made_networks(), [against])
    values = [epoch.terms["cross_entropy"]["training"] for epoch in history.epochs]
    assert values[0] < values[1] < values[2]


def test_a_schedule_moves_linearly_and_is_noted():
    schedule = {"start": 0.0, "end": 1.0, "epochs": 3}
    terms = [{"objective": "cross_entropy", "weight": schedule}]
    networks = made_networks()
    before = state_of(networks["classifier"])
    history = run(networks, [one(5, terms=terms)])
    assert [epoch.factors["cross_entropy"] for epoch in history.epochs] == [0.0, 0.5, 1.0, 1.0, 1.0]
    fresh = made_networks()
    run(fresh, [one(1, terms=terms)])
    assert unchanged(fresh["classifier"], before)  # a factor of zero in the first epoch


def test_the_smallest_class_sum_is_noted():
    training = table(np.zeros((4, 6)), [1, 1, 0, 0], [2.0, -1.0, -3.0, 5.0])
    history = run(made_networks(), [one(1, 1e-6)], size=1, training=training)
    assert history.epochs[0].smallest_class_sum == -3
    history = run(made_networks(), [one(1, 1e-6)], size=4, training=training)
    assert history.epochs[0].smallest_class_sum == 1


def test_several_steps_take_the_batches_that_follow():
    """Two steps per round of four batches: each batch is seen twice, first as the second, then as the first step."""
    seen = []
    networks = made_networks()
    networks["classifier"].body.register_forward_pre_hook(
        lambda module, given: seen.append(round(float(given[0].sum()), 3)) if module.training else None
    )
    phase = {"epochs": 1, "updates": [{"steps": 2}]}
    run(networks, [phase])
    assert len(seen) == 8
    assert seen[1::2] == [*seen[2::2], seen[0]]


def test_a_phase_starts_from_other_networks():
    origin = made_networks(seed=5)
    run(origin, [one(2, 0.01)])
    networks = made_networks(seed=6)
    phase = phase_of(PhaseSettings(epochs=1), shuffled_batches(80, 20), {"classifier": origin["classifier"]})
    frozen = dataclasses.replace(phase, updates=(dataclasses.replace(phase.updates[0], learning_rate=1e-30),))
    beside = state_of(networks["weight_network"])
    train(networks, [frozen], noisy_events(10, 80), noisy_events(11, 200), np.random.default_rng(1))
    assert unchanged(networks["classifier"], origin["classifier"].state_dict())
    assert unchanged(networks["weight_network"], beside)


@pytest.mark.parametrize(
    ("objective", "words"),
    [("sign_cross_entropy", "needs 'weight_network', which this training has not")],
)
def test_a_missing_network_is_named(objective, words):
    networks = made_networks()
    phase = one(1, terms=[{"objective": objective}], moves=("weight_network",))
    made = phase_of(PhaseSettings.model_validate(phase), shuffled_batches(80, 20))
    events = noisy_events(10, 80)
    with pytest.raises(ValueError, match=words):
        train({"classifier": networks["classifier"]}, [made], events, events, np.random.default_rng(1))


def separated_signs(seed, events, transformed):
    """The first feature tells the background's negative events (x > 2) from all others (x < 1)."""
    generator = np.random.default_rng(seed)
    target = generator.random(events) < 0.5
    negative = ~target & (generator.random(events) < 0.3)
    features = generator.normal(size=(events, 6))
    features[:, 0] = np.where(negative, generator.uniform(2, 3, events), generator.uniform(0, 1, events))
    signed = np.where(negative, -1.0, 1.0)
    # There the signed density is negative: the exact transformed weight is clipped to zero.
    return table(features, target, np.maximum(signed, 0) if transformed else signed, signed)


@pytest.mark.parametrize("transformed", [False, True])
def test_signed_weights_diverge_where_signs_are_separable_and_transformed_ones_do_not(transformed):
    training, validation = separated_signs(1, 600, transformed), separated_signs(2, 300, transformed)
    phase = one(40, 0.01)
    history = run(made_networks(), [phase, phase], size=50, training=training, validation=validation)
    if transformed:
        assert history.diverged is None and len(history.epochs) == 80
        return
    assert history.diverged is not None
    assert "cross_entropy fell below its bound of zero" in history.diverged
    assert len(history.epochs) < 40 and len(history.best_epochs) == 1  # stopped; the second phase did not start
    assert history.best_epochs[0] == len(history.epochs) - 1  # what came before is kept


def test_an_objective_that_is_no_number_diverges_and_keeps_the_parameters_before():
    networks = made_networks()
    before = state_of(networks["classifier"])
    history = run(networks, [one(5, 1e30)])
    assert history.diverged is not None and "cross_entropy is not finite on the" in history.diverged
    assert history.best_epochs == (0,) and unchanged(networks["classifier"], before)
    json.dumps(history.as_json(), allow_nan=False)
    assert history.as_json()["epochs"][0]["validation"] is None


def test_a_tail_of_the_features_is_no_divergence():
    """One event far out has a large logit; with non-negative weights the objective is bounded and goes on falling."""
    networks = made_networks()
    training, validation = noisy_events(10, 80), noisy_events(11, 200)
    validation.inputs["classifier"][0] = 1e5
    history = run(networks, [one(3)], training=training, validation=validation)
    with torch.no_grad():
        assert (
            float(networks["classifier"].from_standardised(validation.inputs["classifier"])[0].abs()) > SATURATED_LOGIT
        )
    assert history.diverged is None and len(history.epochs) == 3


def test_saturated_scores_with_a_negative_weight_are_divergence():
    networks = made_networks()
    training, validation = noisy_events(10, 80), noisy_events(11, 200)
    validation.inputs["classifier"][0] = 1e5
    validation.columns[TRAINING_WEIGHT][5] = -1e-3
    history = run(networks, [one(3)], training=training, validation=validation)
    assert history.diverged is not None and "the scores saturated (largest |logit|" in history.diverged


def test_a_training_that_learned_nothing_says_so():
    """A learning rate of 10⁶ ends in a finite objective of 10¹⁰: no divergence by its bound, and worth nothing."""
    history = run(made_networks(), [one(4, 1e6)])
    assert history.diverged is None
    assert history.failed is not None and "a constant output reaches 0.69" in history.failed
    assert run(made_networks(), [one(10, 0.003)]).failed is None


def test_the_constant_that_a_training_is_held_against():
    events = table(np.zeros((4, 6)), [1, 1, 0, 0], [1.0, 2.0, 3.0, 0.0])
    assert least_of_constants(Batch(events)) == pytest.approx(-(3 * np.log(0.5) + 3 * np.log(0.5)) / 4)
    negative = table(np.zeros((4, 6)), [1, 1, 0, 0], [1.0, -2.0, 3.0, 0.0])
    assert np.isnan(least_of_constants(Batch(negative)))


def test_history_as_json():
    epoch = Epoch(0, 7, 0.5, 0.6, {"cross_entropy": {"training": 0.5, "validation": 0.6}}, {}, 1.0)
    history = History((epoch, dataclasses.replace(epoch, training=float("inf"))), (1,))
    plain = history.as_json()
    assert plain["epochs"][0] == dataclasses.asdict(epoch)
    assert plain["epochs"][1]["training"] is None
    assert plain["diverged"] is None and plain["failed"] is None
