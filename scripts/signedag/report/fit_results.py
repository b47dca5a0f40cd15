"""Results of the fits as the report reads them: scale factors and the signal strength."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from signedag.json_blocks import Block
from signedag.report.treated_section import TreatedTemplates
from signedag.report.values import Goodness, Interval


@dataclass(frozen=True)
class ScaleFactor:
    """One fitted scale factor."""

    name: str
    processes: tuple[str, ...]
    """The processes that it scales."""
    interval: Interval
    """Of the fit, ΔNLL = 0.5."""
    template_statistical: float | None
    """The simulation's own statistical error."""
    truth: float | None
    """Known where data are pseudo-data."""
    pull: float | None
    """(fitted - truth) / error, the simulation's own error included."""

    @classmethod
    def read(cls, name: str, block: Block, processes: tuple[str, ...]) -> ScaleFactor:
        """Read one scale factor of the fit's result."""
        pulls = (block.number_or_none(f"pull_of_truth{end}") for end in ("_with_template_statistical", ""))
        return cls(
            name,
            processes,
            Interval.read(block),
            block.number_or_none("template_statistical"),
            block.number_or_none("truth"),
            next((pull for pull in pulls if pull is not None), None),
        )

    def as_json(self) -> dict[str, Any]:
        """Give name, interval, the simulation's error and the truth."""
        known = {"template_statistical": self.template_statistical, "truth": self.truth}
        return {"scale_factor": self.name} | self.interval.as_json() | known


@dataclass(frozen=True)
class ScaleFactors:
    """`scale_factors/result.json`."""

    factors: tuple[ScaleFactor, ...]
    goodness: Goodness
    """Does the fit describe the control regions?"""

    @classmethod
    def read(cls, content: Block) -> ScaleFactors:
        """Read the content of the file."""
        processes = content.block("processes")
        factors = content.blocks("scale_factors").items()
        return cls(
            tuple(ScaleFactor.read(name, block, processes.texts(name)) for name, block in factors),
            Goodness.read(content.block("goodness_of_fit")),
        )


@dataclass(frozen=True)
class RegionBins:
    """What became of a region's bins in the fit."""

    before: int
    after: int
    not_positive: int
    """Bins whose prediction was not positive."""


@dataclass(frozen=True)
class ObservedStrength:
    """The block `observed` of `result.json`: the fit to observed data."""

    interval: Interval
    """Its value is moved by a secret number where `moved`."""
    expected: Interval
    """Of the same bins with Asimov data."""
    significance: float | None
    significance_reason: str
    """Why it is undefined or hidden."""
    goodness: Goodness
    hidden: int
    """Bins of the signal region that are hidden."""
    bins: int
    """All of them."""
    by_rule: Mapping[str, int]
    """Hidden bins by rule."""
    moved: bool
    unblinded: bool

    @classmethod
    def read(cls, content: Block) -> ObservedStrength:
        """Read the block."""
        significance, blinding = content.block("significance"), content.block("blinding")
        bins = blinding.block("hidden_bins")
        rules = bins.block("by_rule")
        return cls(
            Interval.read(content.block("interval")),
            Interval.read(content.block("expected_interval")),
            significance.number_or_none("z"),
            significance.text_or_empty("reason"),
            Goodness.read(content.block("goodness_of_fit")),
            bins.count("hidden"),
            bins.count("bins"),
            {name: rules.count(name) for name in rules},
            blinding.flag("strengths_moved"),
            blinding.flag("unblinded"),
        )

    @property
    def rules(self) -> str:
        """Say what is hidden, and by which rules."""
        if self.unblinded:
            return "unblinded"
        said = [f"{count} by {name}" for name, count in self.by_rule.items()]
        hidden = f"{self.hidden} of {self.bins} bins hidden" + (f" ({', '.join(said)})" if said else "")
        return f"blinded: {hidden}" + (", μ moved by a secret number" if self.moved else "")


@dataclass(frozen=True)
class StrengthFit:
    """`result.json` of one fit of the signal strength, and what the simulation's own error makes of it.

    docs/physics.md, "The result, with the error of the simulation".
    """

    variant: str
    binning: str
    treatment: str
    """How the scale factors enter."""
    interval: Interval
    """Of the fit alone: without the simulation's own statistical error."""
    statistical: Interval
    """Everything but μ fixed; its value is not used."""
    systematic: Interval
    """The rest, in quadrature."""
    template_statistical: float | None
    """By how much μ̂ scatters when the simulation is made anew: the simulation's own statistical error."""
    significance: float | None
    """Expected, of the fit alone, in standard deviations."""
    significance_reason: str
    """Why it is undefined."""
    explanation: str
    """What the treatment does."""
    bins: Mapping[str, RegionBins]
    nonpositive_rule: str
    simulation_in_fit: bool = False
    """Whether the simulation's own error is part of the likelihood, so that the interval contains it."""
    template_bias: float | None = None
    """Bias of μ̂ that the size of the simulation causes; `None` if not known to the version that fitted."""
    observed: ObservedStrength | None = None
    """`None` where Asimov data alone were fitted."""
    treated: tuple[TreatedTemplates, ...] = ()
    """Variations that were symmetrised or smoothed."""

    @classmethod
    def read(cls, content: Block, variant: str, binning: str, treatment: str) -> StrengthFit:
        """Read the content of the file."""
        listed = [item.text("region") for item in content.listed("nonpositive_bins")]
        significance, observed = content.block("significance"), content.optional("observed")
        return cls(
            variant,
            binning,
            treatment,
            Interval.read(content.block("interval")),
            Interval.read(content.block("statistical")),
            Interval.read(content.block("systematic")),
            content.number_or_none("template_statistical"),
            significance.number_or_none("z"),
            significance.text_or_empty("reason"),
            content.text("explanation"),
            {
                region: RegionBins(block.count("before"), block.count("after"), listed.count(region))
                for region, block in content.blocks("bins").items()
            },
            content.text("nonpositive_rule"),
            content.text_or_empty("template_statistics") not in ("", "none"),
            content.number_or_none("template_bias"),
            None if observed is None else ObservedStrength.read(observed),
            tuple(TreatedTemplates.read(item) for item in content.listed("treated_variations"))
            if content.has("treated_variations")
            else (),
        )

    @property
    def combined(self) -> Interval:
        """The fit's interval with the simulation's own error in quadrature on both sides, where it is not in it."""
        error = self._beside or 0.0
        down, up = (None if end is None else math.hypot(end, error) for end in (self.interval.down, self.interval.up))
        return Interval(self.interval.value, down, up, self.interval.reason)

    @property
    def combined_significance(self) -> float | None:
        """The significance with the simulation's own error in quadrature.

        The fit's own z says that μ̂ is z errors above zero, so its error there is μ̂/z, and with the simulation's
        error τ the significance is μ̂/√((μ̂/z)² + τ²).
        """
        value, z, error = self.interval.value, self.significance, self._beside
        if z is None or value is None or error is None or z <= 0 or value <= 0:
            return z
        return value / math.hypot(value / z, error)

    @property
    def _beside(self) -> float | None:
        """The simulation's own error, as far as the interval does not contain it."""
        return 0.0 if self.simulation_in_fit else self.template_statistical

    @property
    def bias_share(self) -> float | None:
        """The bias by the size of the simulation over the error, positive; None if one is undefined."""
        error = self.combined.error
        return None if not error or self.template_bias is None else abs(self.template_bias) / error

    @property
    def simulation_share(self) -> float | None:
        """The simulation's own error over the fit's without it; above 1 it decides. None if one is undefined."""
        error, simulated = self.interval.error, self.template_statistical
        if error is None or simulated is None:
            return None
        if not self.simulation_in_fit:
            return simulated / error
        rest = error**2 - simulated**2
        return simulated / math.sqrt(rest) if rest > 0 else math.inf
