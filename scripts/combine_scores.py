"""Average the scores of a variant's seeds, event by event; of several variants one after the other.

Reads stores of scores, {variant}/seed{seed}/{sample}/{shift}.arrow, checks that those of one variant, sample and shift
hold the same rows, and writes their mean as {variant}/combined/{sample}/{shift}.arrow into the output folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import command_parser, run_command
from signedag.events.store import write_stage
from signedag.fingerprint import code_version
from signedag.identity import Identity
from signedag.metrics.combination import mean_score, seeds_of_each_store


def combine(arguments: argparse.Namespace) -> None:
    """Write the mean scores of each variant, sample and shift."""
    version = code_version("combine_scores")
    for name, paths in seeds_of_each_store(arguments.scores).items():
        first, means = mean_score(paths)
        made_by = {
            "settings": first.provenance.get("settings", "{}"),
            "code_version": version,
            "scores": ",".join(map(str, paths)),
        }
        names = {key: value for key, value in first.identity.names.items() if key != "seed"}
        identity = Identity.of("combined scores", **names)
        write_stage(arguments.output_folder / name, first, means, made_by, identity)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    help_text = "scores of every seed, {variant}/seed{seed}/{sample}/{shift}.arrow"
    parser.add_argument("--scores", required=True, nargs="+", type=Path, help=help_text)
    help_text = "where {variant}/combined/{sample}/{shift}.arrow go"
    parser.add_argument("--output-folder", required=True, type=Path, help=help_text)
    return run_command(parser, combine, argv)


if __name__ == "__main__":
    sys.exit(main())
