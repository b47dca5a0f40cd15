"""The adversary's loss: its value, its cap, which network it reaches, and predictions that are off the range."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.classifier import Variant
from signedag.config.objectives.adversary import Kind
from signedag.config.term import Schedule, Target
from signedag.errors import UserError
from signedag.networks.network import Network
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT, Batch, EventTable, Outputs
from signedag.objectives.gaussian_mixture import HALF_LOG_TWO_PI
from signedag.objectives.term import Term, term_of

MASS = "m_jj_gev"


def events(count: int = 400, seed: int = 1) -> EventTable:
    """Background of mean mass 100 and spread 20, signal anywhere; the classifier sees the mass."""
    generator = np.random.default_rng(seed)
    is_signal = np.arange(count) % 4 == 0
    mass = np.where(is_signal, 500.0, generator.normal(100, 20, count))
    weight = generator.uniform(0.5, 1.5, count)
    columns = {CLASS: is_signal, TRAINING_WEIGHT: weight, SIGNED_WEIGHT: weight, MASS: mass}
    tensors = {name: torch.from_numpy(np.asarray(values, dtype=np.float32)) for name, values in columns.items()}
    return EventTable(tensors, {"classifier": ((tensors[MASS] - 100) / 20).unsqueeze(-1)})


def linear(inputs: int, weight: float, bias: float, outputs: int = 1) -> Network:
    network = Network(Dense(hidden_layers=()), [f"x{number}" for number in range(inputs)], outputs)
    with torch.no_grad():
        network.body.last.weight.fill_(weight)
        network.body.last.bias.fill_(bias)
    return network


def networks(weight: float, bias: float, outputs: int = 1) -> dict[str, Network]:
    adversary = linear(1, weight, bias, outputs)
    adversary.inputs = ("classifier",)
    return {"classifier": linear(1, 1.0, 0.0), "adversary": adversary}


def prepared(term: Term, table: EventTable) -> Batch:
    assert term.derivation is not None
    return Batch(table.joined_by(term.derivation(table)(table)))


def standardised(table: EventTable) -> tuple[np.ndarray, np.ndarray]:
    """Give the background's standardised mass and weights, by numpy."""
    background = table.columns[CLASS].numpy() == 0
    mass, weight = (table.columns[name].numpy()[background].astype(float) for name in (MASS, TRAINING_WEIGHT))
    mean = np.average(mass, weights=weight)
    return (mass - mean) / math.sqrt(np.average((mass - mean) ** 2, weights=weight)), weight


def test_mean_square_is_that_of_the_standardised_mass_of_the_background() -> None:
    table, made = events(), networks(3.0, -1.0)
    term = term_of(Kind())
    batch = prepared(term, table)
    target, weight = standardised(table)
    z = table.inputs["classifier"][:, 0].numpy()[table.columns[CLASS].numpy() == 0]
    expected = np.average((3 / (1 + np.exp(-z)) - 1 - target) ** 2, weights=weight)
    assert term.value(batch, Outputs(made, batch)).item() == pytest.approx(expected, rel=1e-5)
    # The best constant is zero, and what it costs is the variance: one.
    zero = term.value(batch, Outputs(networks(0.0, 0.0), batch)).item()
    assert zero == pytest.approx(1.0, rel=1e-5)


def test_mixture_of_one_gaussian_costs_at_least_ln_of_root_two_pi_e() -> None:
    table = events()
    term = term_of(Kind(loss="gaussian_mixture", components=1, weight=-1.0))
    batch = prepared(term, table)
    far = networks(0.0, 5.0, 3)
    found = term.value(batch, Outputs(far, batch)).item()
    assert found == pytest.approx(HALF_LOG_TWO_PI + 0.5, rel=1e-5)


@pytest.mark.parametrize("loss", ["mean_square", "gaussian_mixture"])
def test_above_the_cap_the_gradient_of_the_classifier_is_zero_and_below_it_is_not(loss: str) -> None:
    table, outputs = events(), 1 if loss == "mean_square" else 15
    for weight, bias, reached in ((0.0, 30.0, False), (10.0, 40.0, False), (4.0, -2.0, True)):
        for capped in (True, False):
            made = networks(weight, bias, outputs)
            if loss == "gaussian_mixture":  # width and share in the middle; means by the score
                with torch.no_grad():
                    made["adversary"].body.last.weight[5:] = 0.0
                    made["adversary"].body.last.bias[5:] = 0.0
            term = term_of(Kind.model_validate({"loss": loss, "weight": -1.0, "capped": capped}))
            batch = prepared(term, table)
            term.value(batch, Outputs(made, batch)).backward()
            gradient = made["classifier"].body.last.weight.grad
            moved = gradient is not None and bool((gradient != 0).any())
            assert moved == (reached or (not capped and weight != 0))


def test_the_network_that_learns_has_no_cap() -> None:
    table, made = events(), networks(0.0, 30.0)
    term = term_of(Kind())
    batch = prepared(term, table)
    value = term.value(batch, Outputs(made, batch))
    assert value.item() == pytest.approx(901, rel=1e-3)
    value.backward()
    assert made["adversary"].body.last.bias.grad is not None and made["adversary"].body.last.bias.grad.item() > 1


def test_signal_and_a_batch_without_background_count_nothing() -> None:
    table = events()
    term = term_of(Kind())
    whole = prepared(term, table)
    alone = Batch(whole._table, torch.nonzero(table.columns[CLASS] == 1)[:, 0])
    made = networks(3.0, 0.0)
    value = term.value(alone, Outputs(made, alone))
    value.backward()
    assert value.item() == 0.0
    gradient = made["classifier"].body.last.weight.grad
    assert gradient is not None and gradient.item() == 0.0


@pytest.mark.parametrize(("loss", "outputs"), [("mean_square", 1), ("gaussian_mixture", 3)])
def test_predictions_off_the_range_are_a_fault_of_the_uncapped_term_alone(loss: str, outputs: int) -> None:
    table = events()
    for weight, capped in ((-1.0, True), (-1.0, False), (1.0, False)):
        settings = {"loss": loss, "components": 1, "weight": weight, "capped": capped}
        term = term_of(Kind.model_validate(settings))
        batch = prepared(term, table)
        for bias, off in ((2.5, False), (30.0, True)):
            made = networks(0.0, bias, outputs)
            if outputs == 3:
                with torch.no_grad():
                    made["adversary"].body.last.bias[1:] = 0.0
            if capped:
                assert term.fault is None
                continue
            assert term.fault is not None
            for network in made.values():
                network.requires_grad_(False)
            fault = term.fault(batch, Outputs(made, batch))
            assert (fault is not None) == off
            assert not fault or "'adversary' predicts values off the range of 'm_jj_gev'" in fault


def test_a_mass_that_does_not_vary_cannot_be_predicted() -> None:
    table = events()
    flat = table.joined_by({MASS: torch.full_like(table.columns[MASS], 7.0)})
    with pytest.raises(UserError, match="'m_jj_gev': it does not vary in the background"):
        prepared(term_of(Kind()), flat)


LEARNS = {"moves": ["adversary"], "terms": [{"objective": "adversary"}]}
HINDERS = {"terms": [{"objective": "cross_entropy"}, {"objective": "adversary", "weight": -1.0}]}
SEES = {"adversary": {"sees": ["classifier", "pt_jj_gev"]}}


def variant(*updates: object, **changes: object) -> Variant:
    content = {"region": "sr", "networks": SEES, "phases": [{"epochs": 1, "updates": list(updates)}]}
    return Variant.model_validate(content | changes)


def test_what_it_predicts_and_what_its_network_sees_are_read() -> None:
    assert variant(LEARNS, HINDERS).columns() == (MASS, "pt_jj_gev")


def test_where_its_loss_is_made_large_it_says_what_it_decorrelates() -> None:
    directions = (1.0, 0.0, Schedule(start=0, end=1, epochs=2), -0.1, Schedule(start=0, end=-1, epochs=2))
    assert [Kind(weight=weight).decorrelates() for weight in directions] == [None, None, None, MASS, MASS]
    assert Kind(weight=Target(at_least=0.9)).decorrelates() == MASS


def with_weight(weight: object) -> dict[str, object]:
    return {"terms": [{"objective": "cross_entropy"}, {"objective": "adversary", "weight": weight}]}


@pytest.mark.parametrize(
    ("updates", "changes", "message"),
    [
        ([LEARNS, HINDERS], {"networks": {"adversary": {}}}, "'adversary' to see the score; add 'classifier' to"),
        ([LEARNS, HINDERS], {"networks": {"adversary": {"sees": ["classifier", MASS]}}}, "which it sees; remove it"),
        ([LEARNS, HINDERS], {"networks": {"adversary": {"sees": ["classifier"], "outputs": 2}}}, "1 outputs, .* has 2"),
        (
            [LEARNS, HINDERS | {"moves": ["classifier", "adversary"]}],
            {},
            "'adversary' held where its loss is made large",
        ),
        ([LEARNS, with_weight(1.0)], {}, "the classifier held where its weight is positive"),
        ([LEARNS, HINDERS], {"weights": {"strategy": "signed"}}, "training weights that are not negative"),
        ([LEARNS, HINDERS], {"classes": {"a": ["x"], "b": ["y"]}}, "signal and background alone"),
        ([LEARNS, HINDERS], {"networks": {}}, "there is no network 'adversary'"),
        ([HINDERS], {}, "a term needs the network 'adversary', which no phase moves"),
        ([LEARNS, with_weight({"start": -1.0, "end": 1.0, "epochs": 3})], {}, "a schedule must not change its sign"),
        ([LEARNS, with_weight({"at_most": 1.0})], {}, "a network that is to err needs a target 'at_least'"),
    ],
)
def test_networks_and_updates_that_do_not_fit_are_refused(
    updates: list[object], changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        variant(*updates, **changes)


def test_a_mixture_needs_three_outputs_for_each_component() -> None:
    mixture = {"objective": "adversary", "loss": "gaussian_mixture", "components": 4}
    learns = {"moves": ["adversary"], "terms": [mixture]}
    hinders = {"terms": [{"objective": "cross_entropy"}, mixture | {"weight": -1.0}]}
    with pytest.raises(ValueError, match=r"12 outputs, 'adversary' has 1; set networks\.adversary\.outputs"):
        variant(learns, hinders)
    network = {"adversary": {"sees": ["classifier"], "outputs": 12}}
    assert variant(learns, hinders, networks=network).networks["adversary"].outputs == 12


def test_the_failure_without_a_cap_may_be_shown_on_purpose() -> None:
    uncapped = {"objective": "adversary", "weight": -1.0, "capped": False}
    both = {"moves": ["classifier", "adversary"], "terms": [{"objective": "cross_entropy"}, uncapped]}
    assert variant(both).phases[0].moves() == {"classifier", "adversary"}
