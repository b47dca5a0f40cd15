"""How many inner parts, which sign network, how many calibration splits: distance to the truth against CPU time.

Takes a simulated analysis that was converted before (`snakemake convert`). For each setting the training weights
outside each fold are made as the workflow makes them; printed are the CPU seconds of the networks of all samples and
folds, the distance √(Σ(w' - w'_true)² / Σw'_true²) of the weights to those of the true probability, and χ²/ndf of the
closure in inputs and in other variables.

    python benchmarks/benchmark_inner_parts.py --configuration config/vhbb.yaml --inner-parts 2 3 4 5
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
import yaml
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from signedag.config import stages
from signedag.config.analysis import Analysis
from signedag.config.architectures.dense import Kind as Dense
from signedag.config.weights import Calibration, SignNetwork
from signedag.events.folds import inner_part
from signedag.events.store import EVENT_NUMBER, EventStore, open_stage
from signedag.events.without_fold import rows_without_fold, signed_weight_without_fold
from signedag.identity import Identity
from signedag.seeds import entropy
from signedag.training.weight_networks import cross_fit
from signedag.weights.closure import closure_edges, compare_weights
from signedag.weights.fold_weights import SignOutput, calibrate_fold
from signedag.weights.transformation import transform


def measure(analysis: Analysis, folder: Path, network: SignNetwork, calibration: Calibration) -> str:
    """Make the training weights of all samples that are transformed and describe them in a line."""
    seconds, distances = 0.0, []
    chi2 = {True: np.zeros(2), False: np.zeros(2)}
    names = [name for name, sample in analysis.samples.items() if sample.transform]
    for name in names:
        events = EventStore(folder / name / "nominal.arrow", Identity.of("events", sample=name, shift="nominal"))
        known = Identity.of("events", sample=name, shift="truth")
        truth = open_stage(folder / name / "truth.arrow", events, known).column("positive_probability")
        own = network.model_copy(update={"inputs": stages.sign_network_inputs(analysis, name)})
        for fold in range(analysis.folds):
            rows, signed = rows_without_fold(events, fold), signed_weight_without_fold(events, fold)
            number = events.column(EVENT_NUMBER)[rows]
            part, features = inner_part(number, own.inner_parts), events.matrix(own.inputs)[rows]
            start = time.process_time()
            fitted = cross_fit(
                name,
                own,
                features,
                signed,
                part,
                partial(entropy, analysis.seed, "benchmark", name, fold),
                "cross_entropy",
            )
            seconds += time.process_time() - start
            output = SignOutput(fold, rows, number, signed, fitted.probability)
            weight = calibrate_fold(name, output, calibration).transformed.training_weight
            true = transform(name, signed, truth[rows]).training_weight
            distances.append(np.sum(np.square(weight - true)) / np.sum(np.square(true)))
            for variable in dict.fromkeys((*own.inputs, *analysis.weights.closure.other_variables)):
                values = events.column(variable)[rows]
                edges = closure_edges(values, signed, 20, analysis.weights.closure.minimum_effective_events)
                test = compare_weights(values, signed, weight, edges, True).test
                if test.ndf:
                    chi2[variable in own.inputs] += (test.chi2, test.ndf)
    per_ndf = [found[0] / found[1] for found in (chi2[True], chi2[False])]
    return f"{seconds:8.1f} s  distance {np.sqrt(np.mean(distances)):.4f}  closure {per_ndf[0]:.2f}, {per_ndf[1]:.2f}"


def main() -> None:
    """Measure each combination, print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--configuration", type=Path, required=True, help="of a simulated analysis")
    parser.add_argument("--results", type=Path, help="its converted events; results/<analysis>/ntuples if left out")
    parser.add_argument("--inner-parts", type=int, nargs="+", default=[2, 3, 4, 5])
    parser.add_argument("--hidden-layers", type=int, nargs="+", default=[64, 64, 64])
    parser.add_argument("--batch-size", type=int, default=512)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--repetitions", type=int, default=4)
    arguments = parser.parse_args()
    threadpool_limits(1)
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)
    analysis = Analysis.model_validate(yaml.safe_load(arguments.configuration.read_text(encoding="utf-8")))
    folder = arguments.results or Path("results") / analysis.analysis / "ntuples"
    calibration = Calibration(splits=arguments.splits, repetitions=arguments.repetitions, clipped_fraction_limit=1.0)
    for parts in arguments.inner_parts:
        network = analysis.weights.sign_network.model_copy(
            update={
                "inner_parts": parts,
                "architecture": Dense(hidden_layers=tuple(arguments.hidden_layers)),
                "batch_size": arguments.batch_size,
                "learning_rate": arguments.learning_rate,
            }
        )
        print(f"{parts} parts  {measure(analysis, folder, network, calibration)}", flush=True)


if __name__ == "__main__":
    main()
