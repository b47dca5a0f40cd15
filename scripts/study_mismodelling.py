"""How far do scores stay independent of the mass where the background is not the simulated one?

Reads events and the combined scores of several variants, nominal and shifted. Repeats the sculpting check, with the
cuts of the nominal simulation, on the nominal background, with signal in it, reweighted, and under shifts. Nothing is
trained or mapped again. Writes one JSON with a table of all variants side by side, and the change of each number, since
the events before and after are the same. What is undefined is null, with the reason beside it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.mismodelling import StudyMismodellingSettings
from signedag.events.store_files import StoreFiles, by_folder
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.metrics.mismodelled_events import SIGNAL, MismodelledEvents
from signedag.metrics.mismodelling import NOMINAL, QuantilesOfCase, compare_case, quantile_cuts, rows_of_table


def compare_cases(events: MismodelledEvents) -> dict[str, QuantilesOfCase]:
    """Compare the mass in quantiles of one variant's score for every case."""
    asked, compared = events.settings.sculpting, {}
    cuts, reason = np.zeros(0), ""
    for name, background in events.cases():
        if name == NOMINAL:
            cuts, reason = quantile_cuts(background, asked.quantiles)
        compared[name] = compare_case(background, cuts, events.edges, asked.effective_events_per_bin, reason)
    return compared


def study(arguments: argparse.Namespace) -> None:
    """Read, compare, write."""
    settings: StudyMismodellingSettings = arguments.settings
    asked = settings.sculpting
    edges = np.asarray(asked.axis.all_edges(), dtype=np.float64)
    events = StoreFiles.of(arguments.events, Identity.of("events"))
    scores, table = by_folder(arguments.scores, levels=2), []
    for variant in settings.variants:
        files = StoreFiles.of(scores.get(variant, []), Identity.of("combined scores", variant=variant))
        rows = rows_of_table(variant, compare_cases(MismodelledEvents(events, files, settings, edges)))
        for row in rows:
            log.info("%s, %s: mean chi2/ndf %s", variant, row["case"], row["chi2_mean"])
        table += rows
    cases = {
        NOMINAL: "as simulated",
        SIGNAL: f"with {settings.signal_strength:g} times the signal in it",
        **{name: f"weights times {factor}" for name, factor in settings.reweightings.items()},
        **{shift: f"under the shift {shift}" for shift in settings.shifts},
    }
    content = {
        "provenance": provenance(settings, "study_mismodelling"),
        "region": asked.region,
        "mass": asked.mass,
        "quantiles": asked.quantiles,
        "left_out": list(settings.left_out),
        "variants": list(settings.variants),
        "cases": [{"name": name, "what": what} for name, what in cases.items()],
        "table": table,
    }
    write_json(arguments.output, content, Identity.of("mismodelling"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, StudyMismodellingSettings)
    parser.add_argument("--events", required=True, type=Path, nargs="+", help="events, {sample}/{shift}.arrow")
    parser.add_argument(
        "--scores", required=True, type=Path, nargs="+", help="their scores, {variant}/combined/{sample}/{shift}.arrow"
    )
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return run_command(parser, study, argv)


if __name__ == "__main__":
    sys.exit(main())
