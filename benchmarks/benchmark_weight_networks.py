"""What the transformation of negative weights costs, beside one training of the classifier on the same events.

Simulates events with known truth, then takes the CPU seconds of each step side by side in one run, all of them for the
events outside one of two folds: the sign networks of all inner parts with their output, the isotonic calibration, and
the classifier. Quote the ratios, not the seconds.

    python benchmarks/benchmark_weight_networks.py --events 1000000
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.classifier import Variant
from signedag.config.weights import Calibration, SignNetwork
from signedag.events.folds import inner_part
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT
from signedag.seeds import entropy
from signedag.training.classifier import train_classifier
from signedag.training.events import PROCESS, TrainingEvents
from signedag.training.weight_networks import cross_fit
from signedag.weights.calibration import calibrate_cross_fitted
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
    outside, number = generator.random(count) < 0.5, np.arange(count)
    inputs = tuple(f"x{index}" for index in range(arguments.features))
    settings, calibration = SignNetwork(inputs=inputs[:4]), Calibration()
    own, part = weight[outside], inner_part(number[outside], settings.inner_parts)
    fitted, sign_seconds = timed(
        lambda: cross_fit("benchmark", settings, features[outside, :4], own, part, partial(entropy, 1), "cross_entropy")
    )
    splits, repetitions = calibration.splits, calibration.repetitions
    probability, isotonic_seconds = timed(
        lambda: calibrate_cross_fitted(fitted.probability[0], own, number[outside], splits, repetitions)
    )
    transformed = transform("benchmark", own, probability).training_weight
    classes = {CLASS: is_signal[outside], PROCESS: is_signal[outside]}
    events = TrainingEvents(features[outside], classes | {SIGNED_WEIGHT: own, TRAINING_WEIGHT: transformed})
    total = sign_seconds + isotonic_seconds
    epochs = [len(one.history.epochs) for one in fitted.networks]
    print(f"{count} events, half of them outside the fold")
    print(f"sign networks of {settings.inner_parts} parts, {epochs} epochs: {sign_seconds:.1f} s CPU with their output")
    print(f"isotonic calibration: {isotonic_seconds:.2f} s CPU")
    for name, shape in {"default": Dense(), "reference": REFERENCE}.items():
        variant = Variant(region="all", inputs=inputs, architecture=shape)
        made, seconds = timed(lambda variant=variant: train_classifier(variant, events, 1))
        print(f"{name} classifier {list(shape.hidden_layers)}, {len(made.history.epochs)} epochs: {seconds:.1f} s CPU")
        print(f"    (sign networks + calibration) / {name} classifier = {total / seconds:.2f}")


if __name__ == "__main__":
    main()
