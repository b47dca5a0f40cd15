"""Settings of figures and the report."""

from __future__ import annotations

from pydantic import Field

from signedag.config.base import Settings
from signedag.config.names import ColumnName, Name, Names
from signedag.config.seed import Seed, Seeds
from signedag.config.texts import Line


class ProcessStyle(Settings):
    """How figures show a process."""

    label: Line
    """Its name in legends."""
    colour: Line
    """Its colour, as matplotlib spells colours."""
    signal: bool
    """Whether it is drawn as a signal, on top of the stack."""


class Plots(Settings):
    """How figures look."""

    experiment: Line = "signedag"
    """Name in the corner of each figure."""
    status: Line = "Simulation"
    """What stands beside it."""
    centre_of_mass_energy_tev: float = Field(13.0, gt=0, le=1e6)
    """Centre-of-mass energy, TeV."""
    labels: dict[ColumnName, Line] = {}
    """Axis labels by column, or parameter of the signal, with units; its name if left out."""


class PlotSettings(Settings):
    """Stage settings of every `plot_...` rule."""

    plots: Plots
    """How figures look."""
    luminosity_fb: float
    """Integrated luminosity, fb⁻¹."""
    processes: dict[Name, ProcessStyle]
    """Processes, by name."""
    stack: Names = ()
    """Processes from the top of the stack to its bottom; alphabetical if left out."""
    samples: dict[Name, Name]
    """Sample to process."""
    regions: dict[Name, Line]
    """Region to its label."""
    observables: dict[Name, ColumnName] = {}
    """Control region to the column that its histogram is binned in."""
    mass: ColumnName = "m_jj_gev"
    """Column of the mass axis of the signal region's templates."""


class WriteReportSettings(Settings):
    """Stage settings of `write_report`."""

    analysis: Name
    """The analysis's name."""
    title: Line
    """What the first page says it is."""
    config_hash: str
    """Digest of the whole validated configuration."""
    seed: Seed
    """The analysis seed."""
    luminosity_fb: float
    """Integrated luminosity, fb⁻¹."""
    samples: Names
    """Simulated samples."""
    diagnosed: Names = ()
    """Samples whose negative weights were diagnosed, transformed or not."""
    counted: tuple[str, ...] = ()
    """Samples whose events are looked at for repetitions; data are one."""
    fitted_regions: Names = ()
    """Regions whose events enter a likelihood."""
    variants: Names
    """Classifiers and score maps."""
    compared: bool
    """Whether several of them are judged on the same signals and compared."""
    judged_by_mass: Names = ()
    """Classifiers that are judged at each point of the signal."""
    recommended: Name | None = None
    """The one whose score the result uses; none if all stand beside each other."""
    used: Names = ()
    """The recommended one and the classifiers that it needs."""
    strategies: dict[Name, str]
    """Variant to the strategy of its training weights."""
    other_closures: dict[str, dict[str, str]]
    """Strategy other than `transformed` that a variant trains with, to the closures of its weights: what each is of, a
    sample or a class, and its file below the weights."""
    seeds: dict[Name, Seeds]
    """Variant to the seeds that it is trained with."""
    folds: int
    """Folds of the cross-evaluation."""
    has_sculpting: bool
    """Whether there is a sculpting check."""
    has_diboson_peak: bool
    """Whether a resonant background is looked for."""
    has_scale_factors: bool
    """Whether there are scale factors."""
    fits: dict[Name, Names]
    """Variant to the binnings that it was fitted with."""
    treatments: tuple[str, ...]
    """Treatments of the scale factors."""
    strength_pairs: tuple[tuple[str, str], ...] = ()
    """Pairs of signal strengths that have contours."""
