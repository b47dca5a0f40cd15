"""Cross-check a classifier by sign: train on positive events only and on |negative| ones only, validate on both.

If both trainings do equally well on both halves, the signs look alike and dropping or flipping them distorts little.
Every event is validated by the network that did not see its fold.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.classifier import TrainClassifierSettings
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.training.sign_cross_check import cross_check


def work(arguments: argparse.Namespace) -> None:
    """Load events, train four networks for two folds, validate, save."""
    settings: TrainClassifierSettings = arguments.settings
    report = cross_check(settings, arguments.events, arguments.variant)
    log.info("%s", report["verdict"])
    origin = provenance(settings, "cross_check_signs", variant=arguments.variant)
    content = {"provenance": origin, "variant": arguments.variant, **report}
    write_json(arguments.output, content, Identity.of("sign cross-check", variant=arguments.variant))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, TrainClassifierSettings)
    parser.add_argument("--variant", required=True, help="the variant's name; it decides the random stream")
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/nominal.arrow")
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
