"""Put the converted parts of a sample together and scale its weights to the events expected in data.

The signed weights, and those of the weight variations, are multiplied by cross-section * luminosity / denominator,
where the denominator is the sum over all entries before any selection; data keep weight one. Written are, in the output
folder, `nominal.arrow` with the rows in the order of the parts, `truth.arrow` if the parts have it, and `summary.json`
with the sample's cutflow and its expected events per region. `merge_shifts` does the same for the shifted events.

Example:
  python scripts/merge_sample.py --settings settings.json --sample ZH --parts parts/0 parts/1 --output-folder ZH
"""

from __future__ import annotations

import argparse
import logging
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.normalisation import MergeSampleSettings
from signedag.events.merging import merge

log = logging.getLogger("signedag")


def work(arguments: argparse.Namespace) -> None:
    """Merge the parts and say what came out."""
    settings: MergeSampleSettings = arguments.settings
    described = provenance(settings, "merge_sample", sample=arguments.sample)
    summary = merge(arguments.parts, settings, arguments.sample, arguments.output_folder, described)
    factor = summary.scale.factor
    for region, total in summary.nominal.regions.items():
        expected, error = total.sum_of_weights * factor, math.sqrt(total.sum_of_weights_squared) * factor
        log.info("%s: %d events, %.4g ± %.2g expected", region, total.events, expected, error)
        if not total.events:
            log.warning("%s: sample '%s' has no event there", region, arguments.sample)
    repeated = summary.repetitions
    if repeated.numbers:
        log.warning(
            "%d events carry the number of another event, %d of them are equal to it in every column",
            repeated.numbers,
            repeated.events,
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, MergeSampleSettings)
    parser.add_argument("--sample", required=True, help="the sample's name, or 'data'")
    parser.add_argument(
        "--parts", required=True, type=Path, nargs="+", metavar="FOLDER", help="the parts' folders, in their order"
    )
    parser.add_argument("--output-folder", required=True, type=Path, metavar="FOLDER", help="where the stores go")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
