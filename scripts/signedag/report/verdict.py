"""The verdict: every headline as a graded line, the worst first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from signedag.report.limits import GRADES, Grade, Limit

SUBJECTS = (
    "events", "regions", "training", "AUC", "recommended score", "signal strength", "closure", "true probability",
    "sculpting", "diboson peak", "control regions", "scale factor", "yield bias", "clipping",
)  # fmt: skip
"""What is graded, in the order in which lines of one grade stand: what spoils most of what follows comes first."""
MARKS: dict[Grade, str] = {"bad": "✘", "marginal": "~", "good": "✔"}
COMPARISON = "For comparison, the result does not use these:"
WIDTH = 112
"""Letters in a line of the text for the terminal."""


@dataclass(frozen=True)
class Line:
    """One headline with its grade."""

    subject: str
    """What was judged; one of SUBJECTS."""
    of: str
    """The sample, variant or process that it is about."""
    grade: Grade
    value: float | None
    """The number that was held against the limit."""
    limit: float | None
    result: str
    """The number as people read it, with its name."""
    reason: str
    """What the grade follows from."""
    limit_text: str = ""
    """The limit as people read it, with its unit."""
    closeness: float = 0.0
    """How near the number is to the limit, 1 at the limit and more beyond: which of several good ones comes first."""
    variant: str = ""
    """The classifier or score map that it is about, if it is about one."""
    beside: bool = False
    """Whether it is about a variant that the result does not use: shown for comparison, not counted."""

    @property
    def name(self) -> str:
        """Subject and what it is of."""
        return f"{self.subject} of {self.of}" if self.of else self.subject

    @property
    def rank(self) -> tuple[bool, int, int]:
        """Where the line stands: what the result rests on first, there the worst, then in the order of SUBJECTS."""
        return self.beside, GRADES.index(self.grade), SUBJECTS.index(self.subject)

    def as_json(self) -> dict[str, Any]:
        """Give `subject`, `grade`, `value`, `limit`, `reason` and whether the result does not rest on it."""
        reason = f"{self.result}: {self.reason}" if self.result else self.reason
        return {
            "subject": self.name,
            "grade": self.grade,
            "value": self.value,
            "limit": self.limit,
            "reason": reason,
            "for_comparison": self.beside,
        }


def held_against(limit: Limit, value: float, subject: str, of: str, result: str, reasons: dict[Grade, str]) -> Line:
    """Grade a value.

    Args:
        limit: the thresholds.
        value: the number.
        subject: one of SUBJECTS.
        of: what it is of.
        result: the number as people read it.
        reasons: what each grade means here.
    """
    grade = limit.grade(value)
    threshold, text, near = limit.threshold(grade), limit.text(grade), limit.closeness(value)
    return Line(subject, of, grade, value, threshold, result, reasons[grade], text, near)


def undefined(subject: str, of: str, reason: str) -> Line:
    """Give the line of a number that is undefined: bad, since nothing is known."""
    return Line(subject, of, "bad", None, None, "undefined", reason or "no reason was given")


def worst_first(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Sort lines by grade, then by subject; within a subject they keep their order."""
    return tuple(sorted(lines, key=lambda line: line.rank))


def brief(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Put good lines of the same subject into one, which shows the result that is nearest to its limit.

    Lines that are not good are put together only where they say the same.
    """
    merged: dict[object, list[Line]] = {}
    for line in lines:
        same = line.subject if line.grade == "good" else (line.subject, line.grade, line.result, line.reason)
        merged.setdefault((line.beside, same), []).append(line)
    return tuple(_together(alike) for alike in merged.values())


def _together(lines: Sequence[Line]) -> Line:
    nearest = max(lines, key=lambda line: line.closeness)
    names = ", ".join(line.of for line in lines)
    if nearest.grade == "good" and len(lines) > 1:
        return replace(nearest, of=names, result=f"at worst {nearest.result}, {nearest.of}")
    return replace(nearest, of=names)


def counted(lines: Sequence[Line]) -> str:
    """Say how many of the lines that the result rests on have which grade.

    >>> counted([])
    'nothing was judged'
    """
    numbers = {grade: sum(line.grade == grade and not line.beside for line in lines) for grade in GRADES}
    return ", ".join(f"{number} {grade}" for grade, number in numbers.items() if number) or "nothing was judged"


def as_text(lines: Sequence[Line], title: str) -> str:
    """Write the lines for a terminal, the worst first; good ones of one subject share a line.

    Of variants that the result does not use only what is not good is written, below all others.
    """
    written = [f"{title}: {counted(lines)}", ""]
    shown = [line for line in brief(lines) if not line.beside or line.grade != "good"]
    for number, line in enumerate(shown):
        if line.beside and not (number and shown[number - 1].beside):
            written += ["", COMPARISON, ""]
        start = f"{MARKS[line.grade]} {line.grade:<8}  "
        limit = f" (limit {line.limit_text})" if line.limit_text else ""
        text = f"{line.name}: {line.result}{limit}: {line.reason}"
        written += textwrap.wrap(text, WIDTH, initial_indent=start, subsequent_indent=" " * len(start))
    return "\n".join(written) + "\n"
