"""Arguments of the commands that convert one ROOT file, a part of a sample."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_part_arguments(parser: argparse.ArgumentParser) -> None:
    """Add sample, part, the ROOT file with what it must be, and the output folder."""
    parser.add_argument("--sample", required=True, help="the sample's name, or 'data'")
    parser.add_argument("--part", required=True, type=int, help="number of the file within the sample, from 0")
    parser.add_argument("--input", required=True, metavar="ROOT", help="the ROOT file, as a path or URL")
    help_text = "that it must have: adler32:... or sha256:..."
    parser.add_argument("--checksum", nargs="?", default="", const="", metavar="TEXT", help=help_text)
    help_text = "what simulate_ntuple or read_table wrote beside the file that it made"
    parser.add_argument("--description", nargs="?", type=Path, metavar="JSON", help=help_text)
    parser.add_argument("--output-folder", required=True, type=Path, metavar="FOLDER", help="where the stores go")
