"""Time the signed-weight metrics beside what they are compared with, on the same events.

AUC against scikit-learn's `roc_auc_score` (positive weights, which is all that it takes), the bootstrap error of the
AUC against replicas that sort anew, the weighted Kolmogorov-Smirnov distance against scipy's `ks_2samp` (unit weights)
and against a naive loop over thresholds. Each line: both times, their ratio, and the largest difference of the values.

    PYTHONPATH=scripts python benchmarks/benchmark_metrics.py --events 600000
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from signedag.metrics.distances import kolmogorov_smirnov
from signedag.metrics.roc import area, area_with_linear_error, bootstrap_areas, signed_roc
from signedag.metrics.weighted_sample import Floats, WeightedSample

Classes = tuple[WeightedSample, WeightedSample]


def draw(generator: np.random.Generator, events: int, signed: bool) -> Classes:
    """Draw scores of signal (a sixth of the events) and background, with or without 20 % negative weights."""
    classes = []
    for size, shift in ((events // 6, 1.0), (events - events // 6, 0.0)):
        scores = (1 / (1 + np.exp(-generator.normal(shift, 1, size)))).astype(np.float32).astype(np.float64)
        weights = generator.lognormal(0, 0.5, size)
        signs = np.where(generator.random(size) < (0.2 if signed else 0.0), -1.0, 1.0)
        classes.append(WeightedSample(scores, weights * signs))
    return classes[0], classes[1]


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Give the shortest wall time of `repeats` runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def report(name: str, ours: Callable[[], float], theirs: Callable[[], float], repeats: int = 5) -> None:
    """Print both times, the ratio theirs/ours and the difference of the values."""
    mine, other = seconds(ours, repeats), seconds(theirs, repeats)
    difference = abs(ours() - theirs())
    print(f"{name:44s} {mine * 1e3:9.1f} ms {other * 1e3:9.1f} ms {other / mine:7.2f}  {difference:.1e}")


def scikit_learn_area(classes: Classes) -> float:
    """Give scikit-learn's weighted AUC."""
    signal, background = classes
    labels = np.concatenate([np.ones(signal.values.size), np.zeros(background.values.size)])
    weights = np.concatenate([signal.weights, background.weights])
    scores = np.concatenate([signal.values, background.values])
    return float(roc_auc_score(labels, scores, sample_weight=weights))


def resorted_replicas(classes: Classes, generator: np.random.Generator, replicas: int) -> Floats:
    """Give bootstrap areas the plain way: Poisson counts, and a new sort for each replica."""
    return np.array(
        [
            area(
                signed_roc(
                    *(WeightedSample(c.values, c.weights * generator.poisson(1, c.values.size)) for c in classes)
                )
            )
            for _ in range(replicas)
        ]
    )


def naive_distance(first: WeightedSample, second: WeightedSample) -> float:
    """Give D by asking for both signed cumulative sums at each distinct value."""
    largest = 0.0
    for value in np.unique(np.concatenate([first.values, second.values])):
        shares = [s.weights[s.values <= value].sum() / s.weights.sum() for s in (first, second)]
        largest = max(largest, abs(shares[0] - shares[1]))
    return largest


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=600_000, help="events of both classes together")
    parser.add_argument("--replicas", type=int, default=200, help="bootstrap replicas")
    arguments = parser.parse_args(argv)
    threadpool_limits(limits=1)
    generator = np.random.default_rng(1)
    positive, signed = (draw(generator, arguments.events, sign) for sign in (False, True))
    first, second = (WeightedSample(one.values, np.ones(one.values.size)) for one in positive)
    small = draw(generator, 6000, True)
    few = max(arguments.replicas // 20, 2)
    print(f"{'':44s} {'signedag':>12s} {'other':>12s} {'ratio':>7s}  difference")
    report("AUC / scikit-learn", lambda: area(signed_roc(*positive)), lambda: scikit_learn_area(positive))
    report(
        f"error, {few} replicas / Poisson, sorted anew",
        lambda: float(bootstrap_areas(*signed, np.random.default_rng(2), few).std()),
        lambda: float(resorted_replicas(signed, np.random.default_rng(2), few).std()),
        repeats=1,
    )
    report(
        f"error in closed form / {arguments.replicas} replicas",
        lambda: area_with_linear_error(signed_roc(*signed)).error,
        lambda: float(bootstrap_areas(*signed, np.random.default_rng(3), arguments.replicas).std(ddof=1)),
        repeats=1,
    )
    report(
        "KS / scipy ks_2samp, unit weights",
        lambda: kolmogorov_smirnov(first, second).distance,
        lambda: float(ks_2samp(first.values, second.values, method="asymp").statistic),
    )
    report(
        "KS, 6000 signed events / naive",
        lambda: kolmogorov_smirnov(*small).distance,
        lambda: naive_distance(*small),
        repeats=2,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
