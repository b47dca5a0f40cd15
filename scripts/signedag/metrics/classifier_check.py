"""One judgement of a classifier as a job does it: read events and scores, judge, save. A job does one, or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from signedag.command_line import provenance
from signedag.config.classifier import CheckClassifierSettings
from signedag.events.store_files import StoreFiles, by_folder
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.metrics.performance import classifier_performance
from signedag.metrics.scored_events import ScoredEvents, joined, read_scored_events, refuse_empty
from signedag.metrics.weighted_sample import WeightedSample


@dataclass(frozen=True)
class ClassifierCheck:
    """Which classifier is judged, by which files, and where the result goes."""

    settings: CheckClassifierSettings
    """Region, samples and seeds."""
    variant: str
    """The classifier's name; it fixes the bootstrap's stream."""
    scores: Sequence[Path]
    """Combined scores, `{sample}/nominal.arrow`."""
    seed_scores: Sequence[Path]
    """Scores of each seed, `seed{seed}/{sample}/nominal.arrow`."""
    output: Path
    """JSON file to write."""


def run_check(job: ClassifierCheck, events: Sequence[Path]) -> None:
    """Judge one classifier with signed weights and save the result.

    Args:
        job: what to judge.
        events: events of all samples, `{sample}/nominal.arrow`.

    Raises:
        UserError: a file is missing or wrong, a class has no event in the region, or the result could not be written.
    """
    settings = job.settings
    nominal = StoreFiles.of(events, Identity.of("events"))
    combined = StoreFiles.of(job.scores, Identity.of("combined scores", variant=job.variant))
    seeds = by_folder(job.seed_scores)

    def read(samples: tuple[str, ...], scores: StoreFiles) -> dict[str, ScoredEvents]:
        return {name: read_scored_events(nominal, scores, name, settings.region) for name in samples}

    def seed_sample(samples: tuple[str, ...], seed: int) -> WeightedSample:
        own = seeds.get(f"seed{seed}", [])
        scores = StoreFiles.of(own, Identity.of("scores", variant=job.variant, seed=seed))
        return joined(read(samples, scores).values()).scores()

    signal = read(settings.signal_samples, combined)
    background = read(settings.background_samples, combined)
    refuse_empty("signal", signal, settings.region)
    refuse_empty("background", background, settings.region)
    per_seed = {
        seed: (seed_sample(settings.signal_samples, seed), seed_sample(settings.background_samples, seed))
        for seed in settings.seeds
    }
    performance = classifier_performance(
        signal, background, per_seed, settings.score_edges, settings.seed, job.variant, settings.bootstrap
    )
    described = {
        "provenance": provenance(settings, "check_classifier", seed=settings.seed, variant=job.variant),
        "variant": job.variant,
        "region": settings.region,
    }
    write_json(job.output, described | performance.as_json(), Identity.of("performance", variant=job.variant))
