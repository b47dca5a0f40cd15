"""Settings of the negative-weight strategies."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from signedag.config.architectures.dense import Kind as Dense
from signedag.config.base import Settings
from signedag.config.names import Name, Names, SomeNames
from signedag.config.networks import MOST_EPOCHS, UnconditionedArchitecture
from signedag.config.seed import Seed
from signedag.config.strategies import SimpleStrategy


class SignNetwork(Settings):
    """The networks that tell positive from negative events: p(x) = P(w > 0 | x) under |w|."""

    inputs: Names = ()
    """Columns that it sees; all features if left out."""
    architecture: UnconditionedArchitecture = Dense()
    """How it is built. `piecewise` follows edges of the density, such as a generator's cut."""
    epochs: int = Field(30, ge=1, le=MOST_EPOCHS)
    """Most epochs; training stops earlier when the validation loss no longer falls."""
    patience: int = Field(5, ge=1, le=MOST_EPOCHS)
    """Epochs without a better validation loss before training stops; the best epoch is kept."""
    batch_size: int = Field(512, ge=1, le=100_000_000)
    """Events in a mini-batch."""
    learning_rate: float = Field(1e-3, gt=0)
    """Learning rate (Adam)."""
    weight_decay: float = Field(0.0, ge=0)
    """L2 penalty of the weights."""
    validation_fraction: float = Field(0.2, gt=0, lt=1)
    """Share of the events to train on that decides when to stop."""
    inner_parts: int = Field(3, ge=2, le=100)
    """Parts into which the events outside a fold are cut: each part is weighed by networks that were trained on the
    other parts. More parts leave more events to train on, and take as many networks."""
    ensemble: int = Field(1, ge=1, le=1000)
    """Networks per inner part, trained with different seeds; p is their mean, their spread an uncertainty."""


class SignNetworkChanges(Settings):
    """What differs in one sample's sign network."""

    inputs: SomeNames | None = None
    """Its inputs; those of `weights.sign_network` if left out."""
    epochs: int | None = Field(None, ge=1, le=MOST_EPOCHS)
    """Its most epochs; those of `weights.sign_network` if left out."""


class Calibration(Settings):
    """The calibration of the sign network's output."""

    method: Literal["isotonic", "logistic"] = "isotonic"
    """`isotonic`: any non-decreasing map; `logistic`: slope and offset of the network's logit, which has less noise
    where few events with large weights decide, but cannot mend a curve."""
    splits: int = Field(5, ge=2, le=100)
    """Splits of the events outside a fold: each is calibrated by a map that was fitted to the others."""
    repetitions: int = Field(4, ge=1, le=1000)
    """How often the events are split anew; the mean over them smooths the steps of the maps."""
    clipped_fraction_limit: float = Field(0.05, ge=0, le=1)
    """Largest share of |w| in events whose estimated density is not positive (2p - 1 < 0) and is clipped; more is an
    error."""
    constant_if_inseparable: bool = False
    """Two stages: first see whether the sign network separates the signs at all (AUC above 0.5 by two errors); where
    it does not, every event gets the sample's own positive fraction, which adds no noise of a network."""


class Closure(Settings):
    """The check that transformed and signed weights give the same distributions."""

    other_variables: Names = ()
    """Columns to check besides the sign network's inputs."""
    bins: int = Field(20, ge=2, le=10_000)
    """Bins per variable, with equal sums of |w|."""
    minimum_effective_events: float = Field(25.0, gt=0)
    """Bins with fewer effective events of either sign than this, (Σ|w|)²/Σw², are merged with their neighbour: below it
    D²/V is not χ²-distributed."""
    truth_bins: int = Field(12, ge=2, le=10_000)
    """Bins of the true positive fraction, simulated samples only."""


class Weights(Settings):
    """Negative weights: how training weights are made from signed ones and checked."""

    sign_network: SignNetwork = SignNetwork()
    """The sign network."""
    calibration: Calibration = Calibration()
    """Its calibration."""
    closure: Closure = Closure()
    """The closure check."""


class TrainSignNetworkSettings(Settings):
    """Stage settings of `train_sign_network`."""

    seed: Seed
    """The analysis seed."""
    folds: int
    """Number of folds."""
    network: SignNetwork
    """The network, with its inputs filled in."""


class CalibrateWeightsSettings(Settings):
    """Stage settings of `calibrate_weights`."""

    calibration: Calibration
    """The calibration."""


class AssignTrainingWeightsSettings(Settings):
    """Stage settings of `assign_training_weights`."""

    strategy: SimpleStrategy
    """The strategy."""


class AssignJointWeightsSettings(Settings):
    """Stage settings of `assign_joint_weights`."""

    classes: dict[Name, Names]
    """Class to samples, in the order of the classes' numbers."""


class ResampleEventsSettings(Settings):
    """Stage settings of `resample_events`."""

    seed: Seed
    """The analysis seed."""


class CheckNegativeWeightsSettings(Settings):
    """Stage settings of `check_negative_weights`."""

    seed: Seed
    """The analysis seed."""
    variables: Names
    """Columns to look at."""
    closure: Closure
    """Binning of the columns."""
    calibration: Calibration
    """The calibration."""


class CheckWeightClosureSettings(Settings):
    """Stage settings of `check_weight_closure`."""

    closure: Closure
    """The closure check."""
    inputs: Names
    """Inputs of the sign network."""
    regions: Names = ()
    """Regions that classifiers train in: closure is asked for there as well."""


class CheckJointClosureSettings(Settings):
    """Stage settings of `check_joint_closure`."""

    closure: CheckWeightClosureSettings
    """Variables and bins."""
    region: Name
    """Region that the classifier was trained in."""
