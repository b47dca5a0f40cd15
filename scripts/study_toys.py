"""Check the fit of the signal strength by pseudo-experiments.

The likelihood is the one of `fit_signal_strength`. Pseudo-experiments are drawn at several signal strengths and fitted:
how often do their intervals hold the truth, is the fitted strength unbiased, do its errors fit? And the expected upper
limit without signal is computed by pseudo-experiments beside the asymptotic one. Templates do not fluctuate here. A
pseudo-experiment that cannot be fitted is listed and counts as an interval that does not hold the truth.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.fitting import StudyToysSettings
from signedag.errors import UserError
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.statistics.fit_arguments import add_fit_inputs, fit_from_files
from signedag.statistics.intervals import ConditionalFitError
from signedag.statistics.toy_study import study_toys


def work(arguments: argparse.Namespace) -> None:
    """Fit, draw, fit again and write."""
    settings: StudyToysSettings = arguments.settings
    fitted, names = fit_from_files(arguments, settings.fit)
    toys, expectation = settings.toys, fitted.result.likelihood.expectation
    try:
        study = study_toys(
            expectation, toys.strengths, toys.intervals, toys.limits, settings.confidence_level, settings.seed
        )
    except ConditionalFitError as error:
        raise UserError(f"{arguments.templates}: no limit by pseudo-experiments: {error}") from error
    for fits in study.coverage:
        held, width = fits.coverage(0.6827), fits.pull_width
        log.info(
            "%s = %g: coverage of 68.3 %% intervals %.3f +- %.3f, pull width %.3f +- %.3f, %d failed",
            *(study.strength, fits.truth, held.value, held.error, width.value, width.error, len(fits.failures)),
        )
    content = {"treatment": settings.fit.treatment, **study.as_json()}
    content |= {"provenance": provenance(settings, "study_toys", seed=settings.seed)}
    write_json(arguments.output, content, Identity.of("toys", **names, treatment=settings.fit.treatment))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, StudyToysSettings)
    add_fit_inputs(parser)
    parser.add_argument("--output", type=Path, required=True, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
