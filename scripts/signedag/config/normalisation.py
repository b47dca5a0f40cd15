"""Settings of a sample's normalisation: what its sum of weights is divided by, and to what it is scaled."""

from __future__ import annotations

from pydantic import Field, model_validator

from signedag.config.base import Settings
from signedag.config.expression import Expression
from signedag.config.texts import FilledLine


class TreeSum(Settings):
    """A sum over another tree of the same files, such as NanoAOD's `Runs`."""

    tree: FilledLine
    """The tree's name."""
    sum_of: Expression
    """Expression of its branches to add up."""


class Normalisation(Settings):
    """The denominator of the cross-section: expected events = w * cross-section * luminosity / denominator."""

    sum_of: Expression | None = None
    """Expression of branches summed over all entries before any selection; the weight itself if nothing is given."""
    other_tree: TreeSum | None = None
    """Or: a sum over another tree."""
    value: float | None = Field(None, gt=0)
    """Or: the number itself."""

    @model_validator(mode="after")
    def _one_at_most(self) -> Normalisation:
        given = [name for name in ("sum_of", "other_tree", "value") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"give one of {', '.join(given)}, not {len(given)}")
        return self


class MergeSampleSettings(Settings):
    """Stage settings of `merge_sample`."""

    cross_section_pb: float | None
    """Cross-section, pb; `null` for data."""
    luminosity_fb: float
    """Integrated luminosity, fb⁻¹."""
    denominator: float | None
    """The denominator where the settings give it; else the parts' sums are used."""
