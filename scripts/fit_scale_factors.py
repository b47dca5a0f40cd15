"""Fit the scale factors of the major backgrounds, all together, in the control regions.

A maximum-likelihood fit of Poisson counts with the signal at its expectation. Uncertainties are where the profile
likelihood rises by 0.5; the covariance is the inverse of the exact Hessian. What the finite simulated samples add is
given beside them as `template_statistical` and is not part of either.

The JSON has the scale factors (with truth, where pseudo-data have one), covariance, correlation, goodness of fit,
data and prediction of each region before and after the fit, and the scale factors in bins of an observable if the
templates were filled for that.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.fitting import FitScaleFactorsSettings
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.statistics.flatness import fit_in_bins
from signedag.statistics.scale_factor_results import describe
from signedag.statistics.scale_factors import fit_control_regions
from signedag.statistics.template_files import read_templates

log = logging.getLogger("signedag")


def work(arguments: argparse.Namespace) -> None:
    """Fit and describe."""
    settings: FitScaleFactorsSettings = arguments.settings
    templates = read_templates(arguments.templates, Identity.of("control templates"))
    fitted = fit_control_regions(list(templates.regions.values()), settings, arguments.templates)
    result = describe(fitted, settings)
    flatness = [
        fit_in_bins(observable, regions, settings, fitted.values(), arguments.templates)
        for observable, regions in templates.in_observables.items()
    ]
    for name, factor in result.scale_factors.items():
        log.info("%s = %s", name, factor.interval)
    described = result.as_json() | {
        "flatness": flatness[0].as_json() if flatness else None,
        "provenance": provenance(settings, "fit_scale_factors"),
    }
    write_json(arguments.output, described, Identity.of("scale factors"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, FitScaleFactorsSettings)
    parser.add_argument("--templates", type=Path, required=True, help="ROOT file with the control templates")
    parser.add_argument("--output", type=Path, required=True, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
