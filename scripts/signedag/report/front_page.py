"""The first page of the report: every headline number in tables, in the order of the physics."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from signedag.config.plotting import WriteReportSettings
from signedag.report.diagnostics_section import diagnostics_section
from signedag.report.fit_section import fit_section, in_one_line
from signedag.report.markup import bullets, escape, heading, paragraph, table
from signedag.report.numbers import p_value, signed, significant, with_error, with_interval
from signedag.report.results import Results
from signedag.report.weights_section import failed_closures, weights_section

Json = Mapping[str, Any]

DISCRIMINATION = ("auc", "binned_significance", "significance_ratio")
SIDEBANDS_FIT = 0.01
"""An excess is worth reading if the smooth background fits beside it with at least this p-value."""
MOST_SEEDS = 6
"""With more seeds the table gives their mean and spread."""

# Snakemake sets the first page in a narrow column and centres it, which puts the top of a long page out of reach.
WIDER = """.. raw:: html

   <style>
   .h-screen.overflow-auto { align-items: flex-start !important; }
   .prose.max-w-lg { max-width: 64rem !important; }
   .prose h1 { font-size: 1.3rem !important; margin: 1.6rem 0 0.6rem 0 !important; }
   .prose h1.title { font-size: 1.9rem !important; }
   .prose h2 { font-size: 1.05rem !important; margin: 1rem 0 0.4rem 0 !important; }
   .prose dt { font-weight: 600; margin-top: 0.5rem; }
   .prose dd { margin-left: 1.2rem; }
   .prose table { font-size: 0.8rem; line-height: 1.2rem; width: auto; }
   .prose td p, .prose th p { margin: 0; }
   .prose td, .prose th { padding: 0.25rem 0.6rem !important; }
   </style>
"""


def front_page(summary: Json, results: Results, settings: WriteReportSettings) -> str:
    """Write the page as reStructuredText.

    Args:
        summary: the content of `summary.json`.
        results: what the stages wrote.
        settings: title, luminosity, names.
    """
    parts = [
        WIDER,
        heading(settings.title, "="),
        _analysed(summary, settings),
        bullets(_brief(summary, results)),
        weights_section(summary["weights"]),
        diagnostics_section(summary["diagnostics"]),
        _classifiers(summary["classifiers"]),
        _sculpting(summary["sculpting"], results),
        _scale_factors(summary["scale_factors"], results),
        fit_section(results.fits),
    ]
    return "\n".join(parts)


def _analysed(summary: Json, settings: WriteReportSettings) -> str:
    samples = ", ".join(f"{escape(sample)}" for sample in settings.samples)
    return paragraph(
        f"{settings.luminosity_fb:g} fb⁻¹, samples {samples}; classifiers {escape(', '.join(settings.variants))}; "
        f"analysis seed {settings.seed}; configuration {settings.config_hash}, code {summary['code_version']}. "
        "Figures are in the menu on the left, numbers in ``summary.json``."
    )


def _brief(summary: Json, results: Results) -> list[str]:
    """Give the results in a few lines."""
    failed = failed_closures(summary["weights"])
    closed = len(summary["weights"]) - len(failed)
    lines = [f"**Negative weights**: closure after calibration holds in {closed} of {len(summary['weights'])} samples."]
    for variant, found in summary["classifiers"].items():
        lines.append(f"**{escape(variant)}**: AUC {_number(found['auc'])}, binned significance "
                     f"{_number(found['binned_significance'])} (signed weights).")  # fmt: skip
    for process, factor in summary["scale_factors"].items():
        truth = "" if factor["truth"] is None else f", truth {factor['truth']:g}"
        interval = with_interval(factor["value"], factor["down"], factor["up"])
        lines.append(f"**Scale factor {escape(process)}**: {interval}{truth}.")
    return lines + in_one_line(results.fits)


def _number(found: Json) -> str:
    if found["value"] is None:
        return f"undefined ({escape(found['reason'])})"
    return with_error(found["value"], found["error"])


def _classifiers(classifiers: Mapping[str, Json]) -> str:
    rows = []
    for variant, found in classifiers.items():
        seeds = found["per_seed"]
        entries = {"combined": found} | {f"seed {seed}": one for seed, one in seeds.items()}
        if len(seeds) > MOST_SEEDS:
            entries = {"combined": found, f"{len(seeds)} seeds, mean and spread": _over_seeds(list(seeds.values()))}
        rows += [[variant, name, *(_number(one[key]) for key in DISCRIMINATION)] for name, one in entries.items()]
    return "\n".join(
        [
            heading("2 Classifiers"),
            table(("classifier", "score", "AUC", "binned significance", "best s/√(s+b), share of the possible"), rows),
            paragraph(
                "All with signed weights; every event is judged by the network that did not see its fold. The AUC's "
                "error is a bootstrap over events, the significances' errors are √Σw² of the simulation."
            ),
        ]
    )


def _over_seeds(seeds: Sequence[Json]) -> Json:
    """Give mean and standard deviation over seeds of each number; undefined if it is for any seed."""
    found: dict[str, Any] = {}
    for key in DISCRIMINATION:
        values = [seed[key]["value"] for seed in seeds]
        if None in values:
            found[key] = {"value": None, "error": None, "reason": "undefined for a seed"}
        else:
            found[key] = {"value": statistics.fmean(values), "error": statistics.stdev(values)}
    return found


def _sculpting(sculpting: Mapping[str, Json], results: Results) -> str:
    title = heading("3 Sculpting of the mass")
    if not sculpting:
        return "\n".join([title, paragraph("This analysis has no sculpting check.")])
    count = max(len(found["chi2_per_quantile"]) for found in sculpting.values())
    rows = []
    for variant, found in sculpting.items():
        quantiles = ["undefined" if value is None else f"{value:.2f}" for value in found["chi2_per_quantile"]]
        mean = "undefined" if found["chi2_mean"] is None else f"{found['chi2_mean']:.2f}"
        test = "undefined"
        if found["ks_distance"] is not None:
            test = f"{significant(found['ks_distance'], 2)} ({p_value(found['ks_probability'])})"
        rows.append([variant, *quantiles, *[""] * (count - len(quantiles)), mean, test])
    header = ("classifier", *(f"quantile {index + 1}" for index in range(count)), "mean", "worst KS distance")
    parts = [title, table(header, rows)]
    parts.append(
        paragraph(
            "χ²/ndf of the background's mass in quantiles of its score against the inclusive background; the lowest "
            "score comes first. The averaged χ²/ndf is above 5 where a classifier clearly sculpts. KS compares a "
            "quantile with the rest."
        )
    )
    for variant, found in results.sculpting.items():
        parts.append(paragraph(_resonance(variant, found)))
    reasons = {found[key] for found in sculpting.values() for key in ("chi2_reason", "ks_reason") if key in found}
    parts += [paragraph(f"Undefined: {escape(reason)}.") for reason in sorted(reasons)]
    return "\n".join(parts)


def _resonance(variant: str, found: Json) -> str:
    """Say whether a resonant background survives a cut that keeps the top of the signal."""
    if found["resonance"] is None:
        return f"{escape(variant)}: no resonant background to check ({escape(found['resonance_reason'])})."
    peaks = [found["resonance"][key] for key in ("peak", "peak_without_resonant")]
    with_it, without = (
        "undefined" if peak["excess"]["value"] is None else _number(peak["excess"]) + " events" for peak in peaks
    )
    names = escape(", ".join(found["resonance"]["samples"]))
    return (
        f"{escape(variant)}: in the top quantile of the signal score {names} shows as an excess of {with_it} over the "
        f"smooth background; without {names} it is {without}."
        + _sideband_warning(found["resonance"]["peak"]["sidebands"])
    )


def _sideband_warning(sidebands: Json) -> str:
    """Say that an excess over a background that does not fit beside it means nothing."""
    if sidebands["p_value"] is None or sidebands["p_value"] >= SIDEBANDS_FIT:
        return ""
    return (
        f" The smooth background does not fit the sidebands ({p_value(sidebands['p_value'])}): the score sculpts the "
        "mass, and the excess says nothing until it no longer does."
    )


def _scale_factors(factors: Mapping[str, Json], results: Results) -> str:
    title = heading("4 Scale factors")
    if results.scale_factors is None:
        return "\n".join([title, paragraph("This analysis has no control regions and no scale factors.")])
    fitted = results.scale_factors["scale_factors"]
    rows = []
    for process, factor in factors.items():
        pull = fitted[factor["scale_factor"]].get("pull_of_truth")
        rows.append(
            [
                process,
                with_interval(factor["value"], factor["down"], factor["up"]),
                "unknown" if factor["truth"] is None else f"{factor['truth']:g}",
                "−" if pull is None else signed(pull, 2),
            ]
        )
    goodness = results.scale_factors["goodness_of_fit"]
    text = goodness.get("reason") or p_value(goodness["p_value"])
    return "\n".join(
        [
            title,
            table(("process", "scale factor", "truth", "(fitted − truth) / σ"), rows),
            paragraph(
                "Fitted together in all control regions; uncertainties from ΔNLL = 0.5. Goodness of fit: χ²/ndf = "
                f"{goodness['chi2']:.1f}/{goodness['ndf']}, {escape(text)}."
            ),
        ]
    )
