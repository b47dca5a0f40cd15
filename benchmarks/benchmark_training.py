"""Training throughput of the training core beside a lean hand-written loop of the same network on the same events.

The lean loop holds everything in memory, shuffles, takes batches by index_select and steps a fused Adam; after each
epoch it evaluates the validation events once, as the training core does. One thread, CPU time, both in one run and in
turns. Quote the ratios, not the seconds.

    python benchmarks/benchmark_training.py
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

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.objectives.cross_entropy import Kind as CrossEntropy
from signedag.networks.device import make_deterministic
from signedag.networks.network import Network
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT, EventTable
from signedag.objectives.term import term_of
from signedag.training.drawing import shuffled_batches
from signedag.training.loop import train
from signedag.training.plan import Phase, Update

SHAPES = ((64, 64, 64), (300, 150, 100, 50))
SIZES = (1024, 4096)


def simulated(count: int, features: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Draw two Gaussian classes with weights; features are standardised already."""
    generator = np.random.default_rng(seed)
    is_signal = generator.random(count) < 0.5
    values = generator.normal(0.6 * is_signal[:, None], 1, (count, features)).astype(np.float32)
    weight = generator.lognormal(0, 0.2, count).astype(np.float32)
    return torch.from_numpy(values), torch.from_numpy(is_signal.astype(np.float32)), torch.from_numpy(weight)


def lean(shape: tuple[int, ...], size: int, epochs: int, data: list[torch.Tensor], held: list[torch.Tensor]) -> None:
    """Train by a loop that does nothing but what it must."""
    x, y, w = data
    layers: list[nn.Module] = []
    for a, b in zip((x.shape[1], *shape[:-1]), shape, strict=True):
        layers += [nn.Linear(a, b), nn.ReLU()]
    network = nn.Sequential(*layers, nn.Linear(shape[-1], 1))
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(size):
            logit = network(x.index_select(0, rows)).squeeze(-1)
            target, weight = y.index_select(0, rows), w.index_select(0, rows)
            loss = nn.functional.binary_cross_entropy_with_logits(logit, target, weight=weight)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
        with torch.no_grad():
            logit = network(held[0]).squeeze(-1)
            float(nn.functional.binary_cross_entropy_with_logits(logit, held[1], weight=held[2]))


def core(shape: tuple[int, ...], size: int, epochs: int, data: list[torch.Tensor], held: list[torch.Tensor]) -> None:
    """Train by the training core."""
    network = Network(Dense(hidden_layers=shape), [f"x{index}" for index in range(data[0].shape[1])])

    def table(events: list[torch.Tensor]) -> EventTable:
        x, y, w = events
        return EventTable({CLASS: y, TRAINING_WEIGHT: w, SIGNED_WEIGHT: w}, {"classifier": network.standardised(x)})

    update = Update(("classifier",), (term_of(CrossEntropy()),))
    phase = Phase(epochs, (update,), shuffled_batches(len(data[0]), size))
    train({"classifier": network}, (phase,), table(data), table(held), np.random.default_rng(1))


def cpu_seconds(step: Callable[[], None]) -> float:
    """Give the CPU seconds of a step."""
    start = time.process_time()
    step()
    return time.process_time() - start


def main() -> None:
    """Measure in turns and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000, help="training events")
    parser.add_argument("--features", type=int, default=14, help="input columns")
    parser.add_argument("--repeats", type=int, default=5, help="pairs of measurements")
    arguments = parser.parse_args()
    make_deterministic()
    data = list(simulated(arguments.events, arguments.features, 1))
    held = list(simulated(arguments.events // 4, arguments.features, 2))
    for shape in SHAPES:
        for size in SIZES:
            epochs = 6 if shape == SHAPES[0] else 2
            ratios, rates = [], []
            for repeat in range(arguments.repeats + 1):
                hand, ours = (cpu_seconds(partial(run, shape, size, epochs, data, held)) for run in (lean, core))
                if repeat:  # the first pair warms up
                    ratios.append(hand / ours)
                    rates.append(epochs * arguments.events / ours)
            print(
                f"{'-'.join(map(str, shape))}, batch {size}: throughput / lean loop = {statistics.median(ratios):.3f} "
                f"({min(ratios):.3f} to {max(ratios):.3f}); {statistics.median(rates):.3g} events per CPU second"
            )


if __name__ == "__main__":
    main()
