"""Cross-checks of the comparison of decorrelated scores: is there what judges them, and are seeds independent?"""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.analysis import Analysis
from signedag.config.base import suggestion

BLOCK = "decorrelation_comparison"


def decorrelation_problems(analysis: Analysis) -> Iterable[str]:
    """Give one line per key that does not fit the block `decorrelation_comparison`, with key, value and fix."""
    comparison = analysis.decorrelation_comparison
    if comparison is None:
        return
    known = {*analysis.classifiers, *analysis.score_maps}
    if comparison.baseline not in analysis.classifiers:
        hint = suggestion(comparison.baseline, set(analysis.classifiers))
        yield f"{BLOCK}.baseline: no classifier '{comparison.baseline}'{hint}"
    for name in comparison.variants:
        if name not in known:
            yield f"{BLOCK}.variants: no classifier or score map '{name}'{suggestion(name, known)}"
    if len(analysis.decorrelated()) < 2:
        yield f"{BLOCK}: there is nothing to compare '{comparison.baseline}' with; add a classifier or a score map"
    for name, sample in analysis.samples.items():
        if sample.simulation is None:
            yield f"{BLOCK}: sample '{name}' is not simulated, so all seeds would share its events; remove '{BLOCK}'"
    yield from _judge_problems(analysis)


def _judge_problems(analysis: Analysis) -> Iterable[str]:
    """Check that there are a sculpting check and the fit that is asked for."""
    comparison, fit = analysis.decorrelation_comparison, analysis.fit
    assert comparison is not None
    if analysis.sculpting is None:
        yield f"{BLOCK}: scores are judged by the sculpting check; add the block 'sculpting'"
    if fit is None:
        yield f"{BLOCK}: scores are judged by the fit; add the block 'fit'"
        return
    if comparison.binning is not None and comparison.binning not in fit.binnings:
        hint = suggestion(comparison.binning, set(fit.binnings))
        yield f"{BLOCK}.binning: no binning of the fit '{comparison.binning}'{hint}"
    if comparison.treatment is not None and comparison.treatment not in fit.treatments:
        yield f"{BLOCK}.treatment: '{comparison.treatment}' is not among fit.treatments; add it there or choose another"
