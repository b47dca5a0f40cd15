"""What the transformation of negative weights costs, beside one training of the classifier on the same events.

Simulates events with known truth, then takes the CPU seconds of each step side by side in one run: one fold's sign
network, the isotonic calibration out of fold, and one fold's classifier. Quote the ratios, not the seconds.

    python benchmarks/benchmark_weight_networks.py --events 1000000
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.classifier import Variant
from signedag.config.weights import SignNetwork
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT
from signedag.training.classifier import train_classifier
from signedag.training.events import PROCESS, TrainingEvents
from signedag.training.weight_networks import train_weight_network
from signedag.weights.calibration import calibrate_out_of_fold
from signedag.weights.transformation import transform

Result = TypeVar("Result")
REFERENCE = Dense(hidden_layers=(300, 150, 100, 50), dropout=0.25)
"""The architecture of parametric classifiers, about 70k parameters."""


def timed(step: Callable[[], Result]) -> tuple[Result, float]:
    """Give a step's result and its CPU seconds."""
    start = time.process_time()
    result = step()
    return result, time.process_time() - start


def main() -> None:
    """Simulate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000, help="events of the sample")
    parser.add_argument("--features", type=int, default=14, help="input columns")
    arguments = parser.parse_args()
    generator = np.random.default_rng(1)
    count = arguments.events
    is_signal = generator.random(count) < 0.5
    features = generator.normal(0.6 * is_signal[:, None], 1, (count, arguments.features)).astype(np.float32)
    positive = 1 - 0.45 / (1 + np.exp(0.8 * features[:, 0] + 0.4 * features[:, 1]))
    weight = generator.lognormal(0, 0.2, count) * np.where(generator.random(count) < positive, 1, -1)
    fold, half = (generator.integers(0, 2, count).astype(np.int8) for _ in range(2))
    inputs = tuple(f"x{index}" for index in range(arguments.features))
    trained, sign_seconds = timed(
        lambda: train_weight_network(
            SignNetwork(inputs=inputs[:4]), features[:, :4].copy(), weight, fold == 0, 1, "cross_entropy"
        )
    )
    raw, score_seconds = timed(lambda: trained.network.probability(features[:, :4].copy()))
    (probability, _), isotonic_seconds = timed(lambda: calibrate_out_of_fold(raw, weight, fold, half))
    transformed = transform("benchmark", weight, probability).training_weight
    used = fold == 0
    columns = {CLASS: is_signal, PROCESS: is_signal, SIGNED_WEIGHT: weight, TRAINING_WEIGHT: transformed}
    events = TrainingEvents(features, columns).where(used)
    total = sign_seconds + score_seconds + isotonic_seconds
    print(f"{count} events, half of them to train on")
    print(
        f"sign network, {len(trained.history.epochs)} epochs: {sign_seconds:.1f} s CPU; output: {score_seconds:.1f} s"
    )
    print(f"isotonic calibration of all events: {isotonic_seconds:.2f} s CPU")
    for name, shape in {"default": Dense(), "reference": REFERENCE}.items():
        variant = Variant(region="all", inputs=inputs, architecture=shape)
        made, seconds = timed(lambda variant=variant: train_classifier(variant, events, 1))
        print(f"{name} classifier {list(shape.hidden_layers)}, {len(made.history.epochs)} epochs: {seconds:.1f} s CPU")
        print(f"    (sign network + output + calibration) / {name} classifier = {total / seconds:.2f}")


if __name__ == "__main__":
    main()
