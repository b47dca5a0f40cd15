"""Which part of the configuration each rule depends on: one function per rule, wildcards in, stage settings out.

Only the workflow imports this module. A command sees nothing but its own stage's settings, so editing a key reruns
exactly the rules whose settings contain it.
"""

from __future__ import annotations

import hashlib

from signedag.config.analysis import Analysis
from signedag.config.classifier import CheckClassifierSettings, ScoreEventsSettings, TrainClassifierSettings, Variant
from signedag.config.classifier_comparison import CompareClassifiersSettings
from signedag.config.comparison import CompareWeightStrategiesSettings
from signedag.config.events import ConvertNtupleSettings, ConvertShiftsSettings, Events
from signedag.config.fitting import (
    FillControlTemplatesSettings,
    FillTemplatesSettings,
    FitScaleFactorsSettings,
    FitSignalStrengthSettings,
    ModelSettings,
    StudyPullsSettings,
    Treatment,
)
from signedag.config.optimism import CombineOptimismSettings, MeasureOptimismSettings, OptimismOfFit
from signedag.config.plotting import PlotSettings, ProcessStyle, WriteReportSettings
from signedag.config.regions import CheckRegionsSettings, RegionNeed
from signedag.config.samples import MergeSampleSettings
from signedag.config.sculpting import CheckSculptingSettings
from signedag.config.simulation import NegativeWeights, PseudoDataComponent, SimulateNtupleSettings
from signedag.config.strategies import SIGNED_STRATEGIES, SimpleStrategy
from signedag.config.weights import (
    AssignJointWeightsSettings,
    AssignTrainingWeightsSettings,
    CalibrateWeightsSettings,
    CheckJointClosureSettings,
    CheckNegativeWeightsSettings,
    CheckWeightClosureSettings,
    ResampleEventsSettings,
    TrainSignNetworkSettings,
)


def simulate_ntuple(analysis: Analysis, sample: str) -> SimulateNtupleSettings:
    """Settings to simulate a sample, or to draw pseudo-data from all of them."""
    if sample != "data":
        return SimulateNtupleSettings(seed=analysis.seed, simulation=analysis.samples[sample].simulation)
    assert analysis.data is not None and analysis.data.pseudo_data is not None
    truth = analysis.data.pseudo_data
    components = {}
    for name in _fitted_samples(analysis):
        described = analysis.samples[name]
        process = analysis.processes[described.process]
        factor = truth.scale_factors.get(process.scale_factor or "", 1.0)
        if process.role == "signal":
            factor *= truth.signal_strength
        expected = described.cross_section_pb * 1000 * analysis.luminosity_fb * factor
        assert described.simulation is not None and described.simulation.model == "recoil"
        # How many signed events are simulated and how many are negative does not matter to unweighted ones.
        irrelevant = {"events": 1, "files": 1, "negative_weights": NegativeWeights()}
        physics = described.simulation.model_copy(update=irrelevant)
        components[name] = PseudoDataComponent(simulation=physics, expected_events=expected)
    return SimulateNtupleSettings(seed=analysis.seed, pseudo_data=components, pseudo_data_files=truth.files)


def convert_ntuple(analysis: Analysis, sample: str) -> ConvertNtupleSettings:
    """Settings to turn a sample's files into columns of the nominal events."""
    uncertainties = analysis.uncertainties
    if sample == "data":
        assert analysis.data is not None
        tree, branches = analysis.data.tree, analysis.data.branches
        events = analysis.events.model_copy(update={"truth": {}})
        return ConvertNtupleSettings(
            events=_own_branches(events, tree, branches),
            folds=analysis.folds,
            variations={},
            denominator=None,
            is_data=True,
        )
    described = analysis.samples[sample]
    normalisation = described.normalisation
    own = (normalisation.sum_of or analysis.events.weight) if normalisation.value is None else None
    return ConvertNtupleSettings(
        events=_own_branches(analysis.events, described.tree, described.branches),
        folds=analysis.folds,
        variations={
            name: variation
            if variation.processes is None or described.process in variation.processes
            else variation.model_copy(update={"up": "1.0", "down": "1.0"})
            for name, variation in uncertainties.variations.items()
        },
        denominator=None if normalisation.other_tree else own,
        other_tree=normalisation.other_tree,
    )


def convert_shifts(analysis: Analysis, sample: str) -> ConvertShiftsSettings:
    """Settings to turn a sample's files into columns of its shifted events."""
    described = analysis.samples[sample]
    assert analysis.uncertainties.shifts
    events = analysis.events.model_copy(update={"truth": {}})
    return ConvertShiftsSettings(
        events=_own_branches(events, described.tree, described.branches),
        folds=analysis.folds,
        shifts=analysis.uncertainties.shifts,
    )


def _own_branches(events: Events, tree: str | None, branches: dict[str, str]) -> Events:
    """Fill in the tree and branches that differ for one sample, and leave out what only figures need."""
    regions = {name: region.model_copy(update={"label": ""}) for name, region in events.regions.items()}
    own = {"tree": tree or events.tree, "branches": events.branches | branches, "regions": regions}
    return events.model_copy(update=own)


def merge_sample(analysis: Analysis, sample: str) -> MergeSampleSettings:
    """Settings to put a sample's parts together and normalise them."""
    described = None if sample == "data" else analysis.samples[sample]
    return MergeSampleSettings(
        cross_section_pb=described.cross_section_pb if described else None,
        luminosity_fb=analysis.luminosity_fb,
        denominator=described.normalisation.value if described else None,
    )


def check_regions(analysis: Analysis) -> CheckRegionsSettings:
    """Settings to check that every region has what is trained, fitted or checked there."""
    needs = []
    for name, variant in analysis.variants().items():
        key = f"classifiers.{name}.region" if name in analysis.classifiers else "strategy_comparison.variant"
        for kind, samples in classes_of(analysis, name).items():
            needs.append(RegionNeed(region=variant.region, what=kind, samples=samples, key=key))
    if analysis.sculpting is not None:
        region, background = analysis.sculpting.region, analysis.samples_of("background")
        needs.append(RegionNeed(region=region, what="background", samples=background, key="sculpting.region"))
    if analysis.fit is not None:
        region, signal = analysis.fit.region, analysis.samples_of("signal")
        needs.append(RegionNeed(region=region, what="signal", samples=signal, key="fit.region"))
    for region in analysis.scale_factors.regions if analysis.scale_factors else ():
        simulated, key = tuple(sorted(_fitted_samples(analysis))), f"scale_factors.regions.{region}"
        needs.append(RegionNeed(region=region, what="simulated", samples=simulated, key=key))
    return CheckRegionsSettings(needs=tuple(sorted(needs, key=lambda need: (need.key, need.what))))


def sign_network_inputs(analysis: Analysis, sample: str) -> tuple[str, ...]:
    """Give the columns that a sample's sign network sees."""
    own = analysis.samples[sample].sign_network.inputs
    return own or analysis.weights.sign_network.inputs or analysis.events.features


def train_sign_network(analysis: Analysis, sample: str) -> TrainSignNetworkSettings:
    """Settings to train a sample's sign network."""
    common = analysis.weights.sign_network
    network = common.model_copy(
        update={
            "inputs": sign_network_inputs(analysis, sample),
            "epochs": analysis.samples[sample].sign_network.epochs or common.epochs,
        }
    )
    return TrainSignNetworkSettings(seed=analysis.seed, folds=analysis.folds, network=network)


def calibrate_weights(analysis: Analysis) -> CalibrateWeightsSettings:
    """Settings to calibrate the sign network and transform the weights."""
    return CalibrateWeightsSettings(calibration=analysis.weights.calibration)


def assign_training_weights(_analysis: Analysis, strategy: SimpleStrategy) -> AssignTrainingWeightsSettings:
    """Settings of the strategies without a network; the strategy is all that they need."""
    return AssignTrainingWeightsSettings(strategy=strategy)


def assign_joint_weights(analysis: Analysis, variant: str) -> AssignJointWeightsSettings:
    """Settings to write the weights that a `joint` training ended with."""
    return AssignJointWeightsSettings(classes=train_classifier(analysis, variant).classes)


def resample_events(analysis: Analysis) -> ResampleEventsSettings:
    """Settings to resample events."""
    return ResampleEventsSettings(seed=analysis.seed)


def check_negative_weights(analysis: Analysis, sample: str) -> CheckNegativeWeightsSettings:
    """Settings to diagnose a sample's negative weights."""
    inputs = sign_network_inputs(analysis, sample)
    return CheckNegativeWeightsSettings(
        seed=analysis.seed,
        variables=tuple(dict.fromkeys((*inputs, *analysis.weights.closure.other_variables))),
        closure=analysis.weights.closure,
        calibration=analysis.weights.calibration,
    )


def compare_weight_strategies(analysis: Analysis) -> CompareWeightStrategiesSettings:
    """Settings to compare all strategies."""
    assert analysis.strategy_comparison is not None
    variants = analysis.compared_variants()
    template = analysis.classifiers[analysis.strategy_comparison.variant]
    trained = (analysis.samples_of(role, template.without_processes) for role in ("signal", "background"))
    return CompareWeightStrategiesSettings(
        seed=analysis.seed,
        bootstrap=analysis.bootstrap,
        signal_samples=analysis.samples_of("signal"),
        background_samples=analysis.samples_of("background"),
        strategies={variant.weights.strategy: name for name, variant in variants.items()},
        samples=tuple(name for samples in trained for name in samples),
        classes=tuple(train_classifier(analysis, analysis.strategy_comparison.variant).classes),
        region=template.region,
        seeds=analysis.strategy_comparison.seeds,
        folds=analysis.folds,
    )


def check_weight_closure(analysis: Analysis, sample: str) -> CheckWeightClosureSettings:
    """Settings to compare transformed with signed weights."""
    return CheckWeightClosureSettings(
        closure=analysis.weights.closure,
        inputs=sign_network_inputs(analysis, sample),
        regions=tuple(sorted({variant.region for variant in analysis.variants().values()})),
    )


def check_joint_closure(analysis: Analysis, variant: str) -> CheckJointClosureSettings:
    """Settings to compare the weights that a `joint` training ended with, class by class."""
    trained = train_classifier(analysis, variant)
    closure, network = analysis.weights.closure, analysis.weights.sign_network
    variables = dict.fromkeys((*(network.inputs or analysis.events.features), *closure.other_variables))
    inputs = tuple(name for name in variables if name in trained.variant.inputs)
    others = tuple(name for name in variables if name not in inputs)
    return CheckJointClosureSettings(
        closure=CheckWeightClosureSettings(
            closure=closure.model_copy(update={"other_variables": others}), inputs=inputs
        ),
        region=trained.variant.region,
    )


def _filled_variant(analysis: Analysis, variant: str) -> Variant:
    settings = analysis.variants()[variant]
    return settings.model_copy(update={"inputs": settings.inputs or analysis.events.features})


def train_classifier(analysis: Analysis, variant: str) -> TrainClassifierSettings:
    """Settings to train a variant; how many seeds it has does not matter to one training."""
    settings = _filled_variant(analysis, variant)
    classes = classes_of(analysis, variant)
    samples = {name for names in classes.values() for name in names}
    return TrainClassifierSettings(
        seed=analysis.seed,
        folds=analysis.folds,
        variant=settings.model_copy(update={"seeds": (0,)}),
        classes=classes,
        processes={name: process for name, process in _process_of(analysis).items() if name in samples},
    )


def classes_of(analysis: Analysis, variant: str) -> dict[str, tuple[str, ...]]:
    """Give the samples of each class of a variant, in the order of its outputs: background first where there is one."""
    settings = analysis.variants()[variant]
    left_out = settings.without_processes
    if not settings.classes:
        return {role: analysis.samples_of(role, left_out) for role in ("background", "signal")}
    return {
        name: tuple(
            sorted(
                sample
                for sample, process in _process_of(analysis).items()
                if process in processes and process not in left_out
            )
        )
        for name, processes in settings.classes.items()
    }


def score_events(analysis: Analysis, variant: str) -> ScoreEventsSettings:
    """Settings to score events."""
    classes = analysis.variants()[variant].classes
    signals = {name for name, process in analysis.processes.items() if process.role == "signal"}
    return ScoreEventsSettings(
        folds=analysis.folds,
        variant=variant,
        classes=tuple(classes),
        signal_classes=tuple(name for name, processes in classes.items() if signals & set(processes)),
    )


def check_classifier(analysis: Analysis, variant: str) -> CheckClassifierSettings:
    """Settings to judge a variant with signed weights."""
    return CheckClassifierSettings(
        seed=analysis.seed,
        region=analysis.variants()[variant].region,
        signal_samples=analysis.samples_of("signal"),
        background_samples=analysis.samples_of("background"),
        seeds=analysis.variants()[variant].seeds,
        score_edges=analysis.score_edges,
        bootstrap=analysis.bootstrap,
    )


def compare_classifiers(analysis: Analysis) -> CompareClassifiersSettings:
    """Settings to compare all classifiers with each other."""
    return CompareClassifiersSettings(
        seed=analysis.seed,
        variants=tuple(analysis.classifiers),
        regions={name: variant.region for name, variant in analysis.classifiers.items()},
        signal_samples=analysis.samples_of("signal"),
        background_samples=analysis.samples_of("background"),
        bootstrap=analysis.bootstrap,
    )


def measure_optimism(analysis: Analysis, variant: str) -> MeasureOptimismSettings:
    """Settings to redraw the signs under a variant's scores."""
    assert analysis.optimism is not None
    classes = {role: analysis.samples_of(role) for role in ("signal", "background")}
    fit = None
    if analysis.fit is not None:
        # Shifted events and other weights are left out: they would need redrawn signs of their own.
        model = _model(analysis).model_copy(update={"shapes": {}})
        fit = OptimismOfFit(
            region=analysis.fit.region,
            mass=analysis.fit.mass,
            binning=next(iter(analysis.fit.binnings.values())),
            processes=_fitted_samples(analysis),
            model=model,
            nonpositive_bins=analysis.fit.nonpositive_bins,
            floor_events=analysis.fit.floor_events,
        )
    return MeasureOptimismSettings(
        seed=analysis.seed,
        region=analysis.variants()[variant].region,
        signal_samples=classes["signal"],
        background_samples=classes["background"],
        expected_events={
            name: analysis.samples[name].cross_section_pb * 1000 * analysis.luminosity_fb
            if analysis.samples[name].normalisation.value is None
            else None
            for name in (*classes["signal"], *classes["background"])
        },
        probability=analysis.optimism.probability,
        redraws=analysis.optimism.redraws,
        fit=fit,
    )


def combine_optimism(analysis: Analysis) -> CombineOptimismSettings:
    """Settings to combine the optimism of several simulations."""
    assert analysis.optimism is not None
    return CombineOptimismSettings(seeds=analysis.optimism.seeds)


def check_sculpting(analysis: Analysis) -> CheckSculptingSettings:
    """Settings to look for sculpting of the background's mass."""
    assert analysis.sculpting is not None
    return CheckSculptingSettings(
        seed=analysis.seed,
        bootstrap=analysis.bootstrap,
        sculpting=analysis.sculpting,
        background_samples=analysis.samples_of("background"),
        signal_samples=analysis.samples_of("signal"),
        resonant_samples=tuple(
            sorted(name for name, sample in analysis.samples.items() if analysis.processes[sample.process].resonant)
        ),
    )


def _process_of(analysis: Analysis) -> dict[str, str]:
    return {name: sample.process for name, sample in analysis.samples.items()}


def _fitted_samples(analysis: Analysis) -> dict[str, str]:
    """Give the samples that enter histograms and fits, with their processes."""
    return {
        name: process for name, process in _process_of(analysis).items() if analysis.processes[process].role != "other"
    }


def _variations(analysis: Analysis) -> dict[str, tuple[str, ...] | None]:
    return {name: variation.processes for name, variation in analysis.uncertainties.variations.items()}


def fill_templates(analysis: Analysis, binning: str) -> FillTemplatesSettings:
    """Settings to fill the signal region's templates."""
    assert analysis.fit is not None
    return FillTemplatesSettings(
        region=analysis.fit.region,
        mass=analysis.fit.mass,
        binning=analysis.fit.binnings[binning],
        samples=_fitted_samples(analysis),
        shifts=tuple(sorted(analysis.uncertainties.shifts)),
        variations=_variations(analysis),
    )


def fill_control_templates(analysis: Analysis) -> FillControlTemplatesSettings:
    """Settings to fill the control regions' templates."""
    assert analysis.scale_factors is not None
    return FillControlTemplatesSettings(
        regions=analysis.scale_factors.regions,
        samples=_fitted_samples(analysis),
        shifts=tuple(sorted(analysis.uncertainties.shifts)),
        variations=_variations(analysis),
        flatness=analysis.scale_factors.flatness,
    )


def _model(analysis: Analysis) -> ModelSettings:
    uncertainties = analysis.uncertainties
    return ModelSettings(
        signals=tuple(sorted(name for name, process in analysis.processes.items() if process.role == "signal")),
        scale_factors={
            name: process.scale_factor
            for name, process in analysis.processes.items()
            if process.scale_factor and analysis.scale_factors
        },
        shapes=dict.fromkeys(uncertainties.shifts) | _variations(analysis),
        normalisations=uncertainties.normalisations,
        interpolation=uncertainties.interpolation,
    )


def fit_scale_factors(analysis: Analysis) -> FitScaleFactorsSettings:
    """Settings to fit the scale factors; the truth of pseudo-data goes into the report."""
    assert analysis.scale_factors is not None and analysis.data is not None
    truth = analysis.data.pseudo_data
    names = sorted({process.scale_factor for process in analysis.processes.values() if process.scale_factor})
    return FitScaleFactorsSettings(
        model=_model(analysis),
        profile_nuisances=analysis.scale_factors.profile_nuisances,
        truth={name: truth.scale_factors.get(name, 1.0) for name in names} if truth else {},
    )


def study_pulls(analysis: Analysis) -> StudyPullsSettings:
    """Settings to repeat the scale-factor fit on pseudo-experiments."""
    assert analysis.scale_factors is not None
    return StudyPullsSettings(
        seed=analysis.seed,
        fit=fit_scale_factors(analysis),
        pseudo_experiments=analysis.scale_factors.pseudo_experiments,
    )


def fit_signal_strength(analysis: Analysis, treatment: Treatment) -> FitSignalStrengthSettings:
    """Settings to fit the signal strength."""
    assert analysis.fit is not None
    return FitSignalStrengthSettings(
        model=_model(analysis),
        treatment=treatment,
        nonpositive_bins=analysis.fit.nonpositive_bins,
        floor_events=analysis.fit.floor_events,
    )


# Okabe and Ito's palette: told apart by colour-blind readers and in print.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#F0E442", "#D55E00", "#999999")


def plot(analysis: Analysis) -> PlotSettings:
    """Settings of all figures; no other rule depends on them."""
    control = analysis.scale_factors.regions if analysis.scale_factors else {}
    return PlotSettings(
        plots=analysis.plots,
        luminosity_fb=analysis.luminosity_fb,
        processes={
            name: ProcessStyle(
                label=process.label or name,
                colour=process.colour or PALETTE[index % len(PALETTE)],
                signal=process.role == "signal",
            )
            for index, (name, process) in enumerate(analysis.processes.items())
        },
        stack=tuple(analysis.processes),
        samples=_process_of(analysis),
        regions={name: region.label or name for name, region in analysis.events.regions.items()},
        observables={name: region.observable for name, region in control.items()},
        mass=analysis.fit.mass if analysis.fit else "m_jj_gev",
    )


def write_report(analysis: Analysis) -> WriteReportSettings:
    """Settings of the report."""
    fit = analysis.fit
    variants = tuple(analysis.classifiers)
    return WriteReportSettings(
        analysis=analysis.analysis,
        title=analysis.title or analysis.analysis,
        config_hash=hashlib.sha256(analysis.as_json().encode()).hexdigest()[:12],
        seed=analysis.seed,
        luminosity_fb=analysis.luminosity_fb,
        samples=tuple(name for name, sample in analysis.samples.items() if sample.transform),
        diagnosed=tuple(analysis.samples),
        variants=variants,
        strategies={name: variant.weights.strategy for name, variant in analysis.classifiers.items()},
        other_closures=_other_closures(analysis),
        seeds={name: variant.seeds for name, variant in analysis.classifiers.items()},
        folds=analysis.folds,
        has_sculpting=analysis.sculpting is not None,
        has_scale_factors=analysis.scale_factors is not None,
        fits={name: tuple(fit.binnings) for name in fit.variants or variants} if fit else {},
        treatments=fit.treatments if fit else (),
    )


def _other_closures(analysis: Analysis) -> dict[str, tuple[str, ...]]:
    """Give the samples that classifiers train on with weights that are neither transformed nor the signed ones."""
    samples: dict[str, set[str]] = {}
    for name, variant in analysis.classifiers.items():
        strategy = variant.weights.strategy
        if strategy not in ("transformed", *SIGNED_STRATEGIES):
            trained = (sample for names in classes_of(analysis, name).values() for sample in names)
            samples.setdefault(strategy, set()).update(trained)
    return {strategy: tuple(sorted(names)) for strategy, names in sorted(samples.items())}
