"""Results of a classifier as the report reads them: its performance and its sculpting of the mass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from signedag.json_blocks import Block
from signedag.report.values import Estimate, Goodness

DISCRIMINATION = ("auc", "binned_significance", "significance_ratio")


@dataclass(frozen=True)
class Discrimination:
    """How well a score separates signal from background, with signed weights."""

    auc: Estimate
    binned_significance: Estimate
    significance_ratio: Estimate

    @classmethod
    def read(cls, block: Block) -> Discrimination:
        """Read the three numbers."""
        return cls(*(Estimate.read(block.block(key)) for key in DISCRIMINATION))

    def as_json(self) -> dict[str, Any]:
        """Give the three numbers by name."""
        return {key: getattr(self, key).as_json() for key in DISCRIMINATION}


@dataclass(frozen=True)
class Performance:
    """`performance.json`: the combined score and that of each seed."""

    combined: Discrimination
    seeds: Mapping[str, Discrimination]

    @classmethod
    def read(cls, content: Block) -> Performance:
        """Read the content of the file."""
        seeds = {seed: Discrimination.read(block) for seed, block in content.blocks("per_seed").items()}
        return cls(Discrimination.read(content), seeds)


@dataclass(frozen=True)
class Difference:
    """The AUC of one classifier minus that of another, judged on the same events."""

    first: str
    second: str
    value: Estimate
    """With the error of a bootstrap that both share."""
    training_error: float | None
    """Error from the initialisations; None with fewer than two seeds."""

    @classmethod
    def read(cls, content: Block) -> tuple[Difference, ...]:
        """Read the pairs of the content of `classifiers/comparison.json`."""
        pairs = content.listed("differences")
        return tuple(
            cls(pair.text("first"), pair.text("second"), Estimate.read(pair), pair.number_or_none("training_error"))
            for pair in pairs
        )

    def as_json(self) -> dict[str, Any]:
        """Give both names, the difference and the error of the trainings."""
        names = {"first": self.first, "second": self.second}
        return names | self.value.as_json() | {"training_error": self.training_error}


@dataclass(frozen=True)
class DibosonPeak:
    """`diboson_peak.json`: a resonant background over a smooth one in the top quantile of the signal's score."""

    samples: tuple[str, ...]
    excess: Estimate
    """Events over the smooth background."""
    excess_without: Estimate
    """The same without the resonant samples: nothing may be left."""
    sidebands: Goodness
    """Does the smooth background fit beside the peak?"""
    sidebands_without: Goodness
    """Likewise without the resonant samples."""
    luminosity_factor: float
    significance: Estimate
    """In data of the simulated luminosity; the error is the simulation's."""
    significance_scaled: Estimate
    """In data of the multiple of it."""
    significance_scaled_without: Estimate
    """Likewise, of what is left without the resonant samples."""
    ks_distance: float | None
    """Kolmogorov-Smirnov distance of the scores of the resonant samples and of the signal."""
    ks_probability: float | None

    @classmethod
    def read(cls, content: Block) -> DibosonPeak:
        """Read the content of the file."""
        peak, without = content.block("peak"), content.block("peak_without_resonant")
        scores = content.block("score_ks_to_signal")
        return cls(
            content.texts("samples"),
            Estimate.read(peak.block("excess")),
            Estimate.read(without.block("excess")),
            Goodness.read(peak.block("sidebands")),
            Goodness.read(without.block("sidebands")),
            content.number("luminosity_factor"),
            Estimate.read(peak.block("significance")),
            Estimate.read(peak.block("significance_scaled")),
            Estimate.read(without.block("significance_scaled")),
            scores.number_or_none("distance"),
            scores.number_or_none("probability"),
        )

    def as_json(self) -> dict[str, Any]:
        """Give the headline numbers."""
        return {
            "samples": list(self.samples),
            "excess": self.excess.as_json(),
            "excess_without_resonant": self.excess_without.as_json(),
            "sidebands": self.sidebands.as_json(),
            "sidebands_without_resonant": self.sidebands_without.as_json(),
            "luminosity_factor": self.luminosity_factor,
            "significance": self.significance.as_json(),
            "significance_scaled": self.significance_scaled.as_json(),
            "significance_scaled_without_resonant": self.significance_scaled_without.as_json(),
            "score_ks_distance": self.ks_distance,
            "score_ks_probability": self.ks_probability,
        }


@dataclass(frozen=True)
class Sculpting:
    """`sculpting.json`: the background's mass in quantiles of its score."""

    chi2_per_quantile: tuple[float | None, ...]
    """χ²/ndf against the inclusive background, the lowest score first."""
    chi2_p_per_quantile: tuple[float | None, ...]
    chi2_mean: float | None
    chi2_p_smallest: float | None
    chi2_reason: str
    """Why a χ² is undefined."""
    ks_distance: float | None
    """Kolmogorov-Smirnov distance of the worst quantile to the rest."""
    ks_probability: float | None
    ks_reason: str
    distance_correlation: float | None
    distance_correlation_reason: str
    without_resonant: Sculpting | None = None
    """The same for the background without resonant samples; None where there are none."""
    inverse_divergence: float | None = None
    """1/JSD of the background that passes and fails a cut that keeps half of the signal."""
    inverse_divergence_floor: float | None = None
    """What statistics alone would give it."""

    @property
    def judged(self) -> Sculpting:
        """What decides on sculpting: the background without resonant samples, where there are any.

        A score that is independent of the mass keeps a resonance whole, and a resonance that is like the signal has a
        larger share at high scores: then the sum depends on the score without any sculpting.
        """
        return self.without_resonant or self

    @classmethod
    def read(cls, content: Block) -> Sculpting:
        """Read the content of the file."""
        without, divergence = content.optional("non_resonant"), content.block("jensen_shannon")
        floor = divergence.optional("floor")
        return replace(
            cls._read_numbers(content),
            without_resonant=None if without is None else cls._read_numbers(without),
            inverse_divergence=divergence.number_or_none("inverse"),
            inverse_divergence_floor=None if floor is None else floor.number_or_none("inverse_mean"),
        )

    @classmethod
    def _read_numbers(cls, content: Block) -> Sculpting:
        return cls(
            content.numbers("chi2_per_quantile"),
            content.numbers("chi2_p_per_quantile"),
            content.number_or_none("chi2_mean"),
            content.number_or_none("chi2_p_smallest"),
            content.text_or_empty("chi2_reason"),
            content.number_or_none("ks_distance"),
            content.number_or_none("ks_probability"),
            content.text_or_empty("ks_reason"),
            content.number_or_none("distance_correlation"),
            content.text_or_empty("distance_correlation_reason"),
        )

    def as_json(self) -> dict[str, Any]:
        """Give the headline numbers, with reasons where they are undefined."""
        without = None if self.without_resonant is None else self.without_resonant._numbers()
        divergences = {"inverse": self.inverse_divergence, "floor_inverse": self.inverse_divergence_floor}
        return self._numbers() | {"jensen_shannon": divergences, "non_resonant": without}

    def _numbers(self) -> dict[str, Any]:
        reasons = {
            "chi2_reason": self.chi2_reason,
            "ks_reason": self.ks_reason,
            "distance_correlation_reason": self.distance_correlation_reason,
        }
        return {
            "chi2_per_quantile": list(self.chi2_per_quantile),
            "chi2_p_per_quantile": list(self.chi2_p_per_quantile),
            "chi2_mean": self.chi2_mean,
            "chi2_p_smallest": self.chi2_p_smallest,
            "ks_distance": self.ks_distance,
            "ks_probability": self.ks_probability,
            "distance_correlation": self.distance_correlation,
        } | {key: reason for key, reason in reasons.items() if reason}
