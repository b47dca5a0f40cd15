"""The limits that the verdict holds results against, each with its reason; nothing else in the report decides.

The closure grades itself, since the choice of a strategy rests on it too: `signedag.weights.closure_verdict`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from signedag.weights.closure_verdict import CLOSURE_LIMIT, MARGINAL_LIMIT

Grade = Literal["good", "marginal", "bad"]
GRADES: tuple[Grade, ...] = ("bad", "marginal", "good")
"""The worst first."""


@dataclass(frozen=True)
class Limit:
    """Two thresholds on one number."""

    marginal: float
    bad: float
    larger_is_worse: bool
    because: str
    """Why these thresholds."""
    unit: str = ""
    """What the number is counted in; `%` shows a share in per cent."""

    def grade(self, value: float) -> Grade:
        """Grade a value; one that lies on a threshold is on its good side.

        >>> SCULPTING.grade(1.1), SCULPTING.grade(3.0), SCULPTING.grade(1014.0), CLOSURE.grade(0.01)
        ('good', 'marginal', 'bad', 'marginal')
        """
        sign = 1 if self.larger_is_worse else -1
        if sign * value > sign * self.bad:
            return "bad"
        return "marginal" if sign * value > sign * self.marginal else "good"

    def threshold(self, grade: Grade) -> float:
        """Give the threshold that a value of this grade is held against: the one it crossed, or the next to cross."""
        return self.bad if grade == "bad" else self.marginal

    def text(self, grade: Grade) -> str:
        """Write the threshold of a grade as people read it.

        >>> CLIPPED.text("bad"), PULL.text("good"), CLOSURE.text("bad")
        ('5 %', '2 errors', '0.01')
        """
        threshold = self.threshold(grade)
        return f"{100 * threshold:g} %" if self.unit == "%" else f"{threshold:g} {self.unit}".rstrip()

    def closeness(self, value: float) -> float:
        """Give value over threshold, or threshold over value where smaller is worse: above 1 it is not good."""
        if not self.larger_is_worse:
            return self.marginal / value if value > 0 else float("inf")
        return value / self.marginal if self.marginal else float(value > 0)


REPEATED_EVENTS = Limit(
    0.0, 1e-3, True,
    "share of events that are equal to an earlier one in every column: their weight counts twice, and at a per mille "
    "that is less than any yield's error", "%",
)  # fmt: skip
SHARED_EVENTS = Limit(
    0.0, 0.01, True,
    "share of the smaller of two regions that is in the other as well: in one likelihood each of these events is taken "
    "for two independent ones", "%",
)  # fmt: skip
CLOSURE = Limit(
    MARGINAL_LIMIT, CLOSURE_LIMIT, False,
    "p-value times the number of comparisons: a sample whose weights close is called bad once in a hundred runs",
)  # fmt: skip
CLIPPED = Limit(
    0.01, 0.05, True,
    "share of |w| whose weight is set to zero: a per cent cannot be seen in any histogram, at 5 % (the default of "
    "weights.calibration.clipped_fraction_limit) the transformed sample is another one", "%",
)  # fmt: skip
YIELD_BIAS = Limit(
    3.0, 5.0, True,
    "bias of the calibrated yield over its error, before the renormalisation takes it out: w' is linear in the "
    "probability, so what is left is a calibration that does not hold for events it was not made from", "errors",
)  # fmt: skip
GUESSING = 0.5
"""AUC of a score that knows nothing."""
AUC = Limit(
    3.0, 1.0, False,
    "distance of the AUC from 0.5 in its own errors: within one error the classifier cannot be told from guessing",
)  # fmt: skip
FAILED_TRAININGS = Limit(
    0, 0, True, "a network of a training that diverged or failed decides on every event of its fold"
)  # fmt: skip
SCULPTING = Limit(
    2.0, 5.0, True,
    "χ²/ndf of the background's mass in quantiles of the score, averaged: 1 is no sculpting, above 5 it can be seen "
    "by eye",
)  # fmt: skip
SCULPTING_CHI2 = Limit(
    1e-2, 0.0, False,
    "smallest p-value of the quantiles' χ²; of Q quantiles of an independent score one is below in up to Q % of cases. "
    "Alone it makes a result marginal, not bad: with enough events any dependence is found",
)  # fmt: skip
SCULPTING_KS = Limit(
    1e-2, 0.0, False,
    "smallest KS probability of a quantile against the rest, of Q as well: sculpting that χ² in bins misses; alone it "
    "makes a result marginal, not bad",
)  # fmt: skip


def grade_sculpting(chi2_mean: float, chi2_p: float | None, ks_p: float | None) -> Grade:
    """Grade the mass in quantiles of the score by the mean χ²/ndf and the smallest p-values of both tests.

    >>> grade_sculpting(0.9, 0.3, 0.2), grade_sculpting(0.9, 0.3, 1e-5), grade_sculpting(300.0, 0.0, 0.0)
    ('good', 'marginal', 'bad')
    """
    grades = [SCULPTING.grade(chi2_mean)]
    grades += [limit.grade(p) for limit, p in ((SCULPTING_CHI2, chi2_p), (SCULPTING_KS, ks_p)) if p is not None]
    return min(grades, key=GRADES.index)


SIDEBANDS = Limit(
    0.05, 0.01, False,
    "p-value of the smooth background beside the peak: where it does not fit, the excess over it says nothing",
)  # fmt: skip
DIBOSON_PEAK = Limit(
    3.0, 1.0, False,
    "significance of the resonant background's peak in data of the configured multiple of the luminosity: three is "
    "evidence, below one it cannot be told from none", "σ",
)  # fmt: skip
RESOLVED_PEAK = Limit(
    2.0, 1.0, False,
    "excess of the resonant background over its error in the simulation: below, the simulation is too small to say",
    "errors",
)  # fmt: skip
LEFT_OVER = Limit(
    2.0, 3.0, True,
    "size of the excess without the resonant samples over its error: what is left is made by the method or the score",
    "errors",
)  # fmt: skip
RECOMMENDED = Limit(
    0.02, 0.10, True,
    "by how much the signal strength's error is larger than with another judged score that is independent of the mass: "
    "two per cent are within what another simulation changes", "%",
)  # fmt: skip
PULL = Limit(
    2.0, 3.0, True,
    "distance of a scale factor from its known truth in its own errors, that of the simulation included",
    "errors",
)  # fmt: skip
GOODNESS = Limit(
    0.05, 0.01, False, "p-value of the control-region fit: below, the model does not describe the data that it scales"
)  # fmt: skip
TEMPLATE_BIAS = Limit(
    0.2, 0.5, True,
    "the bias of μ̂ by the size of the simulation over its error: at 0.2 an interval of 68.3 % covers 67.3 % at best, "
    "at 0.5 62.5 %",
)  # fmt: skip
SIMULATION_ERROR = Limit(
    0.5, 1.0, True,
    "the simulation's own statistical error of μ̂ over the fit's: at 0.5 it widens the interval by 12 %, above 1 the "
    "number of simulated events decides on the result, which is then refused",
)  # fmt: skip
