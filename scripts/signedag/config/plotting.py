"""Settings of figures and the report."""

from __future__ import annotations

from signedag.config.base import Settings


class ProcessStyle(Settings):
    """How figures show a process."""

    label: str
    """Its name in legends."""
    colour: str
    """Its colour, as matplotlib spells colours."""
    signal: bool
    """Whether it is drawn as a signal, on top of the stack."""


class Plots(Settings):
    """How figures look."""

    experiment: str = "signedag"
    """Name in the corner of each figure."""
    status: str = "Simulation"
    """What stands beside it."""
    centre_of_mass_energy_tev: float = 13.0
    """Centre-of-mass energy, TeV."""
    labels: dict[str, str] = {}
    """Axis labels by column, with units; the column's name if left out."""


class PlotSettings(Settings):
    """Stage settings of every `plot_...` rule."""

    plots: Plots
    """How figures look."""
    luminosity_fb: float
    """Integrated luminosity, fb⁻¹."""
    processes: dict[str, ProcessStyle]
    """Processes, by name."""
    stack: tuple[str, ...] = ()
    """Processes from the top of the stack to its bottom; alphabetical if left out."""
    samples: dict[str, str]
    """Sample to process."""
    regions: dict[str, str]
    """Region to its label."""
    observables: dict[str, str] = {}
    """Control region to the column that its histogram is binned in."""
    mass: str = "m_jj_gev"
    """Column of the mass axis of the signal region's templates."""


class WriteReportSettings(Settings):
    """Stage settings of `write_report`."""

    analysis: str
    """The analysis's name."""
    title: str
    """What the first page says it is."""
    config_hash: str
    """Digest of the whole validated configuration."""
    seed: int
    """The analysis seed."""
    luminosity_fb: float
    """Integrated luminosity, fb⁻¹."""
    samples: tuple[str, ...]
    """Simulated samples."""
    diagnosed: tuple[str, ...] = ()
    """Samples whose negative weights were diagnosed, transformed or not."""
    counted: tuple[str, ...] = ()
    """Samples whose events are looked at for repetitions; data are one."""
    fitted_regions: tuple[str, ...] = ()
    """Regions whose events enter a likelihood."""
    variants: tuple[str, ...]
    """Classifiers."""
    strategies: dict[str, str]
    """Variant to the strategy of its training weights."""
    other_closures: dict[str, dict[str, str]]
    """Strategy other than `transformed` that a variant trains with, to the closures of its weights: what each is of, a
    sample or a class, and its file below the weights."""
    seeds: dict[str, tuple[int, ...]]
    """Variant to the seeds that it is trained with."""
    folds: int
    """Folds of the cross-evaluation."""
    has_sculpting: bool
    """Whether there is a sculpting check."""
    has_scale_factors: bool
    """Whether there are scale factors."""
    fits: dict[str, tuple[str, ...]]
    """Variant to the binnings that it was fitted with."""
    treatments: tuple[str, ...]
    """Treatments of the scale factors."""
