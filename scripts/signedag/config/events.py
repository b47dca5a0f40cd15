"""Settings of reading events: branches, reconstruction, columns, regions, features and uncertainties of the inputs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from signedag.config.base import Settings
from signedag.config.expression import Expression, Selection
from signedag.config.names import ColumnName, Name, SomeNames, StoredColumn, StoredColumns
from signedag.config.normalisation import TreeSum
from signedag.config.texts import FilledLine, Line
from signedag.events.expressions import in_order


class DijetReconstruction(Settings):
    """Selects jets, pairs two of them and computes the observables listed in `config/README.md`."""

    jet_pt_min_gev: float = Field(25.0, ge=0, le=100_000)
    """Smallest transverse momentum of a selected jet."""
    jet_abs_eta_max: float = Field(2.5, gt=0, le=100)
    """Largest |eta| of a selected jet."""
    pair_by: Literal["btag", "pt"] = "btag"
    """Which two jets make the dijet: the highest b-tag scores (ties by p_T) or the highest p_T."""
    minimum_jets: Literal[1, 2] = 2
    """Selected jets that an event needs. With 1, an event with a single jet stays, and its second jet has no momentum:
    m_jj is the mass of the jet, distances are 0."""


class ShiftSide(Settings):
    """One side of a shift whose inputs are other branches of the file."""

    branches: dict[ColumnName, FilledLine] = Field(min_length=1)
    """Input name to branch name, for the inputs that differ from nominal."""


class Shift(Settings):
    """A systematic change of the kinematic inputs: with two sides, or a worse resolution, which has one."""

    jet_energy_relative: float | None = Field(None, gt=0, lt=1)
    """Scale all jets' momenta by 1 ± this, and propagate it to the missing momentum."""
    jet_resolution_relative: float | None = Field(None, gt=0, lt=1)
    """Smear each jet's momentum by a Gaussian of this relative width, and propagate it to the missing momentum."""
    up: ShiftSide | None = None
    """Or: the branches of the upward side."""
    down: ShiftSide | None = None
    """Or: the branches of the downward side."""
    fitted: bool = True
    """Whether it is a nuisance of the fits; if not, it is there for studies such as `mismodelling`."""

    @model_validator(mode="after")
    def _complete(self) -> Shift:
        of_jets = ("jet_energy_relative", "jet_resolution_relative")
        given = [name for name in of_jets if getattr(self, name) is not None]
        if self.up is not None or self.down is not None:
            given.append("up' and 'down")
        if len(given) > 1:
            raise ValueError(f"give either '{given[0]}' or '{given[1]}', not both")
        if not set(given) & set(of_jets) and (self.up is None or self.down is None):
            missing = "down" if self.up is not None else "up"
            raise ValueError(f"a shift needs both sides: '{missing}' is missing")
        return self

    @property
    def sides(self) -> tuple[str, ...]:
        """The sides that it has: a smeared resolution has no opposite."""
        return ("up", "down") if self.jet_resolution_relative is None else ("up",)


class Variation(Settings):
    """An alternative weight with two sides."""

    up: Expression
    """Factor on the nominal weight, upward: an expression of branches and columns."""
    down: Expression
    """Factor on the nominal weight, downward."""
    processes: SomeNames | None = None
    """Processes that it acts on; all if left out."""


class Region(Settings):
    """A named set of events."""

    selection: Selection
    """Which events belong to it: an expression of the columns."""
    label: Line = ""
    """How figures name it; the region's name if left out."""


class Events(Settings):
    """How events become columns."""

    tree: FilledLine = "events"
    """Name of the TTree in each file."""
    weight: Expression = "weight"
    """The signed generator weight: a branch or an expression of branches."""
    event_number: FilledLine | None = "event"
    """Branch with the event number, which decides the fold. With `null` entries are counted from a number that follows
    from the UUID in the file's header: folds stay when files are added or renamed and move when a file is made anew."""
    branches: dict[ColumnName, FilledLine] = {}
    """Name to branch name. What features, spectators, selections and variations name is listed here, as `met: met` if
    both names are the same, or made under `columns`. What only the reconstruction, `weight`, `columns`, `truth` or a
    normalisation takes needs no line where the branch has the name that they use."""
    reconstruction: DijetReconstruction | None = None
    """How jets become observables; `null` for ntuples that are flat already."""
    columns: dict[ColumnName, Expression] = {}
    """Further columns: name to expression of flat branches, inputs and observables."""
    selection: Selection = "1 == 1"
    """Events to keep; events outside every region are dropped too."""
    regions: dict[Name, Region] = Field(min_length=1)
    """The regions, by name."""
    features: StoredColumns = Field(min_length=1)
    """Columns that networks may use as inputs."""
    spectators: StoredColumns = ()
    """Columns to keep that are no network inputs, such as m_jj_gev."""
    truth: dict[StoredColumn, Expression] = {}
    """Truth of simulated samples, kept in a file of its own that only closure checks read. `positive_probability` is
    the probability of a positive weight."""
    chunk_events: int = Field(200_000, ge=1, le=100_000_000)
    """Events to hold in memory at once while converting."""

    @field_validator("columns")
    @classmethod
    def _no_circles(cls, columns: dict[str, str]) -> dict[str, str]:
        in_order(columns)
        return columns

    @model_validator(mode="after")
    def _features_and_spectators_apart(self) -> Events:
        both = sorted(set(self.features) & set(self.spectators))
        if both:
            raise ValueError(f"'{both[0]}' is both a feature and a spectator; keep it in one of the two lists")
        return self


class ConvertNtupleSettings(Settings):
    """Stage settings of `convert_ntuple`."""

    events: Events
    """How events become columns, with the sample's own tree and branches already filled in."""
    folds: int = Field(ge=2, le=100)
    """Number of cross-evaluation folds."""
    variations: dict[Name, Variation]
    """Weight variations by name; one that does not act on this sample's process has factors 1."""
    denominator: Expression | None
    """Expression summed over all entries for the normalisation; `null` if it is a given number or another tree's."""
    other_tree: TreeSum | None = None
    """Or: the sum over another tree of the file."""
    is_data: bool = False
    """Data have weight one, no variations and no truth."""


class ConvertShiftsSettings(Settings):
    """Stage settings of `convert_shifts`."""

    events: Events
    """How events become columns, with the sample's own tree and branches already filled in; shifts carry no truth."""
    folds: int = Field(ge=2, le=100)
    """Number of cross-evaluation folds."""
    shifts: dict[Name, Shift] = Field(min_length=1)
    """Shifts by name."""
