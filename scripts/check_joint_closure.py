"""Check that the weights which strategy `joint` ended with reproduce the signed distributions of one class.

The network beside the classifier sees the class and no sample: its weights describe all samples of a class together, in
the region that the classifier was trained in, and that is what they are compared with. Otherwise as
`check_weight_closure.py`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.weights import CheckJointClosureSettings
from signedag.errors import UserError
from signedag.events.store import EventStore, region_column
from signedag.events.store_files import events_identity
from signedag.events.without_fold import number_of_folds
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.weights.closure_report import closure_report
from signedag.weights.training_sets import RegionOfSamples, read_training_sets


def work(arguments: argparse.Namespace) -> None:
    """Load the class's samples and weights, compare, save."""
    settings: CheckJointClosureSettings = arguments.settings
    stores = [EventStore(path, events_identity(path)) for path in arguments.events]
    region = RegionOfSamples(tuple((events, events.column(region_column(settings.region))) for events in stores))
    folds = number_of_folds(stores[0])
    if len(arguments.weights) != folds * len(stores):
        raise UserError(f"--weights gives {len(arguments.weights)} files; give {folds} per sample, one for each fold")
    weights = [arguments.weights[folds * number : folds * (number + 1)] for number in range(len(stores))]
    joint = Identity.of("joint weights", variant=arguments.variant, seed=arguments.seed)
    sets = region.join([read_training_sets(events, own, joint) for events, own in zip(stores, weights, strict=True)])
    report = closure_report(region, None, sets, settings.closure)
    log.info("closure: %s, %s", report.verdict.grade, report.verdict.reason)
    origin = provenance(settings, "check_joint_closure", **{"class": arguments.class_name})
    content = {"provenance": origin, "class": arguments.class_name} | report.as_json()
    names = {"variant": arguments.variant, "seed": arguments.seed, "class": arguments.class_name}
    write_json(arguments.output, content, Identity.of("joint closure", **names))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CheckJointClosureSettings)
    parser.add_argument("--variant", required=True, help="the classifier that was trained together with the weights")
    parser.add_argument("--seed", required=True, type=int, help="number of its initialisation")
    parser.add_argument("--class-name", required=True, help="the class's name")
    help_text = "nominal events of the class's samples, {sample}/nominal.arrow"
    parser.add_argument("--events", required=True, type=Path, nargs="+", help=help_text)
    help_text = "their training weights, one store per fold of the first sample, then those of the second, and so on"
    parser.add_argument("--weights", required=True, type=Path, nargs="+", help=help_text)
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
