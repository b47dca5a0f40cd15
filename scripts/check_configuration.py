"""Check a configuration file as a run would, before anything runs.

Not a rule of the workflow: Snakemake reads the file before the workflow can, and says of YAML that it cannot read
neither file nor line. This command names the place of each mistake in a line: YAML that cannot be read, keys that stand
there twice, are unknown, do not fit or contradict each other, labels and colours that matplotlib does not know, files
that do not exist, are no ROOT files or lack the
tree or a branch, and a name that is taken.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import command_parser, log, run_command
from signedag.config.cross_checks import read_analysis
from signedag.config.ownership import check_owner
from signedag.config.sources import input_files, one_configuration, table_files
from signedag.config.yaml_files import read_yaml
from signedag.events.first_look import check_first_files, check_tables
from signedag.plotting.spelling import check_spelling


def work(arguments: argparse.Namespace) -> None:
    """Read and check the file."""
    file = one_configuration([arguments.configuration])
    analysis = read_analysis(read_yaml(arguments.configuration), file)
    check_spelling(analysis, file)
    check_first_files(analysis, input_files(analysis, file), file)
    check_tables(analysis, table_files(analysis, file), file)
    check_owner(Path("results") / analysis.analysis, arguments.configuration)
    log.info("%s: analysis '%s' with %d samples, nothing to object", file, analysis.analysis, len(analysis.samples))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    parser.add_argument("configuration", type=Path, help="configuration file, config/<name>.yaml")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
