"""Coverage of intervals over pseudo-experiments, and what CPU time these take, side by side with pyhf.

Run as `python benchmarks/benchmark_toys.py`. The model is a peak on a slope in 20 bins, with 10 nuisances: shapes and
yields, one of them of the signal. The 68 % intervals must hold the truth in 68 +- 4 % of 1000 pseudo-experiments.
"""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

import numpy as np
import pyhf

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "shared"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

from fit_models import peak_on_slope

from signedag.statistics.coverage import study_coverage
from signedag.statistics.data_sets import asimov_data, parameters_at
from signedag.statistics.toys import cls_by_toys
from signedag.statistics.workspace import workspace

SEED = 20261201
TOYS = 1000
TOYS_OF_PYHF = 20
TESTED = 1.0


def main() -> None:
    """Print the tables."""
    expectation = peak_on_slope(bins=20, nuisances=10)
    print(f"{'mu':>4s} {'68.27 %':>16s} {'95 %':>16s} {'bias':>18s} {'pull width':>16s} failed  ms each")
    for strength in (0.0, 1.0, 2.0):
        begin = time.process_time()
        truth = parameters_at(expectation.model, {"mu": strength})
        study = study_coverage(expectation, truth, TOYS, SEED, "coverage", int(strength))
        taken = (time.process_time() - begin) / TOYS * 1e3
        percent = " ".join(
            f"{100 * covered.value:8.1f} +- {100 * covered.error:3.1f} %"
            for covered in (study.coverage(0.6827), study.coverage(0.95))
        )
        bias, width = study.bias, study.pull_width
        print(
            f"{strength:4.0f} {percent} {bias.value:+8.4f} +- {bias.error:.4f} {width.value:7.3f} +- {width.error:.3f} "
            f"{len(study.failures):6d} {taken:8.1f}"
        )

    likelihood = asimov_data(expectation, parameters_at(expectation.model, {"mu": 0.0})).likelihood(expectation)
    begin = time.process_time()
    ours = cls_by_toys(likelihood, TESTED, TOYS, SEED).observed.ratio
    of_ours = (time.process_time() - begin) / (2 * TOYS)
    print(f"CLs at {TESTED:g}, signedag: {ours.value:.3f} +- {ours.error:.3f}, {of_ours * 1e3:.1f} ms each")

    logging.disable()
    exported = pyhf.Workspace(workspace(expectation.model, likelihood.counts))
    model = exported.model()
    bounds = [(0.0, 10.0) if name == "mu" else (-5.0, 5.0) for name in model.config.par_names]
    np.random.seed(SEED)  # noqa: NPY002 - pyhf draws from NumPy's global generator
    begin = time.process_time()
    calculator = pyhf.infer.calculators.ToyCalculator(
        exported.data(model), model, par_bounds=bounds, ntoys=TOYS_OF_PYHF, track_progress=False
    )
    observed = calculator.teststatistic(TESTED)
    theirs = calculator.pvalues(observed, *calculator.distributions(TESTED))[2]
    of_pyhf = (time.process_time() - begin) / (2 * TOYS_OF_PYHF)
    print(
        f"CLs at {TESTED:g}, pyhf (NumPy, SciPy): {float(theirs):.3f} from {TOYS_OF_PYHF}, {of_pyhf * 1e3:.1f} ms each "
        f"= {of_pyhf / of_ours:.0f} x signedag"
    )


if __name__ == "__main__":
    main()
