"""Read CSV tables of events such as HEPMASS's, and write the rows of each sample as a ROOT file.

A table has a header, a label (1 signal, 0 background), features, the signal's mass and, in some, the name of the
background's process and a weight; it is plain text or compressed by gzip. All files are read once, in batches. Each row
is of one sample, which the settings tell by label, mass and process, or is named with its line. Every ROOT file has a
TTree `events` with `event`, `generator_weight` and the features, as simulated files have, so that `convert_ntuple`
goes on. The mass of a row is not kept: that of a sample is in the configuration, and background has none.

The bytes depend on the tables and the settings alone. Beside each file, a JSON file says what it is and what its
SHA-256 is; `tables.json` counts the rows of files and samples.

Example:
  python scripts/read_table.py --settings settings.json --tables all_train.csv.gz all_test.csv.gz --output-folder tables
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.tables import ReadTableSettings
from signedag.events.file_checksums import TABLE_NTUPLE, write_description
from signedag.events.table_writing import write_samples
from signedag.identity import Identity
from signedag.json_results import write_json

log = logging.getLogger("signedag")


def work(arguments: argparse.Namespace) -> None:
    """Read the tables and write the files."""
    settings: ReadTableSettings = arguments.settings
    folder: Path = arguments.output_folder
    counts = write_samples(arguments.tables, settings, folder)
    for sample, events in counts.events.items():
        log.info("%s: %d events", folder / f"{sample}.root", events)
        write_description(folder / f"{sample}.json", folder / f"{sample}.root", sample, 0, events, TABLE_NTUPLE)
    content = counts.as_json(arguments.tables) | {"provenance": provenance(settings, "read_table")}
    write_json(folder / "tables.json", content, Identity.of("tables"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, ReadTableSettings)
    parser.add_argument(
        "--tables", required=True, type=Path, nargs="+", metavar="CSV", help="the CSV files, plain or gzip, in order"
    )
    parser.add_argument("--output-folder", required=True, type=Path, metavar="FOLDER", help="where the ROOT files go")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
