"""Did a training make its score independent of what it should be, and is the score still of use?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch

from signedag.config.phases import CLASSIFIER
from signedag.config.term import Target
from signedag.metrics.roc import area_with_linear_error, signed_roc
from signedag.metrics.weighted_sample import WeightedSample
from signedag.networks.network import Network
from signedag.objectives.batch import CLASS, TRAINING_WEIGHT, Batch, EventTable, Outputs
from signedag.objectives.distance_correlation import distance_correlation
from signedag.training.history import ScoreState
from signedag.training.plan import Phase

LEAST_SPREAD = 0.01
"""Standard deviation of a score in [0, 1] below which it is a constant to whoever fills it into bins."""
LEAST_ERRORS = 3.0
"""Errors by which an AUC must be above one half."""
LEAST_REDUCTION = 0.2
"""Share of dCorr² that must go: a repeated training alone changes it by some percent."""
FLOOR = 10.0
"""dCorr² of independent variables is about one over the number of effective events; so often it must have been more."""


class Decorrelation:
    """The score before and after what is to make it independent of spectators; docs/physics.md, "Collapse and no-op".

    Args:
        phases: all phases of the training.
        networks: by role.
        validation: the events on which the score is judged.
    """

    def __init__(self, phases: Sequence[Phase], networks: Mapping[str, Network], validation: EventTable) -> None:
        terms = [term for phase in phases for term in phase.terms() if term.decorrelates]
        self._spectators = sorted({term.decorrelates for term in terms if term.decorrelates})
        self._by_target = {term.decorrelates for term in terms if isinstance(term.weight, Target)}
        self._networks, self._validation = networks, validation
        self._trained = False
        self._begun = False
        self._before: ScoreState | None = None

    def before(self, phase: Phase) -> None:
        """See the networks when a phase starts: as they are before the first that acts on the dependence."""
        self._trained |= CLASSIFIER in (phase.starts_from or {})
        if not self._begun and any(term.decorrelates for term in phase.terms()):
            self._begun = True
            self._before = self._state() if self._trained else None
        self._trained |= any(CLASSIFIER in update.moves for update in phase.updates)

    def result(self) -> tuple[ScoreState | None, ScoreState | None, str | None]:
        """Give the score before and after, and why it is of no use or as dependent as before, if it is."""
        if not self._begun:
            return None, None, None
        after = self._state()
        return self._before, after, collapse(after) or self._no_effect(after)

    @torch.no_grad()
    def _state(self) -> ScoreState:
        for network in self._networks.values():
            network.eval()
        batch = Batch(self._validation)
        score, weight = Outputs(self._networks, batch).score(), batch[TRAINING_WEIGHT]
        background = batch[CLASS] == 0
        dependence = {
            name: float(distance_correlation(score[background], batch[name][background], weight[background]))
            for name in self._spectators
        }
        signal, others = (
            WeightedSample(score[chosen].double().cpu().numpy(), weight[chosen].double().cpu().numpy())
            for chosen in (~background, background)
        )
        auc = area_with_linear_error(signed_roc(signal, others))
        spread = math.sqrt(torch.cov(score.double(), correction=0, aweights=weight.double()).item())
        return ScoreState(auc.value, auc.error, spread, dependence)

    def _no_effect(self, after: ScoreState) -> str | None:
        """Say that a dependence is as large as before; one that is held at a target is as large as was asked for."""
        background = self._validation.columns[CLASS] == 0
        weight = self._validation.columns[TRAINING_WEIGHT][background].double()
        floor = FLOOR * float(weight.square().sum() / weight.sum() ** 2)
        for name in (name for name in self._spectators if self._before and name not in self._by_target):
            assert self._before is not None
            before, now = self._before.dependence[name], after.dependence[name]
            if before > floor and now > (1 - LEAST_REDUCTION) * before:
                return (
                    f"nothing was decorrelated: dCorr² of score and {name} on the validation events is {now:.3g}, "
                    f"before it was {before:.3g}"
                )
        return None


def collapse(score: ScoreState) -> str | None:
    """Say that a score does not select class 1, or None; docs/physics.md, "Collapse and no-op"."""
    if score.spread < LEAST_SPREAD:
        return f"the score collapsed: it spreads by {score.spread:.2g} around a constant on the validation events"
    if not score.auc > 0.5 + LEAST_ERRORS * score.auc_error:
        return (
            f"the score collapsed: its AUC on the validation events is {score.auc:.4f} ± {score.auc_error:.4f}, not "
            "above one half"
        )
    return None
