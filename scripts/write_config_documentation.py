"""Write `config/README.md` and `config/schema.json` from the settings models, or check that they are up to date.

Not a rule of the workflow: run it after changing a settings model (`make documentation` does), so that the tables say
what the workflow accepts.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import command_parser, log, run_command
from signedag.config.documentation import readme, schema_json
from signedag.config.reruns import reruns
from signedag.errors import UserError
from signedag.files import whole_or_nothing


def work(arguments: argparse.Namespace) -> None:
    """Make both files and write or compare them."""
    contents = {"README.md": readme(reruns()), "schema.json": schema_json()}
    for name, content in contents.items():
        path = arguments.folder / name
        current = path.read_text(encoding="utf-8") if path.is_file() else ""
        if current == content:
            log.info("%s: up to date", path)
        elif arguments.check:
            raise UserError(f"{path}: not what the settings models say; run `make documentation`")
        else:
            with whole_or_nothing(path) as temporary:
                temporary.write_text(content, encoding="utf-8")
            log.info("%s: written", path)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    parser.add_argument("--folder", type=Path, default=Path("config"), help="where the two files are; default: config")
    parser.add_argument("--check", action="store_true", help="write nothing, exit with status 1 if a file is outdated")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
