"""Fit the expected signal strength to Asimov data of the signal region.

The data are the expectation itself at signal strength 1 and the fitted scale factors. Scale factors are `fixed` at
their fitted values, `constrained` by their covariance, or fitted together with the control regions (`simultaneous`);
the last two need `--scale-factors`, the last one `--control-templates` too. Bins whose prediction is not positive are
merged or raised as the settings say, and listed.

The result has the fitted signal strength with its interval (profile likelihood up by 0.5), its statistical and
systematic parts, the discovery significance, a scan and every parameter; the workspace is the same model for pyhf.
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
from signedag.statistics.signal_strength_results import describe
from signedag.statistics.workspace import workspace

log = logging.getLogger("signedag")


def work(arguments: argparse.Namespace) -> None:
    """Fit, describe and export."""
    settings: FitSignalStrengthSettings = arguments.settings
    fitted, names = fit_from_files(arguments, settings)
    result = describe(fitted, settings)
    log.info("mu = %s (%s)", result.interval, settings.treatment)
    write_json_for_others(arguments.workspace, workspace(fitted.model, fitted.asimov))
    content = result.as_json() | {"provenance": provenance(settings, "fit_signal_strength")}
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
