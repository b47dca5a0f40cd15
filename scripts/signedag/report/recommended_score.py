"""Which score the result uses, why, and what the others would have done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from signedag.report.fit_results import StrengthFit
from signedag.report.fit_section import REFERENCE, brief_strength
from signedag.report.grading_classifiers import sculpting_line
from signedag.report.limits import RECOMMENDED
from signedag.report.markup import bullets, escape, heading, paragraph
from signedag.report.results import Results
from signedag.report.verdict import Line, held_against

SUBJECT = "recommended score"


@dataclass(frozen=True)
class Candidate:
    """A judged variant as the choice sees it."""

    variant: str
    fit: StrengthFit
    """In the first binning, with the scale factors treated so that nothing is left out where there is such a fit."""
    error: float
    """Mean error of the signal strength, the simulation's included."""
    sculpting: Line | None
    """How its sculpting is graded; None if the analysis has no such check."""

    @property
    def independent(self) -> bool:
        """Whether nothing says that its score depends on the mass."""
        return self.sculpting is None or self.sculpting.grade == "good"


def candidates(results: Results) -> dict[str, Candidate]:
    """Give the judged variants whose fit has an error, by name."""
    found = {}
    for variant, binnings in results.fits.items():
        treatments = next(iter(binnings.values()))
        fit = treatments.get(REFERENCE) or next(iter(treatments.values()))
        if fit.combined.error is not None:
            sculpting = results.sculpting.get(variant)
            line = None if sculpting is None else sculpting_line(variant, sculpting)
            found[variant] = Candidate(variant, fit, fit.combined.error, line)
    return found


def recommendation_lines(results: Results) -> Iterator[Line]:
    """Hold the recommended score against the others of this run that are independent of the mass, too."""
    known = candidates(results)
    own = known.pop(results.recommended or "", None)
    others = [candidate for candidate in known.values() if candidate.independent]
    if own is None or not known:
        return
    best = min([own, *others], key=lambda candidate: candidate.error)
    larger = own.error / best.error - 1
    result = f"error of μ {own.error:.3f}"
    if best is not own:
        result += f", {best.error:.3f} with {best.variant}"
    yield held_against(
        RECOMMENDED, larger, SUBJECT, own.variant, result,
        {
            "good": "no other judged score that is independent of the mass gives a clearly smaller error",
            "marginal": f"{best.variant} is independent of the mass, too, and gives a smaller error on these events",
            "bad": f"{best.variant} is independent of the mass, too, and gives a much smaller error on these events",
        },
    )  # fmt: skip


def result_section(results: Results) -> str:
    """Write which score the result uses and why, and what each other judged one would have done."""
    known = candidates(results)
    own = known.pop(results.recommended or "", None)
    if own is None or not known:
        return ""
    chosen = (
        f"**The result uses the score of {escape(own.variant)}**, as the configuration says (``report.recommended``): "
        f"μ = {brief_strength(own.fit)}, scale factors {own.fit.treatment}. {_sculpting(own)} The choice is worth "
        "something only if it was made on other events than these, such as other seeds of the simulation."
    )
    return "\n".join(
        [
            heading("Which score", "~"),
            paragraph(chosen),
            paragraph("In its place would have given:"),
            bullets([_other(own, candidate) for candidate in known.values()]),
        ]
    )


def _other(own: Candidate, other: Candidate) -> str:
    change = 100 * (other.error / own.error - 1)
    size = (
        "the same error"
        if abs(change) < 0.5
        else f"an error {abs(change):.0f} % {'larger' if change > 0 else 'smaller'}"
    )
    return f"**{escape(other.variant)}**: μ = {brief_strength(other.fit)}, {size}. {_sculpting(other)}"


def _sculpting(candidate: Candidate) -> str:
    line = candidate.sculpting
    return "" if line is None else f"{escape(line.result)}: {escape(line.reason)}."
