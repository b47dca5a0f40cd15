"""Settings of what is said about classifiers at each mass, or whatever parameter the signal processes have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import Field, model_validator

from signedag.config.base import Settings
from signedag.config.names import Name, SomeNames
from signedag.config.seed import Seed, Seeds
from signedag.config.texts import FilledLine

Models = dict[FilledLine, dict[Name, Name]]
"""Label of a model to signal process to the variant that is judged there."""


def in_order(models: Iterable[str], order: Sequence[str]) -> list[str]:
    """Give the labels of models in the order in which they are shown: those that `order` names, then by name.

    >>> in_order(["single", "affine", "individual"], ["individual", "other"])
    ['individual', 'affine', 'single']
    """
    place = {label: number for number, label in enumerate(order)}
    return sorted(models, key=lambda label: (place.get(label, len(place)), label))


class MassPoint(Settings):
    """One signal process as a classifier is judged at it."""

    samples: SomeNames
    """Samples of the process."""
    parameters: dict[Name, float]
    """Its parameters, such as the mass."""
    column: Name = "score"
    """Column of the score store that is the score at its parameters."""
    trained: bool
    """Whether the classifier was trained at it."""


class CheckMassesSettings(Settings):
    """Stage settings of `check_masses`."""

    seed: Seed
    """The analysis seed."""
    region: Name
    """Region in which the classifier is judged."""
    background_samples: SomeNames
    """Samples of class 0, all of them at every mass."""
    points: dict[Name, MassPoint] = Field(min_length=1)
    """Signal process to how the classifier is judged at it."""
    seeds: Seeds
    """Initialisations."""
    bootstrap: int = Field(ge=2)
    """Bootstrap replicas of the events for errors."""


class CompareMassesSettings(Settings):
    """Stage settings of `compare_masses`."""

    tables: dict[Name, Models]
    """Table to its models."""
    order: tuple[FilledLine, ...] = ()
    """Models in the order in which they are shown, those that are not named last, by name. The first one of a table is
    what figures take differences to."""
    differences: tuple[tuple[Name, FilledLine, FilledLine], ...] = ()
    """Table, model and the model that is subtracted."""
    parameter: Name
    """The parameter on the horizontal axis of figures."""

    @model_validator(mode="after")
    def _differences_are_of_known_models(self) -> CompareMassesSettings:
        for table, *models in self.differences:
            if table not in self.tables:
                raise ValueError(f"differences: there is no table '{table}'; name one of {', '.join(self.tables)}")
            for model in models:
                if model not in self.tables[table]:
                    known = ", ".join(self.tables[table])
                    raise ValueError(f"differences: table '{table}' has no model '{model}'; name one of {known}")
        return self
