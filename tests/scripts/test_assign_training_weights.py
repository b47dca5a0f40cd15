"""assign_training_weights: closed forms outside each fold, as stores that fit their events."""

from __future__ import annotations

import json

import numpy as np
import pytest
from event_stores import opened

from assign_training_weights import main
from signedag.config.strategies import SIMPLE_STRATEGIES
from signedag.events.without_fold import signed_weight_without_fold
from signedag.weights.simple import simple_training_weight


def run(events, folder, strategy, folds=2):
    weights = [str(folder / f"without_fold{fold}.arrow") for fold in range(folds)]
    settings = ["--settings", json.dumps({"strategy": strategy})]
    return main([*settings, "--sample", "tt", "--events", str(events), "--weights", *weights])


@pytest.mark.parametrize("strategy", SIMPLE_STRATEGIES)
def test_each_strategy(signed_sample, without_folds, tmp_path, capsys, strategy):
    path = signed_sample()
    assert run(path, tmp_path / "out", strategy) == 0
    first_line = capsys.readouterr().err.splitlines()[0]
    assert (
        f"""--settings '{{"strategy": "{strategy}"}}' --sample tt --events {path} --weights {tmp_path / "out"}"""
        in first_line
    )
    events = opened(path)
    for fold, (_, weights) in enumerate(without_folds(path, tmp_path / "out")):
        assert weights.names == ["training_weight"]
        training = weights.column("training_weight")
        assert training.dtype == np.float64
        signed = signed_weight_without_fold(events, fold)
        np.testing.assert_array_equal(training, simple_training_weight(strategy, signed))
        assert training.sum() == pytest.approx(signed.sum(), rel=1e-12)
        assert json.loads(weights.provenance["settings"]) == {"strategy": strategy}
        assert len(weights.provenance["code_version"]) == 12 and weights.provenance["fold"] == str(fold)


def test_the_same_bytes_twice(signed_sample, tmp_path):
    path = signed_sample()
    for name in ("first", "second"):
        run(path, tmp_path / name, "absolute")
    for fold in (0, 1):
        first, second = (tmp_path / name / f"without_fold{fold}.arrow" for name in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()


def test_a_sample_with_a_negative_sum_is_refused(signed_sample, tmp_path, error_line):
    path = signed_sample(weight=np.full(2000, -1.0))
    assert run(path, tmp_path / "out", "absolute") == 1
    assert "strategy 'absolute': the signed weights add up to -1000;" in error_line()
    assert not (tmp_path / "out").exists()


def test_an_unknown_strategy_is_refused(signed_sample, tmp_path, error_line):
    assert run(signed_sample(), tmp_path / "out", "transformed") == 1
    assert "strategy" in error_line()
    assert not (tmp_path / "out").exists()


def test_one_file_per_fold_is_asked_for(signed_sample, tmp_path, error_line):
    assert run(signed_sample(), tmp_path / "out", "unit", folds=3) == 1
    assert "--weights gives 3 files" in error_line()
    assert not (tmp_path / "out").exists()


def test_missing_events_are_named(tmp_path, error_line):
    assert run(tmp_path / "none.arrow", tmp_path / "out", "unit") == 1
    assert f"{tmp_path / 'none.arrow'}: no such event store" in error_line()


def test_events_of_another_sample_or_shift_are_refused(signed_sample, tmp_path, refuses_others):
    path = signed_sample()
    refuses_others(lambda: run(path, tmp_path / "out", "absolute"), path)
