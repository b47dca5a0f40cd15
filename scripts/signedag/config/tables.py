"""Settings of tables: CSV files of events with a label, features and a mass, such as HEPMASS.

The public files are HEPMASS (arXiv:1601.07913, UCI) with the columns `# label`, f0 to f26 and mass, whose background
rows carry a mass that was drawn for them, and HEPMASS-IMB (arXiv:2202.00424), whose background rows name their process.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from signedag.config.base import Settings
from signedag.config.expression import Selection
from signedag.config.names import ColumnName, Name, different
from signedag.config.texts import FilledLine

EVENT, WEIGHT = "event", "generator_weight"
"""Branches that the ROOT file of a table has beside the features, named as in simulated files."""
TREE = "events"
MASS_TOLERANCE = 1e-4
"""Relative difference below which two masses are one: HEPMASS has 499.999969 for 500."""
MOST_MASS_GEV = 1e6

TableFiles = Annotated[tuple[FilledLine, ...], AfterValidator(different)]
Mass = Annotated[float, Field(gt=0, le=MOST_MASS_GEV)]


def same_mass(first: float, second: float) -> bool:
    """Tell whether two masses are one.

    >>> same_mass(499.999969, 500.0), same_mass(499.0, 500.0)
    (True, False)
    """
    return abs(first - second) <= MASS_TOLERANCE * abs(second)


class SampleTable(Settings):
    """Which rows of `tables.files` are a sample's."""

    label: Literal[0, 1]
    """1 for rows of the signal, 0 for rows of the background."""
    mass_gev: Mass | None = None
    """Mass of the signal rows, up to a relative 0.0001; of any mass if left out."""
    process: FilledLine | None = None
    """What the column `tables.columns.process` says in the background rows; whatever it says if left out."""
    unnamed: bool = False
    """Whether these are all background rows where files name no process (`tables.columns.process: null`), as in
    HEPMASS; there a sample with a `process` is left out otherwise."""

    @model_validator(mode="after")
    def _of_its_label(self) -> SampleTable:
        if self.label == 0 and self.mass_gev is not None:
            raise ValueError("background (label 0) has no mass; remove 'mass_gev'")
        if self.label == 1 and self.process is not None:
            raise ValueError("processes are named in background rows (label 0); remove 'process'")
        if self.unnamed and self.process is None:
            raise ValueError(
                "'unnamed' says what becomes of a 'process'; without one these are all background rows anyway"
            )
        return self

    def described(self) -> str:
        """Say which rows these are, for messages."""
        if self.mass_gev is not None:
            return f"label 1 and mass {self.mass_gev:g}"
        return f"label 0 and process '{self.process}'" if self.process is not None else f"label {self.label}"

    def overlaps(self, other: SampleTable) -> bool:
        """Tell whether a row can be of both."""
        if self.label != other.label:
            return False
        if self.label == 0:
            return self.process is None or other.process is None or self.process == other.process
        return self.mass_gev is None or other.mass_gev is None or same_mass(self.mass_gev, other.mass_gev)


class TableColumns(Settings):
    """Names of columns in the header; a leading `#` and spaces around a name do not count."""

    label: FilledLine = "label"
    """Column that is 1 for signal and 0 for background; HEPMASS-IMB calls it `type`."""
    mass: FilledLine = "mass"
    """Column of the signal's mass, GeV; files need none where no sample's `table` has a mass."""
    process: FilledLine | None = None
    """Column of the process of background rows, such as `name` in HEPMASS-IMB; `null` where files name none."""
    weight: FilledLine | None = None
    """Column of the signed weight. With `null` each row has the weight 1 and there are no signs to learn: classifiers
    train on these weights, whatever strategy they name, and strategies are not compared."""
    features: dict[ColumnName, FilledLine] = Field(min_length=1)
    """Branch of the ROOT files to column: the inputs, under the names that simulated files have for them."""

    @model_validator(mode="after")
    def _each_once(self) -> TableColumns:
        for name in (EVENT, WEIGHT):
            if name in self.features:
                raise ValueError(f"features: '{name}' is a branch that the files have anyway; choose another name")
        named = [self.label, self.mass, self.process, self.weight, *self.features.values()]
        given = [name for name in named if name is not None]
        for name in given:
            if given.count(name) > 1:
                raise ValueError(f"'{name}' is there twice; each column is one thing")
        return self


class Tables(Settings):
    """Events from CSV files, plain or compressed by gzip, instead of simulated ones."""

    files: TableFiles = ()
    """CSV files, as paths or glob patterns. With any, all events are theirs: samples with a `table` take their rows,
    and samples without are left out, together with the processes and uncertainties that nothing is left of. So is what
    compares several seeds of a simulation (`optimism`, `decorrelation_comparison`)."""
    columns: TableColumns
    """What the columns are called."""
    background_mass: Literal["assigned", "none"] = "assigned"
    """`assigned`: background rows may carry a mass that was drawn for them, as in HEPMASS; it is not used, as training
    draws its own (`classifiers.<classifier>.background_parameters`). `none`: a background row with one is refused."""
    skip_masses_gev: tuple[Mass, ...] = ()
    """Masses of signal rows that are of no sample, to be passed over; others without a sample are refused."""
    skip_processes: TableFiles = ()
    """Processes of background rows that are of no sample, to be passed over; others without a sample are refused."""
    selection: Selection = "1 == 1"
    """Replaces `events.selection`: HEPMASS's features have mean 0 and variance 1, so cuts in GeV mean nothing there."""
    regions: dict[Name, Selection] = {}
    """Replaces the selection of regions, by their name, for the same reason; others keep theirs."""
    leave_out: Annotated[
        tuple[Literal["sculpting", "diboson_peak", "distributions", "fit"], ...], AfterValidator(different)
    ] = ()
    """Blocks that make no sense with the events of these tables, for the same reason: their bins are in GeV."""


class ReadTableSettings(Settings):
    """Stage settings of `read_table`."""

    columns: TableColumns
    """What the columns are called."""
    background_mass: Literal["assigned", "none"]
    """Whether background rows may carry a mass."""
    skip_masses_gev: tuple[Mass, ...]
    """Masses of signal rows to pass over."""
    skip_processes: TableFiles
    """Processes of background rows to pass over."""
    samples: dict[Name, SampleTable] = Field(min_length=1)
    """Which rows are whose; no row is of two samples."""
