"""The whole verdict on an analysis."""

from __future__ import annotations

from dataclasses import replace

from signedag.report.grading_classifiers import classifier_lines
from signedag.report.grading_fit import fit_lines
from signedag.report.grading_samples import sample_lines
from signedag.report.grading_trainings import training_lines
from signedag.report.grading_weights import weight_lines
from signedag.report.recommended_score import recommendation_lines
from signedag.report.results import Results
from signedag.report.verdict import Line, worst_first


def verdict(results: Results) -> tuple[Line, ...]:
    """Grade every headline, the worst first."""
    judged = (sample_lines, training_lines, weight_lines, classifier_lines, fit_lines, recommendation_lines)
    lines = (line for of_stage in judged for line in of_stage(results))
    return worst_first(
        replace(line, beside=results.is_beside(line.variant, line.subject == "training")) if line.variant else line
        for line in lines
    )
