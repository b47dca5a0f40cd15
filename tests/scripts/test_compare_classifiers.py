"""compare_classifiers: from stores to comparison.json, with the numbers of check_classifier."""

from __future__ import annotations

import json

import numpy as np
import pytest
from event_stores import opened, write_events, write_scores

import check_classifier
from compare_classifiers import main

CLASSES = {"signal_samples": ["zh"], "background_samples": ["tt"]}
SETTINGS = {
    "seed": 3,
    "variants": ["plain", "smeared", "elsewhere"],
    "regions": {"plain": "sr", "smeared": "sr", "elsewhere": "cr"},
    "bootstrap": 40,
} | CLASSES


@pytest.fixture
def folder(tmp_path):
    """Events of two samples in two regions, scores of three classifiers, and what check_classifier says of each."""
    for number, (name, shift) in enumerate((("zh", 1.0), ("tt", 0.0))):
        generator = np.random.default_rng(number)
        size = 600
        events = tmp_path / "events" / name / "nominal.arrow"
        columns = {
            "event_number": np.arange(size) + 1000 * number,
            "weight": np.where(generator.random(size) < 0.1, -1.0, 1.0),
            "fold": (np.arange(size) % 2).astype(np.int8),
            "region_sr": generator.random(size) < 0.7,
            "region_cr": generator.random(size) < 0.5,
        }
        write_events(events, columns)
        logit = generator.normal(shift, 1, size)
        for variant, smear in (("plain", 0.0), ("smeared", 0.4), ("elsewhere", 0.2)):
            for place in ("seed1", "seed2", "combined"):
                score = 1 / (1 + np.exp(-logit - smear * generator.normal(size=size)))
                target = tmp_path / "scores" / variant / place / name / "nominal.arrow"
                write_scores(target, opened(events), {"score": score}, variant=variant)
    for variant, region in SETTINGS["regions"].items():
        settings = {"seed": 3, "region": region, "seeds": [1, 2], "score_edges": [0.0, 0.5, 1.0], "bootstrap": 10}
        arguments = ["--settings", json.dumps(settings | CLASSES), "--variant", variant]
        scores = tmp_path / "scores" / variant
        arguments += ["--events", *map(str, tmp_path.glob("events/*/*.arrow"))]
        arguments += ["--scores", *map(str, scores.glob("combined/*/*.arrow"))]
        arguments += ["--seed-scores", *map(str, scores.glob("seed*/*/*.arrow"))]
        assert check_classifier.main([*arguments, "--output", str(tmp_path / variant / "performance.json")]) == 0
    return tmp_path


def run(folder, output="comparison.json", **changes):
    arguments = ["--settings", json.dumps(SETTINGS | changes)]
    arguments += ["--events", *map(str, folder.glob("events/*/*.arrow"))]
    arguments += ["--scores", *map(str, folder.glob("scores/*/combined/*/*.arrow")), "--performances"]
    arguments += [str(folder / variant / "performance.json") for variant in SETTINGS["variants"]]
    return main([*arguments, "--output", str(folder / output)])


def test_differences_are_of_the_judged_areas(folder):
    assert run(folder) == 0
    comparison = json.loads((folder / "comparison.json").read_text())
    judged = {name: json.loads((folder / name / "performance.json").read_text()) for name in SETTINGS["variants"]}
    for name, performance in judged.items():
        assert comparison["classifiers"][name]["region"] == performance["region"]
        assert comparison["classifiers"][name]["auc"]["value"] == pytest.approx(performance["auc"]["value"], abs=1e-12)
    (difference,) = comparison["differences"]  # the third one is judged in another region
    assert (difference["first"], difference["second"]) == ("smeared", "plain")
    expected = judged["smeared"]["auc"]["value"] - judged["plain"]["auc"]["value"]
    assert difference["value"] == pytest.approx(expected, abs=1e-12)
    assert 0 < difference["error"] < 0.8 * difference["unpaired_error"]
    spreads = [
        np.std([seed["auc"]["value"] for seed in judged[name]["per_seed"].values()], ddof=1)
        for name in ("plain", "smeared")
    ]
    assert difference["training_error"] == pytest.approx(np.hypot(*spreads) / np.sqrt(2))
    assert comparison["provenance"]["seed"] == "3"


def test_the_same_command_gives_the_same_bytes_and_another_seed_others(folder):
    assert run(folder) == run(folder, "again.json") == run(folder, "other.json", seed=4) == 0
    first, again, other = ((folder / f"{name}.json").read_bytes() for name in ("comparison", "again", "other"))
    assert first == again
    errors = [json.loads(content)["differences"][0]["error"] for content in (first, other)]
    assert errors[0] != errors[1]


def test_another_order_turns_the_signs(folder):
    assert run(folder) == run(folder, "turned.json", variants=["smeared", "elsewhere", "plain"]) == 0
    first, turned = (json.loads((folder / f"{name}.json").read_text()) for name in ("comparison", "turned"))
    assert turned["differences"][0]["value"] == pytest.approx(-first["differences"][0]["value"])
    assert turned["differences"][0]["error"] == pytest.approx(first["differences"][0]["error"])


def test_missing_scores_are_one_line(folder, capsys):
    (folder / "scores" / "smeared" / "combined" / "tt" / "nominal.arrow").unlink()
    assert run(folder) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("error: ") and "smeared/combined/tt/nominal.arrow" in last


def test_files_of_others_are_refused(folder, refuses_others):
    files = [folder / "events" / "zh" / "nominal.arrow"]
    files += [folder / "scores" / variant / "combined" / "tt" / "nominal.arrow" for variant in ("plain", "smeared")]
    files += sorted(folder.rglob("performance.json"))[:1]
    refuses_others(lambda: run(folder), *files)
