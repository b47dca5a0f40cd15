"""Settings of processes, samples and data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from signedag.config.base import Settings
from signedag.config.file_checksums import FileChecksum
from signedag.config.normalisation import MergeSampleSettings as MergeSampleSettings
from signedag.config.normalisation import Normalisation as Normalisation
from signedag.config.normalisation import TreeSum as TreeSum
from signedag.config.simulation import Simulation
from signedag.config.weights import SignNetworkChanges


class Process(Settings):
    """What the fit scales: one or several samples of one physics process."""

    role: Literal["signal", "background", "other"]
    """Signal is scaled by the signal strength; `other` is looked at for its weights alone and enters no classifier, no
    metric and no fit."""
    label: str = ""
    """How figures name it; the process's name if left out."""
    colour: str = ""
    """Its colour in figures, as matplotlib spells colours; a palette's next colour if left out."""
    scale_factor: str | None = None
    """Name of the scale factor that control regions determine for it; none if left out."""
    resonant: bool = False
    """A background that peaks in the dijet mass and differs from the signal in mass alone (the diboson check)."""


class Sample(Settings):
    """A set of files with one cross-section."""

    process: str
    """The process that it belongs to."""
    files: tuple[str, ...] = ()
    """ROOT files, as paths or glob patterns; absolute or relative to the working directory."""
    checksums: dict[str, FileChecksum] = {}
    """Checksum by file (its path, or its name alone), to be verified when the file is converted: `adler32:` with the 8
    hexadecimal digits that Rucio gives, or `sha256:` with 64. ROOT itself notices only some damage."""
    simulation: Simulation | None = None
    """Or: make the files by simulation."""
    cross_section_pb: float = Field(gt=0)
    """Cross-section, pb; 1 where the weights carry it."""
    normalisation: Normalisation = Normalisation()
    """The denominator of the cross-section."""
    tree: str | None = None
    """Tree of this sample, where it differs from `events.tree`."""
    branches: dict[str, str] = {}
    """Branches of this sample that differ from `events.branches`."""
    sign_network: SignNetworkChanges = SignNetworkChanges()
    """What differs in this sample's sign network."""
    transform: bool = True
    """Whether its weights are transformed. A sample with a net-negative density, such as interference alone, cannot be:
    with `false` its negative weights are only diagnosed."""

    @model_validator(mode="after")
    def _one_source(self) -> Sample:
        if bool(self.files) == (self.simulation is not None):
            raise ValueError("a sample needs either 'files' or a 'simulation'")
        return self


class PseudoData(Settings):
    """Data drawn from the simulated samples with known truth."""

    scale_factors: dict[str, float] = {}
    """True scale factors by name; 1 for those left out."""
    signal_strength: float = Field(1.0, ge=0)
    """True signal strength."""
    files: int = Field(1, ge=1)
    """ROOT files to write."""


class Data(Settings):
    """Observed data."""

    files: tuple[str, ...] = ()
    """ROOT files, as paths or glob patterns."""
    checksums: dict[str, FileChecksum] = {}
    """Checksum by file, as for samples."""
    pseudo_data: PseudoData | None = None
    """Or: pseudo-data drawn from the simulated samples."""
    tree: str | None = None
    """Tree of the data, where it differs from `events.tree`."""
    branches: dict[str, str] = {}
    """Branches of the data that differ from `events.branches`."""

    @model_validator(mode="after")
    def _one_source(self) -> Data:
        if bool(self.files) == (self.pseudo_data is not None):
            raise ValueError("data need either 'files' or 'pseudo_data'")
        return self
