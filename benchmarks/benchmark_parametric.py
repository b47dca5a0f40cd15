"""What sampled parameters and balanced batches add to a training, beside other ways to train the same network.

The network is the reference one, 300-150-100-50 with affine conditioning after every hidden layer and dropout. `plain`
is the training core with fixed parameters and shuffled batches; `parametric` draws the background's parameters anew in
every batch and holds equal numbers of each signal point and each background process, classes alike. The DataLoader loop
shuffles events with fixed parameters; so do, where they are asked for and installed, Lightning's Trainer on a
DataLoader of the same tensors and Keras's fit (on torch). One thread, CPU time, in one run and in turns. Quote the
ratios, not the seconds.

    python benchmarks/benchmark_parametric.py --beside lightning keras
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from training_frameworks import Arrays, by_keras, by_lightning, found

from signedag.config.architectures.conditioned import Kind as Conditioned
from signedag.config.drawing import MiniBatch
from signedag.config.objectives.cross_entropy import Kind as CrossEntropy
from signedag.config.parameters import BackgroundParameters
from signedag.networks.device import make_deterministic
from signedag.networks.network import Network
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT, EventTable
from signedag.objectives.term import term_of
from signedag.training.drawing import Drawing, shuffled_batches, stratified_batches
from signedag.training.events import PROCESS, TrainingEvents
from signedag.training.loop import train
from signedag.training.parameters import Points, sampler_of, with_parameters, with_sampled_parameters
from signedag.training.plan import Phase, Update
from signedag.training.strata import strata_of

FEATURES = 27
MASSES = (500.0, 750.0, 1000.0, 1250.0, 1500.0)
BACKGROUNDS = 4
POINTS = Points(("mass",), np.arange(BACKGROUNDS, BACKGROUNDS + len(MASSES)), np.array(MASSES)[:, None])


def simulated(count: int, seed: int) -> TrainingEvents:
    """Draw events of four backgrounds and five masses, of very different numbers."""
    generator = np.random.default_rng(seed)
    shares = np.array([0.4, 0.1, 0.05, 0.05, 0.2, 0.1, 0.05, 0.03, 0.02])
    process = generator.choice(len(shares), count, p=shares)
    is_signal = process >= BACKGROUNDS
    features = generator.normal(0.3 * is_signal[:, None], 1, (count, FEATURES)).astype(np.float32)
    weight = generator.lognormal(0, 0.2, count)
    columns = {CLASS: is_signal.astype(np.int8), PROCESS: process, TRAINING_WEIGHT: weight, SIGNED_WEIGHT: weight}
    events = TrainingEvents(features, columns)
    return with_parameters(events, POINTS, sampler_of(POINTS, events, BackgroundParameters(), MiniBatch()), generator)


def reference() -> Network:
    """Make the reference network."""
    network = Network(Conditioned(), [f"x{index}" for index in range(FEATURES)], 1, POINTS.names)
    network.standardise_parameters_by(POINTS.values)
    return network


def core(events: TrainingEvents, held: TrainingEvents, drawing: Drawing, epochs: int) -> None:
    """Train by the training core."""
    network = reference()

    def table(some: TrainingEvents) -> EventTable:
        names = (CLASS, TRAINING_WEIGHT, SIGNED_WEIGHT, "mass")
        columns = {name: torch.from_numpy(some.columns[name].astype(np.float32)) for name in names}
        return EventTable(columns, {"classifier": network.standardised(torch.from_numpy(some.features))})

    phase = Phase(epochs, (Update(("classifier",), (term_of(CrossEntropy()),)),), drawing)
    train({"classifier": network}, (phase,), table(events), table(held), np.random.default_rng(1))


def loader(events: TrainingEvents, held: TrainingEvents, size: int, epochs: int) -> None:
    """Train by a loop over a DataLoader of tensors."""
    network = reference()
    columns = [events.columns[name].astype(np.float32) for name in (CLASS, TRAINING_WEIGHT, "mass")]
    tensors = [torch.from_numpy(values) for values in (events.features, *columns)]
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    batches = DataLoader(TensorDataset(*tensors), batch_size=size, shuffle=True)

    def loss_of(x: torch.Tensor, y: torch.Tensor, w: torch.Tensor, m: torch.Tensor) -> torch.Tensor:
        logit = network(torch.cat([x, m[:, None]], dim=1))
        return nn.functional.binary_cross_entropy_with_logits(logit, y, weight=w)

    validating = [held.columns[name].astype(np.float32) for name in (CLASS, TRAINING_WEIGHT, "mass")]
    for _ in range(epochs):
        network.train()
        for x, y, w, m in batches:
            optimiser.zero_grad(set_to_none=True)
            loss_of(x, y, w, m).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        network.eval()
        with torch.no_grad():
            float(loss_of(*(torch.from_numpy(values) for values in (held.features, *validating))))


def arrays(events: TrainingEvents) -> Arrays:
    """Give events as frameworks take them."""
    columns = (events.columns[name].astype(np.float32) for name in (CLASS, TRAINING_WEIGHT, "mass"))
    return Arrays(events.features, *columns)


def framework(name: str, events: Arrays, held: Arrays, size: int, epochs: int) -> None:
    """Train by a general framework."""
    if name == "lightning":
        by_lightning(reference(), events, held, size, epochs)
    else:
        by_keras(Conditioned().hidden_layers, Conditioned().dropout, MASSES, events, held, size, epochs)


def spread(ratios: list[float]) -> str:
    """Write the median of ratios and their range."""
    return f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"


def cpu_seconds(step: Callable[[], None]) -> float:
    """Give the CPU seconds of a step."""
    start = time.process_time()
    step()
    return time.process_time() - start


def main() -> None:
    """Measure in turns and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000, help="training events")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5, help="rounds of measurements")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1024, 8192], help="events in a batch")
    help_text = "frameworks to train the same network with"
    parser.add_argument("--beside", nargs="*", default=[], choices=["lightning", "keras"], help=help_text)
    arguments = parser.parse_args()
    for name in arguments.beside:
        found(name)
    make_deterministic()
    torch.set_num_threads(1)
    events, held = simulated(arguments.events, 1), simulated(arguments.events // 4, 2)
    for size in arguments.sizes:
        batch = MiniBatch(drawing="stratified", strata="full", size=size)
        strata = strata_of(events.columns[CLASS], events.columns[PROCESS], "full")
        sampler = sampler_of(POINTS, events, BackgroundParameters(), batch)
        balanced = with_sampled_parameters(
            stratified_batches(strata.of_event, size, strata.shares), events, POINTS, sampler
        )
        ways: dict[str, Callable[[], None]] = {
            "parametric": partial(core, events, held, balanced, arguments.epochs),
            "plain": partial(core, events, held, shuffled_batches(len(events), size), arguments.epochs),
            "DataLoader": partial(loader, events, held, size, arguments.epochs),
        } | {
            name: partial(framework, name, arrays(events), arrays(held), size, arguments.epochs)
            for name in arguments.beside
        }
        rounds = [
            {name: cpu_seconds(way) for name, way in ways.items()} for _ in range(arguments.repeats + 1)
        ][1:]  # fmt: skip
        print(f"batch {size}: parametric / plain = {spread([one['parametric'] / one['plain'] for one in rounds])}")
        for name in list(ways)[2:]:
            print(f"batch {size}: {name} / parametric = {spread([one[name] / one['parametric'] for one in rounds])}")


if __name__ == "__main__":
    main()
