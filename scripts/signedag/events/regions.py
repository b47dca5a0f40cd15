"""How many events of each sample are in each region, and whether what is done there has any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from signedag.config.regions import CheckRegionsSettings, PointNeed, RegionNeed
from signedag.errors import UserError
from signedag.events.summaries import StoreTotals, yield_as_json
from signedag.events.yields import Yield
from signedag.identity import Identity
from signedag.json_results import read_json


@dataclass(frozen=True)
class RegionYields:
    """Yields by sample and region, and each sample's factor from generator weights to expected events."""

    yields: Mapping[str, Mapping[str, Yield]]
    factors: Mapping[str, float]
    events_per_fold: Mapping[str, Mapping[str, Sequence[int]]] = field(default_factory=dict)
    """Events in each fold by sample and region."""

    @classmethod
    def read(cls, summaries: Sequence[Path]) -> RegionYields:
        """Read the summaries of merged samples, `{sample}/summary.json`.

        Raises:
            UserError: a file is missing, damaged or of another sample.
        """
        contents = {
            path.parent.name: read_json(path, Identity.of("sample summary", sample=path.parent.name))
            for path in map(Path.absolute, summaries)
        }
        totals = {sample: StoreTotals.read(content.block("nominal")) for sample, content in contents.items()}
        return cls(
            {sample: own.regions for sample, own in totals.items()},
            {sample: content.number("weight_factor") for sample, content in contents.items()},
            {sample: own.events_per_fold for sample, own in totals.items()},
        )

    def events(self, region: str, samples: Sequence[str]) -> int:
        """Count the events of some samples in a region."""
        return sum(self.yields[sample][region].events for sample in samples)

    def folds_without(self, region: str, samples: Sequence[str]) -> tuple[int, ...]:
        """Give the folds of a region without an event of some samples."""
        counts = zip(*(self.events_per_fold[sample][region] for sample in samples), strict=True)
        return tuple(fold for fold, events in enumerate(counts) if not any(events))

    def as_json(self) -> dict[str, Any]:
        """Give the yields by region and sample."""
        regions = sorted({region for own in self.yields.values() for region in own})
        return {
            region: {
                sample: yield_as_json(own[region], self.factors[sample])
                for sample, own in sorted(self.yields.items())
                if region in own
            }
            for region in regions
        }


def check_regions(yields: RegionYields, settings: CheckRegionsSettings) -> None:
    """Check that each region has an event of what is trained, fitted or checked there.

    Each of its folds needs one of every signal point that a classifier is conditioned on: a network is trained on the
    folds but one, and judged in that one.

    Raises:
        UserError: one line per region and kind of sample that is missing, with the settings keys that ask for it, and
            per fold and signal point that is missing.
    """
    lines = list(_problems(yields, settings.needs)) or list(_point_problems(yields, settings.points))
    if lines:
        raise UserError("\n".join(lines))


def _problems(yields: RegionYields, needs: Sequence[RegionNeed]) -> Iterator[str]:
    missing: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for need in needs:
        if not yields.events(need.region, need.samples):
            missing.setdefault((need.region, need.what, need.samples), []).append(need.key)
    for (region, what, samples), keys in missing.items():
        yield (
            f"region '{region}': no {what} event ({', '.join(samples)}), needed by {', '.join(dict.fromkeys(keys))}; "
            f"loosen events.regions.{region}.selection or events.selection, or name another region"
        )


def _point_problems(yields: RegionYields, points: Sequence[PointNeed]) -> Iterator[str]:
    missing: dict[tuple[str, str, str, tuple[str, ...]], list[PointNeed]] = {}
    for need in points:
        missing.setdefault((need.region, need.process, need.point, need.samples), []).append(need)
    for (region, process, point, samples), needs in missing.items():
        folds = yields.folds_without(region, samples)
        if not folds:
            continue
        numbers = ", ".join(map(str, folds))
        classifiers = ", ".join(f"{need.classifier} {'trains' if need.trained else 'is judged'}" for need in needs)
        yield (
            f"region '{region}': no event of process '{process}' ({point}) in fold {numbers}, where {classifiers} at "
            f"this point; make more events of {', '.join(samples)}, loosen events.regions.{region}.selection or "
            "events.selection, or remove the process"
        )
