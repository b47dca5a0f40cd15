"""Compute the contours of two signal strengths at 68.27 and 95 %, with everything else fitted.

The likelihood is the one of `fit_signal_strength`. Contours are where 2 times the profiled NLL has risen by 2.30 and
5.99 above its minimum, of Asimov data and, once they are unblinded, of observed data. Beside them stand the best fit
and how well the standard model (both strengths at 1) agrees with it. A contour that the end of the likelihood leaves
open has the reason beside it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.base import suggestion
from signedag.config.fitting import FitSignalStrengthSettings
from signedag.errors import UserError
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.statistics.assemble import strength_of
from signedag.statistics.blinding import WITHHELD
from signedag.statistics.contours import agreement, contours
from signedag.statistics.fit_arguments import add_fit_inputs, fit_from_files
from signedag.statistics.fits import Fit
from signedag.statistics.observed import fit_observed
from signedag.statistics.signal_strength import AsimovFit

STANDARD_MODEL = (1.0, 1.0)


def work(arguments: argparse.Namespace) -> None:
    """Fit, follow the contours and write."""
    settings: FitSignalStrengthSettings = arguments.settings
    first, second = arguments.strengths
    fitted, names = fit_from_files(arguments, settings)
    for name in (first, second):
        if name not in fitted.model.strengths:
            known = fitted.model.strengths
            raise UserError(f"--strengths: the fit has no strength '{name}'{suggestion(name, known)}; it has {known}")
    content = {
        "treatment": settings.treatment,
        "processes": {
            name: [signal for signal in settings.model.signals if strength_of(signal, settings.model) == name]
            for name in (first, second)
        },
        "expected": _described(fitted.result, first, second),
        "observed": _observed(fitted, settings, first, second),
        "provenance": provenance(settings, "compute_contour"),
    }
    identity = Identity.of("contour", **names, treatment=settings.treatment, pair=f"{first}__{second}")
    write_json(arguments.output, content, identity)


def _observed(fitted: AsimovFit, settings: FitSignalStrengthSettings, first: str, second: str) -> dict[str, Any] | None:
    """Give the contours of observed data, or why they are withheld; None without observed data."""
    if settings.observed is None:
        return None
    if not settings.observed.blinding.unblinded:
        return {"contours": None, "reason": WITHHELD}
    result = fit_observed(fitted, settings)
    assert result is not None
    return _described(result.result, first, second)


def _described(result: Fit, first: str, second: str) -> dict[str, Any]:
    found = contours(result, first, second)
    log.info("best fit: %s = %.4f, %s = %.4f", first, found.best[0], second, found.best[1])
    for item in found.contours:
        log.info("%.4g %%: by %s%s", 100 * item.level, item.method, f", {item.reason}" if item.reason else "")
    return found.as_json() | {"standard_model": agreement(result, first, second, STANDARD_MODEL).as_json()}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, FitSignalStrengthSettings)
    add_fit_inputs(parser)
    parser.add_argument("--strengths", required=True, nargs=2, help="the two signal strengths, horizontal one first")
    parser.add_argument("--output", type=Path, required=True, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
