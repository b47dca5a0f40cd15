"""Settings of the comparison of negative-weight strategies."""

from __future__ import annotations

from pydantic import Field, field_validator

from signedag.config.base import Settings
from signedag.config.classifier import Variant, VariantWeights
from signedag.config.phases import Phase, Term
from signedag.config.strategies import Strategy


class StrategyComparison(Settings):
    """All strategies on equal terms: the same network, folds and seeds, only the training weights differ."""

    variant: str
    """The classifier whose architecture, region and training every strategy gets."""
    strategies: tuple[Strategy, ...] = (
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
    seeds: tuple[int, ...] = (1, 2, 3, 4, 5)
    """Initialisations of each."""
    warm_up_epochs: int = Field(5, ge=1)
    """Strategy `joint`: epochs in which the weight network learns alone before the classifier joins."""

    @field_validator("seeds")
    @classmethod
    def _enough_seeds(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(seeds)) < 2 or len(set(seeds)) != len(seeds):
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
    phases = template.phases
    if strategy == "joint":
        rate = phases[0].learning_rate
        sign_term = Term(objective="sign_cross_entropy")
        warm_up = Phase(
            epochs=comparison.warm_up_epochs, moves=("weight_network",), learning_rate=rate, terms=(sign_term,)
        )
        phases = (warm_up, *(_with_weight_network(phase, sign_term) for phase in phases))
    return template.model_copy(
        update={"weights": VariantWeights(strategy=strategy), "seeds": comparison.seeds, "phases": phases}
    )


def _with_weight_network(phase: Phase, sign_term: Term) -> Phase:
    terms = tuple(
        term.model_copy(update={"objective": "joint_cross_entropy"}) if term.objective == "cross_entropy" else term
        for term in phase.terms
    )
    return phase.model_copy(update={"moves": (*phase.moves, "weight_network"), "terms": (*terms, sign_term)})


class CompareWeightStrategiesSettings(Settings):
    """Stage settings of `compare_weight_strategies`."""

    strategies: dict[str, str]
    """Strategy to the variant that was trained with it; `truth` among them where it is known."""
    samples: tuple[str, ...]
    """Samples that the classifiers were trained on."""
    region: str
    """Region in which the classifiers are judged."""
    seeds: tuple[int, ...]
    """Initialisations of each."""
    folds: int
    """Folds of each."""
