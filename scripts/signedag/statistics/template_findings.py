"""What is wrong with templates as such, found before any fit: nothing of it is for a likelihood to find out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from signedag.config.fitting import ModelSettings
from signedag.errors import UserError
from signedag.statistics.effective_grouping import effective_events
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Template
from signedag.statistics.variation_treatment import acting_variations

Kind = Literal[
    "empty_background",
    "negative_process",
    "empty_process",
    "no_variation",
    "same_variation",
    "one_sided_variation",
    "few_effective_events",
]

ORDER: tuple[Kind, ...] = (
    "empty_background",
    "negative_process",
    "empty_process",
    "same_variation",
    "one_sided_variation",
    "no_variation",
    "few_effective_events",
)
"""The worst first."""
REFUSED: frozenset[Kind] = frozenset({"empty_background"})
"""What makes a fit meaningless."""
BELIEVABLE = 4.0
"""Effective events of a variation's typical bin below which it shows its own fluctuations: an error of half of it."""


class MeaninglessFitError(UserError):
    """The templates cannot give a result that means anything."""


@dataclass(frozen=True)
class Finding:
    """Something about the templates that whoever signs the result should know."""

    kind: Kind
    region: str
    process: str | None
    """`None` if it is about all of them."""
    uncertainty: str | None
    """The variation that it is about, if any."""
    message: str
    """What was found, with numbers."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "kind": self.kind,
            "region": self.region,
            "process": self.process,
            "uncertainty": self.uncertainty,
            "message": self.message,
        }


def examine(regions: Sequence[RegionTemplates], settings: ModelSettings) -> tuple[Finding, ...]:
    """List what is wrong with the templates of a fit, the worst first; docs/physics.md, "Templates to look at".

    Args:
        regions: those of the fit.
        settings: which processes are signals, and which variations take part.
    """
    found = [item for region in regions for item in _examine_region(region, settings)]
    return tuple(sorted(found, key=lambda item: ORDER.index(item.kind)))


def refuse_meaningless(findings: Sequence[Finding], source: Path) -> None:
    """Refuse templates from which no fit means anything.

    Raises:
        MeaninglessFitError: there are such findings; all are named.
    """
    refused = [item.message for item in findings if item.kind in REFUSED]
    if refused:
        raise MeaninglessFitError(f"{source}: {'; '.join(refused)}; check the selection and the samples of the region")


def _examine_region(region: RegionTemplates, settings: ModelSettings) -> Iterator[Finding]:
    backgrounds = {name: item for name, item in region.nominal.items() if name not in settings.signals}
    if not any(item.values.any() for item in backgrounds.values()):
        yield Finding(
            "empty_background", region.region, None, None, f"region '{region.region}' has no background in its bins"
        )
    for process, template in region.nominal.items():
        total = float(template.values.sum())
        error = float(np.sqrt(template.variances.sum()))
        if not template.variances.any():
            message = f"{process} has no events in the bins of region '{region.region}'"
            yield Finding("empty_process", region.region, process, None, message)
        elif total <= 0:
            message = f"{process} adds up to {total:.4g} ± {error:.2g} events in region '{region.region}'"
            yield Finding("negative_process", region.region, process, None, message)
    for process, name, pair in acting_variations(region, settings):
        if region.nominal[process].variances.any():
            yield from _examine_variation(region, process, name, pair, settings)


def _examine_variation(
    region: RegionTemplates, process: str, name: str, pair: tuple[Template, Template], settings: ModelSettings
) -> Iterator[Finding]:
    where = f"'{name}' of {process} in region '{region.region}'"
    nominal = region.nominal[process].values
    up, down = (item.values for item in pair)
    same = [np.array_equal(values, nominal) for values in (up, down)]
    if all(same):
        message = f"{where} changes nothing: both sides are nominal"
        yield Finding("no_variation", region.region, process, name, message)
        return
    if name not in settings.symmetrise:
        yield from _examine_sides(region.region, process, name, where, same, np.array_equal(up, down))
    typical = min(typical_effective_events(item) for item in pair)
    smoothed = name in settings.smooth and settings.smooth[name].acts_on(process)
    if typical < BELIEVABLE and not smoothed:
        message = (
            f"a typical bin of {where} has {typical:.3g} effective events: its shape may be a fluctuation; "
            f"'uncertainties.smooth: {{{name}: {{}}}}' smooths it"
        )
        yield Finding("few_effective_events", region.region, process, name, message)


def _examine_sides(
    region: str, process: str, name: str, where: str, same: Sequence[bool], equal: bool
) -> Iterator[Finding]:
    """Tell whether a variation goes both ways; `same` says which of its sides are the nominal template."""
    remedy = "'uncertainties.symmetrise: {{{}: mirror_{}}}' mirrors that side"
    if equal:
        message = f"{where} goes up and down to the same template, so that its effect has no sign"
        yield Finding("same_variation", region, process, name, f"{message}; {remedy.format(name, 'up')}")
    elif any(same):
        missing, there = ("upward", "down") if same[0] else ("downward", "up")
        message = f"{where} is one-sided: its {missing} template is the nominal one, and it goes {there} alone"
        yield Finding("one_sided_variation", region, process, name, f"{message}; {remedy.format(name, there)}")


def typical_effective_events(template: Template) -> float:
    """Give the mean of the bins' (Σw)²/Σw², each bin counting as much as it holds; 0 without events.

    docs/physics.md, "Templates to look at".

    >>> edges = (np.array([0.0, 1.0, 2.0]),)
    >>> typical_effective_events(Template(np.array([0, 9.0, 1.0, 0]), np.array([0, 9.0, 1.0, 0]), edges))
    8.2
    """
    sizes = np.abs(template.values).ravel()
    if not sizes.any():
        return 0.0
    effective = effective_events(sizes, template.variances.ravel())
    filled = sizes > 0
    return float(np.average(effective[filled], weights=sizes[filled]))
