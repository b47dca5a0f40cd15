"""The verdict on a closure: good, marginal or bad, or that there was nothing to test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from signedag.metrics.distances import ChiSquare

CLOSURE_LIMIT = 0.01
"""A closure is bad if its smallest p-value times the number of comparisons is below this."""
MARGINAL_LIMIT = 0.05
"""It is marginal below this: another seed may fall on the other side of the limit."""
FEW_DEGREES = 5
"""It is marginal, too, if half of the shapes have fewer degrees of freedom than this: they would see little."""

Grade = Literal["good", "marginal", "bad", "nothing_to_test"]


@dataclass(frozen=True)
class SmallestP:
    """The smallest of several p-values, corrected for their number (Bonferroni)."""

    subject: str
    """What the smallest one belongs to."""
    p_value: float
    """The smallest p-value."""
    comparisons: int
    """How many there are."""

    @property
    def corrected(self) -> float:
        """P × comparisons, at most 1."""
        return min(1.0, self.p_value * self.comparisons)


def smallest_p(tests: Mapping[str, ChiSquare]) -> SmallestP | None:
    """Give the smallest p-value of named tests; None if none of them is defined.

    >>> found = smallest_p({"x": ChiSquare(3.0, 3, 0.4), "y": ChiSquare(12.0, 3, 0.007)})
    >>> found.subject, found.comparisons, found.corrected
    ('y', 2, 0.014)
    """
    defined = {subject: test.p_value for subject, test in tests.items() if test.ndf}
    if not defined:
        return None
    worst = min(defined, key=lambda subject: (defined[subject], subject))
    return SmallestP(worst, defined[worst], len(defined))


@dataclass(frozen=True)
class ClosureVerdict:
    """What the closure of a sample's training weights is worth."""

    grade: Grade
    """`nothing_to_test` where training and signed weights are the same: such weights have not passed anything."""
    value: float | None
    """Smallest p × comparisons; None if nothing was tested."""
    reason: str
    """Why it is graded so, with the comparison that decides."""
    limit: float = CLOSURE_LIMIT
    """What the value was held against."""

    def as_json(self) -> dict[str, Any]:
        """Give `grade`, `value`, `limit` and `reason`."""
        return {"grade": self.grade, "value": self.value, "limit": self.limit, "reason": self.reason}


def grade_closure(
    shapes: Mapping[str, ChiSquare], yields: Mapping[str, ChiSquare], members: Sequence[SmallestP | None] = ()
) -> ClosureVerdict:
    """Grade the closure of one sample; docs/physics.md, "Closure".

    Bad below CLOSURE_LIMIT. Marginal below MARGINAL_LIMIT, or with fewer than FEW_DEGREES degrees of freedom in half of
    the variables, or where the members of an ensemble fall on both sides of CLOSURE_LIMIT.

    Args:
        shapes: comparisons in the bins of a variable, by what they compare.
        yields: comparisons of a sum of weights, which have one degree of freedom by nature.
        members: the smallest p-value of each member of an ensemble, tested alone.
    """
    worst = smallest_p({**shapes, **yields})
    if worst is None:
        reasons = sorted({test.reason for test in (*shapes.values(), *yields.values())})
        return ClosureVerdict("nothing_to_test", None, "; ".join(reasons) or "no variable to compare")
    value = worst.corrected
    what = f"smallest p × {worst.comparisons} comparisons is {value:.2g} ({worst.subject})"
    if value < CLOSURE_LIMIT:
        return ClosureVerdict("bad", value, what)
    degrees = [test.ndf for test in shapes.values() if test.ndf]
    weak = [ndf for ndf in degrees if ndf < FEW_DEGREES]
    corrected = [member.corrected for member in members if member is not None]
    reasons = []
    if value < MARGINAL_LIMIT:
        reasons.append(f"near the limit: below {MARGINAL_LIMIT:g}")
    if weak and 2 * len(weak) >= len(degrees):
        reasons.append(f"{len(weak)} of {len(degrees)} shapes have fewer than {FEW_DEGREES} degrees of freedom")
    if corrected and min(corrected) < CLOSURE_LIMIT:
        reasons.append(
            f"a matter of chance: single networks of the ensemble give {min(corrected):.2g} to {max(corrected):.2g}"
        )
    return ClosureVerdict("marginal" if reasons else "good", value, ", ".join([what, *reasons]))


@dataclass(frozen=True)
class EnsembleClosure:
    """The closure of each network of an ensemble, as if it alone had made the weights."""

    smallest: tuple[SmallestP | None, ...]
    """Of each member, over all comparisons."""
    tests: Mapping[str, tuple[ChiSquare, ...]]
    """Each member's test in each variable, all events together."""

    def as_json(self) -> dict[str, Any]:
        """Give `members`, `smallest_p_times_comparisons` and `variables` with the χ² and p-value of each member."""
        corrected = [None if smallest is None else smallest.corrected for smallest in self.smallest]
        return {
            "members": len(self.smallest),
            "smallest_p_times_comparisons": {"values": corrected} | _middle_and_range(corrected),
            "variables": {
                variable: {
                    "chi2": [test.as_json()["chi2"] for test in tests],
                    "ndf": [test.ndf for test in tests],
                    "p_value": [test.as_json()["p_value"] for test in tests],
                    "p_value_range": _middle_and_range([test.p_value if test.ndf else None for test in tests]),
                }
                for variable, tests in self.tests.items()
            },
        }


def _middle_and_range(values: Sequence[float | None]) -> dict[str, float | None]:
    known = [value for value in values if value is not None]
    if not known:
        return {"median": None, "lowest": None, "highest": None}
    return {"median": float(np.median(known)), "lowest": min(known), "highest": max(known)}
