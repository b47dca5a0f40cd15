"""The report's sections on the fits: scale factors, and the signal strength in all treatments side by side."""

from __future__ import annotations

from collections.abc import Sequence

from signedag.report.contours_section import contours_part
from signedag.report.fit_results import ScaleFactors, StrengthFit
from signedag.report.grading_fit import refusal
from signedag.report.limit_results import SIGMAS
from signedag.report.markup import definitions, escape, heading, paragraph, table
from signedag.report.numbers import p_value, signed, significant, with_interval
from signedag.report.observed_section import observed_part
from signedag.report.results import Fits, Results
from signedag.report.treated_section import TreatedTemplates, treated_part
from signedag.report.values import Interval

REFERENCE = "simultaneous"
"""The treatment that leaves nothing out; the others are compared with it."""


def scale_factors_section(fitted: ScaleFactors | None) -> str:
    """Write the section on scale factors."""
    title = heading("4 Scale factors")
    if fitted is None:
        return "\n".join([title, paragraph("This analysis has no control regions and no scale factors.")])
    rows = [
        [
            process,
            interval_text(factor.interval),
            "unknown" if factor.template_statistical is None else significant(factor.template_statistical, 2),
            "unknown" if factor.truth is None else f"{factor.truth:g}",
            "−" if factor.pull is None else signed(factor.pull, 2),
        ]
        for factor in fitted.factors
        for process in factor.processes
    ]
    goodness = fitted.goodness
    chi2 = "undefined" if goodness.chi2 is None else f"{goodness.chi2:.1f}"
    return "\n".join(
        [
            title,
            table(("process", "scale factor", "error of the simulation", "truth", "(fitted − truth) / σ"), rows),
            paragraph(
                "Fitted together in all control regions; uncertainties from ΔNLL = 0.5. The error of the simulation is "
                "what another simulation of the same size would scatter by; the distance from the truth is in units of "
                f"both errors in quadrature. Goodness of fit: χ²/ndf = {chi2}/{goodness.ndf}, "
                f"{escape(goodness.reason or p_value(goodness.p_value))}."
            ),
        ]
    )


def interval_text(interval: Interval, more: int = 0) -> str:
    """Write an interval, or why it is undefined."""
    if interval.value is None:
        return f"undefined ({interval.reason})" if interval.reason else "undefined"
    return with_interval(interval.value, interval.down, interval.up, more=more)


def fit_section(results: Results) -> str:
    """Write the section on the signal strength."""
    title = heading("5 Signal strength")
    fits = list(results.each_fit())
    if not fits:
        return "\n".join([title, paragraph("This analysis has no signal-strength fit.")])
    references = {(fit.variant, fit.binning): fit for fit in fits if fit.treatment == REFERENCE}
    rows = [_row(fit, references.get((fit.variant, fit.binning))) for fit in fits]
    refused = dict.fromkeys(filter(None, (refusal(fit) for fit in fits)))
    parts = [
        title,
        table(
            ("classifier", "bins", "scale factors", "μ", "significance", "fit alone", "error of the simulation",
             "statistical", "fit alone, width / simultaneous"),
            rows,
        ),
        paragraph(
            "Fits to Asimov data in mass × score, at μ = 1 unless `fit.asimov` says otherwise. The fit alone: ΔNLL = "
            "0.5, all nuisances profiled. Error of the simulation: what μ would scatter by if the simulation were made "
            "anew. The fit has no terms for it, so μ and the significance hold it in quadrature. Statistical keeps "
            "everything but μ fixed."
        ),
        *(paragraph(f"**Refused**: {escape(reason)}.") for reason in refused),
        *observed_part(fits),
        *_treatments(results.fits, fits),
        *_limits(results),
        *contours_part(results.contours),
        *treated_part(_treated(results.fits)),
        heading("Bins without a positive prediction", "~"),
        paragraph(
            "With negative weights and fine bins a prediction can be zero or negative, and has no Poisson probability. "
            "Such bins are merged with neighbours or raised as the configuration says; each is listed in "
            "``result.json`` under ``nonpositive_bins``."
        ),
        table(
            ("classifier", "binning", "scale factors", "region", "bins before", "after", "not positive", "rule"),
            [row for fit in fits for row in _bin_rows(fit)],
        ),
    ]  # fmt: skip
    return "\n".join(parts)


def _treated(fits: Fits) -> list[tuple[str, str, Sequence[TreatedTemplates]]]:
    """Give the variations that were treated, of the fit with most of them: control regions take part in some fits."""
    largest = [
        max(treatments.values(), key=lambda fit: len(fit.treated))
        for binnings in fits.values()
        for treatments in binnings.values()
    ]
    return [(fit.variant, fit.binning, fit.treated) for fit in largest]


def _row(fit: StrengthFit, reference: StrengthFit | None) -> list[str]:
    parts = ["?" if side is None else f"{side:.3f}" for side in (fit.statistical.down, fit.statistical.up)]
    width, full = fit.interval.width, None if reference is None else reference.interval.width
    return [
        fit.variant,
        fit.binning,
        fit.treatment,
        "refused" if refusal(fit) else interval_text(fit.combined, more=1),
        _significance(fit),
        interval_text(fit.interval, more=1) + ("" if fit.significance is None else f", {fit.significance:.2f} σ"),
        "unknown" if fit.template_statistical is None else significant(fit.template_statistical),
        f"−{parts[0]} +{parts[1]}",
        "−" if width is None or full is None else f"{width / full:.3f}",
    ]


def _significance(fit: StrengthFit) -> str:
    if refusal(fit):
        return "refused"
    z = fit.combined_significance
    return f"undefined: {fit.significance_reason}" if z is None else f"{z:.2f} σ"


def _treatments(fits: Fits, each: list[StrengthFit]) -> list[str]:
    """Say what each treatment does, in the words of its fit, and in numbers how they differ."""
    explanations: dict[str, str] = {}
    for fit in each:
        explanations.setdefault(fit.treatment, fit.explanation)
    if len(explanations) == 1:
        return [paragraph(escape(explanation)) for explanation in explanations.values()]
    return [
        heading("Why the treatments of the scale factors differ", "~"),
        definitions(list(explanations.items())),
        paragraph(_comparison(fits)),
    ]


def _limits(results: Results) -> list[str]:
    """Give the expected upper limits with their bands."""
    if not results.limits:
        return []
    rows = []
    for (variant, binning, treatment), limit in results.limits.items():
        bands = [_number(limit.expected[sigmas]) for sigmas in SIGMAS]
        ranges = f"{bands[1]} to {bands[3]}", f"{bands[0]} to {bands[4]}"
        rows.append([variant, binning, treatment, bands[2], *ranges, _number(limit.with_signal)])
    reasons = dict.fromkeys(limit.reason for limit in results.limits.values() if limit.reason)
    level = 100 * next(iter(results.limits.values())).confidence
    header = ("classifier", "bins", "scale factors", "expected", "68 %", "95 %", "with signal")
    return [
        heading("Upper limits", "~"),
        table(header, rows),
        paragraph(
            f"Upper limits on μ at {level:g} % confidence level by CLs, asymptotic, expected for data without signal "
            "with the ranges in which 68 and 95 % of experiments would find theirs. They do not hold the error of the "
            "simulation."
        ),
        *(paragraph(f"**Undefined**: {escape(reason)}.") for reason in reasons),
    ]


def _number(value: float | None) -> str:
    return "undefined" if value is None else significant(value)


def _comparison(fits: Fits) -> str:
    """Say in numbers what the treatments do to the width of the interval."""
    sentences = []
    for variant, binnings in fits.items():
        for binning, treatments in binnings.items():
            widths = {treatment: fit.interval.width for treatment, fit in treatments.items()}
            reference = widths.get(REFERENCE)
            if reference is None:
                continue
            changes = [
                f"{treatment} {100 * abs(width / reference - 1):.1f} % {'narrower' if width < reference else 'wider'}"
                for treatment, width in widths.items()
                if width is not None and treatment != REFERENCE
            ]
            if changes:
                sentences.append(f"{escape(variant)}, {escape(binning)}: {', '.join(changes)}.")
    if not sentences:
        return "There is no simultaneous fit to compare the width of the interval with."
    return "Width of the fit's own interval against the simultaneous fit: " + " ".join(sentences)


def _bin_rows(fit: StrengthFit) -> list[list[str]]:
    return [
        [fit.variant, fit.binning, fit.treatment, region, *map(str, numbers), fit.nonpositive_rule]
        for region, bins in fit.bins.items()
        for numbers in [(bins.before, bins.after, bins.not_positive)]
    ]


def in_one_line(fits: Fits) -> list[str]:
    """Give one line with the signal strength of each variant and binning, the simulation's error included."""
    lines = []
    for variant, binnings in fits.items():
        for binning, treatments in binnings.items():
            numbers: dict[str, list[str]] = {}
            for treatment, fit in treatments.items():
                numbers.setdefault(brief_strength(fit), []).append(treatment)
            text = "; ".join(f"{number}, {' and '.join(names)}" for number, names in numbers.items())
            lines.append(f"**Signal strength**, {escape(variant)}, {escape(binning)}: {text}.")
    return lines


def brief_strength(fit: StrengthFit) -> str:
    """Write a signal strength with its error, the simulation's included, and its significance; or why it is refused."""
    refused = refusal(fit)
    if refused is not None:
        return f"refused ({escape(refused)})"
    z = fit.combined_significance
    error = (
        "" if fit.template_statistical is None else f", of which ±{significant(fit.template_statistical)} simulation"
    )
    return escape(interval_text(fit.combined, more=1)) + error + ("" if z is None else f" ({z:.2f} σ)")
