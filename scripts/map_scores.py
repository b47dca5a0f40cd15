"""Map the scores of events by the map of their fold and half: any samples and shifts, always the nominal map.

Reads stores of events, {sample}/{shift}.arrow, their scores and a map; writes one store with the same sample, shift and
rows for each into the output folder, with the mapped `score` in [0, 1] and `map_half`, the half of the fold that the
event is in. Shifted events and data have the map that the nominal simulation gave.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.score_maps import MapScoresSettings
from signedag.events.store import CALIBRATION_HALF, FOLD, EventStore, write_stage
from signedag.events.store_files import StoreFiles, events_identity
from signedag.identity import Identity
from signedag.metrics.scored_events import MAP_HALF, SCORE
from signedag.score_maps.halves import mapped_scores, maps_from_store, score_column, spectator_columns


def work(arguments: argparse.Namespace) -> None:
    """Read the map once, map each store, save."""
    settings: MapScoresSettings = arguments.settings
    nodes = [np.asarray(axis.all_edges(), dtype=np.float64) for axis in settings.spectators.values()]
    table = EventStore(arguments.map, Identity.of("score map", variant=arguments.variant))
    maps = maps_from_store(table, nodes, settings.folds)
    scores = StoreFiles.of(arguments.scores, Identity.of("combined scores", variant=settings.scores_of))
    origin = provenance(settings, "map_scores", variant=arguments.variant)
    for path in arguments.events:
        events = EventStore(path, events_identity(path))
        half = events.column(CALIBRATION_HALF)
        spectators = spectator_columns(events, tuple(settings.spectators))
        mapped = mapped_scores(maps, score_column(scores.open_for(events)), spectators, events.column(FOLD), half)
        identity = Identity.of("combined scores", variant=arguments.variant, **events.identity.names)
        output = arguments.output_folder / path.parent.name / path.name
        write_stage(output, events, {SCORE: mapped, MAP_HALF: half.astype(np.int8)}, origin, identity)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, MapScoresSettings)
    parser.add_argument("--variant", required=True, help="the map's name")
    parser.add_argument("--map", required=True, type=Path, help="store of the map's tables")
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/{shift}.arrow")
    parser.add_argument("--scores", required=True, type=Path, nargs="+", help="their scores, {sample}/{shift}.arrow")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for {sample}/{shift}.arrow")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
