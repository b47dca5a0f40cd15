"""Write the training weights of one sample that strategy `joint` ended with, once for every fold that is left out.

A network that tells positive from negative events is trained beside the classifier, which takes its weights from it:
|w| max(0, 2p - 1). Here they are written for the events outside the fold that the classifier scores, so that closure is
tested with them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.weights import AssignJointWeightsSettings
from signedag.errors import UserError
from signedag.events.layout import NOMINAL
from signedag.events.store import EventStore, write_stage
from signedag.events.without_fold import check_folds, rows_without_fold, signed_weight_without_fold
from signedag.identity import Identity
from signedag.networks.device import choose_device, make_deterministic
from signedag.networks.saved import load_networks
from signedag.training.joint_weights import joint_weight


def work(arguments: argparse.Namespace) -> None:
    """Load events and networks, weigh the events outside each fold, save."""
    settings: AssignJointWeightsSettings = arguments.settings
    classes = {name: number for number, names in enumerate(settings.classes.values()) for name in names}
    if arguments.sample not in classes:
        raise UserError(
            f"--sample {arguments.sample}: no class has it; the classifier was trained on {', '.join(classes)}"
        )
    make_deterministic()
    events = EventStore(arguments.events, Identity.of("events", sample=arguments.sample, shift=NOMINAL))
    check_folds(events, {"--models": arguments.models, "--weights": arguments.weights})
    trained = Identity.of("classifier", variant=arguments.variant, seed=arguments.seed)
    models = [load_networks(path, choose_device(), trained.of_more(fold=n)) for n, path in enumerate(arguments.models)]
    for fold, (model, output) in enumerate(zip(models, arguments.weights, strict=True)):
        rows = rows_without_fold(events, fold)
        signed = signed_weight_without_fold(events, fold)
        weight = joint_weight(model, events, rows, classes[arguments.sample], signed)
        origin = provenance(settings, "assign_joint_weights", sample=arguments.sample, fold=fold)
        names = {"variant": arguments.variant, "seed": arguments.seed, "sample": arguments.sample, "fold": fold}
        write_stage(output, events, {"training_weight": weight}, origin, Identity.of("joint weights", **names), rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, AssignJointWeightsSettings)
    parser.add_argument("--variant", required=True, help="the classifier that was trained together with the weights")
    parser.add_argument("--seed", required=True, type=int, help="number of its initialisation")
    parser.add_argument("--sample", required=True, help="the sample's name; it decides the class")
    parser.add_argument("--events", required=True, type=Path, help="the sample's nominal events")
    help_text = "classifiers of one variant and seed, one per fold that is left out, in order"
    parser.add_argument("--models", required=True, type=Path, nargs="+", help=help_text)
    help_text = "stores of training weights to write, one per fold that is left out, in order"
    parser.add_argument("--weights", required=True, type=Path, nargs="+", help=help_text)
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
