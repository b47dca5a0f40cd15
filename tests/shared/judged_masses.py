"""Events of a background and a signal at several masses, and scores of classifiers that know the mass more or less."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from event_stores import opened, write_events, write_scores
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MASSES = {"X500": 500.0, "X750": 750.0, "X1000": 1000.0, "X1250": 1250.0, "X1500": 1500.0}
SEEDS = (1, 2, 3)


def write_samples(folder: Path, signal: int = 1000, background: int = 4000) -> None:
    """Write `events/{sample}/nominal.arrow` of qcd, top and each mass; `x` is a mass, a tenth is negative."""
    generator = np.random.default_rng(11)
    drawn = {
        "qcd": 300 + generator.exponential(250, background),
        "top": 350 + generator.exponential(180, background // 2),
    }
    drawn |= {name: generator.normal(mass, 90 + 0.05 * mass, signal) for name, mass in MASSES.items()}
    for number, (name, x) in enumerate(drawn.items()):
        weight = np.where(generator.random(x.size) < 0.1, -1.0, 1.0)
        columns = {
            "event_number": 100_000 * number + np.arange(x.size),
            "weight": weight * (0.02 if name in MASSES else 1.0),
            "fold": (np.arange(x.size) % 2).astype(np.int8),
            "x": x,
            "region_sr": generator.random(x.size) < 0.9,
        }
        write_events(folder / "events" / name / "nominal.arrow", columns)


def at_mass(x: Floats, mass: float, wrong: float, generator: np.random.Generator) -> Floats:
    """Give the score at a mass: the odds of signal and background, at a mass that is wrong by so much, and noisy."""
    width = 90 + 0.05 * mass
    logit = -0.5 * np.square((x - mass - wrong) / width) + x / 250 - mass / 250 + 0.4 * generator.normal(size=x.size)
    return 1 / (1 + np.exp(-logit))


def write_classifier(
    folder: Path, variant: str, wrong: Mapping[str, float], single: bool = False, seeds: Sequence[int] = SEEDS
) -> None:
    """Write `scores/{variant}/{seed1, ..., combined}/{sample}/nominal.arrow`.

    Args:
        folder: where the events are.
        variant: its name.
        wrong: mass to how far off, in GeV, the classifier expects its peak.
        single: whether it has the column `score` alone, for its one mass.
        seeds: initialisations; each expects the peak a little elsewhere.
    """
    for path in sorted((folder / "events").glob("*/nominal.arrow")):
        events = opened(path)
        totals: dict[str, Floats] = {}
        for seed in seeds:
            generator = np.random.default_rng([seed, *variant.encode(), *path.parent.name.encode()])
            shift = np.random.default_rng([seed, *variant.encode()]).normal(0, 10)
            columns = {
                "score" if single else f"score_{name}": at_mass(
                    events.column("x"), MASSES[name], off + shift, generator
                )
                for name, off in wrong.items()
            }
            if not single:
                columns["score"] = np.max(list(columns.values()), axis=0)
            target = folder / "scores" / variant / f"seed{seed}" / path.parent.name / "nominal.arrow"
            write_scores(target, events, columns, variant=variant)
            totals = {name: totals.get(name, 0.0) + column / len(seeds) for name, column in columns.items()}
        target = folder / "scores" / variant / "combined" / path.parent.name / "nominal.arrow"
        write_scores(target, events, totals, variant=variant)


def check_arguments(
    folder: Path, variant: str, trained: Mapping[str, bool], single: bool = False, **changes: object
) -> list[str]:
    """Give the arguments of `check_masses` for a classifier, whose result goes to `masses/{variant}/masses.json`."""
    points = {
        name: {
            "samples": [name],
            "parameters": {"mass_gev": MASSES[name]},
            "column": "score" if single else f"score_{name}",
            "trained": known,
        }
        for name, known in trained.items()
    }
    settings = {
        "seed": 3,
        "region": "sr",
        "background_samples": ["qcd", "top"],
        "points": points,
        "seeds": list(SEEDS),
        "bootstrap": 20,
    }
    arguments = ["--settings", json.dumps(settings | changes), "--variant", variant]
    arguments += ["--events", *map(str, sorted(folder.glob("events/*/nominal.arrow")))]
    arguments += ["--scores", *map(str, sorted(folder.glob(f"scores/{variant}/combined/*/nominal.arrow")))]
    arguments += ["--seed-scores", *map(str, sorted(folder.glob(f"scores/{variant}/seed*/*/nominal.arrow")))]
    return [*arguments, "--output", str(folder / "masses" / variant / "masses.json")]


def write_study(folder: Path, check: object, bootstrap: int = 20, **sizes: int) -> dict[str, dict[str, str]]:
    """Write events, scores and what `check_masses` says of all classifiers; give the models that are compared."""
    write_samples(folder, **sizes)
    half = {name: name in ("X500", "X1000", "X1500") for name in MASSES}
    classifiers = {
        "affine": (dict.fromkeys(MASSES, 0.0), dict.fromkeys(MASSES, True), False),
        "affine_half": ({name: 5.0 if known else 80.0 for name, known in half.items()}, half, False),
        "pnn_half": ({name: 10.0 if known else 170.0 for name, known in half.items()}, half, False),
    }
    classifiers |= {f"single_for_{name}": ({name: 0.0}, {name: True}, True) for name in MASSES}
    for variant, (wrong, trained, single) in classifiers.items():
        write_classifier(folder, variant, wrong, single)
        assert check(check_arguments(folder, variant, trained, single, bootstrap=bootstrap)) == 0
    models = {label: dict.fromkeys(MASSES, label) for label in ("affine", "affine_half", "pnn_half")}
    return models | {"individual": {name: f"single_for_{name}" for name in MASSES}}
