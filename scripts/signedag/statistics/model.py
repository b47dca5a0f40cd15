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

from signedag.config.fitting import COMMON_STRENGTH
from signedag.errors import UserError
from signedag.statistics.interpolation import Interpolation
from signedag.statistics.templates import Floats

SIGNAL_STRENGTH = COMMON_STRENGTH
"""Name of the signal strength, where signals have none of their own."""

Kind = Literal["signal_strength", "scale_factor", "nuisance"]


@dataclass(frozen=True)
class Parameter:
    """A parameter of the likelihood."""

    name: str
    kind: Kind
    """What it stands for; a constrained `scale_factor` is a direction of their covariance, and a `nuisance` that is not
    constrained is a free factor."""
    initial: float
    """Where fits start and what Asimov data are made with."""
    constrained: bool
    """Whether a Gaussian constrains it."""
    centre: float = 0.0
    """What its auxiliary measurement gave; without meaning where it has none."""
    width: float = 1.0
    """Error of its auxiliary measurement."""
    lower: float = -np.inf
    """Lowest value that a fit may give it."""
    upper: float = np.inf
    """Highest value; where it is the lowest one too, the parameter is fixed."""

    @property
    def positive(self) -> bool:
        """Whether only values above zero have a meaning; where it has bounds, these say it."""
        return self.kind != "signal_strength" and not self.constrained and not np.isfinite(self.lower)


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
    """Σw² of the signed weights, shape (bins,): what statistical (Barlow-Beeston-lite) terms are made of."""
    factors: tuple[str, ...] = ()
    """Parameters that multiply it: free ones (`normfactor`), or constrained ones of centre 1 (`lumi`)."""
    shapes: tuple[Shape, ...] = ()
    normalisations: tuple[Normalisation, ...] = ()


@dataclass(frozen=True)
class Channel:
    """One region; its bins are a list, whatever the number of axes was."""

    region: str
    contributions: tuple[Contribution, ...]
    template_statistics: bool = False
    """Whether the templates' statistical error is part of the likelihood (`staterror`), one factor per bin."""

    @property
    def bins(self) -> int:
        """Number of bins."""
        return int(self.contributions[0].nominal.size)

    def relative_errors(self) -> Floats:
        """Give the widths δ of the bins' factors, √Σw² / Σw of the nominal templates, shape (bins,).

        docs/physics.md, "Template statistics". Zero without template statistics.

        Raises:
            UserError: the nominal templates of a bin have an error, but do not add up to a positive number.
        """
        if not self.template_statistics:
            return np.zeros(self.bins)
        variances: Floats = np.sum([item.variances for item in self.contributions], axis=0, dtype=np.float64)
        total: Floats = np.sum([item.nominal for item in self.contributions], axis=0, dtype=np.float64)
        undefined = np.flatnonzero((total <= 0) & (variances > 0))
        if undefined.size:
            raise UserError(
                f"region '{self.region}': the templates of bin {undefined[0]} add up to {total[undefined[0]]:.4g} "
                "events, so that their relative error is undefined; use coarser bins, or set "
                "fit.template_statistics: none"
            )
        errors: Floats = np.sqrt(variances) / np.where(total > 0, total, 1.0)
        return errors


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

    @property
    def strengths(self) -> tuple[str, ...]:
        """The signal strengths' names; the first one is what a fit is about if nothing else is said."""
        return tuple(parameter.name for parameter in self.parameters if parameter.kind == "signal_strength")

    def index(self, name: str) -> int:
        """Give a parameter's index in parameter arrays."""
        return self.names.index(name)

    def initial(self) -> Floats:
        """Give the parameters' initial values, shape (parameters,)."""
        return np.array([parameter.initial for parameter in self.parameters])

    def relative_errors(self) -> Floats:
        """Give the widths δ of all bins' factors, 0 without template statistics, shape (bins,)."""
        return np.concatenate([channel.relative_errors() for channel in self.channels])

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
