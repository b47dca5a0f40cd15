"""The binned model, with exactly HistFactory's words and meaning, so that `workspace.json` is the model.

Expected events in bin b of a channel (CERN-OPEN-2012-016; p runs over the processes):

    λ_b(θ) = Σ_p Π_f φ_f · Π_j κ_jp(θ_j) · [ T_pb + Σ_j δ_jpb(θ_j) ]

with free factors φ (signal strength, scale factors), `normsys` factors κ and `histosys` differences δ, interpolated
between θ = -1, 0 and +1 as `interpolation.py` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from signedag.statistics.interpolation import Interpolation
from signedag.statistics.templates import Floats

SIGNAL_STRENGTH = "mu"

Kind = Literal["signal_strength", "scale_factor", "nuisance"]


@dataclass(frozen=True)
class Parameter:
    """A parameter of the likelihood."""

    name: str
    kind: Kind
    """What it stands for; a constrained `scale_factor` is a direction of their covariance."""
    initial: float
    """Where fits start and what Asimov data are made with."""
    constrained: bool
    """Whether a unit Gaussian constrains it."""

    @property
    def positive(self) -> bool:
        """Whether only values above zero have a meaning."""
        return self.kind == "scale_factor" and not self.constrained


@dataclass(frozen=True)
class Shape:
    """A `histosys` modifier: templates at θ = ±1, each of shape (bins,)."""

    nuisance: str
    up: Floats
    down: Floats


@dataclass(frozen=True)
class Normalisation:
    """A `normsys` modifier: factors at θ = ±1."""

    nuisance: str
    up: float
    down: float


@dataclass(frozen=True)
class Contribution:
    """One process in one channel (HistFactory calls it a sample)."""

    process: str
    nominal: Floats
    """Expected events, shape (bins,)."""
    variances: Floats
    """Σw² of the signed weights, shape (bins,): what statistical (Barlow-Beeston-lite) terms will be made of."""
    factors: tuple[str, ...] = ()
    """Free parameters that multiply it (`normfactor`)."""
    shapes: tuple[Shape, ...] = ()
    normalisations: tuple[Normalisation, ...] = ()


@dataclass(frozen=True)
class Channel:
    """One region; its bins are a list, whatever the number of axes was."""

    region: str
    contributions: tuple[Contribution, ...]

    @property
    def bins(self) -> int:
        """Number of bins."""
        return int(self.contributions[0].nominal.size)


@dataclass(frozen=True)
class Model:
    """Channels that share parameters; docs/physics.md, "Binned model"."""

    channels: tuple[Channel, ...]
    parameters: tuple[Parameter, ...]
    interpolation: Interpolation = "smooth"

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names, in the order of every parameter array."""
        return tuple(parameter.name for parameter in self.parameters)

    def index(self, name: str) -> int:
        """Give a parameter's index in parameter arrays."""
        return self.names.index(name)

    def initial(self) -> Floats:
        """Give the parameters' initial values, shape (parameters,)."""
        return np.array([parameter.initial for parameter in self.parameters])

    def slices(self) -> dict[str, slice]:
        """Tell where each region's bins are in arrays over all bins."""
        ends = np.cumsum([channel.bins for channel in self.channels]).tolist()
        return {
            channel.region: slice(end - channel.bins, end) for channel, end in zip(self.channels, ends, strict=True)
        }


def used_parameters(channels: Sequence[Channel], parameters: Sequence[Parameter]) -> tuple[Parameter, ...]:
    """Leave out the parameters that act on no contribution: nothing could determine them."""
    used = {
        name
        for channel in channels
        for contribution in channel.contributions
        for name in (
            *contribution.factors,
            *(shape.nuisance for shape in contribution.shapes),
            *(normalisation.nuisance for normalisation in contribution.normalisations),
        )
    }
    return tuple(parameter for parameter in parameters if parameter.name in used)
