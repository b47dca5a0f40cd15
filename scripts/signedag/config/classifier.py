"""Settings of classifiers: strategy, architecture, mini-batches and training phases."""

from __future__ import annotations

from pydantic import Field, model_validator

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.base import Settings
from signedag.config.drawing import MiniBatch
from signedag.config.names import Name, Names, SomeNames
from signedag.config.networks import CLASS, CONDITIONED, FEATURES, Architecture, NetworkSettings
from signedag.config.parameters import BackgroundParameters
from signedag.config.phases import CLASSIFIER, Phase
from signedag.config.planing import Planing
from signedag.config.seed import Seed, Seeds
from signedag.config.strategies import SIGNED_STRATEGIES, Strategy
from signedag.config.term import TermSettings


class VariantWeights(Settings):
    """Which training weights a variant uses."""

    strategy: Strategy = "transformed"
    """Negative-weight strategy."""
    planing: Planing | None = None
    """Give the background the signal's mass distribution while the classifier is trained (arXiv:1709.10106)."""

    @model_validator(mode="after")
    def _planing_of_fixed_weights(self) -> VariantWeights:
        if self.planing is not None and self.strategy in ("joint", "paired"):
            raise ValueError(f"planing: strategy '{self.strategy}' makes its weights in training; choose another one")
        return self


class Variant(Settings):
    """A named classifier."""

    weights: VariantWeights = VariantWeights()
    """Its training weights."""
    region: Name
    """Region whose events it is trained on."""
    inputs: Names = ()
    """Columns that it sees; all features if left out. A spectator may be one where planing or a score map takes it out
    of the score again, or on purpose."""
    sees_spectators: Names = ()
    """Spectators among the inputs on purpose: the score will depend on them."""
    signals: Names = ()
    """Signal processes that it is trained, judged and fitted with, where there are several, such as one mass of many;
    all if left out."""
    without_processes: Names = ()
    """Processes to leave out of the training; they are still scored and judged."""
    parameters: Names = ()
    """Parameters that the network sees after its inputs, so that one network serves all of their values. Either those
    of the signal processes, such as the mass: the score store has a column `score_<process>` for each signal process,
    the score at its parameters, and of signal and background alike `score` is the largest of them. Or columns of events
    (features or spectators), such as a reconstructed mass, of which every event, background too, has its own value:
    then there is `score` alone. Not some of both."""
    background_parameters: BackgroundParameters = BackgroundParameters()
    """Which ones background events get in training, where the parameters are those of the signal processes."""
    classes: dict[Name, SomeNames] = {}
    """Class to processes, where there are more than signal and background: the network gets a softmax output for each
    class, the score store a column `score_<class>`, and `score` is the sum over the classes of signal processes."""
    architecture: Architecture = Dense()
    """The classifier's network."""
    networks: dict[Name, NetworkSettings] = {}
    """Networks beside the classifier that terms ask for, by name."""
    batch: MiniBatch = MiniBatch()
    """Its mini-batches."""
    phases: tuple[Phase, ...] = Field((Phase(epochs=20, patience=4),), min_length=1, max_length=100)
    """Its training."""
    validation_fraction: float = Field(0.2, gt=0, lt=1)
    """Share of the training fold that decides when to stop."""
    seeds: Seeds = Field((1,), min_length=1)
    """Initialisations to train; the combined score is their mean."""

    @model_validator(mode="after")
    def _roles_fit_together(self) -> Variant:
        if CLASSIFIER in self.networks:
            raise ValueError("networks: the classifier is described by 'architecture' and 'inputs'; name others")
        known = {CLASSIFIER, *self.networks}
        for number, phase in enumerate(self.phases):
            for role in sorted(phase.moves().union(*(term.networks() for term in phase.terms())) - known):
                raise ValueError(f"phases[{number}]: there is no network '{role}'; add it to 'networks'")
            for update in phase.updates:
                for term in update.terms:
                    problem = self._why_not(term, phase.batch or self.batch)
                    problem = problem or term.misplaced(frozenset(update.moves), self.networks)
                    if problem:
                        raise ValueError(f"phases[{number}]: the objective '{term.objective}' needs {problem}")
        moved = frozenset[str]().union(*(phase.moves() for phase in self.phases))
        asked = frozenset[str]().union(*(term.networks() for phase in self.phases for term in phase.terms()))
        for role in sorted(asked - moved):
            raise ValueError(f"phases: a term needs the network '{role}', which no phase moves; add it to 'moves'")
        if CLASSIFIER not in moved:
            raise ValueError("phases: none moves the classifier; add it to 'moves'")
        if len(self.classes) == 1:
            raise ValueError("classes: one class cannot be told apart from anything; name at least two")
        if self.weights.planing and self.classes:
            raise ValueError("weights.planing: needs signal and background alone; remove 'classes' or the planing")
        return self

    @model_validator(mode="after")
    def _conditioned_on_parameters(self) -> Variant:
        if self.architecture.model_dump()["kind"] == CONDITIONED and not self.parameters:
            raise ValueError("architecture: a conditioned network needs 'parameters'; name them, or take another kind")
        if self.parameters and self.classes:
            raise ValueError("parameters: need signal and background alone; remove 'classes' or the parameters")
        for batch in (self.batch, *(phase.batch for phase in self.phases if phase.batch)):
            if self.classes and batch.strata in ("background", "signal"):
                raise ValueError(f"batch: strata '{batch.strata}' need signal and background alone; take 'full'")
        return self

    def _why_not(self, term: TermSettings, batch: MiniBatch) -> str:
        """Say what a term needs that this variant has not, and what to change; nothing if it has it all."""
        strategy = self.weights.strategy
        if term.full_batch and batch.drawing != "full":
            return "all events at once; give the phase 'batch: {drawing: full}'"
        if term.two_classes and self.classes:
            return "signal and background alone; remove 'classes' or the objective"
        if term.positive_weights and strategy in ("joint", *SIGNED_STRATEGIES):
            return f"training weights that are not negative, '{strategy}' has signed ones; choose another strategy"
        return ""

    def columns(self) -> tuple[str, ...]:
        """Give the stored columns that its terms and networks need beside inputs, weights and class, sorted."""
        needed = frozenset[str]().union(*(term.columns() for phase in self.phases for term in phase.terms()))
        seen = {name for network in self.networks.values() for name in network.sees}
        planed = {self.weights.planing.spectator} if self.weights.planing else set()
        return tuple(sorted((needed | seen | planed) - {FEATURES, CLASS, CLASSIFIER} - set(self.networks)))


class TrainClassifierSettings(Settings):
    """Stage settings of `train_classifier`."""

    seed: Seed
    """The analysis seed."""
    folds: int
    """Number of folds."""
    variant: Variant
    """The classifier, with its inputs filled in."""
    classes: dict[Name, Names]
    """Class to samples, in the order of the outputs; background and signal where there is one output."""
    processes: dict[Name, Name]
    """Sample to process."""
    points: dict[Name, tuple[float, ...]] = {}
    """Signal process to the values of the variant's parameters; none where these are columns of events."""

    def columns(self) -> tuple[str, ...]:
        """Give the stored columns that the training needs beside inputs, weights and class, sorted."""
        own = () if self.points else self.variant.parameters
        return tuple(sorted({*self.variant.columns(), *own}))


class ScoreEventsSettings(Settings):
    """Stage settings of `score_events`."""

    folds: int
    """Number of folds."""
    variant: Name
    """The variant's name, for messages and provenance."""
    classes: Names = ()
    """Names of the classes, in the order of the outputs, where there are several outputs."""
    signal_classes: Names = ()
    """Those whose outputs add up to `score`."""
    points: dict[Name, tuple[float, ...]] = {}
    """Signal process to the values of the parameters, of a classifier that is conditioned on some of its own."""


class CheckClassifierSettings(Settings):
    """Stage settings of `check_classifier`."""

    seed: Seed
    """The analysis seed."""
    region: Name
    """Region in which the classifier is judged."""
    signal_samples: Names
    """Samples of class 1."""
    background_samples: Names
    """Samples of class 0."""
    seeds: Seeds
    """Initialisations."""
    score_edges: tuple[float, ...]
    """Edges of the score bins of the binned significance."""
    bootstrap: int
    """Bootstrap replicas for the error of the AUC."""
