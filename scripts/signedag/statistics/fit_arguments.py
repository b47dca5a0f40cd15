"""Arguments of commands that look at the signal-strength fit once more, and the fit that they ask for."""

from __future__ import annotations

import argparse
from pathlib import Path

from signedag.config.fitting import FitSignalStrengthSettings
from signedag.identity import Identity
from signedag.statistics.inputs import read_inputs
from signedag.statistics.signal_strength import AsimovFit, fit_asimov


def add_fit_inputs(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name the fit and its inputs."""
    parser.add_argument("--variant", required=True, help="the classifier whose score is fitted")
    parser.add_argument("--binning", required=True, help="the name of the templates' binning")
    parser.add_argument("--templates", type=Path, required=True, help="ROOT file with the signal region's templates")
    parser.add_argument("--control-templates", type=Path, help="ROOT file with the control regions' templates")
    parser.add_argument("--scale-factors", type=Path, help="JSON file with the fitted scale factors")


def fit_from_files(
    arguments: argparse.Namespace, settings: FitSignalStrengthSettings
) -> tuple[AsimovFit, dict[str, str]]:
    """Read the inputs and fit them.

    Returns:
        the fit, and the names of variant and binning.

    Raises:
        UserError: an input is missing, damaged or another one than expected, or the fit failed.
    """
    names = {"variant": arguments.variant, "binning": arguments.binning}
    inputs = read_inputs(
        arguments.templates,
        Identity.of("templates", **names),
        arguments.control_templates,
        arguments.scale_factors,
        settings.model,
    )
    return fit_asimov(inputs, settings), names
