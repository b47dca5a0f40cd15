"""Compute the expected upper limit on the signal strength, with bands, by CLs.

The likelihood is the one of `fit_signal_strength`. The limit is expected for data without signal (Asimov data at a
strength of 0, arXiv:1007.1727); beside it stands the limit that data with signal would give, and of observed data the
observed one, once they are unblinded. What is undefined is null with the reason beside it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.fitting import ComputeLimitsSettings
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.statistics.blinding import NO_LIMIT
from signedag.statistics.expected_limits import expected_limits
from signedag.statistics.fit_arguments import add_fit_inputs, fit_from_files
from signedag.statistics.limits import Limit, upper_limits
from signedag.statistics.observed import fit_observed
from signedag.statistics.signal_strength import AsimovFit


def work(arguments: argparse.Namespace) -> None:
    """Fit, compute and write."""
    settings: ComputeLimitsSettings = arguments.settings
    fitted, names = fit_from_files(arguments, settings.fit)
    limits = expected_limits(fitted.result.likelihood, settings.confidence_level)
    for name, limit in limits.items():
        median = limit.without_signal.observed
        log.info("%s < %s expected at %g", name, median.reason or f"{median.value:.4f}", settings.confidence_level)
    observed = {name: {"observed": limit.as_json()} for name, limit in _observed(fitted, settings).items()}
    content = {
        "treatment": settings.fit.treatment,
        "strengths": {name: limit.as_json() | observed.get(name, {}) for name, limit in limits.items()},
        "provenance": provenance(settings, "compute_limits"),
    }
    write_json(arguments.output, content, Identity.of("limits", **names, treatment=settings.fit.treatment))


def _observed(fitted: AsimovFit, settings: ComputeLimitsSettings) -> dict[str, Limit]:
    """Give the observed limit on each strength; none without observed data."""
    if settings.fit.observed is None:
        return {}
    if not settings.fit.observed.blinding.unblinded:
        return dict.fromkeys(fitted.model.strengths, NO_LIMIT)
    result = fit_observed(fitted, settings.fit)
    assert result is not None
    likelihood, level = result.result.likelihood, settings.confidence_level
    return {name: upper_limits(likelihood, name, level).observed for name in fitted.model.strengths}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, ComputeLimitsSettings)
    add_fit_inputs(parser)
    parser.add_argument("--output", type=Path, required=True, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
