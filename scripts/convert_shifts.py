"""Convert one ROOT file of a sample to the columns of its systematic shifts: other jet energies, or other branches.

The file is read once, chunk by chunk, for all shifts, as `convert_ntuple` reads it for the nominal events. Written are,
in the output folder, `<shift>_up.arrow` and `<shift>_down.arrow` for each shift and `shifts.json` with the sums of
signed weights before and after each step. Weights stay signed and unscaled; `merge_shifts` puts the parts of a sample
together and scales them as the nominal ones. A file that is wrong in any way is refused with one line, and nothing is
written.

Example:
  python scripts/convert_shifts.py --settings settings.json --sample ZH --part 0 --input part0.root --output-folder out
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.events import ConvertShiftsSettings
from signedag.events.conversion import convert_shifts
from signedag.events.file_checksums import check_file
from signedag.events.part_arguments import add_part_arguments
from signedag.events.summaries import log_totals


def work(arguments: argparse.Namespace) -> None:
    """Convert the file and say what came out."""
    settings: ConvertShiftsSettings = arguments.settings
    sample, part = arguments.sample, arguments.part
    described = provenance(settings, "convert_shifts", sample=sample, part=part)
    check_file(arguments.input, arguments.checksum, arguments.description, sample, part)
    summary = convert_shifts(arguments.input, settings, sample, part, arguments.output_folder, described)
    for shift, totals in summary.shifts.items():
        log_totals(shift, totals, summary.entries)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, ConvertShiftsSettings)
    add_part_arguments(parser)
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
