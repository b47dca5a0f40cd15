"""The first page of the report: the verdict, the key figures, then every number in the order of the physics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from signedag.config.plotting import WriteReportSettings
from signedag.report.classifiers_section import classifiers_section, diboson_section, sculpting_section
from signedag.report.diagnostics_section import diagnostics_section, estimate
from signedag.report.fit_section import fit_section, in_one_line, interval_text, scale_factors_section
from signedag.report.key_figures import figures_html, key_figures
from signedag.report.markup import bullets, escape, heading, paragraph
from signedag.report.page_style import STYLE
from signedag.report.recommended_score import result_section
from signedag.report.results import Results
from signedag.report.verdict import Line
from signedag.report.verdict_section import verdict_section
from signedag.report.weights_section import weights_section


def front_page(
    results: Results, verdict: Sequence[Line], settings: WriteReportSettings, figures: Path, code_version: str
) -> str:
    """Write the page as reStructuredText.

    Args:
        results: what the stages wrote.
        verdict: the graded lines, the worst first.
        settings: title, luminosity, names.
        figures: folder of the analysis's figures; the key figures among them are shown.
        code_version: digest of the code that writes the report.
    """
    parts = [
        STYLE,
        heading(settings.title, "="),
        _analysed(settings, code_version),
        verdict_section(verdict),
        result_section(results),
        bullets(_headlines(results)),
        figures_html(key_figures(results), figures),
        weights_section(results, settings.strategies),
        diagnostics_section(results.diagnostics),
        classifiers_section(results),
        sculpting_section(results.sculpting),
        diboson_section(results.diboson_peaks),
        scale_factors_section(results.scale_factors),
        fit_section(results),
    ]
    return "\n".join(part for part in parts if part)


def _analysed(settings: WriteReportSettings, code_version: str) -> str:
    samples = ", ".join(f"{escape(sample)}" for sample in settings.samples)
    return paragraph(
        f"{settings.luminosity_fb:g} fb⁻¹, samples {samples}; classifiers {escape(', '.join(settings.variants))}; "
        f"analysis seed {settings.seed}; configuration {settings.config_hash}, code {code_version}. All figures are in "
        "the menu on the left, numbers in ``summary.json``."
    )


def _headlines(results: Results) -> list[str]:
    """Give the results in a few lines."""
    lines = []
    for variant, performance in results.performances.items():
        score = performance.combined
        lines.append(
            f"**{escape(variant)}**: AUC {escape(estimate(score.auc))}, binned significance "
            f"{escape(estimate(score.binned_significance))} (signed weights)."
        )
    for factor in () if results.scale_factors is None else results.scale_factors.factors:
        truth = "" if factor.truth is None else f", truth {factor.truth:g}"
        names = escape(", ".join(factor.processes) or factor.name)
        lines.append(f"**Scale factor {names}**: {escape(interval_text(factor.interval))}{truth}.")
    return lines + in_one_line(results.fits)
