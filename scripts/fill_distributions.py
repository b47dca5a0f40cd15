"""Fill the histograms of one region in every variable: simulation, its shifts and weight variations, and data.

One pass over the events makes all of them. Histograms hold signed weights with their sum of squares. Data that blinding
hides are not in the file: bins without them are empty (NaN), and events in a hidden window of one variable are missing
in all others, in data and simulation alike.

The ROOT file has a folder `<region>__<variable>` for each variable, with histograms `process`,
`process__variation__up|down` and `data`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.distributions import FillDistributionsSettings
from signedag.events.store_files import StoreFiles, by_folder
from signedag.identity import Identity
from signedag.statistics.distributions import fill_distributions
from signedag.statistics.template_files import write_templates


def work(arguments: argparse.Namespace) -> None:
    """Fill and write the histograms."""
    settings: FillDistributionsSettings = arguments.settings
    events = StoreFiles.of(arguments.events, Identity.of("events"))
    scores = {
        variant: StoreFiles.of(paths, Identity.of("combined scores", variant=variant))
        for variant, paths in by_folder(arguments.scores, levels=2).items()
    }
    fillings, shown = fill_distributions(events, scores, arguments.region, settings)
    described = {
        "counts": [counts for filling in fillings for counts in filling.counts_as_json()],
        "distributions": {str(one.templates.observable): one.as_json() for one in shown},
        "provenance": provenance(settings, "fill_distributions"),
    }
    identity = Identity.of("distributions of a region", region=arguments.region)
    write_templates(arguments.output, [one.templates for one in shown], described, identity)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, FillDistributionsSettings)
    parser.add_argument("--region", required=True, help="the region's name")
    parser.add_argument("--events", type=Path, required=True, nargs="+", help="events, {sample}/{shift}.arrow")
    parser.add_argument(
        "--scores", type=Path, nargs="*", default=[], help="scores, {variant}/combined/{sample}/{shift}.arrow"
    )
    parser.add_argument("--output", type=Path, required=True, help="ROOT file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
