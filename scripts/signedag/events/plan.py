"""What a conversion has to read and to compute: made from the settings before any event is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from signedag.config.events import ConvertNtupleSettings
from signedag.errors import UserError
from signedag.events.columns import Recipe, joined, recipe
from signedag.events.expressions import names_in
from signedag.events.layout import NOMINAL
from signedag.events.ntuples import FLAT, Shape
from signedag.events.store import (
    CALIBRATION_HALF,
    EVENT_NUMBER,
    FOLD,
    GENERATOR_WEIGHT,
    REGION_PREFIX,
    VARIATION_PREFIX,
    WEIGHT,
)


@dataclass(frozen=True)
class ShiftPlan:
    """How one shift reads its inputs: other branches, or another jet energy."""

    name: str
    inputs: Mapping[str, str]
    jet_energy_scale: float = 1.0


@dataclass(frozen=True)
class Plan:
    """What to read and to compute; made once from the settings, before any event is read."""

    settings: ConvertNtupleSettings
    shifts: tuple[ShiftPlan, ...]
    weights: Recipe
    nominal: Recipe
    shifted: Recipe
    selecting: tuple[str, ...]

    @property
    def has_truth(self) -> bool:
        """Whether truth is kept."""
        return bool(self.settings.events.truth) and not self.settings.is_data

    def recipe(self, shift: ShiftPlan) -> Recipe:
        """Give what a shift computes: only the nominal events carry variations and truth."""
        return self.nominal if shift.name == NOMINAL else self.shifted

    def branches(self) -> dict[str, tuple[Shape, str]]:
        """Give all branches to read: branch → shape and settings key.

        Raises:
            UserError: a branch is used as a number per event and as a list per event.
        """
        wanted = self.weights.branches(self.settings.events.branches)
        for shift in self.shifts:
            wanted = joined(wanted, self.recipe(shift).branches(shift.inputs))
        return joined(wanted, dict.fromkeys(self.integers(), (FLAT, "events.event_number")))

    def integers(self) -> tuple[str, ...]:
        """Give the branches to read as integers."""
        number = self.settings.events.event_number
        return () if number is None else (number,)


def make_plan(settings: ConvertNtupleSettings) -> Plan:
    """Find out what the settings need.

    Raises:
        UserError: columns defined in terms of each other, or two stored columns of one name.
    """
    events = settings.events
    _check_stored_names(settings)
    kept = [(name, "events.features") for name in events.features]
    kept += [(name, "events.spectators") for name in events.spectators]
    kept.append((events.selection, "events.selection"))
    kept += [(region.selection, f"events.regions.{name}.selection") for name, region in events.regions.items()]
    extra = [
        (getattr(variation, side), f"uncertainties.variations.{name}.{side}")
        for name, variation in settings.variations.items()
        for side in ("up", "down")
    ]
    extra += [(text, f"events.truth.{name}") for name, text in events.truth.items()]
    weights = [] if settings.is_data else [(events.weight, "events.weight")]
    if settings.denominator is not None:
        weights.append((settings.denominator, "normalisation.sum_of"))
    return Plan(
        settings=settings,
        shifts=tuple(_shift_plans(settings)),
        weights=recipe(events.model_copy(update={"reconstruction": None}), weights),
        nominal=recipe(events, kept if settings.is_data else kept + extra),
        shifted=recipe(events, kept),
        selecting=tuple(
            sorted(names_in(events.selection).union(*(names_in(r.selection) for r in events.regions.values())))
        ),
    )


def _check_stored_names(settings: ConvertNtupleSettings) -> None:
    reserved = {EVENT_NUMBER, FOLD, CALIBRATION_HALF, WEIGHT, GENERATOR_WEIGHT}
    for key, names in (("features", settings.events.features), ("spectators", settings.events.spectators)):
        for name in names:
            if name in reserved or name.startswith((REGION_PREFIX, VARIATION_PREFIX)):
                raise UserError(
                    f"events.{key}: '{name}' is a name that the store needs for weights, regions or folds; "
                    "map the branch to another name in events.branches"
                )


def _shift_plans(settings: ConvertNtupleSettings) -> list[ShiftPlan]:
    nominal = settings.events.branches
    plans = [ShiftPlan(NOMINAL, nominal)]
    for name, shift in settings.shifts.items():
        if shift.jet_energy_relative is not None:
            plans.append(ShiftPlan(f"{name}_up", nominal, 1 + shift.jet_energy_relative))
            plans.append(ShiftPlan(f"{name}_down", nominal, 1 - shift.jet_energy_relative))
        elif shift.up is not None and shift.down is not None:
            plans.append(ShiftPlan(f"{name}_up", nominal | shift.up.branches))
            plans.append(ShiftPlan(f"{name}_down", nominal | shift.down.branches))
    return plans
