"""Compare all ways to make a score independent of the mass, each in several simulations.

Reads what every simulation says about every variant: performance, sculpting check, diboson peak, fit and training
histories. Gives σ_μ and its paired ratio to the baseline's, what is sculpted, who passes in every simulation, the
frontier of both, and a recommendation with its reason. CPU times go into a file of their own, since they differ from
run to run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.decorrelation import CompareDecorrelationSettings
from signedag.decorrelation.measured import measure
from signedag.decorrelation.notes import notes
from signedag.decorrelation.recommendation import frontier, recommend
from signedag.decorrelation.rows import DecorrelationRow
from signedag.decorrelation.table import comparison_table, training_times
from signedag.errors import UserError
from signedag.files import whole_or_nothing
from signedag.identity import Identity
from signedag.json_results import write_json


def work(arguments: argparse.Namespace) -> None:
    """Load every variant of every simulation, compare, recommend, save."""
    settings: CompareDecorrelationSettings = arguments.settings
    folders: list[Path] = arguments.replicas
    if len(folders) != len(settings.seeds):
        seeds = list(settings.seeds)
        raise UserError(f"--replicas gives {len(folders)} folders for the seeds {seeds}; give one per seed")
    replicas = dict(zip(settings.seeds, folders, strict=True))
    rows = {
        name: DecorrelationRow(
            variant=name,
            scores_of=settings.maps.get(name),
            effort=settings.efforts[name],
            by_seed={seed: measure(folder, name, settings) for seed, folder in replicas.items()},
            p_value=settings.p_value,
        )
        for name in settings.variants
    }
    recommendation, unbeaten = recommend(rows), frontier(rows)
    log.info("recommended: %s (%s)", recommendation.variant, recommendation.reason)
    content = {
        "provenance": provenance(settings, "compare_decorrelation"),
        "baseline": settings.baseline,
        "seeds": list(settings.seeds),
        "binning": settings.binning,
        "treatment": settings.treatment,
        "p_value": settings.p_value,
        "variants": {name: row.as_json(rows[settings.baseline]) for name, row in rows.items()},
        "frontier": list(unbeaten),
        "recommendation": recommendation.as_json(),
        "notes": notes(rows, settings),
    }
    write_json(arguments.output, content, Identity.of("decorrelation comparison"))
    times = {"variants": training_times(replicas, settings)}
    write_json(arguments.times, times, Identity.of("decorrelation times"))
    with whole_or_nothing(arguments.table) as temporary:
        text = comparison_table(rows, settings.baseline, unbeaten, recommendation.variant)
        temporary.write_text(text, encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CompareDecorrelationSettings)
    parser.add_argument("--replicas", required=True, type=Path, nargs="+", help="results of each simulation, by seed")
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write: everything")
    parser.add_argument("--table", required=True, type=Path, help="TSV file to write: the table to read")
    parser.add_argument("--times", required=True, type=Path, help="JSON file to write: CPU seconds of each variant")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
