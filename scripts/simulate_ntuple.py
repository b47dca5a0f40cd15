"""Simulate one ROOT file of a sample with signed Monte Carlo weights, or of pseudo-data.

The file holds a TTree `events` with jagged jet branches, missing momentum and, for Monte Carlo, the signed generator
weight, factors of the weight variations and the true probability of a positive weight (which only closure checks
read). Observables such as m_jj are not stored: `convert_ntuple` computes them, as it does for ntuples of real data.

A Monte Carlo sample is drawn from rho(x) / (1 - 2 f(x)) and an event made negative with probability f(x), so that its
signed density is the physical rho(x). Pseudo-data are drawn from rho(x) of all samples, mixed in random order.
The bytes depend on settings, seed, sample and part alone. Beside it, a JSON file says what it is and what its SHA-256
is, which whoever reads it compares.

Example:
  python scripts/simulate_ntuple.py --settings settings.json --sample ZH --part 0 --output part0.root
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, run_command
from signedag.config.simulation import SimulateNtupleSettings
from signedag.events.file_checksums import write_description
from signedag.events.simulation.writing import write_ntuple

log = logging.getLogger("signedag")


def work(arguments: argparse.Namespace) -> None:
    """Simulate and write the file."""
    events = write_ntuple(arguments.output, arguments.settings, arguments.sample, arguments.part)
    log.info("%s: %d events", arguments.output, events)
    description = arguments.description or arguments.output.with_suffix(".json")
    write_description(description, arguments.output, arguments.sample, arguments.part, events)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, SimulateNtupleSettings)
    parser.add_argument("--sample", required=True, help="the sample's name, or 'data'; identifies the random stream")
    parser.add_argument("--part", required=True, type=int, help="number of the file within the sample, from 0")
    parser.add_argument("--output", required=True, type=Path, metavar="ROOT", help="the ROOT file to make")
    parser.add_argument(
        "--description", type=Path, metavar="JSON", help="what it is and its checksum, beside it if no name is given"
    )
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
