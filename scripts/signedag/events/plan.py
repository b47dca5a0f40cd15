"""What a conversion has to read and to compute: made from the settings before any event is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from signedag.config.events import ConvertNtupleSettings, ConvertShiftsSettings, Events, Variation
from signedag.events.columns import Recipe, joined, recipe
from signedag.events.expressions import names_in
from signedag.events.layout import NOMINAL
from signedag.events.ntuples import FLAT, Shape


@dataclass(frozen=True)
class ShiftPlan:
    """How one shift reads its inputs: other branches, another jet energy, or a worse resolution."""

    name: str
    inputs: Mapping[str, str]
    jet_energy_scale: float = 1.0
    jet_resolution: float = 0.0
    """Relative width of a Gaussian that smears each jet."""


@dataclass(frozen=True)
class Plan:
    """What to read and to compute for the nominal events, or for all shifts; only nominal ones carry variations."""

    events: Events
    folds: int
    shifts: tuple[ShiftPlan, ...]
    weights: Recipe
    columns: Recipe
    is_data: bool = False
    denominator: str | None = None
    variations: Mapping[str, Variation] = field(default_factory=dict)
    truth: Mapping[str, str] = field(default_factory=dict)

    @property
    def selecting(self) -> tuple[str, ...]:
        """The columns that a selection uses, sorted."""
        regions = (names_in(region.selection) for region in self.events.regions.values())
        return tuple(sorted(names_in(self.events.selection).union(*regions)))

    def branches(self) -> dict[str, tuple[Shape, str]]:
        """Give all branches to read: branch → shape and settings key.

        Raises:
            UserError: a branch is used as a number per event and as a list per event.
        """
        wanted = self.weights.branches(self.events.branches)
        for shift in self.shifts:
            wanted = joined(wanted, self.columns.branches(shift.inputs))
        return joined(wanted, dict.fromkeys(self.integers(), (FLAT, "events.event_number")))

    def integers(self) -> tuple[str, ...]:
        """Give the branches to read as integers."""
        number = self.events.event_number
        return () if number is None else (number,)


def nominal_plan(settings: ConvertNtupleSettings) -> Plan:
    """Find out what the nominal events need."""
    events = settings.events
    kept = _kept(events)
    if not settings.is_data:
        kept += [
            (getattr(variation, side), f"uncertainties.variations.{name}.{side}")
            for name, variation in settings.variations.items()
            for side in ("up", "down")
        ]
        kept += [(text, f"events.truth.{name}") for name, text in events.truth.items()]
    weights = [] if settings.is_data else [(events.weight, "events.weight")]
    if settings.denominator is not None:
        weights.append((settings.denominator, "normalisation.sum_of"))
    return Plan(
        events=events,
        folds=settings.folds,
        shifts=(ShiftPlan(NOMINAL, events.branches),),
        weights=_weights(events, weights),
        columns=recipe(events, kept),
        is_data=settings.is_data,
        denominator=settings.denominator,
        variations=settings.variations,
        truth={} if settings.is_data else events.truth,
    )


def shifts_plan(settings: ConvertShiftsSettings) -> Plan:
    """Find out what the shifted events need."""
    events = settings.events
    return Plan(
        events=events,
        folds=settings.folds,
        shifts=tuple(_shift_plans(settings)),
        weights=_weights(events, [(events.weight, "events.weight")]),
        columns=recipe(events, _kept(events)),
    )


def _weights(events: Events, wanted: list[tuple[str, str]]) -> Recipe:
    """Find out what expressions of all entries need: no observable of the reconstruction, which drops entries."""
    return recipe(events.model_copy(update={"reconstruction": None}), wanted)


def _kept(events: Events) -> list[tuple[str, str]]:
    """Give what decides on events or is stored, with the settings key of each."""
    kept = [(name, "events.features") for name in events.features]
    kept += [(name, "events.spectators") for name in events.spectators]
    kept.append((events.selection, "events.selection"))
    return kept + [(region.selection, f"events.regions.{name}.selection") for name, region in events.regions.items()]


def _shift_plans(settings: ConvertShiftsSettings) -> list[ShiftPlan]:
    nominal = settings.events.branches
    plans = []
    for name, shift in settings.shifts.items():
        if shift.jet_energy_relative is not None:
            plans.append(ShiftPlan(f"{name}_up", nominal, 1 + shift.jet_energy_relative))
            plans.append(ShiftPlan(f"{name}_down", nominal, 1 - shift.jet_energy_relative))
        elif shift.jet_resolution_relative is not None:
            plans.append(ShiftPlan(f"{name}_up", nominal, jet_resolution=shift.jet_resolution_relative))
        elif shift.up is not None and shift.down is not None:
            plans.append(ShiftPlan(f"{name}_up", nominal | shift.up.branches))
            plans.append(ShiftPlan(f"{name}_down", nominal | shift.down.branches))
    return plans
