"""assign_training_weights: closed forms as stores that fit their events."""

from __future__ import annotations

import json

import numpy as np
import pytest

from assign_training_weights import main
from signedag.config.strategies import SIMPLE_STRATEGIES
from signedag.events.store import EventStore, open_stage
from signedag.weights.simple import simple_training_weight


def run(events, output, strategy):
    settings = json.dumps({"strategy": strategy})
    return main(["--settings", settings, "--events", str(events), "--weights", str(output)])


@pytest.mark.parametrize("strategy", SIMPLE_STRATEGIES)
def test_each_strategy(signed_sample, tmp_path, capsys, strategy):
    path = signed_sample()
    assert run(path, tmp_path / "weights.arrow", strategy) == 0
    assert (
        capsys.readouterr()
        .err.splitlines()[0]
        .endswith(
            f"""--settings '{{"strategy": "{strategy}"}}' --events {path} --weights {tmp_path / "weights.arrow"}"""
        )
    )
    events = EventStore(path)
    weights = open_stage(tmp_path / "weights.arrow", events)
    assert weights.names == ["training_weight"]
    found = weights.column("training_weight")
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, simple_training_weight(strategy, events.column("weight")))
    assert json.loads(weights.provenance["settings"]) == {"strategy": strategy}
    assert len(weights.provenance["code_version"]) == 12


def test_the_same_bytes_twice(signed_sample, tmp_path):
    path = signed_sample()
    for name in ("first", "second"):
        run(path, tmp_path / name, "absolute")
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_a_sample_with_a_negative_sum_is_refused(signed_sample, tmp_path, error_line):
    path = signed_sample(weight=np.full(2000, -1.0))
    assert run(path, tmp_path / "weights.arrow", "absolute") == 1
    assert "strategy 'absolute': the signed weights add up to -2000;" in error_line()
    assert not (tmp_path / "weights.arrow").exists()


def test_an_unknown_strategy_is_refused(signed_sample, tmp_path, error_line):
    assert run(signed_sample(), tmp_path / "weights.arrow", "transformed") == 1
    assert "strategy" in error_line()
    assert not (tmp_path / "weights.arrow").exists()


def test_missing_events_are_named(tmp_path, error_line):
    assert run(tmp_path / "none.arrow", tmp_path / "weights.arrow", "unit") == 1
    assert f"{tmp_path / 'none.arrow'}: no such event store" in error_line()
