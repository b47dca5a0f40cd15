"""train_classifier: never the left-out fold, the same bytes every time, divergence recorded, mistakes in one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from event_stores import opened, write_events, write_weights

import score_classifiers
import score_events
import train_classifiers
from signedag.events.layout import training_weights_path
from signedag.events.without_fold import FACTORS, rows_without_fold, signed_weight_without_fold
from signedag.identity import Identity
from signedag.networks.saved import load_networks
from train_classifier import main

VARIANT = {
    "region": "sr",
    "inputs": ["x", "y"],
    "architecture": {"hidden_layers": [8], "dropout": 0.2},
    "batch": {"size": 200},
    "phases": [{"epochs": 3, "updates": [{"learning_rate": 0.01}]}],
}


@pytest.fixture
def stores(signed_sample, tmp_path):
    """Signal at x around 1, two backgrounds around 0; the training weights are |w|."""
    for seed, (name, mean) in enumerate((("zh", 1.0), ("tt", 0.0), ("vz", 0.0)), 1):
        add_weights(tmp_path, signed_sample(name, 600, seed, mean=mean))
    return tmp_path


CLASSIFIER = Identity.of("classifier")


def add_weights(folder, path, weights=np.abs, strategy="transformed"):
    events = opened(path)
    for fold in (0, 1):
        output = training_weights_path(folder / "weights", path.parent.name, fold)
        signed = signed_weight_without_fold(events, fold)
        columns, rows = {"training_weight": weights(signed)}, rows_without_fold(events, fold)
        write_weights(output, events, columns, fold, rows, strategy)


def settings_of(classes=None, **changes):
    declared = changes.pop("classes_of_variant", {})
    settings = {"seed": 5, "folds": 2, "variant": VARIANT | changes | {"classes": declared}}
    settings |= {"classes": {"background": ["tt", "vz"], "signal": ["zh"]}} | (classes or {})
    return settings | {"processes": {"tt": "tt", "vz": "vz", "zh": "zh"}}


def run(folder, name="out", variant="plain", seed=1, fold=0, checkpoints=(), model="model", **changes):
    settings = settings_of(**changes)
    arguments = ["--settings", json.dumps(settings), "--variant", variant, "--seed", str(seed), "--fold", str(fold)]
    samples = ("zh", "tt", "vz")
    arguments += ["--events", *(str(folder / "events" / name / "nominal.arrow") for name in samples)]
    arguments += ["--weights", *(str(training_weights_path(folder / "weights", name, fold)) for name in samples)]
    arguments += ["--checkpoints", *map(str, checkpoints)]
    outputs = ["--model", str(folder / name / model), "--history", str(folder / name / "history.json")]
    return main([*arguments, *outputs])


def test_outputs(stores, capsys):
    assert run(stores, fold=1, seed=3) == 0
    log = capsys.readouterr().err.splitlines()
    assert "--variant plain --seed 3 --fold 1" in log[0]
    loaded = load_networks(stores / "out" / "model", torch.device("cpu"), CLASSIFIER.of_more(seed=3, fold=1))
    assert loaded.fold == 1 and loaded.inputs == ("x", "y") and len(loaded.members) == 1
    signal, background = loaded.probabilities(np.array([[2, 0], [-1, 0]], dtype=np.float32))[0]
    assert 1 > signal > background > 0
    history = json.loads((stores / "out" / "history.json").read_text())
    assert (history["variant"], history["seed"], history["fold"]) == ("plain", 3, 1)
    assert [epoch["epoch"] for epoch in history["epochs"]] == [1, 2, 3]
    assert history["best_epochs"] == [3] and history["diverged"] is None
    by_process = history["batches"]["processes"]
    assert sum(one["events"] for one in by_process.values()) == pytest.approx(history["batches"]["events"])
    assert by_process["zh"]["class"] == "signal" and by_process["zh"]["weight"] == pytest.approx(0.5, abs=0.05)
    assert history["provenance"] == loaded.description["provenance"]


def test_the_same_bytes_twice_and_others_for_other_places(stores):
    places = {"first": {}, "second": {}, "seed": {"seed": 2}, "fold": {"fold": 1}, "variant": {"variant": "other"}}
    for name, place in places.items():
        assert run(stores, name=name, **place) == 0
    contents = {
        name: [(stores / name / output).read_bytes() for output in ("model", "history.json")] for name in places
    }
    assert contents["first"] == contents["second"]
    assert len({tuple(content) for content in contents.values()}) == 4
    networks = [
        load_networks(stores / name / "model", torch.device("cpu"), CLASSIFIER) for name in places if name != "second"
    ]
    scores = [tuple(network.probabilities(np.ones((1, 2), dtype=np.float32))[0]) for network in networks]
    assert len(set(scores)) == 4


@pytest.mark.parametrize("unseen", ["fold", "region"])
def test_events_of_the_fold_or_outside_the_region_have_no_say(stores, unseen):
    assert run(stores, name="first") == 0
    for name in ("zh", "tt", "vz"):
        path = stores / "events" / name / "nominal.arrow"
        store = opened(path)
        columns = {column: np.array(values) for column, values in store.columns(store.names).items()}
        hidden = columns["fold"] == 0 if unseen == "fold" else ~columns["region_sr"]
        columns["x"][hidden], columns["weight"][hidden], columns["generator_weight"][hidden] = 1e5, 77.0, -77.0
        write_events(path, columns, {FACTORS: store.provenance[FACTORS]})
        add_weights(stores, path)
    assert run(stores, name="second") == 0
    assert (stores / "first" / "model").read_bytes() == (stores / "second" / "model").read_bytes()


def test_a_parametric_classifier_is_asked_at_the_point_of_each_signal(stores, signed_sample, capsys):
    for process, mean, seed in (("x1", 1.0, 7), ("x2", 2.0, 8)):
        add_weights(stores, signed_sample(process, 600, seed, mean=mean))
    variant = VARIANT | {"parameters": ["mass"], "architecture": {"kind": "conditioned", "hidden_layers": [8]}}
    points = {"x1": [1.0], "x2": [2.0]}
    training = {
        "seed": 5, "folds": 2, "variant": variant, "points": points,
        "classes": {"background": ["tt"], "signal": ["x1", "x2"]}, "processes": {"tt": "tt", "x1": "x1", "x2": "x2"},
    }  # fmt: skip
    events = [str(stores / "events" / name / "nominal.arrow") for name in ("tt", "x1", "x2")]
    models = [str(stores / f"fold{fold}" / "model.safetensors") for fold in (0, 1)]
    for fold, model in enumerate(models):
        weights = [str(training_weights_path(stores / "weights", name, fold)) for name in ("tt", "x1", "x2")]
        arguments = ["--settings", json.dumps(training), "--variant", "pnn", "--seed", "1", "--fold", str(fold)]
        arguments += ["--events", *events, "--weights", *weights, "--checkpoints"]
        assert main([*arguments, "--model", model, "--history", str(stores / f"fold{fold}.json")]) == 0
    scoring = {"folds": 2, "variant": "pnn", "points": points}

    def scored(settings):
        arguments = ["--settings", json.dumps(settings), "--variant", "pnn", "--seed", "1", "--models", *models]
        return score_events.main([*arguments, "--events", *events, "--output-folder", str(stores / "scores")])

    assert scored(scoring) == 0
    for name in ("tt", "x1", "x2"):
        columns = opened(stores / "scores" / name / "nominal.arrow")
        given = {column: columns.column(column) for column in ("score", "score_x1", "score_x2")}
        np.testing.assert_array_equal(given["score"], np.maximum(given["score_x1"], given["score_x2"]))
        assert np.any(given["score_x1"] != given["score_x2"])
    capsys.readouterr()
    assert scored({"folds": 2, "variant": "pnn"}) == 1
    assert (
        "conditioned on 1 parameters, the settings have values of 0 parameters; train them again"
        in capsys.readouterr().err
    )


def test_a_classifier_conditioned_on_a_column_of_events_scores_each_event_at_its_own(stores, capsys):
    """The column is read as features are, in training and in scoring; no point is asked for, and none is allowed."""
    conditioned = {"parameters": ["m"], "architecture": {"kind": "conditioned", "hidden_layers": [8]}}
    models = []
    for fold in (0, 1):
        assert run(stores, name=f"fold{fold}", fold=fold, **conditioned) == 0
        models.append(str(stores / f"fold{fold}" / "model"))
    networks = [load_networks(Path(path), torch.device("cpu"), CLASSIFIER) for path in models]
    assert networks[0].event_columns == ("x", "y", "m") and networks[0].asked_at == ()
    event_file = stores / "events" / "tt" / "nominal.arrow"

    def scored(**points):
        arguments = ["--settings", json.dumps({"folds": 2, "variant": "plain"} | points), "--variant", "plain"]
        arguments += ["--seed", "1", "--models", *models, "--events", str(event_file)]
        return score_events.main([*arguments, "--output-folder", str(stores / "scores")])

    assert scored() == 0
    events, scores = opened(event_file), opened(stores / "scores" / "tt" / "nominal.arrow")
    assert scores.names == ["score"]
    rows = events.matrix(("x", "y", "m"))
    by_fold = [network.probabilities(rows)[0] for network in networks]
    expected = np.where(events.column("fold") == 0, *by_fold)
    np.testing.assert_array_equal(scores.column("score"), expected)
    capsys.readouterr()
    assert scored(points={"zh": [125.0]}) == 1
    assert "conditioned on 1 columns of events, the settings have values of 1 parameters" in capsys.readouterr().err


def test_signed_weights_that_a_feature_separates_are_recorded_as_diverged(stores, capsys):
    for name in ("zh", "tt", "vz"):
        path = stores / "events" / name / "nominal.arrow"
        store = opened(path)
        columns = dict(store.columns(store.names))
        columns["y"] = np.sign(columns["weight"]).astype(np.float32)
        write_events(path, columns, {FACTORS: store.provenance[FACTORS]})
        add_weights(stores, path, np.copy, "signed")
    long = [{"epochs": 60, "updates": [{"learning_rate": 0.02}]}]
    assert run(stores, weights={"strategy": "signed"}, phases=long) == 0
    history = json.loads((stores / "out" / "history.json").read_text())
    assert "fell below its bound of zero" in history["diverged"] or "saturated" in history["diverged"]
    assert len(history["epochs"]) < 60
    assert f"diverged: {history['diverged']}" in capsys.readouterr().err
    load_networks(stores / "out" / "model", torch.device("cpu"), CLASSIFIER)
    for name in ("zh", "tt", "vz"):
        add_weights(stores, stores / "events" / name / "nominal.arrow", lambda signed: np.maximum(signed, 0))
    assert run(stores, name="clipped", phases=long) == 0
    assert json.loads((stores / "clipped" / "history.json").read_text())["diverged"] is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fold": -1}, "--fold -1: the settings have the folds 0 to 1"),
        ({"region": "srr"}, "no column 'region_srr'; did you mean 'region_sr'?"),
        ({"inputs": ["z"]}, "no column 'z'"),
        ({"phases": []}, "variant.phases"),
        ({"architecure": {}}, "did you mean 'architecture'?"),
    ],
)
def test_mistakes(stores, error_line, changes, words):
    assert run(stores, **changes) == 1
    assert words in error_line()
    assert not (stores / "out").exists()


def test_a_training_that_learned_nothing_is_recorded(stores, capsys):
    assert run(stores, phases=[{"epochs": 3, "updates": [{"learning_rate": 1e6}]}]) == 0
    history = json.loads((stores / "out" / "history.json").read_text())
    assert history["diverged"] is None and "nothing was learned" in history["failed"]
    assert f"failed: {history['failed']}" in capsys.readouterr().err


def test_a_batch_larger_than_the_sample_is_said(stores, capsys):
    assert run(stores, batch={"size": 5000}) == 0
    history = json.loads((stores / "out" / "history.json").read_text())
    assert len(history["warnings"]) == 1 and "its batch of 5000 events is larger than the" in history["warnings"][0]
    assert history["warnings"][0] in capsys.readouterr().err
    assert run(stores, name="full", batch={"drawing": "full"}) == 0
    assert json.loads((stores / "full" / "history.json").read_text())["warnings"] == []


def test_a_phase_starts_from_the_networks_of_another_variant(stores):
    assert run(stores, name="origin", variant="origin") == 0
    phases = [{"epochs": 1, "starts_from": "origin", "updates": [{"learning_rate": 1e-30}]}]
    origin = stores / "origin" / "model"
    assert run(stores, name="continued", variant="continued", phases=phases, checkpoints=[origin]) == 0
    features = np.random.default_rng(1).normal(size=(20, 2)).astype(np.float32)
    first, second = (
        load_networks(stores / name / "model", torch.device("cpu"), CLASSIFIER).probabilities(features)
        for name in ("origin", "continued")
    )
    np.testing.assert_allclose(first, second, rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "--checkpoints: no networks of the variant 'origin'"),
        ({"fold": 1}, "holds classifier (variant origin, seed 1, fold 0), expected classifier (seed 1, fold 1)"),
        ({"inputs": ["x"]}, "sees x, y; this variant sees x"),
    ],
)
def test_networks_that_a_phase_cannot_start_from_are_refused(stores, error_line, capsys, changes, words):
    assert run(stores, name="origin", variant="origin") == 0
    capsys.readouterr()
    checkpoints = [stores / "origin" / "model"] if changes else []
    assert run(stores, phases=[{"epochs": 1, "starts_from": "origin"}], checkpoints=checkpoints, **changes) == 1
    assert words in error_line()


def test_three_classes_reach_the_score_store_as_three_columns(stores, tmp_path):
    classes = {"classes": {"top": ["tt"], "diboson": ["vz"], "higgs": ["zh"]}}
    declared = {"top": ["tt"], "diboson": ["vz"], "higgs": ["zh"]}
    models = []
    for fold in (0, 1):
        name = f"fold{fold}"
        assert run(stores, name=name, fold=fold, classes=classes, classes_of_variant=declared) == 0
        models.append(str(stores / name / "model"))
    settings = {"folds": 2, "variant": "plain", "classes": list(declared), "signal_classes": ["higgs"]}
    arguments = ["--settings", json.dumps(settings), "--variant", "plain", "--seed", "1"]
    arguments += ["--events", str(stores / "events" / "zh" / "nominal.arrow")]
    output = tmp_path / "scores"
    assert score_events.main([*arguments, "--models", *models, "--output-folder", str(output)]) == 0
    scores = opened(output / "zh" / "nominal.arrow")
    assert scores.names == ["score", "score_top", "score_diboson", "score_higgs"]
    shares = [scores.column(f"score_{name}") for name in declared]
    np.testing.assert_allclose(np.sum(shares, axis=0), 1, rtol=1e-12)
    np.testing.assert_array_equal(scores.column("score"), shares[2])
    x = opened(stores / "events" / "zh" / "nominal.arrow").column("x")
    assert np.corrcoef(x, scores.column("score"))[0, 1] > 0.5


def test_several_trainings_in_one_job_come_out_the_same(stores, error_line, capsys, refuses_others):
    """Byte for byte, whatever the process trained before; one of them starts from another one's networks."""
    phases = [{"epochs": 1, "starts_from": "wide", "updates": [{"learning_rate": 0.01}]}]
    variants = {"wide": {}, "other": {"batch": {"size": 100}}, "continued": {"phases": phases}}
    origins = {fold: [stores / "alone" / "wide" / f"seed1/fold{fold}/model.safetensors"] for fold in (0, 1)}
    listed = []
    for variant, changes in variants.items():
        for fold in (0, 1):
            folder = stores / "alone" / variant / "seed1" / f"fold{fold}"
            needed = origins[fold] if variant == "continued" else ()
            assert (
                run(stores, str(folder), variant, fold=fold, checkpoints=needed, model="model.safetensors", **changes)
                == 0
            )
            listed.append({"variant": variant, "seed": 1, "fold": fold, "settings": settings_of(**changes)})
    capsys.readouterr()
    # Training weights lie in a folder of their strategy, as in the workflow.
    (stores / "weights").rename(stores / "transformed")
    weights = [str(path) for path in sorted((stores / "transformed").rglob("*.arrow"))]
    events = [str(stores / "events" / name / "nominal.arrow") for name in ("zh", "tt", "vz")]
    for name, chosen in (("grouped", listed[:4]), ("grouped", listed[4:])):
        arguments = ["--trainings", json.dumps(chosen), "--events", *events, "--weights", *weights]
        checkpoints = [str(path) for paths in origins.values() for path in paths]
        arguments += ["--checkpoints", *checkpoints, "--output-folder", str(stores / name)]
        assert train_classifiers.main(arguments) == 0
    training = [*arguments[:-1], str(stores / "again")]
    files = [events[0], weights[0], checkpoints[0]]
    refuses_others(lambda: train_classifiers.main(training), *map(Path, files))
    for variant in variants:
        for file in ("seed1/fold0/model.safetensors", "seed1/fold1/history.json"):
            one, other = ((stores / way / variant / file).read_bytes() for way in ("alone", "grouped"))
            assert one == other, (variant, file)
    models = [str(path) for path in sorted((stores / "grouped").rglob("model.safetensors"))]
    scoring = {"folds": 2, "variant": "wide"}
    scorings = [{"variant": name, "seed": 1, "fold": 2, "settings": scoring | {"variant": name}} for name in variants]
    arguments = ["--scorings", json.dumps(scorings), "--events", *events, "--models", *models]
    assert score_classifiers.main([*arguments, "--output-folder", str(stores / "scores")]) == 0
    own = [path for path in models if "/wide/" in path]
    alone = [
        "--settings",
        json.dumps(scoring),
        "--variant",
        "wide",
        "--seed",
        "1",
        "--events",
        *events,
        "--models",
        *own,
    ]
    assert score_events.main([*alone, "--output-folder", str(stores / "alone_scores")]) == 0
    scoring_again = [*arguments, "--output-folder", str(stores / "scores_again")]
    refuses_others(lambda: score_classifiers.main(scoring_again), Path(events[0]))
    one, other = (stores / "scores/wide/seed1/tt/nominal.arrow", stores / "alone_scores/tt/nominal.arrow")
    assert one.read_bytes() == other.read_bytes()
    capsys.readouterr()
    arguments[-len(models) :] = own
    assert score_classifiers.main([*arguments, "--output-folder", str(stores / "missing")]) == 1
    assert "--models: none in other/seed1/" in capsys.readouterr().err


def test_an_empty_region_is_named(stores, signed_sample, error_line):
    add_weights(stores, signed_sample("zh", 600, region_sr=np.full(600, False)))
    assert run(stores) == 1
    assert "region 'sr': no signal event of zh outside fold 0; loosen" in error_line()
    assert not (stores / "out").exists()


def test_missing_weights_are_named(stores, error_line):
    missing = stores / "weights" / "tt" / "without_fold0.arrow"
    missing.unlink()
    assert run(stores) == 1
    assert f"{missing}: no such event store; run the rule that makes it first" in error_line()


def test_a_class_that_cancels_is_named(stores, error_line):
    path = stores / "events" / "zh" / "nominal.arrow"
    add_weights(stores, path, lambda signed: -np.abs(signed))
    assert run(stores) == 1
    assert "the training weights of a class add up to -" in error_line()
    assert not (stores / "out").exists()
