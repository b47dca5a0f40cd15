"""The report's sections on classifiers: how well they separate, and whether their score depends on the mass."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from signedag.report.classifier_results import (
    DISCRIMINATION,
    DibosonPeak,
    Difference,
    Discrimination,
    Performance,
    Sculpting,
)
from signedag.report.diagnostics_section import estimate
from signedag.report.limits import SCULPTING
from signedag.report.markup import escape, heading, paragraph, table
from signedag.report.mass_results import ByMass
from signedag.report.numbers import p_value, probability, significant
from signedag.report.results import Results
from signedag.report.values import Estimate

MOST_SEEDS = 6
"""With more seeds the table gives their mean and spread."""


def classifiers_section(results: Results) -> str:
    """Write the section on separation and trainings."""
    rows = [row for variant, performance in results.performances.items() for row in _rows(variant, performance)]
    parts = [
        heading("2 Classifiers"),
        table(("classifier", "score", "AUC", "binned significance", "best s/√(s+b), share of the possible"), rows),
        paragraph(
            "All with signed weights; every event is judged by the network that did not see its fold. The AUC's error "
            "is a bootstrap over events, the significances' errors are √Σw² of the simulation."
        ),
    ]
    parts += _differences(results.differences)
    parts += _by_mass(results.by_mass)
    for variant, trainings in results.trainings.items():
        for training in trainings:
            said = [text for text in (training.problem, *training.warnings) if text]
            if said:
                parts.append(paragraph(f"**{escape(variant)}, {escape(training.name)}**: {escape('; '.join(said))}."))
    return "\n".join(parts)


def _differences(differences: Sequence[Difference]) -> list[str]:
    """Compare the variants pair by pair."""
    rows = [
        [
            f"{pair.first} − {pair.second}",
            estimate(pair.value),
            "unknown" if pair.training_error is None else significant(pair.training_error, 2),
        ]
        for pair in differences
    ]
    what = (
        "Differences of the AUC: both classifiers judge the same events, and replicas of the bootstrap are shared. "
        "Another initialisation would add the error of the trainings, known from two seeds on."
    )
    header = ("classifiers", "difference of the AUC", "error of the trainings")
    return [paragraph(what), table(header, rows)] if rows else []


def _by_mass(judged: Mapping[str, ByMass]) -> list[str]:
    """Give each classifier at each point of the signal."""
    rows = [
        [variant, mass, "yes" if at.trained else "held out", estimate(at.auc), estimate(at.significance_ratio)]
        for variant, by_mass in judged.items()
        for mass, at in by_mass.items()
    ]
    what = (
        "The same at each point of the signal, against all background; a classifier with parameters is asked at those "
        "of the point. The error is a bootstrap over events."
    )
    header = ("classifier", "parameters", "trained", "AUC", "best s/√(s+b), share of the possible")
    return [paragraph(what), table(header, rows)] if rows else []


def _rows(variant: str, performance: Performance) -> list[list[str]]:
    seeds = performance.seeds
    scores = {"combined": performance.combined} | {f"seed {seed}": score for seed, score in seeds.items()}
    if len(seeds) > MOST_SEEDS:
        scores = {
            "combined": performance.combined,
            f"{len(seeds)} seeds, mean and spread": _over_seeds(list(seeds.values())),
        }
    return [
        [variant, name, *(estimate(getattr(score, number)) for number in DISCRIMINATION)]
        for name, score in scores.items()
    ]


def _over_seeds(seeds: Sequence[Discrimination]) -> Discrimination:
    """Give mean and standard deviation over seeds of each number; undefined if it is for any seed."""
    numbers = []
    for name in DISCRIMINATION:
        values = [getattr(seed, name).value for seed in seeds]
        if None in values:
            numbers.append(Estimate(None, None, "undefined for a seed"))
        else:
            numbers.append(Estimate(statistics.fmean(values), statistics.stdev(values)))
    return Discrimination(*numbers)


def sculpting_section(sculpting: Mapping[str, Sculpting]) -> str:
    """Write the section on the mass in quantiles of the score."""
    title = heading("3 Sculpting of the mass")
    if not sculpting:
        return "\n".join([title, paragraph("This analysis has no sculpting check.")])
    count = max(len(checked.chi2_per_quantile) for checked in sculpting.values())
    rows = []
    for variant, checked in sculpting.items():
        rows.append(_sculpting_row(variant, checked, count, _divergence(checked)))
        if checked.without_resonant is not None:
            rows.append(_sculpting_row(f"{variant}, no resonance", checked.without_resonant, count, ""))
    quantiles = (f"quantile {index + 1}" for index in range(count))
    header = ("classifier", *quantiles, "mean", "worst KS distance", "dCorr", "1/JSD (floor)")
    parts = [
        title,
        table(header, rows),
        paragraph(
            "χ²/ndf and p-value of the background's mass in quantiles of its score against the inclusive background; "
            f"the lowest score comes first. The averaged χ²/ndf is above {SCULPTING.bad:g} where a classifier clearly "
            "sculpts. KS compares a quantile with the rest; dCorr is the distance correlation of score and mass; 1/JSD "
            "is of the background that passes and fails a cut which keeps half of the signal, beside what statistics "
            f"alone give. Of {count} quantiles of an independent score one has p < 0.01 in up to {count} % of cases. "
            "Where there is a resonant background the verdict is on the rest: a resonance that is kept changes the "
            "sum without any sculpting."
        ),
    ]
    reasons = {
        reason
        for checked in sculpting.values()
        for part in (checked, checked.judged)
        for reason in (part.chi2_reason, part.ks_reason, part.distance_correlation_reason)
        if reason
    }
    parts += [paragraph(f"Undefined: {escape(reason)}.") for reason in sorted(reasons)]
    return "\n".join(parts)


def _sculpting_row(name: str, checked: Sculpting, count: int, divergence: str) -> list[str]:
    quantiles = [
        "undefined" if value is None else f"{_ratio(value)} ({probability(p)})"
        for value, p in zip(checked.chi2_per_quantile, checked.chi2_p_per_quantile, strict=True)
    ]
    test = "undefined"
    if checked.ks_distance is not None:
        test = f"{significant(checked.ks_distance, 2)} ({p_value(checked.ks_probability)})"
    filled = [*quantiles, *[""] * (count - len(quantiles))]
    return [name, *filled, _ratio(checked.chi2_mean), test, _dependence(checked), divergence]


def _divergence(checked: Sculpting) -> str:
    inverse, floor = checked.inverse_divergence, checked.inverse_divergence_floor
    if inverse is None or floor is None:
        return "undefined"
    return f"{significant(inverse)} ({significant(floor)})"


def _ratio(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"


def _dependence(checked: Sculpting) -> str:
    value = checked.distance_correlation
    return "undefined" if value is None else significant(value, 2)


def diboson_section(peaks: Mapping[str, DibosonPeak]) -> str:
    """Write the section on the resonant background in the top quantile of the signal's score."""
    if not peaks:
        return ""
    rows = [
        [
            variant,
            estimate(peak.excess),
            estimate(peak.significance),
            estimate(peak.significance_scaled),
            p_value(peak.sidebands.p_value),
            estimate(peak.excess_without),
            "undefined" if peak.ks_distance is None else significant(peak.ks_distance, 2),
        ]
        for variant, peak in peaks.items()
    ]
    first = next(iter(peaks.values()))
    names, factor = escape(", ".join(first.samples)), f"{first.luminosity_factor:g}"
    header = (
        "classifier", "excess [events]", "σ", f"σ at {factor} × luminosity", "sidebands", "excess without it",
        "KS distance of scores",
    )  # fmt: skip
    text = (
        f"{names} in the top quantile of the signal's score, over a smooth background that is fitted beside the peak. "
        "Errors are the simulation's; σ is what data would show, with the fit beside the peak. Where the smooth "
        "background does not fit the sidebands the score sculpts the mass, and the excess says nothing. Without "
        f"{names} nothing may be left. The last column compares the scores of {names} and of the signal."
    )
    return "\n".join([heading("Diboson peak", "~"), table(header, rows), paragraph(text)])
