"""Fill the templates of the control regions, with data.

Like `fill_templates`, but in one observable per region and with the histogram `data` in each folder. If the settings
name an observable for the flatness of the scale factors, each region is filled once more in its bins, in a folder
`<region>__<observable>`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.fitting import FillControlTemplatesSettings
from signedag.events.store_files import StoreFiles
from signedag.identity import Identity
from signedag.statistics.filling import Alternatives, FilledRegion, fill_samples
from signedag.statistics.template_files import write_templates


def work(arguments: argparse.Namespace) -> None:
    """Fill and write the templates."""
    settings: FillControlTemplatesSettings = arguments.settings
    regions = []
    for name, region in settings.regions.items():
        regions.append(FilledRegion(name, (region.observable,), (np.array(region.axis.all_edges()),)))
        if settings.flatness is not None:
            observable = settings.flatness.observable
            edges = (np.array(settings.flatness.axis.all_edges()),)
            regions.append(FilledRegion(name, (observable,), edges, observable))
    alternatives = Alternatives(settings.shifts, settings.variations, settings.one_sided)
    events = StoreFiles.of(arguments.events, Identity.of("events"))
    fillings = fill_samples(events, None, settings.samples, regions, alternatives, settings.data)
    described = {
        "counts": [counts for filling in fillings for counts in filling.counts_as_json()],
        "provenance": provenance(settings, "fill_control_templates"),
    }
    templates = [filling.templates() for filling in fillings]
    write_templates(arguments.output, templates, described, Identity.of("control templates"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, FillControlTemplatesSettings)
    parser.add_argument("--events", type=Path, required=True, nargs="+", help="events, {sample}/{shift}.arrow")
    parser.add_argument("--output", type=Path, required=True, help="ROOT file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
