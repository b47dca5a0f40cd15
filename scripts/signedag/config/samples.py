"""Settings of processes, samples and data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from signedag.config.base import Settings
from signedag.config.file_checksums import FileChecksum
from signedag.config.names import ColumnName, Name, different
from signedag.config.normalisation import MergeSampleSettings as MergeSampleSettings
from signedag.config.normalisation import Normalisation as Normalisation
from signedag.config.normalisation import TreeSum as TreeSum
from signedag.config.simulation import MOST_FILES, Simulation
from signedag.config.tables import SampleTable
from signedag.config.texts import FilledLine, Line
from signedag.config.weights import SignNetworkChanges

Files = Annotated[tuple[FilledLine, ...], AfterValidator(different)]
"""Files or patterns, none of them twice."""


class Process(Settings):
    """What the fit scales: one or several samples of one physics process."""

    role: Literal["signal", "background", "other"]
    """Signal is scaled by a signal strength; `other` is looked at for its weights alone and enters no classifier, no
    metric and no fit."""
    label: Line = ""
    """How figures name it; the process's name if left out."""
    colour: Line = ""
    """Its colour in figures, as matplotlib spells colours; a palette's next colour if left out."""
    scale_factor: Name | None = None
    """Name of the scale factor that control regions determine for it; none if left out."""
    parameters: dict[Name, float] = {}
    """What hypothesis this signal is: name to value, such as `{mass_gev: 500}`; what classifiers are conditioned on."""
    strength: Name | None = None
    """Name of the strength that scales this signal; `mu`, which all signals without one share, if left out."""
    resonant: bool = False
    """A background that peaks in the dijet mass and differs from the signal in mass alone (the diboson check)."""


class Sample(Settings):
    """A set of files with one cross-section."""

    process: Name
    """The process that it belongs to."""
    files: Files = ()
    """ROOT files, as paths or glob patterns; absolute or relative to the working directory."""
    checksums: dict[FilledLine, FileChecksum] = {}
    """Checksum by file (its path, or its name alone), to be verified when the file is converted: `adler32:` with the 8
    hexadecimal digits that Rucio gives, or `sha256:` with 64. ROOT itself notices only some damage."""
    simulation: Simulation | None = None
    """Or: make the files by simulation."""
    table: SampleTable | None = None
    """Or, or instead of these where `tables.files` names any: rows of CSV files."""
    cross_section_pb: float = Field(gt=0, le=1e15)
    """Cross-section, pb; 1 where the weights carry it."""
    normalisation: Normalisation = Normalisation()
    """The denominator of the cross-section."""
    tree: FilledLine | None = None
    """Tree of this sample, where it differs from `events.tree`."""
    branches: dict[ColumnName, FilledLine] = {}
    """Branches of this sample that differ from `events.branches`."""
    sign_network: SignNetworkChanges = SignNetworkChanges()
    """What differs in this sample's sign network."""
    transform: bool = True
    """Whether its weights are transformed. A sample with a net-negative density, such as interference alone, cannot be:
    with `false` its negative weights are only diagnosed."""

    @model_validator(mode="after")
    def _one_source(self) -> Sample:
        sources = bool(self.files) + (self.simulation is not None)
        if sources > 1 or (sources == 0 and self.table is None):
            raise ValueError("a sample needs either 'files' or a 'simulation', or a 'table'")
        return self


class PseudoData(Settings):
    """Data drawn from the simulated samples with known truth."""

    scale_factors: dict[Name, Annotated[float, Field(ge=0, le=1000)]] = {}
    """True scale factors by name; 1 for those left out."""
    signal_strength: float = Field(1.0, ge=0, le=1e6)
    """True signal strength."""
    files: int = Field(1, ge=1, le=MOST_FILES)
    """ROOT files to write."""


class Data(Settings):
    """Observed data."""

    files: Files = ()
    """ROOT files, as paths or glob patterns."""
    checksums: dict[FilledLine, FileChecksum] = {}
    """Checksum by file, as for samples."""
    pseudo_data: PseudoData | None = None
    """Or: pseudo-data drawn from the simulated samples."""
    tree: FilledLine | None = None
    """Tree of the data, where it differs from `events.tree`."""
    branches: dict[ColumnName, FilledLine] = {}
    """Branches of the data that differ from `events.branches`."""

    @model_validator(mode="after")
    def _one_source(self) -> Data:
        if bool(self.files) == (self.pseudo_data is not None):
            raise ValueError("data need either 'files' or 'pseudo_data'")
        return self
