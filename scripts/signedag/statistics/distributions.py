"""Histograms of one region in every variable, simulation and data, without what blinding hides.

An event is hidden for its own sake, not for the sake of a bin: where the mass has a hidden window, events in it are
missing in all other variables too, from data and simulation alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signedag.config.blinding import Blinding, Window
from signedag.config.distributions import FillDistributionsSettings, ShownData
from signedag.errors import UserError
from signedag.events.store import WEIGHT, variation_column
from signedag.events.store_files import StoreFiles
from signedag.statistics.filling import (
    SCORE,
    SIDES,
    Alternatives,
    FilledRegion,
    Filling,
    checked_scores,
    finite_column,
    refuse_empty,
    report_outside,
    rows_of_region,
)
from signedag.statistics.hidden_bins import HiddenBins, Mask, hidden_in, masked
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Template, find_bins

SIGNAL_REGION = "signal_region"
"""Name of the rule that hides all events of the signal regions."""


@dataclass(frozen=True, eq=False)
class Variable:
    """What one histogram is binned in."""

    column: str
    """Column of the events, or `score`."""
    variant: str | None
    """Whose score it is."""
    edges: NDArray[np.float64]
    """Shape (bins + 1,)."""

    @property
    def name(self) -> str:
        """Its name in files and figures: no column begins with `score_`."""
        return self.column if self.variant is None else score_name(self.variant)


def score_name(variant: str) -> str:
    """Name the score of a classifier among variables."""
    return f"{SCORE}_{variant}"


def variables_of(settings: FillDistributionsSettings) -> list[Variable]:
    """Give the variables in the order of the settings, columns first."""
    columns = [Variable(name, None, np.array(axis.all_edges())) for name, axis in settings.variables.items()]
    return columns + [Variable(SCORE, name, np.array(axis.all_edges())) for name, axis in settings.scores.items()]


@dataclass(frozen=True)
class HiddenRule:
    """A rule that hides events."""

    name: str
    """The variable that it looks at, or `signal_region`."""
    window: Window | None
    """The range that is hidden; everything if left out."""

    def is_of(self, variable: Variable) -> bool:
        """Tell whether it hides whole bins of a variable."""
        return self.window is not None and self.name == variable.name

    def as_json(self) -> dict[str, Any]:
        """Give variable and range."""
        low, high = (None, None) if self.window is None else (self.window.low, self.window.high)
        return {"variable": self.name, "low": low, "high": high}


@dataclass(frozen=True)
class Distribution:
    """One variable of the region."""

    templates: RegionTemplates
    """Simulation, and data without those that are hidden."""
    without: tuple[HiddenRule, ...]
    """Rules whose events are neither in data nor in simulation here."""
    hidden: HiddenBins | None
    """Bins without data; `None` where there are none at all."""

    def as_json(self) -> dict[str, Any]:
        """Say what is hidden."""
        return {
            "without": [rule.as_json() for rule in self.without],
            "hidden_bins": None if self.hidden is None else self.hidden.as_json(),
        }


class RegionEvents:
    """The events of one region in one sample under one shift, with the scores that are needed."""

    def __init__(
        self, events: StoreFiles, scores: Mapping[str, StoreFiles], region: str, sample: str, shift: str
    ) -> None:
        self._events = events.open(sample, shift)
        self._scores = {variant: files.open_for(self._events) for variant, files in scores.items()}
        self._rows = rows_of_region(self._events, region)

    def weights(self, column: str = WEIGHT) -> NDArray[np.float64]:
        """Give signed weights, shape (events in the region,)."""
        return finite_column(self._events, column, self._rows).astype(np.float64)

    def values(self, column: str, variant: str | None = None) -> NDArray[np.floating]:
        """Give a column, or the score of a variant, shape (events in the region,)."""
        if variant is not None:
            return checked_scores(self._scores[variant], self._rows)
        values: NDArray[np.floating] = finite_column(self._events, column, self._rows)
        return values

    def protected(self, data: ShownData) -> Mask:
        """Tell which events are in a signal region, shape (events in the region,)."""
        inside = np.zeros(int(self._rows.sum()), dtype=bool)
        for region in data.signal_regions:
            inside |= rows_of_region(self._events, region)[self._rows]
        return inside

    def hidden(self, data: ShownData) -> dict[HiddenRule, Mask]:
        """Tell which events each rule hides, shape (events in the region,).

        A window holds both of its ends, so that an event on one of them is hidden in every variable.
        """
        protected = self.protected(data)
        hidden: dict[HiddenRule, Mask] = {}
        for rule, column, variant in rules_of(data):
            inside = protected.copy()
            if rule.window is not None:
                values = self.values(column, variant).astype(np.float64)
                if rule.window.low is not None:
                    inside &= values >= rule.window.low
                if rule.window.high is not None:
                    inside &= values <= rule.window.high
            hidden[rule] = inside
        return hidden


def rules_of(data: ShownData) -> list[tuple[HiddenRule, str, str | None]]:
    """Give the rules that hide events, each with its column and whose score that is.

    A window of the score holds for the score of every variant that is fitted.
    """
    if data.blinding is None:
        return [(HiddenRule(SIGNAL_REGION, None), SIGNAL_REGION, None)] if data.signal_regions else []
    if data.blinding.unblinded:
        return []
    rules: list[tuple[HiddenRule, str, str | None]] = []
    for observable, window in data.blinding.windows.items():
        if observable == SCORE:
            rules += [(HiddenRule(score_name(variant), window), SCORE, variant) for variant in data.scored]
        else:
            rules.append((HiddenRule(observable, window), observable, None))
    return rules


def fill_distributions(
    events: StoreFiles, scores: Mapping[str, StoreFiles], region: str, settings: FillDistributionsSettings
) -> tuple[list[Filling], list[Distribution]]:
    """Fill every variable of a region in one pass over the events; docs/physics.md, "Distributions".

    Args:
        events: the events, by sample and shift.
        scores: by variant, their scores.
        region: its name.
        settings: variables, samples, alternatives and what is hidden.

    Returns:
        the simulation's counts and templates, and what is shown, both by variable.

    Raises:
        UserError: a store, column or score is missing, a value is not finite, or a variable has no simulated events.
    """
    variables = variables_of(settings)
    for variant in dict.fromkeys((*settings.scores, *(settings.data.scored if settings.data else ()))):
        if variant not in scores:
            raise UserError(f"--scores: none of '{variant}'; give its combined scores of every sample and shift")
    fillings = [Filling(FilledRegion(region, (one.column,), (one.edges,), one.name)) for one in variables]
    alternatives = Alternatives(settings.shifts, settings.variations, settings.one_sided)
    touched = False
    for sample, process in settings.samples.items():
        for filling in fillings:
            filling.start(process)
        nominal = RegionEvents(events, scores, region, sample, "nominal")
        touched |= settings.data is not None and bool(nominal.protected(settings.data).any())
        _add(fillings, variables, nominal, process, alternatives.variations_of(process), settings.data)
        for shift in alternatives.shifts:
            for side in SIDES:
                is_own = side in alternatives.sides_of(shift)
                shifted = RegionEvents(events, scores, region, sample, f"{shift}_{side}") if is_own else nominal
                _add_shifted(fillings, variables, shifted, process, (shift, side), settings.data)
    refuse_empty(fillings)
    report_outside(fillings)
    simulated = [filling.templates() for filling in fillings]
    if settings.data is None:
        return fillings, [Distribution(one, (), None) for one in simulated]
    # Last, and counted nowhere: no number may depend on hidden data.
    own = RegionEvents(events, scores, region, settings.data.sample, "nominal")
    pairs = zip(variables, simulated, strict=True)
    return fillings, [_with_data(one, templates, own, settings.data, touched) for one, templates in pairs]


def _kept(variable: Variable, hidden: Mapping[HiddenRule, Mask], size: int) -> Mask:
    """Tell which events are filled: those that no rule hides but the variable's own, which hides bins."""
    kept = np.ones(size, dtype=bool)
    for rule, inside in hidden.items():
        if not rule.is_of(variable):
            kept &= ~inside
    return kept


def _add(
    fillings: Sequence[Filling],
    variables: Sequence[Variable],
    nominal: RegionEvents,
    process: str,
    variations: Sequence[str],
    data: ShownData | None,
) -> None:
    """Fill the nominal histograms of a sample and those of its weight variations."""
    weights, hidden = nominal.weights(), {} if data is None else nominal.hidden(data)
    sides = {(name, side): nominal.weights(variation_column(name, side)) for name in variations for side in SIDES}
    for filling, variable in zip(fillings, variables, strict=True):
        kept = _kept(variable, hidden, weights.size)
        indices = find_bins([nominal.values(variable.column, variable.variant)[kept]], (variable.edges,))
        filling.add(process, indices, indices.fill(weights[kept]))
        for (name, side), varied in sides.items():
            filling.add_side(process, name, side, indices.fill(varied[kept]))


def _add_shifted(
    fillings: Sequence[Filling],
    variables: Sequence[Variable],
    shifted: RegionEvents,
    process: str,
    name: tuple[str, str],
    data: ShownData | None,
) -> None:
    """Fill the histograms of a sample under one side of a shift."""
    weights, hidden = shifted.weights(), {} if data is None else shifted.hidden(data)
    for filling, variable in zip(fillings, variables, strict=True):
        filling.add_side(process, *name, _filled(variable, shifted, weights, hidden))


def _filled(
    variable: Variable, events: RegionEvents, weights: NDArray[np.float64], hidden: Mapping[HiddenRule, Mask]
) -> Template:
    kept = _kept(variable, hidden, weights.size)
    return find_bins([events.values(variable.column, variable.variant)[kept]], (variable.edges,)).fill(weights[kept])


def _with_data(
    variable: Variable, templates: RegionTemplates, own: RegionEvents, data: ShownData, touched: bool
) -> Distribution:
    """Add the data of a variable without those that are hidden.

    Args:
        variable: the variable.
        templates: its simulation.
        own: the data of the region.
        data: what is hidden.
        touched: whether the region has events of a signal region: only there are rules in force for bins.
    """
    # Without simulation there no bin is hidden, so that no event may be left to that.
    hidden_events = own.hidden(data) if touched else {HiddenRule(SIGNAL_REGION, None): own.protected(data)}
    filled = _filled(variable, own, own.weights(), hidden_events)
    rules = data.blinding if touched and data.blinding is not None else Blinding(unblinded=True)
    hidden = hidden_in(templates, (variable.column,), data.signals, rules)
    without = tuple(rule for rule, *_ in rules_of(data) if touched and not rule.is_of(variable))
    shown = masked(filled, hidden)
    if not rules.unblinded:
        shown = _without_flow(shown)
    return Distribution(replace(templates, data=shown), without, hidden)


def _without_flow(data: Template) -> Template:
    """Take the contents of the flow bins out of data: they may be in a hidden window that no bin overlaps with."""
    inside = np.pad(np.ones(data.values.shape, dtype=bool), 1)
    values, variances = np.where(inside, data.flow_values, np.nan), np.where(inside, data.flow_variances, 0.0)
    return Template(values, variances, data.edges)
