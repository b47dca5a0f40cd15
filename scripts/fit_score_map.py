"""Fit the map that makes a classifier's score independent of spectators: F(s | spectators) of the signed background.

Reads events and the combined scores of the same events. For each fold and each half of it a map is fitted on the other
half, which the same networks scored. Writes the tables as an event store, which executes nothing when it is read, and a
JSON that says how many events determine them and how much the signs of the weights made them need repair.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.score_maps import FitScoreMapSettings
from signedag.events.store import write_store
from signedag.events.store_files import StoreFiles
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.score_maps.halves import fit_maps, maps_as_columns, read_background
from signedag.score_maps.quantile_lines import described_maps


def work(arguments: argparse.Namespace) -> None:
    """Fit and save the maps."""
    settings: FitScoreMapSettings = arguments.settings
    events = StoreFiles.of(arguments.events, Identity.of("events"))
    scores = StoreFiles.of(arguments.scores, Identity.of("combined scores", variant=settings.score_map.scores_of))
    background = read_background(events, scores, settings)
    fitted = fit_maps(background, settings, f"score_maps.{arguments.variant}")
    for (fold, half), one in fitted.items():
        log.info("fold %d, half %d: %d events, largest repair %.3g", fold, half, one.events, one.largest_repair)
    origin = provenance(settings, "fit_score_map", variant=arguments.variant)
    columns = maps_as_columns({key: one.map for key, one in fitted.items()})
    write_store(arguments.map, columns, origin, Identity.of("score map", variant=arguments.variant))
    content = {"provenance": origin, **described_maps(fitted, settings)}
    write_json(arguments.report, content, Identity.of("score map report", variant=arguments.variant))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, FitScoreMapSettings)
    parser.add_argument("--variant", required=True, help="the map's name")
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/nominal.arrow")
    parser.add_argument("--scores", required=True, type=Path, nargs="+", help="their scores, {sample}/nominal.arrow")
    parser.add_argument("--map", required=True, type=Path, help="store for the tables")
    parser.add_argument("--report", required=True, type=Path, help="JSON file for what determines them")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
