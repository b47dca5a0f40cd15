"""Compare the AUC of several classifiers, with the error of each difference from a paired bootstrap.

Reads {sample}/nominal.arrow from the folder of events, the combined scores of the same events from
{scores-folder}/{variant}/combined/{sample}/nominal.arrow, and the AUC of each seed from performance.json. Writes one
JSON: `classifiers`, each with its region and AUC, and `differences`, AUC of `first` minus AUC of `second` for each pair
that is judged in the same region. Signed weights; what is undefined is null, with the reason beside it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.classifier_comparison import CompareClassifiersSettings
from signedag.events.store_files import StoreFiles, by_folder
from signedag.identity import Identity
from signedag.json_results import read_json, write_json
from signedag.metrics.paired import JudgedClasses, paired_differences
from signedag.metrics.scored_events import joined, read_scored_events
from signedag.metrics.weighted_sample import WeightedSample
from signedag.seeds import stream


def compare(arguments: argparse.Namespace) -> None:
    """Read the scores of all classifiers, compare those of one region with each other, write the result."""
    settings: CompareClassifiersSettings = arguments.settings
    events = StoreFiles.of(arguments.events, Identity.of("events"))
    scores = {
        variant: StoreFiles.of(paths, Identity.of("combined scores", variant=variant))
        for variant, paths in by_folder(arguments.scores, levels=2).items()
    }
    performances = {
        path.parent.name: read_json(path, Identity.of("performance", variant=path.parent.name))
        for path in map(Path.absolute, arguments.performances)
    }

    def read(variant: str, samples: tuple[str, ...]) -> WeightedSample:
        region = settings.regions[variant]
        return joined(read_scored_events(events, scores[variant], name, region) for name in samples).scores()

    classifiers: dict[str, Any] = {}
    differences: list[dict[str, Any]] = []
    for region in dict.fromkeys(settings.regions[variant] for variant in settings.variants):
        variants = [variant for variant in settings.variants if settings.regions[variant] == region]
        judged = {
            variant: JudgedClasses(read(variant, settings.signal_samples), read(variant, settings.background_samples))
            for variant in variants
        }
        per_seed = {
            variant: [
                area
                for seed in performances[variant].block("per_seed").named().values()
                if (area := seed.block("auc").number_or_none("value")) is not None
            ]
            for variant in variants
        }
        draw = partial(stream, settings.seed, "compare_classifiers", region)
        areas, compared = paired_differences(judged, per_seed, draw, settings.bootstrap)
        classifiers |= {variant: {"region": region, "auc": area.as_json()} for variant, area in areas.items()}
        differences += [difference.as_json() for difference in compared]
    described: dict[str, Any] = {"provenance": provenance(settings, "compare_classifiers", seed=settings.seed)}
    described |= {"classifiers": classifiers, "differences": differences}
    write_json(arguments.output, described, Identity.of("classifier comparison"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CompareClassifiersSettings)
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/nominal.arrow")
    parser.add_argument(
        "--scores", required=True, type=Path, nargs="+", help="scores, {variant}/combined/{sample}/nominal.arrow"
    )
    parser.add_argument(
        "--performances",
        required=True,
        type=Path,
        nargs="+",
        help="JSON files of check_classifier.py, {variant}/performance.json",
    )
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return run_command(parser, compare, argv)


if __name__ == "__main__":
    sys.exit(main())
