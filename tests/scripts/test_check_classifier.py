"""check_classifier: from stores to performance.json, and a newcomer's mistakes."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from event_stores import opened, write_events, write_scores
from sklearn.metrics import roc_auc_score

import check_classifiers
from check_classifier import main

SETTINGS = {
    "seed": 3,
    "region": "sr",
    "signal_samples": ["zh"],
    "background_samples": ["tt", "vz"],
    "seeds": [1, 2],
    "score_edges": [0.0, 0.3, 0.6, 1.0],
    "bootstrap": 10,
}


def write_sample(folder, name, seed, shift, weight, size=400):
    generator = np.random.default_rng(seed)
    path = folder / "events" / name / "nominal.arrow"
    columns = {
        "event_number": np.arange(size) + 1000 * seed,
        "weight": np.full(size, weight),
        "fold": (np.arange(size) % 2).astype(np.int8),
        "region_sr": generator.random(size) < 0.7,
    }
    write_events(path, columns)
    scores = [1 / (1 + np.exp(-generator.normal(shift, 1, size))) for _ in SETTINGS["seeds"]]
    for place, score in (("seed1", scores[0]), ("seed2", scores[1]), ("combined", np.mean(scores, axis=0))):
        write_scores(folder / "scores" / place / name / "nominal.arrow", opened(path), {"score": score})


@pytest.fixture
def folder(tmp_path):
    for seed, (name, shift, weight) in enumerate((("zh", 1.0, 0.01), ("tt", 0.0, 1.0), ("vz", 0.3, 0.5))):
        write_sample(tmp_path, name, seed, shift, weight)
    return tmp_path


def run(folder, **changes):
    settings = json.dumps(SETTINGS | changes)
    arguments = ["--settings", settings, "--variant", "plain", "--output", str(folder / "out.json")]
    for option, files in (("events", "events"), ("scores", "scores/combined"), ("seed-scores", "scores/seed*")):
        arguments += [f"--{option}", *map(str, folder.glob(f"{files}/*/nominal.arrow"))]
    return main(arguments)


def test_the_numbers_are_of_the_region_and_of_each_score(folder):
    assert run(folder) == 0
    found = json.loads((folder / "out.json").read_text())
    for place, described in (("combined", found), ("seed1", found["per_seed"]["1"]), ("seed2", found["per_seed"]["2"])):
        labels, scores, weights = [], [], []
        for name in ("zh", "tt", "vz"):
            events = opened(folder / "events" / name / "nominal.arrow")
            inside = events.column("region_sr")
            scores.append(opened(folder / "scores" / place / name / "nominal.arrow").column("score")[inside])
            weights.append(events.column("weight")[inside])
            labels.append(np.full(int(inside.sum()), name == "zh"))
        expected = roc_auc_score(
            *(np.concatenate(part) for part in (labels, scores)), sample_weight=np.concatenate(weights)
        )
        assert described["auc"]["value"] == pytest.approx(expected, abs=1e-12)
    assert found["region"] == "sr" and found["variant"] == "plain"
    assert json.loads(found["provenance"]["settings"]) == SETTINGS
    assert found["provenance"]["seed"] == "3"
    assert set(found["per_fold"]) == {"0", "1"}
    assert list(found["score_histograms"]["configured"]["samples"]) == ["tt", "vz", "zh"]


def test_the_same_command_gives_the_same_bytes(folder):
    assert run(folder) == 0
    first = (folder / "out.json").read_bytes()
    assert run(folder) == 0
    assert (folder / "out.json").read_bytes() == first


def test_an_empty_region_is_named_with_its_fix(folder, capsys):
    events = opened(folder / "events" / "zh" / "nominal.arrow")
    columns = {name: np.array(events.column(name)) for name in events.names}
    columns["region_sr"] = np.zeros(events.rows, dtype=bool)
    write_events(folder / "events" / "zh" / "nominal.arrow", columns)
    assert run(folder) == 1
    assert (
        "region 'sr' holds no signal events (samples: zh); loosen events.regions.sr.selection"
        in capsys.readouterr().err
    )
    assert not (folder / "out.json").exists()


def damage_score(folder, value):
    events = opened(folder / "events" / "tt" / "nominal.arrow")
    row = int(np.flatnonzero(events.column("region_sr"))[5])
    path = folder / "scores" / "combined" / "tt" / "nominal.arrow"
    score = np.array(opened(path).column("score"))
    score[row] = value
    write_scores(path, events, {"score": score})
    return row


@pytest.mark.parametrize("value", [np.nan, 1.5, -0.1, np.inf])
def test_a_score_that_is_none_is_named_by_file_and_row(folder, capsys, value):
    row = damage_score(folder, value)
    assert run(folder) == 1
    said = capsys.readouterr().err
    assert "combined/tt/nominal.arrow: column 'score' is not a number from 0 to 1 in 1 rows" in said
    assert f"first in row {row};" in said


def test_scores_of_another_conversion_are_refused(folder, capsys):
    other = folder / "other"
    write_sample(other, "vz", 9, 0.0, 1.0)
    shutil.copy(other / "scores" / "seed2" / "vz" / "nominal.arrow", folder / "scores" / "seed2" / "vz")
    assert run(folder) == 1
    assert "made from another conversion" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("place", "other"), [("seed2/vz", "seed1/vz"), ("combined/vz", "seed1/vz"), ("combined/vz", "combined/tt")]
)
def test_scores_of_another_seed_or_sample_are_refused(folder, capsys, place, other):
    shutil.copy(folder / "scores" / other / "nominal.arrow", folder / "scores" / place)
    assert run(folder) == 1
    assert f"scores/{place}/nominal.arrow: holds " in capsys.readouterr().err


def test_missing_regions_and_files_are_named(folder, capsys):
    assert run(folder, region="sr2") == 1
    assert "no column 'region_sr2'; did you mean 'region_sr'?" in capsys.readouterr().err
    (folder / "scores" / "seed1" / "tt" / "nominal.arrow").unlink()
    assert run(folder) == 1
    assert "seed1/tt/nominal.arrow: not among the files given" in capsys.readouterr().err


def test_a_net_negative_class_is_reported_as_undefined(folder):
    write_sample(folder, "zh", 0, 1.0, -0.01)
    assert run(folder) == 0
    found = json.loads((folder / "out.json").read_text())
    assert found["auc"]["value"] is None
    assert "signal has no positive sum of weights" in found["auc"]["reason"]
    assert found["binned_significance"]["value"] is None
    assert found["roc"]["signal_efficiency"] == []


def test_several_classifiers_in_one_call_are_judged_as_one_by_one(folder, capsys):
    for variant in ("plain", "other"):
        for path in folder.glob("scores/*/*/nominal.arrow"):
            scores, events = opened(path), opened(folder / "events" / path.parent.name / "nominal.arrow")
            target = folder / variant / path.relative_to(folder / "scores")
            write_scores(target, events, scores.columns(["score"]), variant=variant)
    settings = {"plain": SETTINGS, "other": SETTINGS | {"seeds": [2], "bootstrap": 7}}
    checks = [{"variant": variant, "settings": own} for variant, own in settings.items()]
    events = ["--events", *map(str, folder.glob("events/*/nominal.arrow"))]
    scores = [str(path) for variant in settings for path in folder.glob(f"{variant}/*/*/nominal.arrow")]
    together = ["--checks", json.dumps(checks), *events, "--output-folder", str(folder / "together"), "--scores"]
    assert check_classifiers.main([*together, *scores]) == 0
    for variant, own in settings.items():
        line = ["--settings", json.dumps(own), "--variant", variant, *events, "--output", str(folder / "alone.json")]
        line += ["--scores", *(path for path in scores if f"{variant}/combined" in path)]
        line += ["--seed-scores", *(path for path in scores if f"{variant}/seed" in path)]
        assert main(line) == 0
        together_file = folder / "together" / variant / "performance.json"
        assert together_file.read_bytes() == (folder / "alone.json").read_bytes()
    assert check_classifiers.main([*together, *(path for path in scores if "other" not in path)]) == 1
    assert "--scores: none of classifier 'other'" in capsys.readouterr().err
