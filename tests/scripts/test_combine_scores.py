"""combine_scores: the mean over seeds, with the rows checked."""

from __future__ import annotations

import numpy as np
import pytest
from event_stores import opened, opened_stage, write_events, write_scores

from combine_scores import main

SHIFTS = ("nominal", "jet_energy_up", "jet_energy_down")


@pytest.fixture
def stores(tmp_path):
    """Events under three shifts with different rows, and the scores of three seeds."""
    generator = np.random.default_rng(1)
    scores = {}
    for index, shift in enumerate(SHIFTS):
        numbers = np.arange(50 + 7 * index)
        write_events(tmp_path / "events" / "tt" / f"{shift}.arrow", {"event_number": numbers})
        events = opened(tmp_path / "events" / "tt" / f"{shift}.arrow")
        for seed in (1, 2, 3):
            scores[shift, seed] = generator.random(numbers.size)
            path = tmp_path / "plain" / f"seed{seed}" / "tt" / f"{shift}.arrow"
            columns = {"score": scores[shift, seed], "score_zh": 1 - scores[shift, seed]}
            write_scores(path, events, columns, {"settings": '{"folds":2}'})
    return tmp_path, scores


def run(folder, seeds=(1, 2, 3)):
    paths = [str(folder / "plain" / f"seed{seed}" / "tt" / f"{shift}.arrow") for seed in seeds for shift in SHIFTS]
    return main(["--scores", *paths, "--output-folder", str(folder / "scores")])


def test_each_shift_is_the_mean_and_keeps_the_rows(stores):
    folder, scores = stores
    assert run(folder) == 0
    for shift in SHIFTS:
        events = opened(folder / "events" / "tt" / f"{shift}.arrow")
        combined = opened_stage(folder / "scores" / "plain" / "combined" / "tt" / f"{shift}.arrow", events)
        expected = np.mean([scores[shift, seed] for seed in (1, 2, 3)], axis=0)
        np.testing.assert_allclose(combined.column("score"), expected, rtol=1e-15)
        np.testing.assert_allclose(combined.column("score_zh"), 1 - expected, rtol=1e-14)
        assert combined.provenance["settings"] == '{"folds":2}'
        assert combined.provenance["scores"].split(",")[2].endswith("seed3/tt/" + f"{shift}.arrow")
        assert len(combined.provenance["code_version"]) == 12


def test_one_seed_is_kept_as_it_is(stores):
    folder, scores = stores
    assert run(folder, seeds=(2,)) == 0
    combined = opened(folder / "scores" / "plain" / "combined" / "tt" / "nominal.arrow").column("score")
    np.testing.assert_array_equal(combined, scores["nominal", 2])


def test_other_rows_are_refused_and_nothing_is_written(stores, capsys):
    folder, _ = stores
    write_events(folder / "events" / "tt" / "nominal.arrow", {"event_number": np.arange(1, 51)})
    events = opened(folder / "events" / "tt" / "nominal.arrow")
    columns = {"score": np.zeros(50), "score_zh": np.zeros(50)}
    write_scores(folder / "plain" / "seed2" / "tt" / "nominal.arrow", events, columns)
    assert run(folder, seeds=(1, 2)) == 1
    assert "seed2/tt/nominal.arrow: its 50 rows are not those of" in capsys.readouterr().err
    assert not (folder / "scores" / "plain" / "combined" / "tt" / "nominal.arrow").exists()


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (
            ["seed1/tt/nominal", "seed2/tt/nominal", "seed1/tt/jet_energy_up"],
            "jet_energy_up.arrow has 1 seed(s), others have 2",
        ),
        (["seed1/tt/nominal", "seed1/tt/nominal"], "a file of plain/combined/tt/nominal.arrow is named twice"),
        (["seed4/tt/nominal"], "seed4/tt/nominal.arrow: no such event store"),
    ],
)
def test_stores_that_do_not_fit_are_refused_by_name(stores, capsys, paths, message):
    folder, _ = stores
    named = [str(folder / "plain" / f"{path}.arrow") for path in paths]
    assert main(["--scores", *named, "--output-folder", str(folder / "scores")]) == 1
    assert message in capsys.readouterr().err
    assert not (folder / "scores").exists()


def test_several_variants_in_one_call_are_the_same_as_one_by_one(stores):
    folder, _ = stores
    for path in (folder / "plain" / "seed2").glob("tt/*.arrow"):
        scores = opened(path)
        events = opened(folder / "events" / "tt" / path.name)
        target = folder / "other" / "seed1" / "tt" / path.name
        write_scores(target, events, scores.columns(scores.names), scores.provenance, variant="other")
    both = [*(folder / "plain").glob("seed*/tt/*.arrow"), *(folder / "other").glob("seed*/tt/*.arrow")]
    assert main(["--scores", *map(str, both), "--output-folder", str(folder / "together")]) == 0
    for variant in ("plain", "other"):
        own = [str(path) for path in both if path.parts[-4] == variant]
        assert main(["--scores", *own, "--output-folder", str(folder / "alone")]) == 0
    files = sorted(path.relative_to(folder / "alone") for path in (folder / "alone").rglob("*.arrow"))
    assert len(files) == 2 * len(SHIFTS)
    for file in files:
        assert (folder / "together" / file).read_bytes() == (folder / "alone" / file).read_bytes()
