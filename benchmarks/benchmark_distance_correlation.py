"""dCorr² with its gradient against the formula with N × N matrices, and what DisCo adds to a training.

CPU time on one thread, side by side, the least of several runs; the matrices are float32 with autograd, as public
implementations have them, also with a memory allocator that keeps large blocks (MALLOC_TOP_PAD_ and
MALLOC_MMAP_THRESHOLD_ in the environment decide that before a process starts, so it starts itself again).

    python benchmarks/benchmark_distance_correlation.py
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.objectives.cross_entropy import Kind as CrossEntropy
from signedag.config.objectives.disco import Kind as Disco
from signedag.networks.network import Network
from signedag.objectives.batch import CLASS, SIGNED_WEIGHT, TRAINING_WEIGHT, EventTable
from signedag.objectives.distance_correlation import distance_correlation
from signedag.objectives.distance_covariance_torch import distance_covariances
from signedag.objectives.term import term_of
from signedag.training.drawing import shuffled_batches
from signedag.training.loop import train
from signedag.training.plan import Phase, Update

LARGE_BLOCKS = {"MALLOC_TOP_PAD_": str(1 << 30), "MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": "-1"}


def drawn(size: int, kind: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """Draw score, mass and weights."""
    generator = np.random.default_rng(1)
    mass = generator.exponential(50.0, size)
    arrays = (generator.random(size) + np.exp(-mass / 50), mass, generator.random(size))
    score, spectator, weight = (torch.from_numpy(values).to(kind) for values in arrays)
    return score.requires_grad_(), spectator, weight


def by_matrices(score: Tensor, spectator: Tensor, weight: Tensor) -> Tensor:
    """Give dCorr² from N × N matrices."""
    p = weight / weight.sum()

    def centred(values: Tensor) -> Tensor:
        distances = (values[:, None] - values).abs()
        rows = distances @ p
        return distances - rows[:, None] - rows + p @ rows

    a, b = centred(score), centred(spectator)
    pairs = p[:, None] * p
    return (pairs * a * b).sum() / ((pairs * a * a).sum() * (pairs * b * b).sum()).sqrt()


def cpu_seconds(work: Callable[[], object], least: float = 0.3) -> float:
    """Give the CPU seconds of one call: the least of five means over enough calls."""
    work()
    times = []
    for _ in range(5):
        calls, start = 0, time.process_time()
        while not calls or time.process_time() - start < least / 5:
            work()
            calls += 1
        times.append((time.process_time() - start) / calls)
    return min(times)


def with_gradient(correlation: Callable[[Tensor, Tensor, Tensor], Tensor], size: int) -> float:
    """Give the CPU seconds of value and gradient in single precision."""
    score, spectator, weight = drawn(size, torch.float32)
    return cpu_seconds(lambda: torch.autograd.grad(correlation(score, spectator, weight), score))


def toy(events: int) -> EventTable:
    """Draw two Gaussian classes of eleven features, the first of which stands for the mass."""
    generator = np.random.default_rng(1)
    is_signal = generator.random(events) < 0.5
    values = generator.normal(0.6 * is_signal[:, None], 1, (events, 11)).astype(np.float32)
    weight = torch.ones(events)
    columns = {CLASS: torch.from_numpy(is_signal.astype(np.float32)), TRAINING_WEIGHT: weight, SIGNED_WEIGHT: weight}
    columns["m_jj_gev"] = torch.from_numpy(values[:, 0].copy())
    return EventTable(columns, {"classifier": torch.from_numpy(values)})


def training_seconds(terms: Sequence[Disco], events: int, batch: int) -> float:
    """Give the CPU seconds of training the default network for ten epochs."""
    table, validation = toy(events), toy(events // 4)
    network = Network(Dense(hidden_layers=(64, 64, 64)), [f"x{index}" for index in range(11)])
    update = Update(("classifier",), tuple(term_of(term) for term in (CrossEntropy(), *terms)))
    phase = Phase(10, (update,), shuffled_batches(events, batch))
    start = time.process_time()
    train({"classifier": network}, (phase,), table, validation, np.random.default_rng(1))
    return time.process_time() - start


def in_torch(size: int) -> float:
    """Give the CPU seconds of the torch operations."""
    exact = [values.detach() for values in drawn(size, torch.float64)]
    return cpu_seconds(lambda: distance_covariances(*exact))


def large(size: int) -> None:
    """Print time and memory for many events; the peak of memory counts, so nothing large may have run before."""
    with_gradient(distance_correlation, 10)
    score, spectator, weight = drawn(size, torch.float32)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    torch.autograd.grad(distance_correlation(score, spectator, weight), score)
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    own = with_gradient(distance_correlation, size)
    print(f"{size} events: {own:.2f} s, {more:.0f} MB more, torch / own {in_torch(size) / own:.1f}")


def training() -> None:
    """Print what DisCo adds to a training."""
    pairs = [tuple(training_seconds(terms, 100_000, 4096) for terms in ((), (Disco(),))) for _ in range(9)]
    ratios = [disco / plain for plain, disco in pairs]
    spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
    print(f"training at batch 4096 with DisCo / without: median {statistics.median(ratios):.3f} of {spread}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 256, 1024, 4096], help="events of a batch")
    parser.add_argument("--large", type=int, default=1_000_000, help="events without a peer")
    parser.add_argument("--again", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    threadpool_limits(limits=1)
    if not arguments.again:
        large(arguments.large)
        training()
    kept = "memory kept" if arguments.again else "memory as it is"
    for size in arguments.sizes:
        own, peer = with_gradient(distance_correlation, size), with_gradient(by_matrices, size)
        torch_ratio = in_torch(size) / own
        print(f"{kept}, {size} events: {1e3 * own:.3f} ms, N x N / own {peer / own:.1f}, torch / own {torch_ratio:.1f}")
    if not arguments.again:
        again = [sys.executable, __file__, "--again", "--sizes", *map(str, arguments.sizes)]
        subprocess.run(again, env=os.environ | LARGE_BLOCKS, check=True)  # noqa: S603 - our own
    return 0


if __name__ == "__main__":
    sys.exit(main())
