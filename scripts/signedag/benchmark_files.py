"""CPU times of jobs, from the benchmark files that Snakemake writes. They differ from run to run."""

from __future__ import annotations

import csv
from pathlib import Path

from signedag.errors import UserError

UNMEASURED = ("-", "NA")
"""What benchmark files have instead of a number."""


def cpu_seconds(path: Path, made_by: str) -> list[float]:
    """Read the CPU seconds that Snakemake measured; a job too short to be measured has no number.

    Args:
        path: the benchmark file.
        made_by: the rule that it is of, for messages.

    Raises:
        UserError: the file is damaged.
    """
    try:
        with path.open(encoding="utf-8") as file:
            measured = [row["cpu_time"] for row in csv.DictReader(file, delimiter="\t")]
        return [float(value) for value in measured if value not in UNMEASURED]
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise UserError(f"{path}: no benchmark of Snakemake ({error}); delete it and run {made_by} again") from error
