"""The whole configuration of an analysis: the top level of `config/<name>.yaml`."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from functools import cached_property

from pydantic import Field, field_validator

from signedag.config.base import Settings
from signedag.config.classifier import Variant
from signedag.config.comparison import StrategyComparison, strategy_variant
from signedag.config.decorrelation import DecorrelationComparison
from signedag.config.diboson_peak import DibosonPeak
from signedag.config.distributions import Distributions
from signedag.config.events import Events
from signedag.config.fitting import Fit, ScaleFactors, Uncertainties
from signedag.config.grouping import Training
from signedag.config.mismodelling import Mismodelling
from signedag.config.names import AnalysisName, Name
from signedag.config.observables import DIJET_INPUTS, DIJET_OBSERVABLES
from signedag.config.optimism import Optimism, has_reference, reference_name, reference_variant
from signedag.config.parametric_study import ParametricStudy, ordered_points, study_maps, study_variants
from signedag.config.plotting import Plots
from signedag.config.reporting import Report
from signedag.config.samples import Data, Process, Sample
from signedag.config.scan import Scan, ScanPoint, scan_points
from signedag.config.score_maps import ScoreMap
from signedag.config.sculpting import Sculpting
from signedag.config.seed import Seed
from signedag.config.tables import Tables
from signedag.config.template_statistics_study import TemplateStatisticsStudy
from signedag.config.texts import Line
from signedag.config.weights import Weights

DEFAULT_SCORE_EDGES = (
    0.0, 0.0787, 0.1353, 0.2, 0.2726, 0.3515, 0.4343, 0.5256, 0.6276, 0.7186, 0.7919, 0.8477, 0.8913,
    0.9237, 0.9495, 1.0,
)  # fmt: skip


TRUE_PROBABILITY = "positive_probability"
"""Name of the truth column with the true probability of a positive weight."""


class Analysis(Settings):
    """One analysis."""

    analysis: AnalysisName
    """Its name: results go to `results/<analysis>/`."""
    title: Line = ""
    """What the report's first page says it is."""
    seed: Seed = 1
    """Every random stream is derived from it."""
    luminosity_fb: float = Field(gt=0, le=1e9)
    """Integrated luminosity, fb⁻¹."""
    folds: int = Field(2, ge=2, le=100)
    """Folds of the cross-evaluation: every event is scored by the network that did not see it."""
    processes: dict[Name, Process] = Field(min_length=1)
    """Physics processes, by name."""
    samples: dict[Name, Sample] = Field(min_length=1)
    """Simulated samples, by name."""
    tables: Tables | None = None
    """CSV files such as HEPMASS's to take the events from; none if left out."""
    data: Data | None = None
    """Observed or pseudo-data; without it there are no scale factors and no data in figures."""
    events: Events
    """How events become columns."""
    uncertainties: Uncertainties = Uncertainties()
    """Systematic uncertainties."""
    weights: Weights = Weights()
    """Negative weights."""
    training: Training = Training()
    """How trainings become jobs."""
    classifiers: dict[Name, Variant] = Field(min_length=1)
    """Classifiers, by variant name."""
    score_maps: dict[Name, ScoreMap] = {}
    """Scores of classifiers that are mapped after the training, by a variant name of their own."""
    report: Report = Report()
    """What is judged, and which score the result uses."""
    strategy_comparison: StrategyComparison | None = None
    """Comparison of all negative-weight strategies (`snakemake strategies`); none if left out."""
    optimism: Optimism | None = None
    """What classifiers gain because their scores know signs of the events that judge them (`snakemake optimism`); not
    measured if left out."""
    scan: Scan | None = None
    """One classifier with other values for some of its settings (`snakemake scan`); none if left out."""
    decorrelation_comparison: DecorrelationComparison | None = None
    """Comparison of all ways to make a score independent of the mass (`snakemake decorrelation`); none if left out."""
    parametric_study: ParametricStudy | None = None
    """Comparison of networks for all points of the signal with one for each (`snakemake parametric`); none if left
    out."""
    score_edges: tuple[float, ...] = Field(DEFAULT_SCORE_EDGES, max_length=1001)
    """Edges of the score bins of the binned significance."""
    bootstrap: int = Field(200, ge=2, le=100_000)
    """Bootstrap replicas for errors without a closed form."""
    sculpting: Sculpting | None = None
    """The sculpting check; none if left out."""
    diboson_peak: DibosonPeak | None = None
    """The check that a background like the signal but for its mass survives a cut on the score; none if left out."""
    mismodelling: Mismodelling | None = None
    """Are scores still independent of the mass where data differ from simulation (`snakemake mismodelling`)? Not looked
    at if left out."""
    scale_factors: ScaleFactors | None = None
    """Scale factors from control regions; none if left out."""
    distributions: Distributions | None = None
    """Data and simulation in any variable of any region; none if left out."""
    fit: Fit | None = None
    """The signal-strength fit; none if left out."""
    template_statistics_study: TemplateStatisticsStudy | None = None
    """What the size of the simulation does to the fit (`snakemake template_statistics`); not studied if left out."""
    plots: Plots = Plots()
    """How figures look."""

    @field_validator("score_edges")
    @classmethod
    def _score_edges_span(cls, edges: tuple[float, ...]) -> tuple[float, ...]:
        if any(b <= a for a, b in itertools.pairwise(edges)) or edges[:1] != (0.0,) or edges[-1:] != (1.0,):
            raise ValueError(f"score edges must increase from 0 to 1, got {list(edges)}")
        return edges

    def compared_variants(self) -> dict[str, Variant]:
        """Give the variants that the strategy comparison trains, by name; with the truth where it is known."""
        comparison = self.strategy_comparison
        if comparison is None or comparison.variant not in self.classifiers:
            return {}
        template = self.classifiers[comparison.variant]
        strategies = dict.fromkeys(comparison.strategies)
        if TRUE_PROBABILITY in self.events.truth:
            strategies["truth"] = None
        return {
            comparison.variant_name(strategy): strategy_variant(template, comparison, strategy)
            for strategy in strategies
        }

    def optimism_references(self) -> dict[str, Variant]:
        """Give the variants trained on the true weights that the optimism compares with, by name."""
        if self.optimism is None or TRUE_PROBABILITY not in self.events.truth:
            return {}
        known = self.classifiers | self.compared_variants()
        measured = {name: known[name] for name in self.optimism.variants if name in known}
        return {
            reference_name(name): reference_variant(variant)
            for name, variant in measured.items()
            if has_reference(self.optimism, variant)
        }

    def scanned_classifier(self) -> str:
        """Name the classifier whose settings the scan changes; empty without a scan."""
        if self.scan is None:
            return ""
        mapped = self.score_maps.get(self.scan.variant)
        return mapped.scores_of if mapped is not None else self.scan.variant

    def scan_points(self) -> tuple[ScanPoint, ...]:
        """Give the points of the scan."""
        name = self.scanned_classifier()
        if self.scan is None or name not in self.classifiers:
            return ()
        return scan_points(self.scan, name, self.classifiers[name]).points

    def scanned_variants(self) -> dict[str, Variant]:
        """Give the variants that the scan trains, by name: its points, but for the classifier as it is."""
        own = self.scanned_classifier()
        return {point.trained: point.variant for point in self.scan_points() if point.trained != own}

    def scanned_maps(self) -> dict[str, ScoreMap]:
        """Give the score maps that the scan adds, by name: where a map is scanned, that map of each point."""
        if self.scan is None or self.scan.variant not in self.score_maps:
            return {}
        scanned = self.score_maps[self.scan.variant]
        return {
            point.name: scanned.model_copy(update={"scores_of": point.trained})
            for point in self.scan_points()
            if point.name != self.scan.variant
        }

    def maps(self) -> dict[str, ScoreMap]:
        """Give every score map that the workflow can make."""
        return self.score_maps | self.derived_maps

    @cached_property
    def derived_maps(self) -> dict[str, ScoreMap]:
        """The score maps that scan and parametric study add; kept, as they are asked for thousands of times."""
        return self.scanned_maps() | self.parametric_maps()

    def points(self) -> tuple[str, ...]:
        """Name the signal processes that are told apart by their parameters, in the order of these; or none."""
        first = self.parametric_study.parameter if self.parametric_study else ""
        return ordered_points({name: self.processes[name].parameters for name in self.signals()}, first)

    def parametric_variants(self) -> dict[str, Variant]:
        """Give the variants that the parametric study adds, by name."""
        study = self.parametric_study
        return {} if study is None else study_variants(study, self.classifiers, self.points())

    def parametric_maps(self) -> dict[str, ScoreMap]:
        """Give the score maps that the parametric study adds, by name."""
        study = self.parametric_study
        return {} if study is None else study_maps(study, self.classifiers, self.points())

    def judged_by_mass(self) -> tuple[str, ...]:
        """Name the classifiers that are judged at each point of the signal, where there are several."""
        judged = self.judged_on_all_signals() if self.points() else ()
        return tuple(name for name in judged if name in self.classifiers)

    def scanned_in_parameter(self) -> tuple[str, ...]:
        """Name the classifiers whose score the parametric study scans in its parameter."""
        study = self.parametric_study
        if study is None or study.scan is None:
            return ()
        return tuple(name for name in study.classifiers if self.classifiers[name].parameters == (study.parameter,))

    def variants(self) -> dict[str, Variant]:
        """Give every variant that the workflow can train: classifiers, and what comparisons and studies add."""
        return self.classifiers | self.derived_variants

    @cached_property
    def derived_variants(self) -> dict[str, Variant]:
        """The variants that comparisons and studies add; kept, as they are asked for thousands of times."""
        added = self.compared_variants() | self.scanned_variants() | self.optimism_references()
        return added | self.parametric_variants()

    def judged(self) -> tuple[str, ...]:
        """Name the variants that a run of all judges, classifiers and score maps."""
        return self.report.variants or (*self.classifiers, *self.score_maps)

    def recommended(self) -> str | None:
        """Name the variant whose score the result uses; None where several are judged and none is named."""
        judged = self.judged()
        return self.report.recommended or (judged[0] if len(judged) == 1 else None)

    def studied(self) -> tuple[str, ...]:
        """Name the variants of the study of template statistics."""
        study = self.template_statistics_study
        return () if study is None else study.variants or (self.recommended() or self.judged()[0],)

    def decorrelated(self) -> tuple[str, ...]:
        """Name the variants of the decorrelation comparison, classifiers and score maps, the baseline among them."""
        comparison = self.decorrelation_comparison
        if comparison is None:
            return ()
        variants = comparison.variants or (*self.classifiers, *self.score_maps)
        return variants if comparison.baseline in variants else (comparison.baseline, *variants)

    def trained_for(self, names: Iterable[str]) -> tuple[str, ...]:
        """Name the classifiers that some variants are made of: themselves, and those whose scores are mapped."""
        maps = self.maps()
        sources = (maps[name].scores_of if name in maps else name for name in names)
        return tuple(dict.fromkeys(name for name in sources if name in self.variants()))

    def needed_for(self, names: Iterable[str]) -> frozenset[str]:
        """Name all classifiers that some variants need: those of `trained_for`, and those whose networks they go on."""
        waiting, needed = list(self.trained_for(names)), set[str]()
        while waiting:
            name = waiting.pop()
            needed.add(name)
            origins = {phase.starts_from for phase in self.variants()[name].phases}
            waiting += [origin for origin in origins if origin in self.variants() and origin not in needed]
        return frozenset(needed)

    def mapped_background(self, score_map: ScoreMap) -> tuple[str, ...]:
        """Give the background samples that a score map is fitted to."""
        resonant = tuple(name for name, process in self.processes.items() if process.resonant)
        left_out = resonant if score_map.without_processes is None else score_map.without_processes
        return self.samples_of("background", left_out)

    def signals(self) -> tuple[str, ...]:
        """Name the signal processes, sorted."""
        return tuple(sorted(name for name, process in self.processes.items() if process.role == "signal"))

    def signals_of(self, name: str) -> tuple[str, ...]:
        """Name the signal processes that a classifier or score map is judged and fitted with, sorted."""
        mapped = self.maps().get(name)
        if mapped is not None and mapped.point is not None:
            return (mapped.point,)
        classifier = self.variants().get(mapped.scores_of if mapped is not None else name)
        return tuple(sorted(classifier.signals)) if classifier and classifier.signals else self.signals()

    def signal_samples_of(self, name: str) -> tuple[str, ...]:
        """Give the signal samples that a classifier or score map is judged and fitted with, sorted by name."""
        return self.samples_of("signal", set(self.signals()) - set(self.signals_of(name)))

    def left_out_of(self, name: str) -> frozenset[str]:
        """Name the processes that a classifier is not trained with."""
        variant = self.variants()[name]
        others = set(self.signals()) - set(variant.signals) if variant.signals else set()
        return frozenset(others.union(variant.without_processes))

    def judged_on_all_signals(self) -> tuple[str, ...]:
        """Name what is judged with all signals, and so compared with each other."""
        everything = self.signals()
        return tuple(name for name in self.judged() if self.signals_of(name) == everything)

    def region_of(self, name: str) -> str:
        """Give the region in which a classifier or a score map is judged."""
        mapped = self.maps().get(name)
        if mapped is not None:
            return mapped.region or self.variants()[mapped.scores_of].region
        return self.variants()[name].region

    def seeds_of(self, name: str) -> tuple[int, ...]:
        """Give the initialisations of a classifier; a score map has none of its own, it maps their mean."""
        return () if name in self.maps() else self.variants()[name].seeds

    def samples_of(self, role: str, without: Iterable[str] = ()) -> tuple[str, ...]:
        """Give the samples whose process has the role `signal` or `background`, less some processes, sorted by name."""
        return tuple(
            sorted(
                name
                for name, sample in self.samples.items()
                if sample.process in self.processes
                and self.processes[sample.process].role == role
                and sample.process not in set(without)
            )
        )

    def resonant_samples(self) -> tuple[str, ...]:
        """Give the background samples whose process peaks in the mass and is like the signal otherwise."""
        return tuple(
            name for name in self.samples_of("background") if self.processes[self.samples[name].process].resonant
        )

    def fitted_regions(self) -> tuple[str, ...]:
        """Give the regions whose events enter a likelihood: control regions, then the one of the signal strength."""
        controls = tuple(self.scale_factors.regions) if self.scale_factors else ()
        return (*controls, self.fit.region) if self.fit and self.fit.region not in controls else controls

    def fitted_variants(self) -> tuple[str, ...]:
        """Name the variants that the signal strength is fitted with; none without a fit."""
        return () if self.fit is None else self.fit.variants or self.judged()

    def signal_regions(self) -> tuple[str, ...]:
        """Name the regions whose data are not looked at before the fit: its own, or those of the classifiers."""
        if self.fit is not None:
            return (self.fit.region,)
        return tuple(sorted({self.region_of(name) for name in self.judged()}))

    def data_names(self) -> tuple[str, ...]:
        """Give the sample names that stand for data: `("data",)` or nothing."""
        return ("data",) if self.data is not None else ()

    def shift_names(self, sample: str) -> tuple[str, ...]:
        """Give a sample's shifts with sides, nominal first; data have the nominal one only."""
        if sample == "data":
            return ("nominal",)
        return ("nominal", *self.sides_of(self.uncertainties.shifts))

    def sides_of(self, shifts: Iterable[str]) -> tuple[str, ...]:
        """Give some shifts with their sides."""
        return tuple(f"{name}_{side}" for name in shifts for side in self.uncertainties.shifts[name].sides)

    def fitted_shifts(self) -> tuple[str, ...]:
        """Give the shifts that are nuisances of the fits."""
        return tuple(name for name, shift in self.uncertainties.shifts.items() if shift.fitted)

    def one_sided_shifts(self) -> tuple[str, ...]:
        """Give those of them that have an upward side alone."""
        return tuple(name for name in self.fitted_shifts() if len(self.uncertainties.shifts[name].sides) < 2)

    def columns(self) -> set[str]:
        """Give the names of all flat columns that an expression may use."""
        known = set(self.events.columns) | set(self.events.branches)
        if self.events.reconstruction is not None:
            known = (known - set(DIJET_INPUTS)) | set(DIJET_OBSERVABLES)
        return known
