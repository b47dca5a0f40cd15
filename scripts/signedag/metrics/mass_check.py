"""Judging a classifier at each mass as a job does it: read events and scores, judge, save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from signedag.command_line import provenance
from signedag.config.masses import CheckMassesSettings
from signedag.events.store_files import StoreFiles, by_folder
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.metrics.masses import performance_by_mass
from signedag.metrics.paired import JudgedClasses
from signedag.metrics.scored_events import ScoredEvents, joined, read_scored_events, refuse_empty
from signedag.metrics.weighted_sample import WeightedSample
from signedag.seeds import stream


@dataclass(frozen=True)
class MassCheck:
    """Which classifier is judged, by which files, and where the result goes."""

    settings: CheckMassesSettings
    """Region, samples, masses and seeds."""
    variant: str
    """The classifier's name."""
    events: Sequence[Path]
    """Events of all samples, `{sample}/nominal.arrow`."""
    scores: Sequence[Path]
    """Combined scores, `{sample}/nominal.arrow`."""
    seed_scores: Sequence[Path]
    """Scores of each seed, `seed{seed}/{sample}/nominal.arrow`."""
    output: Path
    """JSON file to write."""


def run_mass_check(job: MassCheck) -> None:
    """Judge one classifier at each mass with signed weights and save the result.

    Raises:
        UserError: a file or column is missing or wrong, a class has no event in the region, or the result could not be
            written.
    """
    settings = job.settings
    events = StoreFiles.of(job.events, Identity.of("events"))
    by_seed = by_folder(job.seed_scores)
    scores = StoreFiles.of(job.scores, Identity.of("combined scores", variant=job.variant))
    combined = _classes(events, scores, settings)
    per_seed = {
        seed: _classes(
            events,
            StoreFiles.of(by_seed.get(f"seed{seed}", []), Identity.of("scores", variant=job.variant, seed=seed)),
            settings,
        )
        for seed in settings.seeds
    }
    # no variant in the stream: two classifiers that judge the same events see the same replicas
    performance = performance_by_mass(
        settings.points,
        combined,
        per_seed,
        lambda *names: stream(settings.seed, "check_masses", settings.region, *names),
        settings.bootstrap,
    )
    described = {
        "provenance": provenance(settings, "check_masses", seed=settings.seed, variant=job.variant),
        "variant": job.variant,
        "region": settings.region,
    }
    write_json(job.output, described | performance.as_json(), Identity.of("masses", variant=job.variant))


def _classes(events: StoreFiles, scores: StoreFiles, settings: CheckMassesSettings) -> dict[str, JudgedClasses]:
    """Read signal and all background with the score at each mass; a column that serves several is read once."""

    def read(samples: Sequence[str], column: str, role: str) -> WeightedSample:
        parts: dict[str, ScoredEvents] = {
            name: read_scored_events(events, scores, name, settings.region, column=column) for name in samples
        }
        refuse_empty(role, parts, settings.region)
        return joined(parts.values()).scores()

    columns = dict.fromkeys(point.column for point in settings.points.values())
    background = {column: read(settings.background_samples, column, "background") for column in columns}
    return {
        name: JudgedClasses(read(point.samples, point.column, f"'{name}' signal"), background[point.column])
        for name, point in settings.points.items()
    }
