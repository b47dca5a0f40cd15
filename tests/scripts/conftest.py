"""Small stores and networks that the tests of the commands share."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from cached_files import others_of
from event_stores import opened, opened_stage, write_events
from tiny_runs import identity_in, write_as

from signedag.config.architectures.dense import Kind as Dense
from signedag.events.folds import inner_part
from signedag.events.store import write_stage
from signedag.events.without_fold import factors_as_metadata, rows_without_fold
from signedag.identity import Identity
from signedag.networks.network import Network
from signedag.networks.saved import save_networks


def positive_probability(x):
    """The truth of `signed_sample`: from 0.95 at small x to 0.6 at large x."""
    return 0.95 - 0.35 / (1 + np.exp(-3 * x))


@pytest.fixture
def signed_sample(tmp_path):
    """Write {folder}/{name}/{shift}.arrow and truth.arrow of a sample with known positive fraction."""

    def write(name="tt", events=2000, seed=1, shift="nominal", mean=0.0, **columns):
        generator = np.random.default_rng(seed)
        x = generator.normal(mean, 1, events)
        probability = positive_probability(x)
        size = 0.02 * np.exp(0.3 * generator.normal(size=events))
        number = 100_000 * seed + np.arange(events)
        content = {
            "event_number": number,
            "fold": (number % 2).astype(np.int8),
            "calibration_half": (number // 2 % 2).astype(np.int8),
            "weight": np.where(generator.random(events) < probability, size, -size),
            "x": x.astype(np.float32),
            "y": generator.normal(size=events).astype(np.float32),
            "m": x + generator.normal(size=events),
            "region_sr": generator.random(events) < 0.7,
        } | columns
        weight, fold = content["weight"], content["fold"]
        content.setdefault("generator_weight", weight)
        outside = [fold != number for number in range(fold.max() + 1)]
        factors = [rows.mean() * weight.sum() / weight[rows].sum() for rows in outside]
        folder = tmp_path / "events" / name
        write_events(folder / f"{shift}.arrow", content, factors_as_metadata(factors))
        write_events(
            folder / "truth.arrow", {"event_number": content["event_number"], "positive_probability": probability}
        )
        return folder / f"{shift}.arrow"

    return write


@pytest.fixture
def sign_outputs(tmp_path):
    """Write what sign networks would say outside each fold, one store per fold, from a function of x and the fold.

    The function gives the members' probabilities, shape (members, events).
    """

    def write(path, members, folds=2, name="outputs"):
        events = opened(path)
        paths = []
        for fold in range(folds):
            rows = events.column("fold") != fold
            raw = np.atleast_2d(members(events.column("x")[rows].astype(np.float64), fold))
            part = inner_part(events.column("event_number")[rows], 2)
            columns = {"part": part} | {f"raw_probability_member{number}": one for number, one in enumerate(raw)}
            paths.append(tmp_path / name / f"without_fold{fold}" / "probability.arrow")
            identity = Identity.of("sign probabilities", sample=events.sample, fold=fold)
            write_stage(paths[-1], events, columns, {}, identity, rows)
        return paths

    return write


@pytest.fixture
def without_folds():
    """Read the training weights of both folds: for each, the rows outside it and the columns."""

    def read(path, folder, folds=2):
        events = opened(path)
        for fold in range(folds):
            rows = rows_without_fold(events, fold)
            yield rows, opened_stage(folder / f"without_fold{fold}.arrow", events, rows)

    return read


@pytest.fixture
def linear_network(tmp_path):
    """Write an ensemble of networks whose logits are slope · x + offset, one per slope."""

    def write(fold, slopes, offset=0.0, inputs=("x",), name=None, variant="plain"):
        members = []
        for slope in slopes:
            network = Network(Dense(hidden_layers=()), inputs)
            last = network.body.last
            with torch.no_grad():
                last.weight.zero_()
                last.weight[0, 0] = slope
                last.bias.fill_(offset)
            members.append(network)
        path = tmp_path / "networks" / (name or f"fold{fold}.safetensors")
        save_networks(path, members, Identity.of("classifier", variant=variant, seed=1, fold=fold), {})
        return path

    return write


@pytest.fixture
def refuses_others(capsys):
    """Check that a command refuses each file when one of its names is another: `refuses_others(run, *paths)`."""

    def check(run, *paths):
        assert run() == 0, "as it is, it is accepted"
        for path in paths:
            kept, identity = path.read_bytes(), identity_in(path)
            for other in others_of(identity):
                write_as(path, other)
                capsys.readouterr()
                assert run() == 1, f"{path} as {other}"
                errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
                assert len(errors) == 1, errors
                assert f"{path}: holds {other}, expected" in errors[0], errors[0]
            path.write_bytes(kept)

    return check


@pytest.fixture
def error_line(capsys):
    """Give the one line with which a command fails; the log's first line is the one that reproduces it."""

    def read():
        lines = capsys.readouterr().err.splitlines()
        assert "--settings" in lines[0]
        assert [line.startswith("error: ") for line in lines] == [False] * (len(lines) - 1) + [True], lines
        return lines[-1]

    return read
