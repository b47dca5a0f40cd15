"""CSV tables as HEPMASS and HEPMASS-IMB have them, with few features, and an analysis that can read them."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np

MASSES = (500.0, 750.0)
FEATURES = {"lepton_pt": "f0", "n_jets": "f1", "m_wwbb": "f2"}
COLUMNS: dict[str, Any] = {"features": FEATURES}
IMB_COLUMNS: dict[str, Any] = {"label": "type", "process": "name", "features": FEATURES}
ROWS = {
    "x500": {"label": 1, "mass_gev": 500.0},
    "x750": {"label": 1, "mass_gev": 750.0},
    "tt": {"label": 0},
}
IMB_ROWS = {**ROWS, "tt": {"label": 0, "process": "ttbar"}, "dy": {"label": 0, "process": "drell_yan"}}


def settings(rows: dict[str, Any] = ROWS, columns: dict[str, Any] = COLUMNS, **more: Any) -> dict[str, Any]:
    """Give the stage settings of `read_table`."""
    none: dict[str, Any] = {"background_mass": "assigned", "skip_masses_gev": [], "skip_processes": []}
    return {"columns": columns, "samples": rows, **none, **more}


def number(value: float) -> str:
    """Write a number as HEPMASS has it: 1.000000000000000000e+00."""
    return f"{value:.18e}"


def hepmass_rows(rows: int, seed: int = 1) -> list[list[str]]:
    """Give rows in HEPMASS's format: every other one is signal, and background has a mass, too, drawn for it.

    Features are standard normal, and the last one of a signal is shifted, by more for a higher mass.
    """
    rng = np.random.default_rng(seed)
    label, mass = np.arange(rows) % 2, rng.choice(MASSES, rows)
    features = rng.normal(size=(rows, len(FEATURES)))
    features[:, -1] += label * mass / 500
    # the files have the nearest 32-bit number of 500 less a little
    written = np.where(mass == 500.0, 499.999969, mass)
    return [[number(label[row]), *map(number, features[row]), number(written[row])] for row in range(rows)]


def imb_rows(rows: int) -> list[list[str]]:
    """Give rows in HEPMASS-IMB's format: background has no mass, and signal no name."""
    names = ("ttbar", "drell_yan")
    return [
        [*row[:-1], row[-1], ""] if float(row[0]) else [*row[:-1], "", names[index % 4 // 2]]
        for index, row in enumerate(hepmass_rows(rows, 2))
    ]


HEADER = ["# label", *FEATURES.values(), "mass"]
IMB_HEADER = ["type", *FEATURES.values(), "mass", "name"]


def text(rows: list[list[str]], header: list[str] = HEADER) -> str:
    """Give the content of a table."""
    return "".join(",".join(row) + "\n" for row in [header, *rows])


def write(path: Path, content: str) -> Path:
    """Write a table, compressed if its name ends with .gz."""
    encoded = content.encode()
    path.write_bytes(gzip.compress(encoded, mtime=0) if path.suffix == ".gz" else encoded)
    return path


def analysis(files: list[str]) -> dict[str, Any]:
    """Give an analysis of two masses, two backgrounds that are simulated and one that tables have, too.

    Args:
        files: CSV files; with none the analysis is the simulated one.
    """
    simulation = {"model": "higgs_top", "events": 100, "boson": "A", "parts": ["signal"]}
    continuum = {"model": "higgs_top", "events": 100, "boson": "none", "parts": ["continuum"]}
    branches = {"lepton_pt": "lepton_plus_pt_gev", "n_jets": "lepton_plus_eta", "m_wwbb": "m_tt_gev"}
    features = {branches[name]: column for name, column in FEATURES.items()}
    return {
        "analysis": "narrow",
        "luminosity_fb": 1.0,
        "processes": {
            "x500": {"role": "signal", "parameters": {"mass_gev": 500.0}},
            "x750": {"role": "signal", "parameters": {"mass_gev": 750.0}},
            "tt": {"role": "background"},
            "dy": {"role": "background"},
        },
        "samples": {
            "x500": {"process": "x500", "cross_section_pb": 1.0, "simulation": simulation, "table": ROWS["x500"]},
            "x750": {
                "process": "x750",
                "cross_section_pb": 1.0,
                "simulation": {**simulation, "mass_gev": 750.0},
                "table": ROWS["x750"],
            },
            "tt": {
                "process": "tt",
                "cross_section_pb": 10.0,
                "simulation": continuum,
                "table": {"label": 0, "process": "ttbar", "unnamed": True},
            },
            "dy": {
                "process": "dy",
                "cross_section_pb": 5.0,
                "simulation": continuum,
                "table": {"label": 0, "process": "drell_yan"},
            },
        },
        "tables": {"files": files, "columns": {"features": features}, "regions": {"signal": "m_wwbb > -100"}},
        "events": {
            "weight": "generator_weight",
            "branches": branches,
            "selection": "m_wwbb > 345",
            "regions": {"signal": {"selection": "lepton_pt > 10"}},
            "features": list(branches),
            "truth": {"positive_probability": "true_positive_probability"},
        },
        "weights": {"sign_network": {"architecture": {"hidden_layers": [8]}, "epochs": 2}},
        "uncertainties": {
            "normalisations": {
                "luminosity": {"relative": 0.02},
                "dy_yield": {"relative": 0.2, "processes": ["dy"]},
                "background": {"relative": 0.1, "processes": ["tt", "dy"]},
            }
        },
        "classifiers": {
            "parametric": {
                "region": "signal",
                "parameters": ["mass_gev"],
                "architecture": {"kind": "conditioned", "hidden_layers": [16]},
                "batch": {"size": 128},
                "phases": [{"epochs": 3, "updates": [{"learning_rate": 0.01}]}],
            },
            "x500_alone": {
                "region": "signal",
                "without_processes": ["x750", "dy"],
                "architecture": {"hidden_layers": [16]},
                "batch": {"size": 128},
                "phases": [{"epochs": 3, "updates": [{"learning_rate": 0.01}]}],
            },
        },
        "bootstrap": 20,
    }
