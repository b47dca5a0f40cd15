"""Settings of the comparison of negative-weight strategies."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from signedag.config.base import Settings
from signedag.config.classifier import Variant, VariantWeights
from signedag.config.names import Name, Names, different
from signedag.config.networks import CLASS, FEATURES, MOST_EPOCHS, NetworkSettings, unconditioned
from signedag.config.objectives.cross_entropy import Kind as CrossEntropy
from signedag.config.objectives.joint_cross_entropy import Kind as JointCrossEntropy
from signedag.config.objectives.sign_cross_entropy import Kind as SignCrossEntropy
from signedag.config.phases import Phase, Update
from signedag.config.seed import Seed, Seeds
from signedag.config.strategies import Strategy


class StrategyComparison(Settings):
    """All strategies on equal terms: the same network, folds and seeds, only the training weights differ."""

    variant: Name
    """The classifier whose architecture, region and training every strategy gets."""
    strategies: Annotated[tuple[Strategy, ...], Field(min_length=1), AfterValidator(different)] = (
        "signed",
        "unit",
        "absolute",
        "positive_only",
        "paired",
        "transformed",
        "reweighted",
        "resampled",
        "joint",
    )
    """Strategies to compare; where the truth is known, `truth` is the one that they are measured against."""
    seeds: Seeds = (1, 2, 3, 4, 5)
    """Initialisations of each."""
    warm_up_epochs: int = Field(5, ge=1, le=MOST_EPOCHS)
    """Strategy `joint`: epochs in which the weight network learns alone before the classifier joins."""

    @field_validator("seeds")
    @classmethod
    def _enough_seeds(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(seeds) < 2:
            raise ValueError(f"a comparison needs at least two different seeds, got {list(seeds)}")
        return seeds

    def variant_name(self, strategy: str) -> str:
        """Name the generated variant of a strategy."""
        return f"{self.variant}_{strategy}"


def strategy_variant(template: Variant, comparison: StrategyComparison, strategy: Strategy) -> Variant:
    """Give the template with another strategy and the comparison's seeds.

    For `joint` the phases of the classifier train a weight network along: it warms up alone, then both move, and the
    classifier's cross-entropy takes its weights from it.
    """
    phases, networks = template.phases, template.networks
    if strategy == "joint":
        rate = phases[0].updates[0].learning_rate
        alone = Update(moves=("weight_network",), terms=(SignCrossEntropy(),), learning_rate=rate)
        warm_up = Phase(epochs=comparison.warm_up_epochs, updates=(alone,))
        phases = (warm_up, *(_with_weight_network(phase) for phase in phases))
        beside = NetworkSettings(architecture=unconditioned(template.architecture), sees=(FEATURES, CLASS))
        networks = networks | {"weight_network": beside}
    return template.model_copy(
        update={
            "weights": VariantWeights(strategy=strategy),
            "seeds": comparison.seeds,
            "phases": phases,
            "networks": networks,
        }
    )


def _with_weight_network(phase: Phase) -> Phase:
    """Let the weight network move along wherever the classifier's cross-entropy does, and give it its weights."""
    updates = []
    for update in phase.updates:
        terms = tuple(
            JointCrossEntropy(weight=term.weight) if isinstance(term, CrossEntropy) else term for term in update.terms
        )
        joint = {"moves": (*update.moves, "weight_network"), "terms": (*terms, SignCrossEntropy())}
        updates.append(update.model_copy(update=joint) if terms != update.terms else update)
    return phase.model_copy(update={"updates": tuple(updates)})


class CompareWeightStrategiesSettings(Settings):
    """Stage settings of `compare_weight_strategies`."""

    seed: Seed
    """The analysis seed."""
    bootstrap: int
    """Replicas over events that all strategies share."""
    strategies: dict[str, str]
    """Strategy to the variant that was trained with it; `truth` among them where it is known."""
    samples: Names
    """Samples that the classifiers were trained on."""
    signal_samples: Names
    """Samples of the signal that they are judged on."""
    background_samples: Names
    """Samples of the background."""
    classes: Names
    """Names of the classes that they were trained to tell apart."""
    region: Name
    """Region in which the classifiers are judged."""
    seeds: Seeds
    """Initialisations of each."""
    folds: int
    """Folds of each."""

    def weight_folders(self) -> dict[str, str]:
        """Give each strategy's folder below the weights: of `joint`, the weights that its first seed ended with."""
        return {
            strategy: f"joint/{variant}/seed{self.seeds[0]}" if strategy == "joint" else strategy
            for strategy, variant in self.strategies.items()
        }

    def closure_files(self, strategy: str) -> dict[str, str]:
        """Give the closure results of a strategy below the weights, by sample; of `joint` by class."""
        folder = self.weight_folders()[strategy]
        if strategy == "joint":
            return {name: f"{folder}/closure_{name}.json" for name in self.classes}
        return {name: f"{folder}/{name}/closure.json" for name in self.samples}
