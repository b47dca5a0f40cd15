"""The verdict on classifiers: separation, sculpting of the mass and the resonant background."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from signedag.report.classifier_results import DibosonPeak, Performance, Sculpting
from signedag.report.limits import (
    AUC,
    DIBOSON_PEAK,
    GRADES,
    GUESSING,
    LEFT_OVER,
    RESOLVED_PEAK,
    SCULPTING,
    SCULPTING_CHI2,
    SCULPTING_KS,
    SIDEBANDS,
    Grade,
    grade_sculpting,
)
from signedag.report.numbers import p_value, significant, with_error
from signedag.report.results import Results
from signedag.report.values import Estimate
from signedag.report.verdict import Line, held_against, undefined

PEAK = "diboson peak"


def classifier_lines(results: Results) -> Iterator[Line]:
    """Judge every variant."""
    for variant, performance in results.performances.items():
        lines = [_separation(variant, performance)]
        if variant in results.sculpting:
            lines.append(sculpting_line(variant, results.sculpting[variant]))
        if variant in results.diboson_peaks:
            lines.append(_diboson_peak(variant, results.diboson_peaks[variant]))
        yield from (replace(line, variant=variant) for line in lines)


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


def sculpting_line(variant: str, sculpting: Sculpting) -> Line:
    """Judge every quantile of the background, without the resonant one where there is one, by χ² and KS."""
    judged, count = sculpting.judged, len(sculpting.judged.chi2_per_quantile)
    mean, chi2_p, ks_p = judged.chi2_mean, judged.chi2_p_smallest, judged.ks_probability
    if mean is None:
        return undefined("sculpting", variant, judged.chi2_reason)
    if mean == 0:
        return undefined("sculpting", variant, "χ² is exactly zero: the selection is empty")
    of = "" if judged is sculpting else " without the resonant background"
    result = (
        f"mean χ²/ndf = {mean:.{0 if mean >= 100 else 2}f}{of}, worst of {count} quantiles {p_value(chi2_p)}, "
        f"KS {p_value(ks_p)}"
    )
    grade = grade_sculpting(mean, chi2_p, ks_p)
    if grade == "bad" or SCULPTING.grade(mean) == grade == "marginal":
        return held_against(
            SCULPTING, mean, "sculpting", variant, result,
            {
                "good": "",
                "marginal": "the background's mass depends on the score, if not visibly",
                "bad": "the background's mass depends on the score: a cut on the score makes a peak or takes one away",
            },
        )  # fmt: skip
    chance = f"of {count} quantiles of an independent score one is below in up to {count} % of cases"
    reasons: dict[Grade, str] = {
        "good": f"the background's mass does not depend on the score; {chance}",
        "marginal": f"the background's mass depends on the score a little, or by chance: {chance}",
    }
    limit, worst = SCULPTING_CHI2, chi2_p
    if ks_p is not None and (chi2_p is None or ks_p < chi2_p):
        limit, worst = SCULPTING_KS, ks_p
    if worst is None:
        return undefined("sculpting", variant, judged.ks_reason)
    return held_against(limit, worst, "sculpting", variant, result, reasons | {"bad": reasons["marginal"]})


def _diboson_peak(variant: str, peak: DibosonPeak) -> Line:
    """Judge whether the peak of a resonant background survives a cut, by the worst of several tests."""
    scaled, names = peak.significance_scaled, ", ".join(peak.samples)
    if scaled.value is None or scaled.error is None:
        return undefined(PEAK, variant, scaled.reason)
    result = f"{with_error(scaled.value, scaled.error)} σ of {names} at {peak.luminosity_factor:g} times the luminosity"
    line = held_against(
        DIBOSON_PEAK, scaled.value, PEAK, variant, result,
        {
            "good": "a cut on the score keeps the peak, as a score that is independent of the mass does",
            "marginal": "the peak can hardly be seen after a cut on the score",
            "bad": "a cut on the score takes the peak away, though it differs from the signal in its mass alone",
        },
    )  # fmt: skip
    lines = [*_sidebands(variant, peak, result), line, *_method(variant, peak, result, names)]
    worst = min(lines, key=lambda line: line.rank)
    return line if worst.grade == "good" else worst


def _sidebands(variant: str, peak: DibosonPeak, result: str) -> Iterator[Line]:
    """Judge the background beside the peak, without which no excess means anything."""
    if peak.sidebands.p_value is not None:
        reason = "the smooth background does not fit beside the peak: the score sculpts, and the excess says nothing"
        name = f"{result}, sidebands {p_value(peak.sidebands.p_value)}"
        reasons = dict.fromkeys(GRADES, reason)
        yield held_against(SIDEBANDS, peak.sidebands.p_value, PEAK, variant, name, reasons)


def _method(variant: str, peak: DibosonPeak, result: str, names: str) -> Iterator[Line]:
    """Judge whether the simulation is large enough for a statement, and that nothing is left without the resonance."""
    excess, left = peak.excess, peak.excess_without
    if excess.value is not None and excess.error and excess.value > 0:
        reason = "the simulated sample is too small to tell the peak from none"
        name = f"{result}, {with_error(excess.value, excess.error)} events"
        yield held_against(
            RESOLVED_PEAK, excess.value / excess.error, PEAK, variant, name, dict.fromkeys(GRADES, reason)
        )
    if left.value is not None and left.error:
        what = "an excess" if left.value > 0 else "a deficit"
        reason = f"{what} remains where there is no {names}: the score makes it"
        name = f"{with_error(left.value, left.error)} events without {names}"
        yield held_against(LEFT_OVER, abs(left.value) / left.error, PEAK, variant, name, dict.fromkeys(GRADES, reason))
