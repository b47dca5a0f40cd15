"""Settings of the stage that compares decorrelated scores, taken from the analysis."""

from __future__ import annotations

from signedag.config.analysis import Analysis
from signedag.config.decorrelation import CompareDecorrelationSettings, Effort


def compare_decorrelation(analysis: Analysis) -> CompareDecorrelationSettings:
    """Settings to compare all ways to make a score independent of the mass."""
    comparison, fit = analysis.decorrelation_comparison, analysis.fit
    assert comparison is not None and fit is not None
    variants = analysis.decorrelated()
    needs = {name: tuple(sorted(analysis.needed_for([name]))) for name in variants}
    return CompareDecorrelationSettings(
        seed=analysis.seed,
        baseline=comparison.baseline,
        variants=variants,
        seeds=comparison.seeds,
        maps={name: analysis.score_maps[name].scores_of for name in variants if name in analysis.score_maps},
        needs=needs,
        initialisations={name: analysis.seeds_of(name) for name in sorted(analysis.needed_for(variants))},
        efforts={name: effort(analysis, name, needs[name]) for name in variants},
        folds=analysis.folds,
        binning=comparison.binning or next(iter(fit.binnings)),
        treatment=comparison.treatment or fit.treatments[0],
        p_value=comparison.p_value,
        has_diboson_peak=analysis.diboson_peak is not None,
    )


def effort(analysis: Analysis, name: str, needs: tuple[str, ...]) -> Effort:
    """Count what a variant takes, from the classifiers that it needs."""
    additions = 1 if name in analysis.score_maps else 0
    for classifier in needs:
        variant = analysis.variants()[classifier]
        terms = [term for phase in variant.phases for update in phase.updates for term in update.terms]
        additions += sum(term.objective != "cross_entropy" for term in terms)
        additions += len(variant.networks) + (variant.weights.planing is not None)
    return Effort(
        trainings=analysis.folds * sum(len(analysis.seeds_of(classifier)) for classifier in needs), additions=additions
    )
