"""Compute yields and distributions of all processes before and after the fit, with errors.

The likelihood is the one of `fit_signal_strength`. Each region is given in each of its observables, the signal region
also in the mass where the score is high, with the bins of its templates: bins that were merged for the fit are apart.
Errors are those of the parameters (before the fit unit errors of the nuisances and the covariance of the scale factors,
after it the fit's covariance) and, beside them, √Σw² of the simulation. Where observed data are fitted, bins that hold
hidden ones are null, and until they are unblinded the signal after the fit is the expected one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.fitting import FitSignalStrengthSettings
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.statistics.fit_arguments import add_fit_inputs, fit_from_files
from signedag.statistics.observed import fit_observed
from signedag.statistics.post_fit import AFTER
from signedag.statistics.post_fit_stages import post_fit


def work(arguments: argparse.Namespace) -> None:
    """Fit, add up and write."""
    settings: FitSignalStrengthSettings = arguments.settings
    fitted, names = fit_from_files(arguments, settings)
    observed = fit_observed(fitted, settings)
    described = post_fit(fitted, settings, observed)
    yields = described.yields()
    for region, processes in yields[AFTER].items():
        for process, events in processes.items():
            log.info("%s, %s: %.5g +- %.2g after the fit", region, process, events.value, events.error)
    content = {
        "treatment": settings.treatment,
        "data": "asimov" if observed is None else "observed",
        "unblinded": observed is not None and observed.unblinded,
        "signal_region": fitted.inputs.signal.region,
        "yields": {
            stage: {
                region: {process: events.as_json() for process, events in processes.items()}
                for region, processes in regions.items()
            }
            for stage, regions in yields.items()
        },
        "distributions": [distribution.as_json() for distribution in described.distributions()],
        "provenance": provenance(settings, "compute_distributions"),
    }
    write_json(arguments.output, content, Identity.of("distributions", **names, treatment=settings.treatment))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, FitSignalStrengthSettings)
    add_fit_inputs(parser)
    parser.add_argument("--output", type=Path, required=True, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
