"""All closure comparisons of one sample: pooled and per training set, in all events and in each training region."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from signedag.config.weights import CheckWeightClosureSettings
from signedag.events.store import WEIGHT, EventStore, region_column
from signedag.metrics.distances import ChiSquare, chi_square, no_chi_square
from signedag.metrics.estimate import Estimate, undefined
from signedag.weights.binning import bin_index
from signedag.weights.closure import (
    TruthComparison,
    WeightComparison,
    closure_edges,
    compare_weights,
    compare_with_truth,
)
from signedag.weights.closure_results import ClosureReport, RegionYield, SignFractions, VariableClosure
from signedag.weights.closure_verdict import EnsembleClosure, SmallestP, grade_closure, smallest_p
from signedag.weights.training_sets import ClosureEvents, TrainingSet, pooled
from signedag.weights.transformation import transformed_weight

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

TRUTH = "positive_probability"
PROBABILITIES = {"calibrated": "positive_probability", "uncalibrated": "raw_positive_probability"}
MEMBER = "training_weight_member"
CALIBRATED = "calibrated"
"""The training weights as they are, whatever the strategy."""


@dataclass(frozen=True)
class Weighting:
    """One kind of training weight."""

    of: Callable[[TrainingSet], Floats]
    """Gives it for the events of a training set."""
    same_sum: bool
    """Whether it was scaled to the signed sum."""


def closure_report(
    events: ClosureEvents,
    truth: EventStore | None,
    sets: Sequence[TrainingSet],
    settings: CheckWeightClosureSettings,
) -> ClosureReport:
    """Compare training with signed weights in every configured variable, and p̂ with the truth where there is one.

    Strategies other than `transformed` have the kind `calibrated` alone: their training weights as they are.

    Args:
        events: the sample's nominal events, or those of several samples together.
        truth: the sample's truth, if it is known.
        sets: the weights that classifiers train with, one set per fold.
        settings: variables, regions and bins.
    """
    sample = SampleClosure(events, sets, settings)
    kinds = {CALIBRATED: Weighting(lambda training: training.columns["training_weight"], True)}
    if PROBABILITIES["uncalibrated"] in sets[0].columns:
        kinds["uncalibrated"] = Weighting(_uncalibrated, False)
    everywhere = np.ones(events.rows, dtype=bool)
    regions = {name: events.column(region_column(name)) for name in settings.regions}
    regions = {name: chosen for name, chosen in regions.items() if np.any(chosen) and not np.all(chosen)}
    closure = {kind: sample.compare(weighting, everywhere) for kind, weighting in kinds.items()}
    by_region = {
        name: {kind: sample.compare(weighting, chosen) for kind, weighting in kinds.items()}
        for name, chosen in regions.items()
    }
    yields = {
        name: {kind: sample.region_yield(weighting, chosen) for kind, weighting in kinds.items()}
        for name, chosen in regions.items()
    }
    ensemble = sample.ensemble(everywhere, regions)
    shapes = {variable: compared.pooled.test for variable, compared in closure[CALIBRATED].items()}
    for name in regions:
        shapes |= _shapes_in(name, {variable: found.pooled for variable, found in by_region[name][CALIBRATED].items()})
    totals = {_yield_of(name): found[CALIBRATED].test for name, found in yields.items()}
    return ClosureReport(
        closure=closure,
        by_region=by_region,
        region_yields=yields,
        truth=_truth_comparisons(truth, sample.signed, sets, settings),
        negative_fraction={
            variable: sign_fractions(events.column(variable), events.column(WEIGHT), compared.pooled.edges)
            for variable, compared in closure[CALIBRATED].items()
        },
        ensemble=ensemble,
        verdict=grade_closure(shapes, totals, ensemble.smallest if ensemble else ()),
    )


def _uncalibrated(training: TrainingSet) -> Floats:
    return transformed_weight(training.signed_weight, training.columns[PROBABILITIES["uncalibrated"]])


def _shapes_in(region: str, comparisons: Mapping[str, WeightComparison]) -> dict[str, ChiSquare]:
    """Name the tests of the variables in a region."""
    return {f"{variable} in {region}": compared.test for variable, compared in comparisons.items()}


def _yield_of(region: str) -> str:
    return f"yield of {region}"


class SampleClosure:
    """The comparisons of one sample.

    Args:
        events: the sample's nominal events.
        sets: the training sets.
        settings: variables and bins.
    """

    def __init__(
        self, events: ClosureEvents, sets: Sequence[TrainingSet], settings: CheckWeightClosureSettings
    ) -> None:
        self.events = events
        self.sets = sets
        self.settings = settings
        self.variables = tuple(dict.fromkeys((*settings.inputs, *settings.closure.other_variables)))
        self.signed = pooled(sets, lambda training: training.signed_weight)

    def compare(self, weighting: Weighting, chosen: Mask) -> dict[str, VariableClosure]:
        """Compare in every variable the events that are chosen, shape (events,), pooled and per training set."""
        return {
            variable: VariableClosure(
                compared, self._per_fold(variable, weighting, chosen), variable in self.settings.inputs
            )
            for variable, compared in self.compare_pooled(weighting, chosen).items()
        }

    def compare_pooled(self, weighting: Weighting, chosen: Mask) -> dict[str, WeightComparison]:
        """Compare in every variable the events that are chosen, shape (events,), over all training sets."""
        signed, training = self.signed[chosen], pooled(self.sets, weighting.of)[chosen]
        return {
            variable: self._compare(variable, chosen, signed, training, weighting.same_sum)
            for variable in self.variables
        }

    def _compare(
        self, variable: str, chosen: Mask, signed: Floats, training: Floats, same_sum: bool
    ) -> WeightComparison:
        closure = self.settings.closure
        values = self.events.column(variable)[chosen]
        edges = closure_edges(values, signed, closure.bins, closure.minimum_effective_events)
        return compare_weights(values, signed, training, edges, same_sum)

    def _per_fold(self, variable: str, weighting: Weighting, chosen: Mask) -> dict[int, ChiSquare]:
        tests = {}
        for training in self.sets:
            inside = chosen[training.rows]
            if not np.any(inside):
                tests[training.fold] = no_chi_square("no events")
                continue
            signed, weight = training.signed_weight[inside], weighting.of(training)[inside]
            compared = self._compare(variable, chosen & training.rows, signed, weight, weighting.same_sum)
            tests[training.fold] = compared.test
        return tests

    def region_yield(self, weighting: Weighting, chosen: Mask) -> RegionYield:
        """Give Σw'/Σw of the events that are chosen.

        With D = Σ(w' - w) of the region, V = Σ(w' - w)² inside and U outside of it, and f the region's share of Σw',
        the scaling to the sample's sum leaves D the variance (1 - f)² V + f² U.
        """
        training = pooled(self.sets, weighting.of)
        square = np.square(training - self.signed)
        share = math.fsum(training[chosen]) / math.fsum(training) if weighting.same_sum else 0.0
        variance = (1 - share) ** 2 * math.fsum(square[chosen]) + share**2 * math.fsum(square[~chosen])
        signed = math.fsum(self.signed[chosen])
        difference = math.fsum(training[chosen]) - signed
        if variance <= 1e-18 * math.fsum(np.square(self.signed)):
            reason = "training and signed weights agree"
            return RegionYield(undefined(reason), no_chi_square(reason))
        test = chi_square(difference**2 / variance, 1)
        if signed <= 0:
            return RegionYield(undefined(f"the signed yield is not positive ({signed:.3g})"), test)
        return RegionYield(Estimate(1 + difference / signed, math.sqrt(variance) / signed), test)

    def ensemble(self, everywhere: Mask, regions: Mapping[str, Mask]) -> EnsembleClosure | None:
        """Test each member of an ensemble alone; None for a single network."""
        members = sum(name.startswith(MEMBER) for name in self.sets[0].columns)
        if not members:
            return None
        smallest: list[SmallestP | None] = []
        tests: dict[str, list[ChiSquare]] = {variable: [] for variable in self.variables}
        for number in range(members):
            weighting = Weighting(_column(f"{MEMBER}{number}"), True)
            of_member = {name: found.test for name, found in self.compare_pooled(weighting, everywhere).items()}
            for variable, test in of_member.items():
                tests[variable].append(test)
            for region, chosen in regions.items():
                of_member |= _shapes_in(region, self.compare_pooled(weighting, chosen))
                of_member[_yield_of(region)] = self.region_yield(weighting, chosen).test
            smallest.append(smallest_p(of_member))
        return EnsembleClosure(tuple(smallest), {variable: tuple(found) for variable, found in tests.items()})


def _column(name: str) -> Callable[[TrainingSet], Floats]:
    return lambda training: training.columns[name]


def sign_fractions(values: NDArray[np.floating], signed: Floats, edges: Floats) -> SignFractions:
    """Give the share of |w| in negative events per bin of one variable, for values and weights of shape (events,)."""
    index = bin_index(values, edges)
    bins = len(edges) - 1
    size = np.abs(signed)
    total = np.bincount(index, size, bins)
    fraction = np.bincount(index, size * (signed < 0), bins) / total
    spread = np.bincount(index, np.square(size), bins) * fraction * (1 - fraction)
    return SignFractions(edges, fraction, np.sqrt(spread) / total)


def _truth_comparisons(
    truth: EventStore | None, signed: Floats, sets: Sequence[TrainingSet], settings: CheckWeightClosureSettings
) -> dict[str, TruthComparison]:
    if truth is None or TRUTH not in truth.names:
        return {}
    return {
        kind: compare_with_truth(
            truth.column(TRUTH),
            pooled(sets, _column(column)),
            signed,
            settings.closure.truth_bins,
            settings.closure.minimum_effective_events,
        )
        for kind, column in PROBABILITIES.items()
        if column in sets[0].columns
    }
