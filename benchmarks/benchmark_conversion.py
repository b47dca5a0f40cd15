"""How fast is the conversion, beside merely reading the same branches with uproot?

Simulates one file of Z + heavy from the default analysis, then measures on one core the processor time, best of several
repetitions: reading the branches that the conversion needs and nothing else; converting for the nominal inputs;
converting for all shifts. Memory is the growth of the process over what it held before.

    PYTHONPATH=scripts python benchmarks/benchmark_conversion.py --events 400000
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import uproot
import yaml
from threadpoolctl import threadpool_limits

from signedag.config import stages
from signedag.config.cross_checks import read_analysis
from signedag.config.events import ConvertNtupleSettings
from signedag.config.simulation import SimulateNtupleSettings
from signedag.events.conversion import convert
from signedag.events.plan import make_plan
from signedag.events.simulation.writing import write_ntuple

CONFIG = Path(__file__).parents[1] / "config" / "vhbb.yaml"
SAMPLE = "Zheavy"


def read_only(path: Path, branches: list[str], chunk_events: int) -> None:
    """Read branches chunk by chunk and do nothing with them."""
    for _ in uproot.open({path: "events"}).iterate(branches, step_size=chunk_events, how=dict, library="ak"):
        pass


def best_time(work: Callable[[], object], repetitions: int) -> float:
    """Give the shortest processor time of several repetitions, s."""
    times = []
    for _ in range(repetitions):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def peak_memory_mb() -> float:
    """Give the largest resident memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=400_000, help="events to simulate")
    parser.add_argument("--chunk-events", type=int, default=100_000, help="events to hold in memory at once")
    parser.add_argument("--repetitions", type=int, default=3, help="repetitions; the best counts")
    arguments = parser.parse_args()
    threadpool_limits(limits=1)
    analysis = read_analysis(yaml.safe_load(CONFIG.read_text(encoding="utf-8")), str(CONFIG))
    full = stages.convert_ntuple(analysis, SAMPLE)
    full = full.model_copy(update={"events": full.events.model_copy(update={"chunk_events": arguments.chunk_events})})
    nominal = full.model_copy(update={"shifts": {}})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "part0.root"
        simulation = analysis.samples[SAMPLE].simulation
        assert simulation is not None
        simulation = simulation.model_copy(update={"events": arguments.events, "files": 1})
        start = time.process_time()
        write_ntuple(path, SimulateNtupleSettings(seed=1, simulation=simulation), SAMPLE, 0)
        print(f"simulated {arguments.events} events in {time.process_time() - start:.2f} s")
        report(path, folder / "out", {"nominal": nominal, "all shifts": full}, arguments)


def report(path: Path, folder: Path, settings: dict[str, ConvertNtupleSettings], arguments: argparse.Namespace) -> None:
    """Time reading and converting side by side."""
    branches = list(make_plan(settings["all shifts"]).branches())
    tree = uproot.open({path: "events"})
    compressed, plain = (
        sum(getattr(tree[branch], kind) for branch in branches) / 1e6
        for kind in ("compressed_bytes", "uncompressed_bytes")
    )
    print(f"{len(branches)} branches, {compressed:.1f} MB compressed, {plain:.1f} MB in memory")
    print(f"{'':24s}{'CPU s':>8s}{'events/s':>12s}{'MB/s':>8s}{'of reading':>12s}{'memory/MB':>11s}")
    rows: dict[str, Callable[[], object]] = {
        "read the branches": partial(read_only, path, branches, arguments.chunk_events)
    }
    for kind, how in settings.items():
        shifts = 1 + 2 * len(how.shifts)
        rows[f"convert, {shifts} shift(s)"] = partial(convert, str(path), how, SAMPLE, 0, folder / kind, {})
    reading = 0.0
    before = peak_memory_mb()
    for name, work in rows.items():
        seconds = best_time(work, arguments.repetitions)
        reading = reading or seconds
        print(
            f"{name:24s}{seconds:8.3f}{arguments.events / seconds:12.0f}{compressed / seconds:8.1f}"
            f"{seconds / reading:12.1f}{peak_memory_mb() - before:11.0f}"
        )


if __name__ == "__main__":
    main()
