"""Cross-checks of distributions: are there the regions, the scores and the factors that they name?"""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.analysis import Analysis
from signedag.config.base import suggestion


def distribution_problems(analysis: Analysis) -> Iterable[str]:
    """Give one line per key of `distributions` that does not fit, with key, value and fix."""
    drawn = analysis.distributions
    if drawn is None:
        return
    for name in drawn.regions:
        if name not in analysis.events.regions:
            yield f"distributions.regions: no region '{name}'{suggestion(name, set(analysis.events.regions))}"
    known = {*analysis.classifiers, *analysis.score_maps}
    for name, axis in drawn.scores.items():
        if name not in known:
            yield f"distributions.scores: no classifier or score map '{name}'{suggestion(name, known)}"
        edges = axis.all_edges()
        if edges[0] >= 1 or edges[-1] <= 0:
            yield (
                f"distributions.scores.{name}: scores are from 0 to 1, the bins from {edges[0]:g} to {edges[-1]:g}; "
                "change them"
            )
    if drawn.scale_factors and analysis.scale_factors is None:
        yield "distributions.scale_factors: no scale factor is fitted; add the block 'scale_factors' or set it to false"
