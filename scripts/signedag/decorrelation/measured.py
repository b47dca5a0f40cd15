"""What one simulation says about one score, read from its results: sculpting, diboson peak, fit, trainings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from signedag.config.decorrelation import CompareDecorrelationSettings
from signedag.identity import Identity
from signedag.json_blocks import Block
from signedag.json_results import read_json
from signedag.report.fit_results import StrengthFit


@dataclass(frozen=True)
class SculptedMass:
    """How the mass in quantiles of the score differs from the inclusive one; undefined is None."""

    chi2_mean: float | None
    """χ²/ndf against the inclusive background, mean over the quantiles."""
    chi2_p_values: tuple[float | None, ...]
    """Of each quantile; empty if the background cannot be divided."""
    ks_p_values: tuple[float | None, ...]
    """Kolmogorov-Smirnov against the rest, of each quantile."""
    ks_distance: float | None
    """Of the worst quantile."""
    distance_correlation: float | None
    """dCorr of score and mass."""
    reason: str
    """Why χ² or Kolmogorov-Smirnov are undefined; empty if they are defined."""

    @classmethod
    def read(cls, block: Block) -> SculptedMass:
        """Read what `compare_quantiles` gave, of all background or of a part of it."""
        quantiles = block.listed("quantiles")
        return cls(
            block.number_or_none("chi2_mean"),
            tuple(quantile.block("chi2_to_inclusive").number_or_none("p_value") for quantile in quantiles),
            tuple(quantile.block("ks_to_complement").number_or_none("probability") for quantile in quantiles),
            block.number_or_none("ks_distance"),
            block.number_or_none("distance_correlation"),
            block.text_or_empty("chi2_reason") or block.text_or_empty("ks_reason"),
        )

    @property
    def smallest_chi2_p(self) -> float | None:
        """Smallest p-value of the χ² over the quantiles; None if one is undefined."""
        return _smallest(self.chi2_p_values)

    @property
    def smallest_ks_p(self) -> float | None:
        """Smallest p-value of the Kolmogorov-Smirnov test over the quantiles; None if one is undefined."""
        return _smallest(self.ks_p_values)

    def failure(self, p_value: float) -> str:
        """Say why the score does not pass: a quantile's p-value that is not above the given one; empty if it does."""
        for test, smallest in (("χ²", self.smallest_chi2_p), ("Kolmogorov-Smirnov", self.smallest_ks_p)):
            if smallest is None:
                return f"{test} is undefined: {self.reason or 'a quantile has no p-value'}"
            if smallest <= p_value:
                return f"smallest p-value of {test} over the quantiles is {smallest:.2g}"
        return ""


def _smallest(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return min(known) if known and len(known) == len(values) else None


@dataclass(frozen=True)
class DibosonPeak:
    """The peak of the resonant background in the top quantile of the signal's score; undefined is None."""

    significance: float | None
    """That data of the simulated luminosity would give it."""
    significance_scaled: float | None
    """At the multiple of the luminosity that the check is made for."""
    luminosity_factor: float
    """That multiple."""
    sidebands_p_value: float | None
    """How well the smooth background fits beside the peak."""
    significance_without: float | None
    """Without the resonant background, at the simulated luminosity: there must be nothing."""

    @classmethod
    def read(cls, content: Block) -> DibosonPeak:
        """Read the content of `diboson_peak.json`."""
        peak, without = content.block("peak"), content.block("peak_without_resonant")
        return cls(
            peak.block("significance").number_or_none("value"),
            peak.block("significance_scaled").number_or_none("value"),
            content.number("luminosity_factor"),
            peak.block("sidebands").number_or_none("p_value"),
            without.block("significance").number_or_none("value"),
        )


@dataclass(frozen=True)
class Trainings:
    """What the histories of the trainings behind a score say went wrong, each with its classifier, seed and fold."""

    failed: tuple[str, ...]
    """Trainings that ended with nothing."""
    diverged: tuple[str, ...]
    warnings: tuple[str, ...]
    """Such as networks that collapsed or decorrelated nothing."""


@dataclass(frozen=True)
class Measured:
    """One score in one simulation."""

    auc: float | None
    """With signed weights."""
    significance: float | None
    """Binned significance of the score alone."""
    headline: SculptedMass
    """Of the background that must not be sculpted: without the resonant processes, where there are any."""
    without_resonant: bool
    """Whether that is a part of the background."""
    all_background: SculptedMass
    """Of all background, whose top quantile keeps the peak of a resonant one."""
    inverse_jensen_shannon: float | None
    """1/JSD of all background at 50 % signal efficiency."""
    diboson_peak: DibosonPeak | None
    """None where the analysis does not look for it."""
    fit: StrengthFit
    """The signal strength."""
    trainings: Trainings

    def failure(self, p_value: float) -> str:
        """Say why the score does not pass in this simulation; empty if it does.

        docs/physics.md, "Choice of a decorrelation".
        """
        for kind, evidence in (("failed", self.trainings.failed), ("diverged", self.trainings.diverged)):
            if evidence:
                return f"{len(evidence)} trainings {kind}"
        return self.headline.failure(p_value)


def measure(folder: Path, variant: str, settings: CompareDecorrelationSettings) -> Measured:
    """Read everything about one variant in one simulation.

    Args:
        folder: the results of the replica, `results/<analysis>_seed<seed>`.
        variant: a classifier or a score map.
        settings: classifiers that it needs, and the fit that judges.

    Raises:
        UserError: a result is missing, damaged or that of something else.
    """
    named = {"variant": variant}
    performance = read_json(folder / "classifiers" / variant / "performance.json", Identity.of("performance", **named))
    sculpting = read_json(folder / "sculpting" / variant / "sculpting.json", Identity.of("sculpting", **named))
    all_background = SculptedMass.read(sculpting)
    non_resonant = sculpting.optional("non_resonant")
    peak = None
    if settings.has_diboson_peak:
        path = folder / "sculpting" / variant / "diboson_peak.json"
        peak = DibosonPeak.read(read_json(path, Identity.of("diboson peak", **named)))
    chosen = {"binning": settings.binning, "treatment": settings.treatment}
    fit_path = folder / "fit" / variant / settings.binning / settings.treatment / "result.json"
    fit = read_json(fit_path, Identity.of("signal strength", **named, **chosen))
    return Measured(
        auc=performance.block("auc").number_or_none("value"),
        significance=performance.block("binned_significance").number_or_none("value"),
        headline=all_background if non_resonant is None else SculptedMass.read(non_resonant),
        without_resonant=non_resonant is not None,
        all_background=all_background,
        inverse_jensen_shannon=sculpting.block("jensen_shannon").number_or_none("inverse"),
        diboson_peak=peak,
        fit=StrengthFit.read(fit, variant, **chosen),
        trainings=_trainings(folder, settings.needs[variant], settings),
    )


def _trainings(folder: Path, classifiers: Sequence[str], settings: CompareDecorrelationSettings) -> Trainings:
    evidence: dict[str, list[str]] = {"failed": [], "diverged": [], "warnings": []}
    for where, history in _histories(folder, classifiers, settings):
        for kind in ("failed", "diverged"):
            if text := history.text_or_empty(kind):
                evidence[kind].append(f"{where}: {text}")
        if history.has("warnings"):
            evidence["warnings"] += [f"{where}: {text}" for text in history.texts("warnings")]
    return Trainings(tuple(evidence["failed"]), tuple(evidence["diverged"]), tuple(evidence["warnings"]))


def _histories(
    folder: Path, classifiers: Sequence[str], settings: CompareDecorrelationSettings
) -> Iterator[tuple[str, Block]]:
    """Give the history of every training of some classifiers, and how it is called."""
    for classifier in classifiers:
        for seed in settings.initialisations[classifier]:
            for fold in range(settings.folds):
                path = folder / "classifiers" / classifier / f"seed{seed}" / f"fold{fold}" / "history.json"
                identity = Identity.of("training history", variant=classifier, seed=seed, fold=fold)
                yield f"{classifier}, initialisation {seed}, fold {fold}", read_json(path, identity)
