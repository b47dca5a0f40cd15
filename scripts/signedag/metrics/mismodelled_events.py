"""The backgrounds of the study of mismodelling: nominal, with signal in it, reweighted, and shifted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from signedag.config.mismodelling import StudyMismodellingSettings
from signedag.errors import UserError
from signedag.events.expressions import evaluate, names_in
from signedag.events.store import region_column
from signedag.events.store_files import StoreFiles
from signedag.metrics.mass_shapes import on_axis
from signedag.metrics.mismodelling import NOMINAL
from signedag.metrics.scored_events import ScoredEvents, joined, read_scored_events, refuse_empty
from signedag.metrics.weighted_sample import Floats

SIGNAL = "signal_injected"


@dataclass(frozen=True)
class MismodelledEvents:
    """Events of one variant, nominal and shifted."""

    events: StoreFiles
    scores: StoreFiles
    settings: StudyMismodellingSettings
    edges: Floats
    """Bins of the mass, shape (bins + 1,)."""

    def cases(self) -> Iterator[tuple[str, ScoredEvents]]:
        """Give the background of each case with mass on the axis, the nominal one first.

        Raises:
            UserError: a file is missing, the region holds no background, or a factor is not finite.
        """
        settings = self.settings
        nominal = self._read(settings.background_samples)
        refuse_empty("background", dict(zip(settings.background_samples, nominal, strict=True)), self._region)
        yield NOMINAL, self._background(nominal)
        strength = settings.signal_strength
        injected = [replace(one, weight=strength * one.weight) for one in self._read(settings.signal_samples)]
        yield SIGNAL, self._background([*nominal, *injected])
        for name, factor in settings.reweightings.items():
            changed = [
                replace(one, weight=one.weight * self._factor(sample, name, factor))
                for sample, one in zip(settings.background_samples, nominal, strict=True)
            ]
            yield name, self._background(changed)
        for shift in settings.shifts:
            yield shift, self._background(self._read(settings.background_samples, shift))

    @property
    def _region(self) -> str:
        return self.settings.sculpting.region

    def _read(self, samples: Sequence[str], shift: str = NOMINAL) -> list[ScoredEvents]:
        mass = self.settings.sculpting.mass
        return [read_scored_events(self.events, self.scores, sample, self._region, mass, shift) for sample in samples]

    def _background(self, parts: Sequence[ScoredEvents]) -> ScoredEvents:
        return on_axis(joined(parts), self.edges)

    def _factor(self, sample: str, name: str, factor: str) -> Floats:
        """Give a factor for each event of the region."""
        store = self.events.open(sample)
        inside = store.column(region_column(self._region)).astype(bool)
        columns = {column: store.column(column)[inside] for column in sorted(names_in(factor))}
        values = np.asarray(evaluate(factor, columns, int(inside.sum())), dtype=np.float64)
        if not (np.isfinite(values) & (values >= 0)).all():
            raise UserError(
                f"mismodelling.reweightings.{name}: '{factor}' is negative or not finite for events of {sample}; "
                "give a factor that is defined in the whole region"
            )
        return values
