"""Convert one ROOT file of a sample to columns: selection, regions, features, spectators, folds and weights.

The file is read once, chunk by chunk; memory is bounded by `events.chunk_events`, whatever the size of the file. Jets
become observables (m_jj, delta_r_jj, ...) by the dijet reconstruction, or columns are taken from flat branches as they
are. Written are, in the output folder, `nominal.arrow`, `truth.arrow` if the settings name any truth, and
`summary.json` with the sums of signed weights before and after each step. Weights stay signed and unscaled;
`merge_sample` puts the parts of a sample together and scales them to the luminosity; `convert_shifts` makes the
shifted events. A file that is wrong in any way is refused with one line, and nothing is written.

Example:
  python scripts/convert_ntuple.py --settings settings.json --sample ZH --part 0 --input part0.root --output-folder out
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.events import ConvertNtupleSettings
from signedag.events.conversion import convert
from signedag.events.file_checksums import check_file
from signedag.events.layout import NOMINAL
from signedag.events.part_arguments import add_part_arguments
from signedag.events.summaries import log_totals


def work(arguments: argparse.Namespace) -> None:
    """Convert the file and say what came out."""
    settings: ConvertNtupleSettings = arguments.settings
    described = provenance(settings, "convert_ntuple", sample=arguments.sample, part=arguments.part)
    check_file(arguments.input, arguments.checksum, arguments.description, arguments.sample, arguments.part)
    summary = convert(arguments.input, settings, arguments.sample, arguments.part, arguments.output_folder, described)
    log_totals(NOMINAL, summary.nominal, summary.entries)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, ConvertNtupleSettings)
    add_part_arguments(parser)
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
