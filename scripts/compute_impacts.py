"""Compute the impacts of one group of parameters on the signal strength, with their pulls and constraints.

The likelihood is the one of `fit_signal_strength`. Each parameter of the group is moved by its error after and before
the fit, and everything else is fitted anew; what the covariance has for it stands beside. Groups are those of
`fit.uncertainty_groups`, and `scale_factors`. Impacts are those on Asimov data and, once unblinded, on observed
data. What is undefined is null with the reason beside it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.base import suggestion
from signedag.config.fitting import SCALE_FACTOR_GROUP, ComputeImpactsSettings
from signedag.errors import UserError
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.statistics.fit_arguments import add_fit_inputs, fit_from_files
from signedag.statistics.fit_groups import groups_of
from signedag.statistics.fits import Fit
from signedag.statistics.impacts import impacts
from signedag.statistics.observed import fit_observed


def work(arguments: argparse.Namespace) -> None:
    """Fit, move each parameter and write."""
    settings: ComputeImpactsSettings = arguments.settings
    known = [*settings.groups, SCALE_FACTOR_GROUP]
    if arguments.group not in known:
        raise UserError(f"--group: there is no group '{arguments.group}'{suggestion(arguments.group, known)}")
    fitted, names = fit_from_files(arguments, settings.fit)
    groups = groups_of(fitted.result, settings.groups)
    parameters = groups.get(arguments.group, ())
    results = {"strengths": fitted.result}
    if settings.fit.observed is not None and settings.fit.observed.blinding.unblinded:
        observed = fit_observed(fitted, settings.fit)
        assert observed is not None
        results["observed"] = observed.result
    content: dict[str, Any] = {
        "treatment": settings.fit.treatment,
        "group": arguments.group,
        **{kind: _by_strength(result, parameters) for kind, result in results.items()},
        "provenance": provenance(settings, "compute_impacts"),
    }
    identity = Identity.of("impacts", **names, treatment=settings.fit.treatment, group=arguments.group)
    write_json(arguments.output, content, identity)


def _by_strength(result: Fit, parameters: Sequence[str]) -> dict[str, Any]:
    """Give the impact of each parameter on each strength."""
    strengths = result.likelihood.expectation.model.strengths
    by_strength = {strength: impacts(result, parameters, strength) for strength in strengths}
    for item in by_strength[strengths[0]]:
        log.info("%s: %s by %s", strengths[0], item.parameter, item.post_fit.as_json())
    return {strength: {item.parameter: item.as_json() for item in items} for strength, items in by_strength.items()}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, ComputeImpactsSettings)
    add_fit_inputs(parser)
    parser.add_argument("--output", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--group", required=True, help="the group of uncertainties")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
