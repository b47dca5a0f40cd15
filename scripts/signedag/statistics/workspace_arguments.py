"""Arguments of commands that take any pyhf workspace, and the model that they ask for."""

from __future__ import annotations

import argparse
from pathlib import Path

from signedag.statistics.interpolation import Interpolation
from signedag.statistics.workspace_file import read_workspace
from signedag.statistics.workspace_import import ImportedModel, imported


def add_workspace_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name a workspace and say how to read it."""
    parser.add_argument("--workspace", type=Path, required=True, help="the pyhf workspace, JSON")
    parser.add_argument("--measurement", help="name of one of its measurements; the first if left out")
    parser.add_argument("--patch", type=Path, action="append", default=[], help="JSON patch to apply; may be repeated")
    parser.add_argument("--patch-name", help="which patch to take where --patch is a set of them")
    parser.add_argument("--poi", help="another parameter of interest than the measurement's")
    parser.add_argument(
        "--interpolation",
        choices=("smooth", "piecewise"),
        default="smooth",
        help="between templates: smooth (codes 4p and 4, pyhf's default) or piecewise (codes 0 and 1)",
    )


def model_from_file(arguments: argparse.Namespace, interpolation: Interpolation | None = None) -> ImportedModel:
    """Read the workspace.

    Args:
        arguments: of the command line.
        interpolation: if it is known from elsewhere, instead of the argument.

    Raises:
        UserError: the file is missing or no workspace, or the model cannot be expressed.
    """
    content = read_workspace(arguments.workspace, arguments.measurement, arguments.patch, arguments.patch_name)
    return imported(content, arguments.poi, interpolation or arguments.interpolation)
