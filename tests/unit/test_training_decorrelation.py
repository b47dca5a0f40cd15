"""Trainings against an adversary: they decorrelate, and those that collapse, do nothing or run away are found out."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.phases import Phase as PhaseSettings
from signedag.networks.device import make_deterministic
from signedag.networks.network import Network
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT, EventTable
from signedag.training.decorrelation import Decorrelation, collapse
from signedag.training.drawing import shuffled_batches
from signedag.training.history import History, ScoreState
from signedag.training.loop import train
from signedag.training.plan import Phase, phase_of

MASS = "m_jj_gev"
PLAIN = {"terms": [{"objective": "cross_entropy"}], "learning_rate": 0.01}


def events(count: int, seed: int) -> EventTable:
    """Signal peaks in mass, background is flat; half of the separation is in another variable."""
    generator = np.random.default_rng(seed)
    is_signal = np.arange(count) % 2 == 0
    mass = np.where(is_signal, generator.normal(125, 15, count), generator.uniform(50, 200, count))
    other = generator.normal(0.8 * is_signal, 1)
    weight = generator.uniform(0.5, 1.5, count)
    columns = {CLASS: is_signal, TRAINING_WEIGHT: weight, SIGNED_WEIGHT: weight, MASS: mass}
    tensors = {name: torch.from_numpy(np.asarray(values, dtype=np.float32)) for name, values in columns.items()}
    features = torch.from_numpy(np.stack([(mass - 125) / 30, other], axis=1).astype(np.float32))
    return EventTable(tensors, {"classifier": features})


def updates(weight: Any, **both: Any) -> list[dict[str, Any]]:
    """Give the update of the adversary and that of the classifier."""
    adversary = {"objective": "adversary", "loss": "gaussian_mixture", "components": 2, **both}
    learns = {"moves": ["adversary"], "learning_rate": 0.02, "steps": 3, "terms": [adversary]}
    terms = [{"objective": "cross_entropy"}, adversary | {"weight": weight}]
    return [learns, {"terms": terms, "learning_rate": 0.003}]


def trained(*phases: tuple[int, Sequence[dict[str, Any]]], outputs: int = 6) -> History:
    """Train a classifier and an adversary."""
    make_deterministic()
    torch.manual_seed(1)
    networks = {
        "classifier": Network(Dense(hidden_layers=(32,)), ("mass", "other")),
        "adversary": Network(Dense(hidden_layers=(32,)), ("classifier",), outputs),
    }
    drawing = shuffled_batches(4000, 1000)
    made = [
        phase_of(PhaseSettings.model_validate({"epochs": epochs, "updates": update}), drawing)
        for epochs, update in phases
    ]
    return train(networks, made, events(4000, 1), events(2000, 2), np.random.default_rng(1))


def test_a_capped_adversary_takes_the_dependence_and_leaves_the_other_variable() -> None:
    history = trained((8, [PLAIN]), (3, updates(-1.0)[:1]), (30, updates(-3.0)))
    assert history.diverged is None and history.failed is None
    before, after = history.before, history.after
    assert before is not None and after is not None
    assert before.dependence[MASS] > 0.05 and after.dependence[MASS] < 0.2 * before.dependence[MASS]
    assert before.auc > after.auc > 0.62  # the other variable alone has 0.71
    written = json.loads(json.dumps(history.as_json()))
    assert written["after"]["dependence"] == after.dependence and written["before"]["auc"] == before.auc


def test_disco_then_adversary_and_both_at_once_are_settings_alone() -> None:
    """Before is before the first of them."""
    disco = {"terms": [*PLAIN["terms"], {"objective": "disco", "weight": 3.0}], "learning_rate": 0.003}
    learns, hinders = updates(-1.0)
    both = [learns, hinders | {"terms": [*hinders["terms"], {"objective": "disco", "weight": 3.0}]}]
    for phases in ([(10, [disco]), (10, [learns, hinders])], [(20, both)]):
        history = trained((8, [PLAIN]), *phases)
        assert history.diverged is None and history.failed is None
        before, after = history.before, history.after
        assert before is not None and after is not None and before.dependence[MASS] > 0.05
        assert after.dependence[MASS] < 0.3 * before.dependence[MASS] and after.auc > 0.62


def test_a_target_holds_what_the_adversary_loses() -> None:
    """For a Gaussian of the marginal's width the loss is 1.419; a fifth below it the score tells much of the mass."""
    held = {"at_least": 1.3, "rate": 0.5, "damping": 10.0}
    history = trained((8, [PLAIN]), (3, updates(-1.0)[:1]), (30, updates(held)))
    assert history.diverged is None and history.failed is None
    last = history.epochs[-1]
    assert last.factors.keys() == {"adversary(m_jj_gev), capped"} and last.factors["adversary(m_jj_gev), capped"] > 0
    assert last.terms["adversary(m_jj_gev), capped"]["training"] == pytest.approx(1.3, abs=0.03)


def test_a_weight_that_does_nothing_is_found_out() -> None:
    history = trained((8, [PLAIN]), (3, updates(-1e-4)))
    assert history.diverged is None and history.failed is not None
    assert history.failed.startswith("nothing was decorrelated: dCorr² of score and m_jj_gev on the validation events")


def test_a_score_that_never_learned_the_class_is_found_out() -> None:
    """A large weight from random parameters on: nothing pulls towards the class."""
    history = trained((20, updates(-100.0)))
    assert history.failed is not None and history.failed.startswith("the score collapsed")


def test_without_a_cap_an_adversary_that_is_moved_to_err_runs_off_the_range_of_the_mass() -> None:
    """The question why the regressor should not just estimate values far off the mass range."""
    adversary = {"objective": "adversary", "capped": False}
    terms = [{"objective": "cross_entropy"}, adversary | {"weight": -1.0}]
    both = {"moves": ["classifier", "adversary"], "learning_rate": 0.01, "terms": terms}
    history = trained((2, [PLAIN]), (2, [{"moves": ["adversary"], "terms": [adversary]}]), (40, [both]), outputs=1)
    assert history.diverged is not None
    assert history.diverged.startswith("'adversary' predicts values off the range of 'm_jj_gev' (loss ")
    assert history.epochs[-1].terms["adversary(m_jj_gev), uncapped"]["validation"] > 5
    assert len(history.epochs) < 44 and history.after is None


def scored(weights: Sequence[float]) -> dict[str, Network]:
    """Give a classifier without hidden layers."""
    network = Network(Dense(hidden_layers=()), ("mass", "other"))
    with torch.no_grad():
        network.body.last.weight.copy_(torch.tensor([weights]))
        network.body.last.bias.zero_()
    return {"classifier": network}


def judged(before: Sequence[float], after: Sequence[float], *objectives: dict[str, Any], plain: bool = True) -> Any:
    """Give what is said of a classifier that had some slopes and then has others."""
    networks, drawing = scored(before), shuffled_batches(10, 10)

    def phase(*terms: dict[str, Any]) -> Phase:
        content = {"epochs": 1, "updates": [{"terms": [{"objective": "cross_entropy"}, *terms]}]}
        return phase_of(PhaseSettings.model_validate(content), drawing)

    phases = [*([phase()] if plain else []), phase(*objectives)]
    decorrelation = Decorrelation(phases, networks, events(2000, 3))
    for one in phases:
        decorrelation.before(one)
    networks["classifier"].load_state_dict(scored(after)["classifier"].state_dict())
    return decorrelation.result()


DISCO = {"objective": "disco"}


@pytest.mark.parametrize(
    ("before", "after", "terms", "problem"),
    [
        ((1, 1), (0, 1), [DISCO], None),
        ((1, 1), (1, 1), [DISCO], "nothing was decorrelated"),
        ((1, 1), (1, 0.9), [DISCO], "nothing was decorrelated"),
        ((1, 1), (1, 1), [DISCO | {"weight": {"at_most": 0.3}}], None),  # as much as was asked for
        ((0, 1), (0, 1), [DISCO], None),  # nothing was there
        ((1, 1), (0, 0), [DISCO], "the score collapsed: it spreads by"),
        ((1, 1), (0, 0.01), [DISCO], "the score collapsed: it spreads by"),  # ordered still, but in no bin
        ((1, 1), (0, -1), [DISCO], "not above one half"),
    ],
)
def test_what_is_said_of_a_score_before_and_after(
    before: Sequence[float], after: Sequence[float], terms: Sequence[dict[str, Any]], problem: str | None
) -> None:
    first, last, said = judged(before, after, *terms)
    assert first is not None and last is not None
    assert (said is None) if problem is None else (problem in said)


def test_without_a_score_before_only_collapse_can_be_told() -> None:
    before, after, said = judged((1, 1), (1, 1), DISCO, plain=False)
    assert before is None and after.dependence[MASS] > 0.05 and said is None
    assert "collapsed" in judged((1, 1), (0, 0), DISCO, plain=False)[2]


def test_a_training_without_anything_that_decorrelates_is_not_judged() -> None:
    assert judged((1, 1), (0, 0)) == (None, None, None)


def test_an_auc_that_is_undefined_or_within_its_error_of_one_half_is_a_collapse() -> None:
    for auc, error, collapsed in ((0.6, 0.01, False), (0.52, 0.01, True), (math.nan, math.nan, True)):
        assert (collapse(ScoreState(auc, error, 0.2, {})) is not None) == collapsed
