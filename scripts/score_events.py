"""Score events of any samples and shifts, each event by the network that was not trained on its fold.

Reads stores of events, {sample}/{shift}.arrow, and writes one with the same sample, shift and rows for each into the
output folder, with the column `score` in [0, 1]. Classifiers of several classes give a column `score_<class>` for each
class, too, and `score` is the sum over the classes of signal processes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.classifier import ScoreEventsSettings
from signedag.errors import UserError
from signedag.events.store import EventStore, write_stage
from signedag.events.store_files import events_identity
from signedag.identity import Identity
from signedag.networks.device import choose_device, make_deterministic
from signedag.networks.saved import load_networks
from signedag.training.scores import scored


def work(arguments: argparse.Namespace) -> None:
    """Load the networks once, score each events file, save."""
    settings: ScoreEventsSettings = arguments.settings
    make_deterministic()
    names = [Path(path.parent.name) / path.name for path in arguments.events]
    if len(set(names)) < len(names):
        raise UserError("--events: two files have the same sample and shift, and scores would overwrite each other")
    trained = Identity.of("classifier", variant=arguments.variant, seed=arguments.seed)
    models = [load_networks(path, choose_device(), trained) for path in arguments.models]
    origin = provenance(settings, "score_events")
    for path, name in zip(arguments.events, names, strict=True):
        events = EventStore(path, events_identity(path))
        identity = Identity.of("scores", variant=arguments.variant, seed=arguments.seed, **events.identity.names)
        write_stage(arguments.output_folder / name, events, scored(models, events, settings), origin, identity)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, ScoreEventsSettings)
    parser.add_argument("--variant", required=True, help="the classifier's name")
    parser.add_argument("--seed", required=True, type=int, help="number of its initialisation")
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/{shift}.arrow")
    parser.add_argument("--models", required=True, type=Path, nargs="+", help="the classifiers, one per fold")
    parser.add_argument("--output-folder", required=True, type=Path, help="folder for {sample}/{shift}.arrow")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
