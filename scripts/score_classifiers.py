"""Score events by several classifiers: variants and initialisations, as score_events.py does it for one.

Reads stores of events, {sample}/{shift}.arrow, and networks, {variant}/seed{seed}/fold{fold}/model.safetensors; writes
{variant}/seed{seed}/{sample}/{shift}.arrow into the output folder. What is saved is the start of a process per
classifier, and reading the events anew for each.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import command_parser, log, provenance, run_command
from signedag.config.classifier import ScoreEventsSettings
from signedag.config.grouping import read_members
from signedag.errors import UserError
from signedag.events.store import EventStore, write_stage
from signedag.events.store_files import events_identity
from signedag.identity import Identity
from signedag.networks.device import choose_device, make_deterministic
from signedag.networks.saved import load_networks
from signedag.training.scores import scored


def work(arguments: argparse.Namespace) -> None:
    """Load all networks once, score each events file by all of them, save."""
    make_deterministic()
    classifiers = []
    for member in read_members(arguments.scorings, "--scorings", ScoreEventsSettings):
        folder = Path(member.variant, f"seed{member.seed}")
        paths = [path for path in arguments.models if path.parts[-4:-2] == folder.parts]
        if not paths:
            raise UserError(f"--models: none in {folder}/; give the networks of every fold")
        trained = Identity.of("classifier", variant=member.variant, seed=member.seed)
        models = [load_networks(path, choose_device(), trained) for path in paths]
        classifiers.append((member, folder, models))
    log.info("%d classifiers, %d stores", len(classifiers), len(arguments.events))
    for path in arguments.events:
        events = EventStore(path, events_identity(path))
        for member, folder, models in classifiers:
            output = arguments.output_folder / folder / path.parent.name / path.name
            origin = provenance(member.settings, "score_events")
            identity = Identity.of("scores", variant=member.variant, seed=member.seed, **events.identity.names)
            write_stage(output, events, scored(models, events, member.settings), origin, identity)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    parser.add_argument(
        "--scorings", required=True, metavar="JSON", help="list of {variant, seed, settings}, see score_events"
    )
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/{shift}.arrow")
    parser.add_argument("--models", required=True, type=Path, nargs="+", help="networks of all classifiers and folds")
    parser.add_argument("--output-folder", required=True, type=Path, help="where {variant}/seed{seed}/ go")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
