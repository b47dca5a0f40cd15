"""Render the report: one self-contained page with the front page and every figure, by Snakemake's own `--report`.

Everything that the report shows must be there. Snakemake is started a second time, on the same configuration; it only
reads results and writes the page.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import command_parser, run_command
from signedag.errors import UserError
from signedag.files import whole_or_nothing
from signedag.stopping import undone_when_stopped

TARGET = "report"
THIS_RULE = "render_report"


def work(arguments: argparse.Namespace) -> None:
    """Let Snakemake write the page."""
    scratch = tempfile.TemporaryDirectory()
    with undone_when_stopped(scratch.cleanup), scratch, whole_or_nothing(arguments.page) as page:
        overrides = Path(scratch.name) / "overrides.json"
        keys = json.loads(arguments.overrides)
        # A file with a name would describe a second analysis.
        name = ["--config", f"analysis={json.dumps(keys.pop('analysis'))}"] if "analysis" in keys else []
        overrides.write_text(json.dumps(keys), encoding="utf-8")
        snakemake = subprocess.Popen(  # noqa: S603 - no shell, and the interpreter that runs this
            [
                sys.executable, "-m", "snakemake", TARGET, "--omit-from", THIS_RULE, "--nolock", "--cores", "1",
                "--snakefile", str(arguments.snakefile), "--report", str(page),
                "--report-stylesheet", str(arguments.stylesheet),
                "--configfile", *map(str, arguments.configuration), str(overrides), *name,
            ],
            env={name: value for name, value in os.environ.items() if not name.startswith("SNAKEMAKE_")},
        )  # fmt: skip
        with undone_when_stopped(snakemake.kill):
            status = snakemake.wait()
        if status or not page.stat().st_size:
            raise UserError(f"snakemake --report failed with status {status}; its own messages say why")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    parser.add_argument("--snakefile", required=True, type=Path, help="the workflow")
    parser.add_argument("--configuration", required=True, type=Path, nargs="+", help="configuration files, as given")
    parser.add_argument("--overrides", default="{}", type=_checked, help="keys that --config overrides, as JSON")
    parser.add_argument("--stylesheet", required=True, type=Path, help="CSS file of the page")
    parser.add_argument("--page", required=True, type=Path, help="HTML file to write")
    return run_command(parser, work, argv)


def _checked(text: str) -> str:
    return json.dumps(json.loads(text))


if __name__ == "__main__":
    sys.exit(main())
