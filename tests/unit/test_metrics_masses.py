"""Metrics by mass: one background for all, means with their correlations, models and their paired differences."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from signedag.config.masses import CompareMassesSettings, MassPoint, in_order
from signedag.errors import UserError
from signedag.json_blocks import Block
from signedag.metrics.judged_models import OTHER_EVENTS, JudgedModel, ModelAtMass, differences_of_models
from signedag.metrics.mass_replicas import METRICS, ReplicatedNumber, mean_of, replicas_of_masses
from signedag.metrics.masses import performance_by_mass
from signedag.metrics.paired import JudgedClasses
from signedag.metrics.roc import area, bootstrap_areas, signed_roc
from signedag.metrics.significance import significance_ratio
from signedag.metrics.weighted_sample import WeightedSample
from signedag.seeds import stream

NAMES = ("X500", "X750", "X1000")


def draw(*names):
    return stream(1, "test", *names)


def classes(seed=0, background=3000, signal=400, noise=0.0, shared=1.0):
    """Three masses whose scores of the background have a common part; a tenth of the weights is negative."""
    generator = np.random.default_rng(seed)
    weights = {name: np.where(generator.random(signal) < 0.1, -0.01, 0.01) for name in NAMES}
    common = generator.normal(size=background)
    of_background = np.where(generator.random(background) < 0.1, -1.0, 1.0)
    judged = {}
    for number, name in enumerate(NAMES):
        own = generator.normal(size=background)
        score = np.sqrt(shared) * common + np.sqrt(1 - shared) * own + noise * generator.normal(size=background)
        shift = 0.5 + 0.5 * number
        judged[name] = JudgedClasses(
            WeightedSample(generator.normal(shift, 1, signal), weights[name]), WeightedSample(score, of_background)
        )
    return judged


def points(held_out=("X750",)):
    return {
        name: MassPoint(samples=(name,), parameters={"mass_gev": float(name[1:])}, trained=name not in held_out)
        for name in NAMES
    }


def performance(combined=None, per_seed=None, held_out=("X750",), replicas=60):
    combined = combined or classes()
    return performance_by_mass(points(held_out), combined, per_seed or {}, draw, replicas)


def test_replicas_are_the_ones_that_each_mass_has_alone():
    combined = classes()
    together = replicas_of_masses(combined, draw, 20)
    for name in NAMES:
        alone = replicas_of_masses({name: combined[name]}, draw, 20)
        for metric in METRICS:
            np.testing.assert_array_equal(together[name][metric], alone[name][metric])


def test_the_error_of_the_auc_is_that_of_its_own_bootstrap():
    combined = classes()
    found = replicas_of_masses(combined, draw, 400)["X750"]["auc"]
    expected = bootstrap_areas(*combined["X750"], np.random.default_rng(5), 400)
    assert found.std() == pytest.approx(expected.std(), rel=0.15)
    assert found.mean() == pytest.approx(area(signed_roc(*combined["X750"])), abs=4 * found.std() / 20)


def test_masses_with_other_background_are_refused():
    combined, other = classes(), classes(seed=7)
    with pytest.raises(ValueError, match="'X1000' is judged with other background than 'X500'"):
        replicas_of_masses({"X500": combined["X500"], "X1000": other["X1000"]}, draw, 2)


def test_the_error_of_the_mean_holds_the_common_background():
    """It is the spread over simulated samples; errors added as if independent are too small."""
    means = []
    for seed in range(150):
        combined = classes(seed, background=300, signal=2000)
        means.append(np.mean([area(signed_roc(*judged)) for judged in combined.values()]))
    one = performance(classes(3, background=300, signal=2000), replicas=300)
    found = one.mean("all", "auc").combined.estimate()
    independent = np.sqrt(sum(mass.replicated["auc"].estimate().error ** 2 for mass in one.masses.values())) / 3
    assert found.error == pytest.approx(np.std(means, ddof=1), rel=0.25)
    assert found.error > 1.4 * independent


def test_numbers_are_those_of_each_mass_and_means_those_of_the_groups():
    combined = classes()
    found = performance(combined, {1: combined, 2: classes(noise=0.5)})
    content = found.as_json()
    for name in NAMES:
        roc = signed_roc(*combined[name])
        mass = content["processes"][name]
        assert mass["auc"]["value"] == area(roc)
        assert mass["significance_ratio"]["threshold"] == significance_ratio(roc).threshold
        assert mass["significance_ratio"]["error_closed_form"] == significance_ratio(roc).ratio.error
        assert mass["trained"] is (name != "X750")
        for metric in METRICS:
            assert mass[metric]["error"] == pytest.approx(mass[metric]["error_closed_form"], rel=0.4)
            assert mass["per_seed"]["1"][metric]["value"] == mass[metric]["value"]
        curve = mass["curve"]
        assert max(curve["significance_ratio"], key=lambda value: value or 0) == mass["significance_ratio"]["value"]
        assert len({len(curve[key]) for key in curve if key != "reason"}) == 1 and len(curve["threshold"]) <= 400
        assert curve["precision"][-1] == pytest.approx(0.5)
    for group, names in (("trained", ["X500", "X1000"]), ("held_out", ["X750"]), ("all", list(NAMES))):
        mean = content["means"][group]
        assert mean["processes"] == names
        for metric in METRICS:
            numbers = [content["processes"][name] for name in names]
            assert mean[metric]["value"] == pytest.approx(np.mean([one[metric]["value"] for one in numbers]))
            seeds = mean[metric]["over_seeds"]
            expected = [np.mean([one["per_seed"][seed][metric]["value"] for one in numbers]) for seed in ("1", "2")]
            assert list(seeds["per_seed"].values()) == pytest.approx(expected)
            assert seeds["error"] == pytest.approx(np.std(expected, ddof=1) / np.sqrt(2))
    json.dumps(content, allow_nan=False)


def test_what_is_undefined_is_said_and_no_mean_hides_it():
    combined = classes()
    one = combined["X750"]
    combined["X750"] = JudgedClasses(WeightedSample(one.signal.values, -np.abs(one.signal.weights)), one.background)
    content = performance(combined, {1: combined}).as_json()
    json.dumps(content, allow_nan=False)
    assert content["processes"]["X750"]["auc"]["value"] is None
    assert content["processes"]["X750"]["curve"]["threshold"] == []
    for group in ("held_out", "all"):
        mean = content["means"][group]["significance_ratio"]
        assert mean["value"] is None and mean["reason"].startswith("X750: signal has no positive sum")
        assert mean["over_seeds"]["per_seed"] == {"1": None}
    assert content["means"]["trained"]["auc"]["value"] is not None
    everywhere = performance(classes(), held_out=()).as_json()["means"]["held_out"]
    assert everywhere["processes"] == [] and everywhere["auc"]["reason"] == "no mass is held out"


def test_a_mean_over_nothing_is_none():
    assert mean_of({}, "nothing there").estimate().reason == "nothing there"
    number = ReplicatedNumber(1.0, np.array([0.5, 1.5]))
    assert mean_of({"a": number, "b": number}, "").estimate().error == pytest.approx(np.sqrt(0.5))


def block(content, variant="affine", seed="3"):
    described = content | {"variant": variant, "region": "sr", "provenance": {"seed": seed}}
    return Block(json.loads(json.dumps(described)), Path("masses.json"), "run check_masses again")


def judged_model(content, variant="affine", seed="3"):
    read = block(content, variant, seed)
    return JudgedModel({name: ModelAtMass.read(read, name) for name in NAMES})


def test_differences_are_paired_by_seed_and_by_event():
    first, second = classes(), classes(noise=0.3)
    seeds = {number: classes(noise=0.1 * number) for number in (1, 2, 3)}
    better = judged_model(performance(first, seeds).as_json())
    worse = judged_model(performance(second, {seed: seeds[seed] for seed in (2, 3)}, held_out=()).as_json(), "worse")
    found = differences_of_models(worse, better)
    assert found["means"]["held_out"]["processes"] == [], "the groups are those of the first model"
    assert found["means"]["trained"]["processes"] == list(NAMES)
    difference = found["means"]["all"]["auc"]
    assert difference["per_seed"] == {"2": 0.0, "3": 0.0}
    assert difference["error"] == 0.0
    combined = difference["combined"]
    expected = [area(signed_roc(*second[name])) - area(signed_roc(*first[name])) for name in NAMES]
    assert combined["value"] == pytest.approx(np.mean(expected))
    unpaired = np.hypot(*(model.mean(NAMES, "auc", "").combined.estimate().error for model in (better, worse)))
    assert 0 < combined["error"] < 0.5 * unpaired
    single = differences_of_models(better, worse)["processes"]["X500"]["auc"]
    assert single["combined"]["value"] == pytest.approx(-expected[0])


def test_other_events_cannot_be_paired():
    content, other = performance().as_json(), performance(classes(seed=9)).as_json()
    for changed in (
        judged_model(other),
        judged_model(content, seed="4"),
        judged_model(performance(replicas=5).as_json()),
    ):
        difference = differences_of_models(changed, judged_model(content))["means"]["all"]["auc"]
        assert difference["combined"] == {"value": None, "error": None, "reason": OTHER_EVENTS}
        assert difference["reason"] == "fewer than two seeds have a value"


def test_a_model_of_several_variants_is_read_from_each():
    content, other = performance().as_json(), performance(classes(noise=1.0)).as_json()
    model = JudgedModel(
        {"X500": ModelAtMass.read(block(content), "X500"), "X750": ModelAtMass.read(block(other, "single"), "X750")}
    )
    described = model.as_json()
    assert described["processes"]["X750"]["variant"] == "single"
    values = content["processes"]["X500"]["auc"]["value"], other["processes"]["X750"]["auc"]["value"]
    assert described["means"]["all"]["auc"]["value"] == pytest.approx(np.mean(values))
    assert described["means"]["all"]["auc"]["error"] is not None
    assert described["processes"]["X500"]["parameters"] == {"mass_gev": 500.0}
    mixed = JudgedModel(
        {"X500": ModelAtMass.read(block(content), "X500"), "X750": ModelAtMass.read(block(other, seed="4"), "X750")}
    )
    assert mixed.as_json()["means"]["all"]["auc"]["reason"] == "masses are judged with different background"


def test_a_mass_that_a_variant_is_not_judged_at_is_named():
    with pytest.raises(UserError, match=r"masses\.json: says nothing about 'X2000'; judge the variant there"):
        ModelAtMass.read(block(performance().as_json()), "X2000")


def test_differences_must_be_of_known_tables_and_models():
    tables = {"half": {"affine": {"X500": "affine"}, "pnn": {"X500": "pnn"}}}
    good = {"tables": tables, "parameter": "mass_gev"}
    CompareMassesSettings(**good, differences=(("half", "affine", "pnn"),))
    for wrong, says in ((("whole", "affine", "pnn"), "no table 'whole'"), (("half", "affine", "x"), "no model 'x'")):
        with pytest.raises(ValueError, match=says):
            CompareMassesSettings(**good, differences=(wrong,))


def test_models_stand_in_the_order_that_is_asked_for():
    assert in_order(["c", "b", "a"], ()) == ["a", "b", "c"]
    assert in_order(["c", "b", "a"], ["b"]) == ["b", "a", "c"]
