"""Average the scores of a variant's seeds, event by event.

Reads stores of scores, {sample}/{shift}.arrow, of several seeds, checks that those of one sample and shift hold the
same rows, and writes their mean to the output folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import command_parser, run_command
from signedag.events.store import write_stage
from signedag.fingerprint import code_version
from signedag.metrics.combination import mean_score, seeds_of_each_store


def combine(arguments: argparse.Namespace) -> None:
    """Write the mean scores of each sample and shift."""
    version = code_version("combine_scores")
    for name, paths in seeds_of_each_store(arguments.scores).items():
        first, means = mean_score(paths)
        made_by = {
            "settings": first.provenance.get("settings", "{}"),
            "code_version": version,
            "scores": ",".join(map(str, paths)),
        }
        write_stage(arguments.output_folder / name, first, means, made_by)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    parser.add_argument(
        "--scores", required=True, nargs="+", type=Path, help="scores of every seed, {sample}/{shift}.arrow"
    )
    parser.add_argument("--output-folder", required=True, type=Path, help="where {sample}/{shift}.arrow go")
    return run_command(parser, combine, argv)


if __name__ == "__main__":
    sys.exit(main())
