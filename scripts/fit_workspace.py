"""Fit any pyhf workspace: signal strength, significance, limits, pulls, impacts and goodness of fit.

The workspace may come from anywhere: HistFactory JSON of schema 1.0.0 with the modifiers normfactor, normsys, histosys,
lumi, staterror, shapesys and shapefactor, and what its measurement says of initial values, bounds, constraints and
fixed parameters. The likelihood is pyhf's, with exact derivatives; what cannot be read is one line that names channel,
sample and modifier. Asymptotic formulae give significance and limits.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import command_parser, provenance, run_command
from signedag.errors import UserError
from signedag.json_results import write_json_for_others
from signedag.statistics.asymptotics import SIGMAS
from signedag.statistics.workspace_arguments import add_workspace_arguments, model_from_file
from signedag.statistics.workspace_fit import WorkspaceFit, fit_workspace

log = logging.getLogger("signedag")
LISTED_IMPACTS = 10


def work(arguments: argparse.Namespace) -> None:
    """Read, fit, tell and write."""
    if not 0.5 < arguments.confidence < 1:
        raise UserError(f"--confidence must be above 0.5 and below 1, got {arguments.confidence:g}")
    model = model_from_file(arguments)
    result = fit_workspace(
        model, arguments.asimov, arguments.statistic, arguments.confidence, with_impacts=arguments.impacts
    )
    _tell(result)
    if arguments.output is not None:
        write_json_for_others(arguments.output, result.as_json() | {"provenance": provenance(None, "fit_workspace")})


def _tell(fit: WorkspaceFit) -> None:
    """Log the essentials."""
    poi, model = fit.imported.poi, fit.imported.model
    bins = sum(channel.bins for channel in model.channels) - len(fit.imported.auxiliary)
    counts = f"{bins} bins, {len(model.parameters)} parameters"
    log.info("measurement '%s', %s data: %s", fit.imported.measurement, fit.data, counts)
    if fit.interval is None:
        log.info("%s: neither interval nor limits", fit.no_discovery)
    else:
        log.info("%s = %s%s", poi, fit.interval, f" ({fit.interval.reason})" if fit.interval.reason else "")
    if fit.discovery is not None:
        found = fit.discovery
        median = found.expected[SIGMAS.index(0)]
        log.info("q0 = %.4f, p0 = %.4g, Z = %.3f (expected %.3f)", found.q0, found.p0, found.significance, median)
    elif fit.interval is not None:
        log.info("no significance: %s", fit.no_discovery)
    if fit.limits is not None:
        expected = ", ".join(_number(item.value) for item in fit.limits.expected)
        log.info("CLs limit at %g: %s observed", fit.limits.confidence, _number(fit.limits.observed.value))
        log.info("CLs limit at %g: %s expected at %s sigma", fit.limits.confidence, expected, SIGMAS)
    test = fit.goodness_of_fit
    log.info("goodness of fit: chi2 = %s, ndf = %d, p = %s", _number(test.chi2), test.ndf, _number(test.p_value))
    if fit.at_bounds:
        log.warning("at a bound of the measurement: %s", ", ".join(fit.at_bounds))
    for impact in (fit.impacts or ())[:LISTED_IMPACTS]:
        log.info("impact of %s: %s / %s", impact.parameter, _number(impact.post_fit.down), _number(impact.post_fit.up))


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4g}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_workspace_arguments(parser)
    parser.add_argument("--asimov", type=float, metavar="VALUE", help="fit Asimov data at this signal strength instead")
    parser.add_argument("--statistic", choices=("q_tilde", "q"), default="q_tilde", help="test statistic of limits")
    parser.add_argument("--confidence", type=float, default=0.95, help="confidence level of limits")
    parser.add_argument("--impacts", action="store_true", help="compute the impacts of all parameters, four fits each")
    parser.add_argument("--output", type=Path, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
