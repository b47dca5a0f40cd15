"""What a fit with its interval costs, side by side with pyhf on the same model, and where the time goes.

The model is a signal region with six processes, each with `--shapes` shape nuisances and one of yields, and three free
scale factors. All times are CPU time of one thread; quote the ratios, not the seconds.

    OMP_NUM_THREADS=1 python benchmarks/benchmark_likelihood.py --bins 900 --shapes 86
    OMP_NUM_THREADS=1 python benchmarks/benchmark_likelihood.py --bins 90000 --shapes 86 --without-pyhf
    OMP_NUM_THREADS=1 python benchmarks/benchmark_likelihood.py --bins 1000000 --shapes 86 --without-pyhf --single

pyhf fits with Minuit, with gradients from PyTorch or, with NumPy, by differences. Its interval is found by Brent's
method to a thousandth of the error in a bracket of 20 % around the known end, ours to a billionth without one.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyhf
import torch
from scipy.optimize import brentq

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import fit
from signedag.statistics.intervals import Interval, Profile
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import Channel, Contribution, Model, Normalisation, Parameter, Shape
from signedag.statistics.rows import Precision
from signedag.statistics.workspace import workspace

SCALED = ("tt", "zlf", "zhf")


def example_model(bins: int, shapes: int, precision: Precision, scale_factors: bool) -> Model:
    """Make a model with plausible yields; the numbers have no meaning beyond their size."""
    generator = np.random.default_rng(1)
    kind = np.float32 if precision == "single" else np.float64
    names = [f"shape{number}" for number in range(shapes)]
    noise = generator.standard_normal(bins, dtype=kind)

    def varied(nominal: np.ndarray, mean: float) -> np.ndarray:
        # neighbouring bins vary independently, without a random number for each of a billion
        relative = np.roll(noise, int(generator.integers(bins)))
        relative *= 0.01
        relative += 1 + kind(mean + 0.01 * generator.standard_normal())
        relative *= nominal
        return relative

    contributions = []
    for number, process in enumerate(("zh", "vz", *SCALED, "other")):
        nominal = generator.gamma(4.0, 0.25 * (number + 1), bins).astype(kind)
        pairs = tuple(Shape(name, varied(nominal, 0.005), varied(nominal, -0.005)) for name in names)
        factor = ("mu",) if process == "zh" else (f"sf_{process}",) if scale_factors and process in SCALED else ()
        lumi = (Normalisation("luminosity", 1.025, 1 / 1.025),)
        contributions.append(Contribution(process, nominal, 2 * nominal, factor, pairs, lumi))
    parameters = (
        Parameter("mu", "signal_strength", 1.0, False),
        *(Parameter(f"sf_{process}", "scale_factor", 1.0, False) for process in SCALED if scale_factors),
        *(Parameter(name, "nuisance", 0.0, True) for name in (*names, "luminosity")),
    )
    return Model((Channel("sr", tuple(contributions)),), parameters)


def arrays_of(model: Model) -> list[np.ndarray]:
    """Give all templates."""
    items = model.channels[0].contributions
    return [
        array for item in items for array in (item.nominal, *(side for s in item.shapes for side in (s.up, s.down)))
    ]


def cpu_seconds(work: Callable[[], object], rounds: int = 1) -> float:
    """Give the CPU time of the fastest of some rounds."""
    seconds = []
    for _ in range(rounds):
        before = time.process_time()
        work()
        seconds.append(time.process_time() - before)
    return min(seconds)


@dataclass(frozen=True)
class Costs:
    """CPU seconds."""

    building: float
    fit: float
    interval: float

    @property
    def total(self) -> float:
        """All of them."""
        return self.building + self.fit + self.interval

    def __str__(self) -> str:
        parts = f"building {self.building:.4g}, fit {self.fit:.4g}, interval {self.interval:.4g}"
        return f"{self.total:9.4g} s  ({parts})"


def ours(model: Model, precision: Precision, rounds: int) -> tuple[Costs, Interval]:
    """Measure the whole of our fit to Asimov data: the fastest of some rounds."""
    fastest, interval = None, None
    for _ in range(rounds):
        start = time.process_time()
        expectation = Expectation(model, precision)
        likelihood = Likelihood(expectation, expectation.expected(model.initial()))
        built = time.process_time()
        result = fit(likelihood)
        fitted = time.process_time()
        interval = Profile(result, "mu").interval()
        costs = Costs(built - start, fitted - built, time.process_time() - fitted)
        fastest = costs if fastest is None or costs.total < fastest.total else fastest
    assert fastest is not None and interval is not None
    return fastest, interval


def theirs(model: Model, backend: str, known: Interval) -> Costs:
    """Measure pyhf with Minuit."""
    assert known.down is not None and known.up is not None
    pyhf.set_backend(backend, pyhf.optimize.minuit_optimizer(maxiter=10_000_000), precision="64b")
    expectation = Expectation(model)
    specification = pyhf.Workspace(workspace(model, expectation.expected(model.initial())))
    start = time.process_time()
    built = specification.model()
    data = specification.data(built)
    building = time.process_time()
    _, lowest = pyhf.infer.mle.fit(data, built, return_fitted_val=True)
    fitted = time.process_time()

    def excess(value: float) -> float:
        _, conditional = pyhf.infer.mle.fixed_poi_fit(value, data, built, return_fitted_val=True)
        return float(np.sqrt(max(float(conditional) - float(lowest), 0.0))) - 1.0

    for side in (-known.down, known.up):
        ends = sorted((1 + 0.8 * side, 1 + 1.2 * side))
        brentq(excess, *ends, xtol=1e-3 * abs(side))
    return Costs(building - start, fitted - building, time.process_time() - fitted)


def evaluations(model: Model, precision: Precision, rounds: int) -> None:
    """Print what one value with gradient, one Hessian, and one reading of all templates take."""
    expectation = Expectation(model, precision)
    likelihood = Likelihood(expectation, expectation.expected(model.initial()))
    point = model.initial() + 0.1
    arrays = arrays_of(model)
    reading = cpu_seconds(lambda: [array.sum() for array in arrays], rounds)
    gradient = cpu_seconds(lambda: likelihood.value_and_gradient(point), rounds)
    hessian = cpu_seconds(lambda: likelihood.hessian(point), rounds)
    print(f"{'reading all templates once (sums)':45s} {1e3 * reading:9.4g} ms")
    print(f"{'value and gradient':45s} {1e3 * gradient:9.4g} ms = {gradient / reading:.2f} readings")
    print(f"{'exact Hessian':45s} {1e3 * hessian:9.4g} ms = {hessian / gradient:.1f} gradients")


def peak_memory() -> float:
    """Give the largest memory that the process has had, bytes."""
    return 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bins", type=int, default=900)
    parser.add_argument("--shapes", type=int, default=86)
    parser.add_argument("--backends", nargs="*", default=["pytorch", "numpy"], help="backends of pyhf")
    parser.add_argument("--without-pyhf", action="store_true")
    parser.add_argument("--without-scale-factors", action="store_true", help="so that backgrounds share all factors")
    parser.add_argument("--single", action="store_true", help="templates in single precision")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    precision: Precision = "single" if arguments.single else "double"
    before = peak_memory()
    model = example_model(arguments.bins, arguments.shapes, precision, not arguments.without_scale_factors)
    size = float(sum(array.nbytes for array in arrays_of(model)))
    rounds = 5 if arguments.bins <= 10_000 else 1

    costs, interval = ours(model, precision, rounds)
    print(f"{'signedag, fit and interval':45s} {costs}; mu = {interval}")
    used = (peak_memory() - before) / size
    print(f"{'templates, peak memory with them':45s} {size / 1e6:9.4g} MB, {used:.2f} times that")
    evaluations(model, precision, rounds)
    channels = tuple(replace(channel, template_statistics=True) for channel in model.channels)
    inside, wider = ours(replace(model, channels=channels), precision, rounds)
    ratio = f"{(inside.total - inside.building) / (costs.total - costs.building):.2f} times fit and interval"
    print(f"{'signedag with template statistics':45s} {inside}; mu = {wider}; {ratio}")
    if not arguments.without_pyhf:
        for backend in arguments.backends:
            other = theirs(model, backend, interval)
            print(f"{f'pyhf ({backend}), Minuit':45s} {other} = {other.total / costs.total:.0f} times signedag")


if __name__ == "__main__":
    main()
