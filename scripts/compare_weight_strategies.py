"""Compare all negative-weight strategies on equal terms.

Same network, folds and seeds; judged with signed weights on the same events: AUC and binned significance with their
spread over seeds, closure, yield bias, Σw² kept, effective size gained, divergence. Where the truth is known, the
paired difference to the classifier trained on the true positive weights. Training times go into a table of their own,
since they differ from run to run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.comparison import CompareWeightStrategiesSettings
from signedag.files import whole_or_nothing
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.weights.recommendation import REFERENCE, comparison_table, recommend
from signedag.weights.strategy_rows import strategy_rows, training_times


def work(arguments: argparse.Namespace) -> None:
    """Load every strategy's results, compare, recommend, save."""
    settings: CompareWeightStrategiesSettings = arguments.settings
    folder: Path = arguments.results_folder
    rows = strategy_rows(folder, settings)
    recommendation = recommend(rows)
    log.info("recommended: %s (%s)", recommendation.strategy, recommendation.reason)
    content = {
        "provenance": provenance(settings, "compare_weight_strategies"),
        "strategies": {name: row.as_json(rows.get(REFERENCE)) for name, row in rows.items()},
        "recommendation": recommendation.as_json(),
        "reference": REFERENCE,
    }
    write_json(arguments.output, content, Identity.of("strategy comparison"))
    write_json(arguments.times, {"strategies": training_times(folder, settings)}, Identity.of("training times"))
    with whole_or_nothing(arguments.table) as temporary:
        temporary.write_text(comparison_table(rows, recommendation.strategy), encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CompareWeightStrategiesSettings)
    parser.add_argument("--results-folder", required=True, type=Path, help="the analysis's results")
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write: everything")
    parser.add_argument("--table", required=True, type=Path, help="TSV file to write: the table to read")
    parser.add_argument("--times", required=True, type=Path, help="JSON file to write: CPU seconds per training")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
