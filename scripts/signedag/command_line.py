"""What every command of `scripts/` shares: the `--settings` argument, the log's first line, exit status and errors."""

from __future__ import annotations

import argparse
import errno
import logging
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from threadpoolctl import threadpool_limits

from signedag.config.base import Settings, read_settings
from signedag.config.chosen_modules import chosen_modules
from signedag.errors import UserError
from signedag.fingerprint import code_version
from signedag.software import versions
from signedag.stopping import stoppable

log = logging.getLogger("signedag")
Model = TypeVar("Model", bound=Settings)


def command_parser(script: str, description: str | None) -> argparse.ArgumentParser:
    """Make the parser of a command whose module docstring is its description."""
    return argparse.ArgumentParser(
        prog=f"python scripts/{Path(script).name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_settings(parser: argparse.ArgumentParser, model: type[Model]) -> None:
    """Add `--settings`, which takes the JSON itself or a file that holds it; `--help` lists the keys."""
    parser.add_argument(
        "--settings",
        required=True,
        metavar="JSON|FILE",
        type=lambda text: read_settings(model, text),
        help="this stage's settings as JSON, or a JSON/YAML file that holds them; its keys are listed below",
    )
    keys = "\n".join(f"  {name}: {field.description or ''}" for name, field in model.model_fields.items())
    parser.epilog = (
        parser.epilog or ""
    ) + f"\nkeys of --settings ({model.__name__}; * config/README.md says more):\n{keys}\n"


def reproducing_command(argv: Sequence[str]) -> str:
    """Give the shell line that repeats this process from the same folder."""
    here = Path.cwd()
    interpreter = Path(sys.executable)
    python = interpreter.relative_to(here) if interpreter.is_relative_to(here) else interpreter
    script = Path(sys.argv[0]).resolve()
    script = script.relative_to(here) if script.is_relative_to(here) else script
    return shlex.join([str(python), str(script), *argv])


def provenance(settings: Settings | None, command: str, **more: str | int) -> dict[str, str]:
    """Describe how a file came to be: settings, code, software and whatever identifies its random stream.

    Args:
        settings: the command's settings, if it takes any.
        command: its name.
        more: what else to say.
    """
    described = {"settings": settings.as_json()} if settings is not None else {}
    described["code_version"] = code_version(command, *chosen_modules(settings))
    described["software"] = versions()
    return described | {key: str(value) for key, value in more.items()}


def run_command(
    parser: argparse.ArgumentParser, work: Callable[[argparse.Namespace], None], argv: Sequence[str] | None
) -> int:
    """Parse, say how to repeat the step, do the work; turn a user's mistake into one line and status 1.

    A signal that stops the command leaves nothing unfinished (see `signedag.stopping`).

    Returns:
        the exit status: 0 done, 1 the user can mend it, 2 wrong arguments (raised by argparse).
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr, force=True)
    arguments = list(sys.argv[1:] if argv is None else argv)
    log.info("%s", reproducing_command(arguments))
    threadpool_limits(limits=1)  # sums add in one order, so results do not depend on the number of cores
    try:
        with stoppable():
            work(parser.parse_args(arguments))
    except UserError as error:
        log.error("error: %s", error)
        return 1
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EISDIR):
            raise
        named = f"{error.filename}: " if error.filename else ""
        log.error("error: %s%s; check the path, the space and the permissions", named, error.strerror)
        return 1
    except MemoryError as error:
        log.error("error: not enough memory%s; give the job more", f" ({error})" if str(error) else "")
        return 1
    return 0
