"""Average the scores of a variant's seeds, event by event.

Reads every shift's store ({sample}/{shift}.arrow) of some samples from one folder per seed, checks that all hold the
same rows, and writes the mean score of each sample and shift to the output folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import command_parser, run_command
from signedag.events.store import write_stage
from signedag.fingerprint import code_version
from signedag.metrics.combination import mean_score, shared_shifts
from signedag.metrics.scored_events import SCORE


def combine(arguments: argparse.Namespace) -> None:
    """Write the mean score of each sample and shift."""
    version = code_version("combine_scores")
    for sample in arguments.samples:
        folders = [folder / sample for folder in arguments.scores_folders]
        for name in shared_shifts(folders):
            first, mean = mean_score([folder / name for folder in folders])
            made_by = {
                "settings": first.provenance.get("settings", "{}"),
                "code_version": version,
                "scores": ",".join(str(folder) for folder in folders),
            }
            write_stage(arguments.output_folder / sample / name, first, {SCORE: mean}, made_by)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    parser.add_argument(
        "--scores-folders", required=True, nargs="+", type=Path, help="one folder of {sample}/{shift}.arrow per seed"
    )
    parser.add_argument("--samples", required=True, nargs="+", help="samples to combine")
    parser.add_argument("--output-folder", required=True, type=Path, help="where {sample}/{shift}.arrow go")
    return run_command(parser, combine, argv)


if __name__ == "__main__":
    sys.exit(main())
