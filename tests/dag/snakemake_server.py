"""Runs Snakemake again and again, each time in a fork of a process that has imported it: a dry run in half the time.

Reads requests from its standard input, one JSON list per line: working folder, log file, arguments. Answers each with
the exit status.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

# The workflow's own modules are not among them: each fork reads them from the copy that it runs in.
LIBRARIES = ("matplotlib.mathtext", "numpy", "pydantic", "snakemake.cli", "yaml")


def run(folder: str, log: str, arguments: list[str]) -> int:
    """Run Snakemake in this process, with its output in a file; give the exit status."""
    from snakemake.cli import main

    os.chdir(folder)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.argv = ["snakemake", *arguments]
    try:
        main(arguments)
    except SystemExit as stopped:
        if isinstance(stopped.code, str):
            print(stopped.code, file=sys.stderr)
        return stopped.code if isinstance(stopped.code, int) else int(bool(stopped.code))
    return 0


def serve() -> None:
    """Answer requests until there are no more."""
    for library in LIBRARIES:
        importlib.import_module(library)
    for line in sys.stdin:
        folder, log, arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            status = 70
            try:
                status = run(folder, log, arguments)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    sys.path = [entry for entry in sys.path if entry != str(Path(__file__).parent)]
    serve()
