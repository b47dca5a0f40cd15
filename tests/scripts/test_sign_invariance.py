"""Redraw the signs of one fold, and everything that scores that fold is byte for byte the same.

Every strategy, from normalised events to scores, command by command. That the files of the other folds do change shows
that the signs matter at all.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from event_stores import opened, write_events

import assign_joint_weights
import assign_training_weights
import assign_true_weights
import calibrate_weights
import resample_events
import reweight_events
import score_events
import train_classifier
import train_ratio_network
import train_sign_network
from signedag.config.classifier import Variant
from signedag.config.comparison import StrategyComparison, strategy_variant
from signedag.config.strategies import SIMPLE_STRATEGIES, STRATEGIES
from signedag.events.folds import folds_and_halves
from signedag.events.without_fold import factors_as_metadata

FOLDS = 3
REDRAWN = 1
SAMPLES = {"zh": 1.0, "tt": 0.0}
CLASSES = {"background": ["tt"], "signal": ["zh"]}
EXPECTED_EVENTS = 30.0
NETWORK = {
    "inputs": ["x", "y"], "architecture": {"hidden_layers": [8]}, "epochs": 6, "patience": 2,
    "batch_size": 50, "learning_rate": 0.01, "inner_parts": 2, "ensemble": 2,
}  # fmt: skip
TEMPLATE = {
    "region": "sr", "inputs": ["x", "y"], "architecture": {"hidden_layers": [8]}, "batch": {"size": 50},
    "phases": [{"epochs": 4, "patience": 1, "updates": [{"learning_rate": 0.01}]}],
}  # fmt: skip


def write_sample(folder: Path, name: str, redraw: bool) -> None:
    """Write a sample as `merge_sample` does: weights add up to the events expected, with and without each fold."""
    generator = np.random.default_rng(len(name) + ord(name[0]))
    events = 900
    x = generator.normal(SAMPLES[name], 1, events)
    probability = 0.95 - 0.3 / (1 + np.exp(-3 * x))
    size = np.exp(0.3 * generator.normal(size=events))
    number = generator.integers(0, 2**40, events)
    fold, half = folds_and_halves(number, FOLDS)
    sign = np.where(generator.random(events) < probability, 1.0, -1.0)
    y, region = generator.normal(size=events), generator.random(events) < 0.8
    if redraw:
        again = np.where(np.random.default_rng(99).random(events) < probability, 1.0, -1.0)
        sign = np.where(fold == REDRAWN, again, sign)
    generator_weight = size * sign
    factors = [np.mean(fold != one) * EXPECTED_EVENTS / generator_weight[fold != one].sum() for one in range(FOLDS)]
    columns = {
        "event_number": number, "fold": fold, "calibration_half": half, "generator_weight": generator_weight,
        "weight": generator_weight * EXPECTED_EVENTS / generator_weight.sum(),
        "x": x.astype(np.float32), "y": y.astype(np.float32), "region_sr": region,
    }  # fmt: skip
    write_events(folder / "ntuples" / name / "nominal.arrow", columns, factors_as_metadata(factors))
    truth = {"event_number": number, "positive_probability": probability}
    write_events(folder / "ntuples" / name / "truth.arrow", truth)


def call(command, *arguments: str | Path, settings=None) -> None:
    """Run a command that must succeed."""
    given = [] if settings is None else ["--settings", json.dumps(settings)]
    assert command.main([*given, *map(str, arguments)]) == 0


class Chain:
    """The commands of one strategy on events in a folder, with the paths of the workflow."""

    def __init__(self, folder: Path, redraw: bool) -> None:
        self.folder = folder
        self.ran = cache(self._run)
        for name in SAMPLES:
            write_sample(folder, name, redraw)

    def events(self, name: str) -> Path:
        return self.folder / "ntuples" / name / "nominal.arrow"

    def weights(self, strategy: str, name: str) -> list[Path]:
        return [self.folder / "weights" / strategy / name / f"without_fold{fold}.arrow" for fold in range(FOLDS)]

    def outputs(self, kind: str, name: str, file: str) -> list[Path]:
        return [self.folder / "weights" / kind / name / f"without_fold{fold}" / file for fold in range(FOLDS)]

    def _run(self, strategy: str) -> None:
        """Make the training weights of a strategy."""
        for name in SAMPLES:
            sample = ("--sample", name, "--events", self.events(name))
            made = ("--weights", *self.weights(strategy, name))
            report = ("--report", self.folder / "weights" / strategy / name / "report.json")
            if strategy in SIMPLE_STRATEGIES:
                settings = {"strategy": strategy}
                call(assign_training_weights, *sample, *made, settings=settings)
            elif strategy == "truth":
                truth = self.events(name).with_name("truth.arrow")
                call(assign_true_weights, *sample, "--truth", truth, *made)
            elif strategy == "resampled":
                self.ran("transformed")
                transformed = ("--transformed", *self.weights("transformed", name))
                call(resample_events, *sample, *transformed, *made, *report, settings={"seed": 5})
            elif strategy == "reweighted":
                means = self._networks(train_ratio_network, "ratio_networks", "mean_weight", name)
                call(reweight_events, *sample, "--mean-weights", *means, *made, *report)
            else:
                outputs = self._networks(train_sign_network, "sign_networks", "probability", name)
                calibration = ("--calibration", self.folder / "weights" / "transformed" / name / "calibration.json")
                settings = {"calibration": {"constant_if_inseparable": True, "clipped_fraction_limit": 1.0}}
                call(calibrate_weights, *sample, "--probabilities", *outputs, *made, *calibration, settings=settings)

    def _networks(self, command, kind: str, output: str, name: str) -> list[Path]:
        settings = {"seed": 5, "folds": FOLDS, "network": NETWORK}
        stores = self.outputs(kind, name, f"{output}.arrow")
        for fold, store in enumerate(stores):
            beside = ("--model", store.with_name("model"), "--history", store.with_name("history"))
            arguments = ("--sample", name, "--fold", fold, "--events", self.events(name), *beside)
            call(command, *arguments, f"--{output.replace('_', '-')}", store, settings=settings)
        return stores

    def classify(self, strategy: str, name: str = "", **changes) -> None:
        """Train the strategy's classifiers and score all events; a name of their own where settings are changed."""
        self.ran(strategy)
        name = name or strategy
        comparison = StrategyComparison(variant="plain", seeds=(1, 2), warm_up_epochs=2)
        variant = strategy_variant(Variant.model_validate(TEMPLATE), comparison, strategy).model_dump(mode="json")
        variant |= changes
        settings = {"seed": 5, "folds": FOLDS, "variant": variant, "classes": CLASSES}
        settings["processes"] = {"zh": "zh", "tt": "tt"}
        events = ("--events", *map(self.events, SAMPLES))
        models = [self.classifier(name, fold) / "model" for fold in range(FOLDS)]
        for fold, model in enumerate(models):
            arguments = ("--variant", f"plain_{name}", "--seed", 1, "--fold", fold, *events)
            weights = ("--weights", *(self.weights(strategy, sample)[fold] for sample in SAMPLES))
            outputs = ("--model", model, "--history", model.with_name("history"))
            call(train_classifier, *arguments, *weights, *outputs, settings=settings)
        output = ("--output-folder", self.folder / "scores" / name)
        settings = {"folds": FOLDS, "variant": f"plain_{name}"}
        names = ("--variant", f"plain_{name}", "--seed", 1)
        call(score_events, *names, *events, "--models", *models, *output, settings=settings)

    def assign_joint(self, name: str) -> list[Path]:
        """Write the weights that the joint trainings ended with."""
        models = [self.classifier("joint", fold) / "model" for fold in range(FOLDS)]
        weights = self.weights("joint_end", name)
        names = ("--variant", "plain_joint", "--seed", 1, "--sample", name)
        arguments = (*names, "--events", self.events(name), "--models", *models, "--weights", *weights)
        call(assign_joint_weights, *arguments, settings={"classes": CLASSES})
        return weights

    def classifier(self, strategy: str, fold: int) -> Path:
        return self.folder / "classifiers" / strategy / f"fold{fold}"

    def scores(self, strategy: str, name: str) -> np.ndarray:
        return opened(self.folder / "scores" / strategy / name / "nominal.arrow").column("score")


@pytest.fixture(scope="module")
def chains(tmp_path_factory) -> tuple[Chain, Chain]:
    """The same events twice; in the second folder the signs of one fold are drawn anew."""
    return tuple(Chain(tmp_path_factory.mktemp(name), name == "redrawn") for name in ("drawn", "redrawn"))


def same(chains: tuple[Chain, Chain], path: Path) -> bool:
    """Tell whether a file of the first chain is the same in the second."""
    first, second = chains
    return path.read_bytes() == (second.folder / path.relative_to(first.folder)).read_bytes()


SIGN_BLIND = ("unit", "absolute", "truth")
"""Their training weights depend on |w| and the yield, which the cross-section fixes: on signs by rounding at most."""


def assert_only_the_redrawn_fold_is_the_same(
    chains: tuple[Chain, Chain], paths: list[Path], others_differ: bool = True
) -> None:
    """Check files, one per fold that is left out."""
    alike = [same(chains, path) for path in paths]
    assert alike[REDRAWN], paths[REDRAWN]
    assert not others_differ or alike == [fold == REDRAWN for fold in range(FOLDS)], paths[0]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_scores_a_fold_does_not_know_its_signs(chains: tuple[Chain, Chain], strategy: str) -> None:
    for chain in chains:
        chain.classify(strategy)
    first, others_differ = chains[0], strategy not in SIGN_BLIND
    for name in SAMPLES:
        assert not same(chains, first.events(name))
        assert_only_the_redrawn_fold_is_the_same(chains, first.weights(strategy, name), others_differ)
        fold = opened(first.events(name)).column("fold")
        before, after = (chain.scores(strategy, name) for chain in chains)
        np.testing.assert_array_equal(before[fold == REDRAWN], after[fold == REDRAWN])
        assert not others_differ or np.mean(before[fold != REDRAWN] == after[fold != REDRAWN]) < 0.1
    for file in ("model", "history"):
        files = [first.classifier(strategy, fold) / file for fold in range(FOLDS)]
        assert_only_the_redrawn_fold_is_the_same(chains, files, others_differ)


def test_a_decorrelated_classifier_does_not_know_them_either(chains: tuple[Chain, Chain]) -> None:
    """Planing takes spectra and DisCo correlations from the training events alone."""
    planing = {"strategy": "transformed", "planing": {"spectator": "y", "bins": 5}}
    terms = [{"objective": "cross_entropy"}, {"objective": "disco", "spectator": "y"}]
    phases = [{"epochs": 3, "updates": [{"terms": terms, "learning_rate": 0.01}]}]
    for chain in chains:
        chain.classify("transformed", "decorrelated", weights=planing, phases=phases)
    for file in ("model", "history"):
        files = [chains[0].classifier("decorrelated", fold) / file for fold in range(FOLDS)]
        assert_only_the_redrawn_fold_is_the_same(chains, files)


@pytest.mark.parametrize(
    ("strategy", "kind", "output"),
    [("transformed", "sign_networks", "probability"), ("reweighted", "ratio_networks", "mean_weight")],
)
def test_what_weighs_the_events_outside_a_fold_does_not_know_its_signs(chains, strategy, kind, output) -> None:
    for chain in chains:
        chain.ran(strategy)
    for name in SAMPLES:
        for file in ("model", "history", f"{output}.arrow"):
            assert_only_the_redrawn_fold_is_the_same(chains, chains[0].outputs(kind, name, file))


def test_the_weights_that_joint_ends_with_do_not_know_a_folds_signs(chains: tuple[Chain, Chain]) -> None:
    for name in SAMPLES:
        for chain in chains:
            if not (chain.classifier("joint", 0) / "model").exists():
                chain.classify("joint")
            paths = chain.assign_joint(name)
        assert_only_the_redrawn_fold_is_the_same(
            chains, [chains[0].folder / path.relative_to(chain.folder) for path in paths]
        )


@pytest.mark.parametrize(("strategy", "report"), [("transformed", "calibration"), ("reweighted", "report")])
def test_what_is_reported_of_a_fold_does_not_know_its_signs(chains, strategy, report) -> None:
    for chain in chains:
        chain.ran(strategy)
    for name in SAMPLES:
        before, after = (
            json.loads((chain.folder / "weights" / strategy / name / f"{report}.json").read_text())["folds"]
            for chain in chains
        )
        assert [before[str(fold)] == after[str(fold)] for fold in range(FOLDS)] == [
            fold == REDRAWN for fold in range(FOLDS)
        ]
