"""How many events of each sample are in each region, and whether what is done there has any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signedag.config.regions import CheckRegionsSettings, RegionNeed
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
        return cls(
            {sample: StoreTotals.read(content.block("nominal")).regions for sample, content in contents.items()},
            {sample: content.number("weight_factor") for sample, content in contents.items()},
        )

    def events(self, region: str, samples: Sequence[str]) -> int:
        """Count the events of some samples in a region."""
        return sum(self.yields[sample][region].events for sample in samples)

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

    Raises:
        UserError: one line per region and kind of sample that is missing, with the settings keys that ask for it.
    """
    lines = list(_problems(yields, settings.needs))
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
