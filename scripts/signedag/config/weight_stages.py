"""Settings of the stages of the negative weights, taken from the analysis."""

from __future__ import annotations

from signedag.config.analysis import Analysis
from signedag.config.classifier_stages import train_classifier
from signedag.config.comparison import CompareWeightStrategiesSettings
from signedag.config.strategies import SimpleStrategy
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
    name = analysis.strategy_comparison.variant
    trained = (analysis.samples_of(role, analysis.left_out_of(name)) for role in ("signal", "background"))
    return CompareWeightStrategiesSettings(
        seed=analysis.seed,
        bootstrap=analysis.bootstrap,
        signal_samples=analysis.signal_samples_of(name),
        background_samples=analysis.samples_of("background"),
        strategies={variant.weights.strategy: name for name, variant in variants.items()},
        samples=tuple(name for samples in trained for name in samples),
        classes=tuple(train_classifier(analysis, name).classes),
        region=analysis.region_of(name),
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
