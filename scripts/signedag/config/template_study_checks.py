"""Cross-checks of the study of template statistics: is there a fit, of these scores?"""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.analysis import Analysis
from signedag.config.base import suggestion


def template_study_problems(analysis: Analysis) -> Iterable[str]:
    """Give one line per key of `template_statistics_study` that does not fit, with key, value and fix."""
    study = analysis.template_statistics_study
    if study is None:
        return
    if analysis.fit is None:
        yield "template_statistics_study: repeats the signal-strength fit, and there is none; add the block 'fit'"
    fitted = {name for name, process in analysis.processes.items() if process.role != "other"}
    samples = [sample for sample in analysis.samples.values() if sample.process in fitted]
    if study.transformed_weights and not any(sample.transform for sample in samples):
        yield (
            "template_statistics_study.transformed_weights: every fitted sample has transform: false; "
            "let one be transformed, or leave this key out"
        )
    known = {*analysis.variants(), *analysis.maps()}
    for name in study.variants:
        if name not in known:
            yield (f"template_statistics_study.variants: no classifier or score map '{name}'{suggestion(name, known)}")
