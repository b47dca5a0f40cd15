"""Scan a parameter of a conditioned classifier: the score of a fixed set of events at every value of a dense grid.

Each event is scored by the network that was not trained on its fold. Writes one JSON: by process the mean score and its
16, 50 and 84 % quantiles with signed weights, the curves of some single events, where the mean is largest, and its
largest step between neighbouring values, at trained points and between them. What is undefined is null, with the reason
beside it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.parameter_scan import ScanParameterSettings
from signedag.events.store_files import StoreFiles
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.networks.device import choose_device, make_deterministic
from signedag.networks.saved import load_networks
from signedag.training.parameter_scan import read_scanned_events, scan_process


def work(arguments: argparse.Namespace) -> None:
    """Load networks and events, scan process by process, save."""
    settings: ScanParameterSettings = arguments.settings
    make_deterministic()
    trained = Identity.of("classifier", variant=settings.variant, seed=arguments.seed)
    models = [load_networks(path, choose_device(), trained) for path in arguments.models]
    events = read_scanned_events(StoreFiles.of(arguments.events, Identity.of("events")), settings, models[0].inputs)
    processes = {}
    for process, own in events.items():
        processes[process] = scan_process(models, own, settings, process)
        log.info("%s: largest at %s = %s", process, settings.parameter, processes[process]["peak"]["value"])
    content = {
        "provenance": provenance(settings, "scan_parameter", variant=settings.variant, seed=arguments.seed),
        "variant": settings.variant,
        "seed": arguments.seed,
        "region": settings.region,
        "parameter": settings.parameter,
        "others": settings.others,
        "grid": settings.grid,
        "trained": settings.trained,
        "processes": processes,
    }
    write_json(arguments.output, content, Identity.of("parameter scan", variant=settings.variant, seed=arguments.seed))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, ScanParameterSettings)
    parser.add_argument("--seed", required=True, type=int, help="number of the initialisation")
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/nominal.arrow")
    parser.add_argument("--models", required=True, type=Path, nargs="+", help="the classifiers, one per fold")
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
