"""Map the scores of events by the map of their fold and half: any samples and shifts, always the nominal map.

Reads stores of events, {sample}/{shift}.arrow, their scores and a map; writes one store with the same sample, shift and
rows for each into the output folder, with the mapped `score` in [0, 1] and `map_half`, the half of the fold that the
event is in. Shifted events and data have the map that the nominal simulation gave. Where the settings name no
spectators there is no map: `score` is the column of scores at one point of a parametric classifier.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.score_maps import MapScoresSettings
from signedag.errors import UserError
from signedag.events.store import CALIBRATION_HALF, FOLD, EventStore, write_stage
from signedag.events.store_files import StoreFiles, events_identity
from signedag.identity import Identity
from signedag.metrics.scored_events import MAP_HALF, SCORE
from signedag.score_maps.halves import Maps, mapped_scores, maps_from_store, score_column, spectator_columns


def work(arguments: argparse.Namespace) -> None:
    """Read the map once, map each store, save."""
    settings: MapScoresSettings = arguments.settings
    maps = read_maps(arguments, settings)
    scores = StoreFiles.of(arguments.scores, Identity.of("combined scores", variant=settings.scores_of))
    origin = provenance(settings, "map_scores", variant=arguments.variant)
    for path in arguments.events:
        events = EventStore(path, events_identity(path))
        columns = {SCORE: score_column(scores.open_for(events), settings.column)}
        if maps is not None:
            half = events.column(CALIBRATION_HALF)
            spectators = spectator_columns(events, tuple(settings.spectators))
            mapped = mapped_scores(maps, columns[SCORE], spectators, events.column(FOLD), half)
            columns = {SCORE: mapped, MAP_HALF: half.astype(np.int8)}
        identity = Identity.of("combined scores", variant=arguments.variant, **events.identity.names)
        output = arguments.output_folder / path.parent.name / path.name
        write_stage(output, events, columns, origin, identity)


def read_maps(arguments: argparse.Namespace, settings: MapScoresSettings) -> Maps | None:
    """Read the maps of all folds and halves; none where there are no spectators.

    Raises:
        UserError: there should be a map and none is named, or it is missing, damaged or another one.
    """
    if not settings.spectators:
        return None
    if arguments.map is None:
        raise UserError("--map: the settings name spectators; give the map that fit_score_map made")
    nodes = [np.asarray(axis.all_edges(), dtype=np.float64) for axis in settings.spectators.values()]
    table = EventStore(arguments.map, Identity.of("score map", variant=arguments.variant))
    return maps_from_store(table, nodes, settings.folds)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, MapScoresSettings)
    parser.add_argument("--variant", required=True, help="the map's name")
    parser.add_argument("--map", type=Path, nargs="?", help="store of the map's tables; none without spectators")
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/{shift}.arrow")
    parser.add_argument("--scores", required=True, type=Path, nargs="+", help="their scores, {sample}/{shift}.arrow")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for {sample}/{shift}.arrow")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
