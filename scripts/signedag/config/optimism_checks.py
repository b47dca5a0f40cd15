"""Cross-checks of the optimism: are there a truth to redraw signs from, and simulations to average over?"""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.analysis import TRUE_PROBABILITY, Analysis
from signedag.config.base import suggestion


def optimism_problems(analysis: Analysis) -> Iterable[str]:
    """Give one line per key that does not fit the block `optimism`, with key, value and fix."""
    optimism, truth = analysis.optimism, analysis.events.truth
    if optimism is None:
        return
    measurable = analysis.classifiers | analysis.compared_variants()
    for name in optimism.variants:
        if name not in measurable:
            yield f"optimism.variants: no classifier '{name}'{suggestion(name, set(measurable))}"
    if not truth:
        yield "optimism: signs are redrawn from 'events.truth', which is not given; only simulated samples have it"
    elif optimism.probability not in truth:
        known = suggestion(optimism.probability, set(truth))
        yield f"optimism.probability: no column of events.truth '{optimism.probability}'{known}"
    elif optimism.reference and TRUE_PROBABILITY not in truth:
        yield f"optimism.reference: true weights need events.truth.{TRUE_PROBABILITY}; add it or set reference: false"
    for name, sample in analysis.samples.items():
        if sample.simulation is None:
            yield f"optimism: sample '{name}' is not simulated, so all seeds would share its events; remove 'optimism'"
    for name in analysis.optimism_references():
        if name in measurable:
            yield f"optimism: its reference '{name}' is also a classifier; rename the classifier"
