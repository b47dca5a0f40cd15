"""Results of a classifier as the report reads them: its performance and its sculpting of the mass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
class Resonance:
    """A resonant background in the top quantile of the signal's score, over a smooth background."""

    samples: tuple[str, ...]
    excess: Estimate
    """Events over the smooth background."""
    excess_without: Estimate
    """The same without the resonant samples: nothing may be left."""
    sidebands: Goodness
    """Does the smooth background fit beside the peak?"""

    @classmethod
    def read(cls, block: Block) -> Resonance:
        """Read the block."""
        peak, without = block.block("peak"), block.block("peak_without_resonant")
        return cls(
            block.texts("samples"),
            Estimate.read(peak.block("excess")),
            Estimate.read(without.block("excess")),
            Goodness.read(peak.block("sidebands")),
        )


@dataclass(frozen=True)
class Sculpting:
    """`sculpting.json`: the background's mass in quantiles of its score."""

    chi2_per_quantile: tuple[float | None, ...]
    """χ²/ndf against the inclusive background, the lowest score first."""
    chi2_mean: float | None
    chi2_reason: str
    """Why a χ² is undefined."""
    ks_distance: float | None
    """Kolmogorov-Smirnov distance of the worst quantile to the rest."""
    ks_probability: float | None
    ks_reason: str
    distance_correlation: float | None
    distance_correlation_reason: str
    resonance: Resonance | None
    resonance_reason: str
    """Why there is no resonance to look at."""

    @classmethod
    def read(cls, content: Block) -> Sculpting:
        """Read the content of the file."""
        resonance = content.optional("resonance")
        return cls(
            content.numbers("chi2_per_quantile"),
            content.number_or_none("chi2_mean"),
            content.text_or_empty("chi2_reason"),
            content.number_or_none("ks_distance"),
            content.number_or_none("ks_probability"),
            content.text_or_empty("ks_reason"),
            content.number_or_none("distance_correlation"),
            content.text_or_empty("distance_correlation_reason"),
            None if resonance is None else Resonance.read(resonance),
            content.text_or_empty("resonance_reason"),
        )

    def as_json(self) -> dict[str, Any]:
        """Give the headline numbers, with reasons where they are undefined."""
        reasons = {
            "chi2_reason": self.chi2_reason,
            "ks_reason": self.ks_reason,
            "distance_correlation_reason": self.distance_correlation_reason,
        }
        return {
            "chi2_per_quantile": list(self.chi2_per_quantile),
            "chi2_mean": self.chi2_mean,
            "ks_distance": self.ks_distance,
            "ks_probability": self.ks_probability,
            "distance_correlation": self.distance_correlation,
        } | {key: reason for key, reason in reasons.items() if reason}
