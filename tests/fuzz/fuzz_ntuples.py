"""Damaged ROOT files through the conversion: each is one line that refuses it, or gives the events that were written.

ROOT checks only compressed data, so that some damage gives other events and nobody can tell: a file without a checksum
may. With its checksum, as simulated files have it and the configuration may name it, none may.

python tests/fuzz/fuzz_ntuples.py --cases 3000 --seed 1
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import awkward as ak
import numpy as np
import uproot

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from forked import DIFFERENT, REFUSED, SAME, counted_cases, report
from mutations import mutated

from signedag.config.events import ConvertNtupleSettings
from signedag.errors import UserError
from signedag.events.conversion import convert
from signedag.events.file_checksums import check_file, checksum_of_file
from signedag.events.store import EventStore
from signedag.identity import Identity

CASES = 3000
UNNOTICED = "other events without a word, but for the checksum"
EVENTS = Identity.of("converted events", sample="tt", part=0, shift="nominal")
ALGORITHMS = ("adler32", "sha256")
COMPRESSIONS = (None, uproot.ZLIB(1), uproot.LZ4(4), uproot.ZSTD(3), uproot.LZMA(3))
SETTINGS = ConvertNtupleSettings.model_validate(
    {
        "events": {
            "branches": {"jet_pt_gev": "jet_pt", "jet_mass_gev": "jet_mass", "met_gev": "met"},
            "reconstruction": {"minimum_jets": 1},
            "regions": {"all": {"selection": "met_gev > 0"}},
            "features": ["met_gev", "n_jets", "ht_gev"],
            "spectators": ["m_jj_gev"],
            "chunk_events": 150,
        },
        "folds": 2,
        "variations": {"scale": {"up": "scale_up", "down": "1.0"}},
        "denominator": None,
        "other_tree": {"tree": "Runs", "sum_of": "sum_of_weights"},
    }
)


def write_ntuples(folder: Path, seed: int) -> list[bytes]:
    """Write ntuples of every compression and of different sizes, and give their bytes."""
    generator = np.random.default_rng(seed)
    written = []
    for compression in COMPRESSIONS:
        for events in (30, 400):
            path = folder / "written.root"
            with uproot.recreate(path, compression=compression) as file:
                jets = dict.fromkeys(("jet_pt", "jet_eta", "jet_phi", "jet_mass", "jet_btag"), "var * float32")
                flat = dict.fromkeys(("weight", "met", "met_phi", "scale_up"), "float64")
                tree = file.mktree("events", {"event": "int64", **flat, **jets})
                for start in range(0, events, 200):
                    rows = min(200, events - start)
                    counts = generator.poisson(2.0, rows)
                    batch = {"event": start + np.arange(rows)}
                    batch |= {name: 1 + generator.exponential(50.0, rows) for name in flat}
                    draw = (1 + generator.exponential(40.0, counts.sum()).astype(np.float32) for _ in jets)
                    tree.extend(
                        batch | {name: ak.unflatten(values, counts) for name, values in zip(jets, draw, strict=True)}
                    )
                file.mktree("Runs", {"sum_of_weights": "float64"}).extend({"sum_of_weights": np.array([3.5, 1.5])})
                file["histogram"] = np.histogram(generator.normal(size=10))
            written.append(path.read_bytes())
    return written


def converted(path: Path, folder: Path) -> list[object]:
    """Convert a file and give all that became of its events."""
    summary = convert(str(path), SETTINGS, "tt", 0, folder, {})
    store = EventStore(folder / "nominal.arrow", EVENTS)
    columns = [(name, store.column(name).tobytes()) for name in store.names]
    return [summary.as_json(), columns]


def main() -> int:
    """Run the cases."""
    arguments = counted_cases(__doc__, CASES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "file.root"
        ntuples = write_ntuples(folder, arguments.seed)
        checksums: list[list[str]] = []
        for content in ntuples:
            file.write_bytes(content)
            checksums.append([checksum_of_file(file, algorithm) for algorithm in ALGORITHMS])
        expected: dict[int, list[object]] = {}

        def case(number: int) -> tuple[int, str, bytes]:
            source = random.Random(f"{arguments.seed} {number}")
            ntuple = source.randrange(len(ntuples))
            return ntuple, *mutated(source, ntuples[ntuple])

        def passes(checksum: str) -> bool:
            try:
                check_file(str(file), checksum, None, "tt", 0)
            except UserError:
                return False
            return True

        def run(number: int) -> tuple[str, str]:
            ntuple, how, content = case(number)
            if ntuple not in expected:
                file.write_bytes(ntuples[ntuple])
                assert all(map(passes, checksums[ntuple]))
                expected[ntuple] = converted(file, folder / "whole")
            file.write_bytes(content)
            noticed = not any(map(passes, checksums[ntuple]))
            try:
                found = converted(file, folder / "damaged")
            except (UserError, MemoryError) as error:
                return ("several lines", str(error)) if "\n" in str(error) else (REFUSED, how)
            if found == expected[ntuple]:
                return SAME, how
            return (UNNOTICED if noticed else DIFFERENT), f"ntuple {ntuple}, {how}"

        def keep(number: int) -> None:
            if arguments.keep:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                (arguments.keep / f"ntuple_{number}.root").write_bytes(case(number)[2])

        return report("ROOT files", run, arguments.cases, keep)


if __name__ == "__main__":
    sys.exit(main())
