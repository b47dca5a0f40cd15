"""Settings of the comparison of classifiers with each other."""

from __future__ import annotations

from signedag.config.base import Settings
from signedag.config.names import Name, Names


class CompareClassifiersSettings(Settings):
    """Stage settings of `compare_classifiers`."""

    seed: int
    """The analysis seed."""
    variants: Names
    """Classifiers in the order in which they are compared: each one with all before it."""
    regions: dict[Name, Name]
    """Classifier to the region in which it is judged."""
    signal_samples: Names
    """Samples of class 1."""
    background_samples: Names
    """Samples of class 0."""
    bootstrap: int
    """Bootstrap replicas for the errors of the differences."""
