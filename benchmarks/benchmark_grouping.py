"""What starting processes costs in a scan of small classifiers, with trainings in jobs of their own and in groups.

Writes a configuration with many variants of the default classifier, runs everything before the trainings, then trains,
scores, judges and draws all variants by the workflow. A process's start is what its command takes to print its help: it
imports what the job imports. Quote the shares of CPU time, not the seconds.

    python benchmarks/benchmark_grouping.py --variants 40 --networks-per-job 20
"""

from __future__ import annotations

import argparse
import csv
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (
    "train_classifier", "train_classifiers", "score_events", "score_classifiers", "combine_scores", "check_classifier",
    "check_classifiers", "plot_classifier",
)  # fmt: skip
"""Commands of the scan."""


def cpu_of_children() -> float:
    """Give the CPU seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def start_seconds(command: str) -> float:
    """Give the CPU seconds in which a command starts, the least of three."""
    seconds = []
    for _ in range(3):
        before = cpu_of_children()
        script = ROOT / "scripts" / f"{command}.py"
        subprocess.run([sys.executable, script, "--help"], check=True, capture_output=True)  # noqa: S603 - our own
        seconds.append(cpu_of_children() - before)
    return min(seconds)


def configuration(variants: int, networks_per_job: int) -> dict[str, object]:
    """Give the default analysis with many classifiers that differ in learning rate and width."""
    content = yaml.safe_load((ROOT / "config" / "vhbb.yaml").read_text(encoding="utf-8"))
    classifiers = {
        f"point{number}": {
            "region": "sr_medhigh_znn",
            "architecture": {"hidden_layers": [32 + 8 * (number % 5)] * 3},
            "phases": [{"epochs": 20, "patience": 4, "updates": [{"learning_rate": 0.0005 * (1 + number // 5)}]}],
        }
        for number in range(variants)
    }
    of_scores = ("fit", "sculpting", "diboson_peak", "mismodelling", "score_maps", "report", "scan")
    for key in (*of_scores, "strategy_comparison", "decorrelation_comparison", "optimism"):
        content.pop(key, None)
    training = {"networks_per_job": networks_per_job}
    return content | {"analysis": "scan", "classifiers": classifiers, "training": training}


def run(targets: list[str], file: Path) -> float:
    """Run the workflow on one core; give the CPU seconds of everything, Snakemake's own included."""
    before = cpu_of_children()
    command = ["snakemake", *targets, "--cores", "1", "--quiet", "all", "--configfile", file]
    subprocess.run([sys.executable, "-m", *command], check=True, cwd=ROOT)  # noqa: S603 - our own
    return cpu_of_children() - before


def jobs_of_the_scan() -> tuple[Counter[str], float]:
    """Count the jobs by command and add up their CPU seconds, from Snakemake's benchmark files."""
    counts: Counter[str] = Counter()
    seconds = 0.0
    for path in (ROOT / "results" / "scan" / "benchmarks").glob("*/*.tsv"):
        if path.parent.name in COMMANDS:
            with path.open(encoding="utf-8") as file:
                seconds += sum(float(row["cpu_time"]) for row in csv.DictReader(file, delimiter="\t"))
            counts[path.parent.name] += 1
    return counts, seconds


def main() -> None:
    """Run the scan in groups and, if asked, one by one; print the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", type=int, default=40, help="classifiers of the scan")
    parser.add_argument("--networks-per-job", type=int, nargs="+", default=[20], help="sizes of the groups to measure")
    arguments = parser.parse_args()
    starts = {command: start_seconds(command) for command in COMMANDS}
    results = ROOT / "results" / "scan"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scan.yaml"
        for networks_per_job in arguments.networks_per_job:
            file.write_text(yaml.safe_dump(configuration(arguments.variants, networks_per_job)), encoding="utf-8")
            run(["weights"], file)
            for made in (
                "classifiers",
                "scores",
                "figures/classifiers",
                *(f"benchmarks/{command}" for command in COMMANDS),
            ):
                shutil.rmtree(results / made, ignore_errors=True)
            names = [f"point{number}" for number in range(arguments.variants)]
            total = run([f"results/scan/figures/classifiers/{name}/roc.png" for name in names], file)
            counts, seconds = jobs_of_the_scan()
            starting = sum(count * starts[command] for command, count in counts.items())
            print(
                f"{networks_per_job} networks per job: {sum(counts.values())} jobs ({dict(sorted(counts.items()))}), "
                f"starting takes {starting / seconds:.1%} of the jobs' CPU time ({starting:.0f} of {seconds:.0f} s); "
                f"with Snakemake's own {total:.0f} s"
            )


if __name__ == "__main__":
    main()
