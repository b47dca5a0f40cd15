"""Judge a classifier with signed weights, in one region.

Reads events and the scores of the same events, combined and of each seed. Writes one JSON:
AUC with its error, significance ratio and binned significance of the combined score and of each seed; AUC per fold;
points of the ROC; sums of weights; score histograms per sample with Σw and Σw². What is undefined is null, with the
reason beside it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.classifier import CheckClassifierSettings
from signedag.events.store_files import StoreFiles, by_folder
from signedag.files import write_json
from signedag.metrics.performance import classifier_performance
from signedag.metrics.scored_events import ScoredEvents, joined, read_scored_events, refuse_empty
from signedag.metrics.weighted_sample import WeightedSample


def check(arguments: argparse.Namespace) -> None:
    """Read events with scores, judge, and write the result."""
    settings: CheckClassifierSettings = arguments.settings
    events, seeds = StoreFiles.of(arguments.events), by_folder(arguments.seed_scores)

    def read(samples: tuple[str, ...], scores: StoreFiles) -> dict[str, ScoredEvents]:
        return {name: read_scored_events(events, scores, name, settings.region) for name in samples}

    def seed_scores(samples: tuple[str, ...], seed: int) -> WeightedSample:
        return joined(read(samples, seeds[f"seed{seed}"]).values()).scores()

    signal = read(settings.signal_samples, StoreFiles.of(arguments.scores))
    background = read(settings.background_samples, StoreFiles.of(arguments.scores))
    refuse_empty("signal", signal, settings.region)
    refuse_empty("background", background, settings.region)
    per_seed = {
        seed: (seed_scores(settings.signal_samples, seed), seed_scores(settings.background_samples, seed))
        for seed in settings.seeds
    }
    performance = classifier_performance(
        signal, background, per_seed, settings.score_edges, settings.seed, arguments.variant, settings.bootstrap
    )
    described = {
        "provenance": provenance(settings, "check_classifier", seed=settings.seed, variant=arguments.variant),
        "variant": arguments.variant,
        "region": settings.region,
    }
    write_json(arguments.output, described | performance.as_json())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CheckClassifierSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name; it fixes the bootstrap's stream")
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/nominal.arrow")
    parser.add_argument(
        "--scores", required=True, type=Path, nargs="+", help="their combined scores, {sample}/nominal.arrow"
    )
    parser.add_argument(
        "--seed-scores",
        required=True,
        type=Path,
        nargs="+",
        help="of each seed, seed{seed}/{sample}/nominal.arrow",
    )
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return run_command(parser, check, argv)


if __name__ == "__main__":
    sys.exit(main())
