"""Cross-checks of what is fitted: are there such regions, data and scores, and does each fit make sense?"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from signedag.config.analysis import Analysis
from signedag.config.fitting import Fit
from signedag.config.unknown_names import unknown
from signedag.events.expressions import parse


def fit_problems(analysis: Analysis) -> Iterable[str]:
    """Give one line per key of checks, scale factors and fit that does not fit, with key, value and fix."""
    regions = analysis.events.regions
    if analysis.sculpting and analysis.sculpting.region not in regions:
        yield unknown("sculpting.region", analysis.sculpting.region, regions, "region")
    if analysis.scale_factors:
        factors = {process.scale_factor for process in analysis.processes.values() if process.scale_factor}
        if analysis.data is None:
            yield "scale_factors: there are no data to fit; add the key 'data' or remove 'scale_factors'"
        if not factors:
            yield "scale_factors: no process names a scale_factor; add one under 'processes'"
        for name in analysis.scale_factors.regions:
            if name not in regions:
                yield unknown("scale_factors.regions", name, regions, "region")
        yield from _repeated_selections(analysis)
    if analysis.fit is not None:
        yield from _signal_strength_problems(analysis, analysis.fit)


def _repeated_selections(analysis: Analysis) -> Iterable[str]:
    """Find fitted regions with one selection, however it is spaced; others that overlap are found when events are."""
    by_selection: dict[str, str] = {}
    for name in analysis.fitted_regions():
        if name in analysis.events.regions:
            selection = analysis.events.regions[name].selection
            before = by_selection.setdefault(ast.dump(parse(selection)), name)
            if before != name:
                yield (
                    f"events.regions.{name}.selection: '{selection}' is that of region '{before}', and both are "
                    "fitted: their events would count twice; change one or fit one of them"
                )


def _one_hypothesis_problems(analysis: Analysis, name: str) -> Iterable[str]:
    """Refuse to fit signals of several masses, say, with one strength: there is one of them in nature, if any."""
    first: dict[str | None, str] = {}
    for process in analysis.signals_of(name):
        settings = analysis.processes[process]
        if not settings.parameters:
            continue
        other = first.setdefault(settings.strength, process)
        if analysis.processes[other].parameters != settings.parameters:
            yield (
                f"fit: '{name}' would fit {other} and {process} with one strength, two hypotheses at a time; "
                "fit one of them (score_maps.<name>.point, classifiers.<name>.signals), or give each a strength"
            )
            return


def _signal_strength_problems(analysis: Analysis, fit: Fit) -> Iterable[str]:
    regions = analysis.events.regions
    if fit.region not in regions:
        yield unknown("fit.region", fit.region, regions, "region")
    if analysis.scale_factors and fit.region in analysis.scale_factors.regions:
        yield f"fit.region: '{fit.region}' is also a control region; its events would be counted twice"
    for name in analysis.fitted_variants():
        if name not in analysis.judged():
            yield unknown("fit.variants", name, analysis.judged(), "classifier or score map that is judged")
    scanned = (analysis.scan.variant,) if analysis.scan else ()
    for name in dict.fromkeys((*analysis.fitted_variants(), *scanned, *analysis.decorrelated(), *analysis.studied())):
        yield from _one_hypothesis_problems(analysis, name)
    for name, binning in fit.binnings.items():
        if binning.score.equal_signal is not None:
            continue
        edges = binning.score.all_edges()
        if edges[0] > 0 or edges[-1] < 1:
            yield f"fit.binnings.{name}.score: must cover 0 to 1, covers {edges[0]} to {edges[-1]}; set low and high so"
        elif edges[1] <= 0 or edges[-2] >= 1:
            yield f"fit.binnings.{name}.score: has bins below 0 or above 1, where no score is; set low and high so"
    for treatment in fit.treatments:
        if treatment != "fixed" and analysis.scale_factors is None:
            yield f"fit.treatments: '{treatment}' needs 'scale_factors'; without control regions only 'fixed' works"
