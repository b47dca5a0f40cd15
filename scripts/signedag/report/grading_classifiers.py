"""The verdict on classifiers: separation, sculpting of the mass and the resonant background."""

from __future__ import annotations

from collections.abc import Iterator

from signedag.report.classifier_results import Performance, Resonance, Sculpting
from signedag.report.limits import (
    AUC,
    GRADES,
    GUESSING,
    LEFT_OVER,
    RESONANCE,
    SCULPTING,
    SCULPTING_KS,
    SIDEBANDS,
    Grade,
)
from signedag.report.numbers import p_value, significant, with_error
from signedag.report.results import Results
from signedag.report.values import Estimate
from signedag.report.verdict import Line, held_against, undefined

RESONANT = "resonant background"


def classifier_lines(results: Results) -> Iterator[Line]:
    """Judge every variant."""
    for variant, performance in results.performances.items():
        yield _separation(variant, performance)
        if variant in results.sculpting:
            sculpting = results.sculpting[variant]
            yield _sculpting(variant, sculpting)
            if sculpting.resonance is not None:
                yield _resonance(variant, sculpting.resonance)


def _separation(variant: str, performance: Performance) -> Line:
    """Judge the AUC; a seed that does not separate spoils the average that hides it."""
    scores = {"": performance.combined} | {f", seed {seed}": score for seed, score in performance.seeds.items()}
    lines = [_area(f"{variant}{name}", score.auc) for name, score in scores.items()]
    return min(lines, key=lambda line: line.rank)


def _area(name: str, area: Estimate) -> Line:
    if area.value is None:
        return undefined("AUC", name, area.reason)
    if not area.error:
        grade: Grade = "good" if area.value > GUESSING else "bad"
        return Line(
            "AUC", name, grade, area.value, GUESSING, significant(area.value), "held against guessing, no error"
        )
    grade = AUC.grade((area.value - GUESSING) / area.error)
    reasons: dict[Grade, str] = {
        "good": "signal and background are told apart, judged with signed weights",
        "marginal": "hardly better than guessing, within three errors",
        "bad": "not better than guessing within its error: the classifier learned nothing, or the wrong thing",
    }
    result, near = with_error(area.value, area.error), AUC.closeness((area.value - GUESSING) / area.error)
    return Line("AUC", name, grade, area.value, GUESSING, result, reasons[grade], f"{GUESSING:g}", near)


def _sculpting(variant: str, sculpting: Sculpting) -> Line:
    mean = sculpting.chi2_mean
    if mean is None:
        return undefined("sculpting", variant, sculpting.chi2_reason)
    if mean == 0:
        return undefined("sculpting", variant, "χ² is exactly zero: the selection is empty")
    line = held_against(
        SCULPTING, mean, "sculpting", variant, f"mean χ²/ndf = {mean:.{0 if mean >= 100 else 2}f}",
        {
            "good": "the background's mass does not depend on the score",
            "marginal": "the background's mass depends on the score, if not visibly",
            "bad": "the background's mass depends on the score: a cut on the score makes a peak or takes one away",
        },
    )  # fmt: skip
    ks = sculpting.ks_probability
    if line.grade == "good" and ks is not None and SCULPTING_KS.grade(ks) != "good":
        reason = f"χ² sees nothing, but the KS test of the worst quantile does ({p_value(ks)})"
        return Line(
            "sculpting", variant, "marginal", ks, SCULPTING_KS.marginal, f"{line.result}, KS {p_value(ks)}", reason
        )
    return line


def _resonance(variant: str, resonance: Resonance) -> Line:
    """Judge whether the peak of a resonant background survives a cut, by the worst of three tests."""
    excess, names = resonance.excess, ", ".join(resonance.samples)
    if excess.value is None or not excess.error:
        return undefined(RESONANT, variant, excess.reason)
    result = f"{with_error(excess.value, excess.error)} events of {names} over the smooth background"
    peak = held_against(
        RESONANCE, excess.value / excess.error, RESONANT, variant, result,
        {
            "good": "a cut on the score keeps the peak, as a score that is independent of the mass does",
            "marginal": "the peak can hardly be seen after a cut on the score",
            "bad": "a cut on the score takes the peak away, though it differs from the signal in its mass alone",
        },
    )  # fmt: skip
    worst = min([*_method(variant, resonance, result, names), peak], key=lambda line: line.rank)
    return peak if worst.grade == "good" else worst


def _method(variant: str, resonance: Resonance, result: str, names: str) -> Iterator[Line]:
    """Judge what must hold before an excess means anything: the background beside it, and nothing left without it."""
    fit, left = resonance.sidebands.p_value, resonance.excess_without
    if fit is not None:
        reason = "the smooth background does not fit beside the peak: the score sculpts, and the excess says nothing"
        name = f"{result}, sidebands {p_value(fit)}"
        yield held_against(SIDEBANDS, fit, RESONANT, variant, name, dict.fromkeys(GRADES, reason))
    if left.value is not None and left.error:
        reason = f"an excess remains where there is no {names}: the score makes it"
        name = f"{with_error(left.value, left.error)} events without {names}"
        yield held_against(
            LEFT_OVER, abs(left.value) / left.error, RESONANT, variant, name, dict.fromkeys(GRADES, reason)
        )
