"""What identity and checksums cost: bytes per second, and the share of each command's CPU time.

Repeats one call of each command of a finished run, from the first line of its log, in a process of its own, where the
functions that make checksums keep the time. That covers what is written and what is verified when it is read.

    python benchmarks/benchmark_integrity.py --folder . --analysis vhbb
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
sys.path.insert(0, str(SCRIPTS))
LIMIT = 0.05
"""Share of a command's CPU time that verification may take."""
REPORT_TO = "SIGNEDAG_BENCHMARK_REPORT"


def measured(command: str, arguments: list[str], report: Path) -> None:
    """Run a command in this process and report the time that its checksums took."""
    from signedag import checksums

    spent = {"seconds": 0.0, "bytes": 0}

    within = []  # the checksum of JSON calls the other one

    def timed(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(content: Any, *more: Any) -> Any:
            start = time.process_time()
            within.append(function)
            result = function(content, *more)
            within.pop()
            if not within:
                spent["seconds"] += time.process_time() - start
            if not isinstance(content, dict):
                spent["bytes"] += len(content)
            return result

        return call

    checksums.checksum = timed(checksums.checksum)
    checksums.checksum_of_json = timed(checksums.checksum_of_json)
    sys.argv = [str(SCRIPTS / f"{command}.py"), *arguments]
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        report.write_text(json.dumps({**spent, "total": time.process_time(), "status": end.code}), encoding="utf-8")


def calls(folder: Path, logs: Path) -> dict[str, list[str]]:
    """Give the arguments of one call of each command, by command: the first whose files are all still there."""
    found: dict[str, list[str]] = {}
    for log in sorted(logs.glob("*/*.log")):
        _, script, *arguments = shlex.split(log.read_text(encoding="utf-8").splitlines()[0])
        files = [folder / text for text in arguments if text.startswith("results/")]
        if all(path.exists() for path in files):
            found.setdefault(Path(script).stem, arguments)
    return found


def bytes_per_second() -> float:
    """Give the speed of the checksum on 64 MB, the best of five."""
    from signedag.checksums import checksum

    content = os.urandom(64_000_000)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        checksum(content)
        seconds.append(time.perf_counter() - start)
    return len(content) / min(seconds)


def main() -> int:
    """Measure all commands and print a table, the largest share first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="where the run was started")
    parser.add_argument("--analysis", required=True, help="its name")
    arguments = parser.parse_args()
    rows = []
    report = (arguments.folder / "integrity_benchmark.json").resolve()
    logs = arguments.folder / "results" / arguments.analysis / "logs"
    for command, own in sorted(calls(arguments.folder, logs).items()):
        if command in ("render_report", "simulate_ntuple"):  # read no cached files
            continue
        subprocess.run(  # noqa: S603 - our own
            [sys.executable, __file__, command, *own],
            cwd=arguments.folder,
            env={**os.environ, REPORT_TO: str(report)},
            check=True,
            capture_output=True,
        )
        found = json.loads(report.read_text(encoding="utf-8"))
        assert found["status"] == 0, command
        rows.append((found["seconds"] / found["total"], command, found))
    report.unlink()
    print(f"checksum: {bytes_per_second() / 1e9:.1f} GB/s")
    print(f"{'command':<24}{'MB':>10}{'checksums/s':>13}{'CPU/s':>9}{'share':>9}")
    for share, command, found in sorted(rows, reverse=True):
        print(f"{command:<24}{found['bytes'] / 1e6:>10.2f}{found['seconds']:>13.4f}{found['total']:>9.2f}{share:>9.2%}")
    return int(max(rows)[0] > LIMIT)


if __name__ == "__main__":
    if REPORT_TO in os.environ:
        measured(sys.argv[1], sys.argv[2:], Path(os.environ[REPORT_TO]))
    else:
        sys.exit(main())
