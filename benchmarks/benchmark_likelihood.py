"""How long one evaluation of the likelihood and its gradient takes, side by side with pyhf on the same model.

Run as `python benchmarks/benchmark_likelihood.py`. The model is a 30 x 30 signal region with six processes, three
shape nuisances and one of yields. pyhf takes its gradient from PyTorch, or, with NumPy, from central differences.
"""

from __future__ import annotations

import sys
import timeit
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyhf
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

from signedag.statistics.expectation import Expectation
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import Channel, Contribution, Model, Normalisation, Parameter, Shape
from signedag.statistics.workspace import workspace

SHAPES = ("jet_energy", "b_tag", "top_pt")
BINS = 30 * 30


def example_model() -> Model:
    """Make a model with plausible yields; the numbers have no meaning beyond their size."""
    generator = np.random.default_rng(1)
    contributions = []
    for number, process in enumerate(("zh", "vz", "tt", "zlf", "zhf", "other")):
        nominal = generator.gamma(4.0, 0.25 * (number + 1), BINS)
        shapes = tuple(
            Shape(name, nominal * generator.normal(1.03, 0.02, BINS), nominal * generator.normal(0.97, 0.02, BINS))
            for name in SHAPES
        )
        lumi = (Normalisation("luminosity", 1.025, 1 / 1.025),)
        factors = ("mu",) if process == "zh" else ()
        contributions.append(Contribution(process, nominal, nominal, factors, shapes, lumi))
    parameters = (
        Parameter("mu", "signal_strength", 1.0, False),
        *(Parameter(name, "nuisance", 0.0, True) for name in (*SHAPES, "luminosity")),
    )
    return Model((Channel("sr", tuple(contributions)),), parameters)


def microseconds(work: Callable[[], object]) -> float:
    """Give the time of the fastest of five rounds, per call."""
    count = 100
    return min(timeit.repeat(work, number=count, repeat=5)) / count * 1e6


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    model = example_model()
    expectation = Expectation(model)
    counts = expectation.expected(model.initial())
    likelihood = Likelihood(expectation, counts)
    point = model.initial() + 0.1
    ours = microseconds(lambda: likelihood.value_and_gradient(point))
    print(f"{'signedag, value and gradient':45s} {ours:9.0f} us")
    print(f"{'signedag, exact Hessian':45s} {microseconds(lambda: likelihood.hessian(point)):9.0f} us")

    specification = pyhf.Workspace(workspace(model, counts))
    theirs = specification.model()
    data = specification.data(theirs)
    order = [model.index(name) for name in theirs.config.par_order]
    value = microseconds(lambda: theirs.logpdf(point[order], data))
    numerical = value * 2 * point.size
    print(f"{'pyhf (NumPy), value':45s} {value:9.0f} us")
    print(f"{'pyhf (NumPy), gradient by differences':45s} {numerical:9.0f} us = {numerical / ours:.1f} x signedag")

    pyhf.set_backend("pytorch", precision="64b")
    theirs = specification.model()
    data = torch.tensor(specification.data(theirs), dtype=torch.float64)

    def automatic() -> None:
        parameters = torch.tensor(point[order], requires_grad=True)
        theirs.logpdf(parameters, data).sum().backward()

    automatic_time = microseconds(automatic)
    print(
        f"{'pyhf (PyTorch), value and gradient':45s} {automatic_time:9.0f} us = {automatic_time / ours:.1f} x signedag"
    )


if __name__ == "__main__":
    main()
