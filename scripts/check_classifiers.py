"""Judge several classifiers, one after the other, as check_classifier.py judges each.

Reads events, {sample}/nominal.arrow, and scores, {variant}/{combined,seed{seed}}/{sample}/nominal.arrow; writes
{variant}/performance.json into the output folder. What is saved is the start of a process per classifier.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import command_parser, log, run_command
from signedag.config.classifier import CheckClassifierSettings
from signedag.config.grouping import read_members
from signedag.errors import UserError
from signedag.metrics.classifier_check import ClassifierCheck, run_check


def work(arguments: argparse.Namespace) -> None:
    """Judge all, each by the scores that are its own."""
    for member in read_members(arguments.checks, "--checks", CheckClassifierSettings):
        log.info("%s", member.variant)
        own = [path for path in arguments.scores if path.absolute().parts[-4] == member.variant]
        if not own:
            raise UserError(f"--scores: none of classifier '{member.variant}'; give its combined ones and each seed's")
        combined = [path for path in own if path.absolute().parts[-3] == "combined"]
        output = arguments.output_folder / member.variant / "performance.json"
        seeds = [path for path in own if path not in combined]
        run_check(ClassifierCheck(member.settings, member.variant, combined, seeds, output), arguments.events)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    help_text = "list of {variant, settings}, see check_classifier"
    parser.add_argument("--checks", required=True, metavar="JSON", help=help_text)
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/nominal.arrow")
    help_text = "scores of all classifiers, combined and of each seed"
    parser.add_argument("--scores", required=True, type=Path, nargs="+", help=help_text)
    parser.add_argument("--output-folder", required=True, type=Path, help="where {variant}/performance.json go")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
