"""Results of the negative weights as the report reads them: closure, calibration and diagnostics of a sample."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from signedag.json_blocks import Block
from signedag.report.values import Estimate, Goodness

CALIBRATED = "calibrated"
"""The kind of training weights that classifiers see; every strategy has it."""
UNCALIBRATED = "uncalibrated"


@dataclass(frozen=True)
class Comparison:
    """Signed against training weights in one variable."""

    test: Goodness
    is_input: bool
    """Whether the sign network saw the variable."""
    scale: float | None
    """The common factor of the training weights at which χ² is smallest; None where none was profiled."""

    @classmethod
    def read(cls, block: Block) -> Comparison:
        """Read one variable of `closure.json`."""
        return cls(Goodness.read(block), block.flag("is_input"), block.number_or_none("scale"))


Comparisons = Mapping[str, Comparison]


@dataclass(frozen=True)
class Smallest:
    """The smallest p-value among some comparisons."""

    p_value: float
    variable: str
    comparisons: int
    """How many comparisons had a p-value."""

    @property
    def corrected(self) -> float:
        """The p-value times the number of comparisons (Bonferroni), at most 1."""
        return min(1.0, self.p_value * self.comparisons)


def smallest_p_value(comparisons: Comparisons) -> Smallest | None:
    """Give the smallest p-value; the alphabet decides between equal ones. None if nothing was tested."""
    tested = {name: item.test.p_value for name, item in comparisons.items() if item.test.p_value is not None}
    if not tested:
        return None
    worst = min(tested, key=lambda name: (tested[name], name))
    return Smallest(tested[worst], worst, len(tested))


@dataclass(frozen=True)
class StatedVerdict:
    """What a stage itself says of its result."""

    grade: str
    """`good`, `marginal`, `bad` or `nothing_to_test`."""
    value: float | None
    limit: float | None
    reason: str

    @classmethod
    def read(cls, block: Block) -> StatedVerdict:
        """Read `grade`, `value`, `limit` and `reason`."""
        numbers = block.number_or_none("value"), block.number_or_none("limit")
        return cls(block.text("grade"), *numbers, block.text_or_empty("reason"))


@dataclass(frozen=True)
class EnsembleClosure:
    """The smallest p × comparisons of each network of an ensemble, as if it alone had made the weights."""

    members: int
    median: float | None
    lowest: float | None
    highest: float | None

    @classmethod
    def read(cls, block: Block) -> EnsembleClosure:
        """Read `members` and the middle and range of `smallest_p_times_comparisons`."""
        spread = block.block("smallest_p_times_comparisons")
        return cls(block.count("members"), *(spread.number_or_none(key) for key in ("median", "lowest", "highest")))

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return asdict(self)


@dataclass(frozen=True)
class Closure:
    """`closure.json`: do the training weights of a sample give its signed distributions?"""

    kinds: Mapping[str, Comparisons]
    """`calibrated` and, for transformed weights, `uncalibrated`: comparisons by variable."""
    regions: Mapping[str, Mapping[str, Comparisons]]
    """The same in the regions that classifiers train in, by region and kind."""
    region_yields: Mapping[str, Mapping[str, Estimate]]
    """Σw'/Σw in these regions, by region and kind."""
    ensemble: EnsembleClosure | None
    """`None` for single networks."""
    truth: Mapping[str, Goodness]
    """Estimated against true positive probability, by kind; empty where the truth is unknown."""
    verdict: StatedVerdict
    """The stage's own verdict."""
    yield_error: Mapping[str, float]
    """√Σ(w' - w)² / |Σw| by kind: by how much the training yield scatters around the signed one."""
    relative_error: float
    """√Σw² / |Σw| of the signed weights."""

    @classmethod
    def read(cls, content: Block) -> Closure:
        """Read the content of the file."""
        kinds = content.blocks("closure")
        first = {kind: next(iter(variables.named().values())) for kind, variables in kinds.items()}
        return cls(
            {kind: _comparisons(variables) for kind, variables in kinds.items()},
            {
                region: {kind: _comparisons(variables) for kind, variables in block.named().items()}
                for region, block in content.blocks("by_region").items()
            },
            {
                region: {kind: Estimate.read(ratio.block("ratio")) for kind, ratio in block.named().items()}
                for region, block in content.blocks("region_yields").items()
            },
            EnsembleClosure.read(content.block("ensemble")) if content.has("ensemble") else None,
            {kind: Goodness.read(block) for kind, block in content.blocks("truth").items()},
            StatedVerdict.read(content.block("verdict")),
            {kind: _relative(block, "difference_variance") for kind, block in first.items()},
            _relative(first[CALIBRATED], "signed_variance"),
        )


def _comparisons(variables: Block) -> dict[str, Comparison]:
    return {name: Comparison.read(block) for name, block in variables.named().items()}


def _relative(variable: Block, variance: str) -> float:
    """Give the root of a sum of variances over the signed sum; any variable's bins hold every event."""
    total = math.fsum(value or 0.0 for value in variable.numbers("signed"))
    return math.sqrt(math.fsum(value or 0.0 for value in variable.numbers(variance))) / abs(total)


@dataclass(frozen=True)
class Calibration:
    """`calibration.json`: what the transformation of a sample's weights did."""

    negative_fraction: float
    """Share of |w| in negative events."""
    effective_size_factor: Mapping[str, float]
    """(Σw)²/(NΣw²) of `signed` and `transformed` weights."""
    largest_over_median: float
    renormalisation: float
    """The factor that restored the signed sum."""
    clipped_fraction: float
    """Share of |w| whose estimated signed density is not positive."""
    clipped_signed_share: Estimate | None
    """Σw/Σ|w| of those events, measured with their own signs; None where it was not measured."""
    yield_bias: Mapping[str, float]
    """Relative bias of the yield without renormalisation, by kind."""

    @classmethod
    def read(cls, content: Block) -> Calibration:
        """Read the content of the file."""
        size, bias = content.block("effective_size_factor"), content.block("yield_bias")
        share = content.optional("clipped_signed_share")
        return cls(
            content.number("negative_fraction"),
            {kind: size.number(kind) for kind in ("signed", "transformed")},
            content.number("largest_over_median"),
            content.number("renormalisation"),
            content.number("clipped_fraction"),
            None if share is None else Estimate.read(share),
            {kind: bias.number(kind) for kind in (UNCALIBRATED, CALIBRATED) if bias.has(kind)},
        )


@dataclass(frozen=True)
class Diagnostics:
    """`diagnostics/{sample}.json`: what to know of a sample's weights before a strategy is chosen."""

    negative_fraction: float
    sign_auc: Estimate
    signs: str
    """`alike`, `separable` or `undefined`."""
    smallest_safe_batch: int | None
    batch_reason: str
    """Why there is no safe batch."""
    clipped_fraction: float
    """Share of |w| whose estimated signed density is not positive."""
    clipped_signed_share: Estimate | None
    """Σw/Σ|w| of those events, measured with their own signs."""
    clipped_limit: float
    """Largest share of |w| that may be clipped."""
    transformable: str
    """`yes`, or `no` and what to do instead."""

    @classmethod
    def read(cls, content: Block) -> Diagnostics:
        """Read the content of the file."""
        area, batches, part = (content.block(key) for key in ("sign_auc", "batches", "transformable"))
        share = part.optional("clipped_signed_share")
        return cls(
            content.number("negative_fraction"),
            Estimate.read(area),
            area.text("verdict"),
            batches.count("smallest_safe_size") if batches.has("smallest_safe_size") else None,
            batches.text_or_empty("reason"),
            part.number("clipped_fraction"),
            None if share is None else Estimate.read(share),
            part.number("limit"),
            part.text("verdict"),
        )
