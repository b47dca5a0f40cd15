"""Put the parts of the study of template statistics together: one table, one row per binning and way to fit.

Reads what the jobs of study_template_statistics wrote, in any order. Writes one JSON: bias of the signal strength, its
pulls, coverage of its intervals with binomial errors, failures, and what is wrong with each row, if anything.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.template_statistics_study import CombineTemplateStatisticsSettings
from signedag.identity import Identity
from signedag.json_results import read_json, write_json
from signedag.statistics.template_study_results import StudyPart, table


def work(arguments: argparse.Namespace) -> None:
    """Read, put together, save."""
    settings: CombineTemplateStatisticsSettings = arguments.settings
    identity = Identity.of("part of template statistics", variant=arguments.variant)
    parts = [StudyPart.read(read_json(path, identity)) for path in arguments.parts]
    first = parts[0].as_json()
    rows = [cell.as_json() for cell in table(parts, settings.bins, settings.cases, settings.pseudo_experiments)]
    for row in rows:
        wrong = row["reason"] or ", ".join(row["shortcomings"]) or "sound"
        way = f"{row['templates']} templates, {row['template_statistics']}, merged to {row['least_effective_events']:g}"
        log.info("%d bins per axis, %s: %s", row["bins"], way, wrong)
    content = {
        "provenance": provenance(settings, "combine_template_statistics"),
        "variant": arguments.variant,
        "truths": first["truths"],
        "transformation_offsets": first["transformation_offsets"],
        "table": rows,
    }
    write_json(arguments.output, content, Identity.of("template statistics", variant=arguments.variant))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CombineTemplateStatisticsSettings)
    parser.add_argument("--variant", required=True, help="the classifier whose scores were used")
    parser.add_argument("--parts", required=True, type=Path, nargs="+", help="results of study_template_statistics")
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
