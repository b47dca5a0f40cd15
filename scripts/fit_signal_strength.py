"""Fit the signal strength to Asimov data of the signal region and, where the settings say so, to observed data.

Asimov data are the expectation itself at signal strength 1 and the fitted scale factors. Scale factors are `fixed` at
their fitted values, `constrained` by their covariance, or fitted together with the control regions (`simultaneous`);
the last two need `--scale-factors`, the last one `--control-templates` too. Bins whose prediction is not positive are
merged or raised as the settings say, and listed.

The result has the fitted signal strength with its interval (profile likelihood up by 0.5), its statistical and
systematic parts, the discovery significance, a scan and every parameter; the workspace is the same model for pyhf.

Observed data are fitted without the bins that blinding hides, and strengths are moved by a secret number; both until
the settings say `unblinded`. This result is the block `observed`, with the goodness of fit, pulls, and what the same
bins expect; all else stays that of Asimov data. The workspace holds observed data once they are unblinded.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.fitting import FitSignalStrengthSettings
from signedag.identity import Identity
from signedag.json_results import write_json, write_json_for_others
from signedag.statistics.fit_arguments import add_fit_inputs, fit_from_files
from signedag.statistics.observed import fit_observed
from signedag.statistics.observed_results import describe_observed
from signedag.statistics.signal_strength_results import describe
from signedag.statistics.workspace import workspace

log = logging.getLogger("signedag")


def work(arguments: argparse.Namespace) -> None:
    """Fit, describe and export."""
    settings: FitSignalStrengthSettings = arguments.settings
    fitted, names = fit_from_files(arguments, settings)
    result = describe(fitted, settings)
    log.info("mu = %s (%s)", result.interval, settings.treatment)
    counts, content = fitted.asimov, result.as_json() | {"data": "asimov"}
    observed = fit_observed(fitted, settings)
    if observed is not None:
        described = describe_observed(observed, settings)
        log.info("observed: %s = %s", described.strength, described.strengths[described.strength].interval)
        content |= {"data": "observed", "observed": described.as_json()}
        if observed.unblinded:  # nothing is hidden then: these are all bins
            counts = observed.result.likelihood.counts
    write_json_for_others(arguments.workspace, workspace(fitted.model, counts))
    content |= {"provenance": provenance(settings, "fit_signal_strength")}
    write_json(arguments.result, content, Identity.of("signal strength", **names, treatment=settings.treatment))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, FitSignalStrengthSettings)
    add_fit_inputs(parser)
    parser.add_argument("--result", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--workspace", type=Path, required=True, help="pyhf workspace to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
