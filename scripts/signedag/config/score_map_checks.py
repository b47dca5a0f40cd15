"""Cross-checks of score maps and of what is judged: do the classifiers, columns and processes that they name exist?"""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.analysis import Analysis
from signedag.config.base import suggestion
from signedag.config.event_parameters import of_signals
from signedag.config.score_maps import ScoreMap


def score_map_problems(analysis: Analysis) -> Iterable[str]:
    """Give one line per key of `score_maps` or `report` that does not fit, with key, value and fix."""
    for name, score_map in analysis.score_maps.items():
        key = f"score_maps.{name}"
        if name in analysis.variants():
            yield f"{key}: there is a classifier of this name, too; rename one of them"
        yield from _map_problems(analysis, key, score_map)
    known = {*analysis.classifiers, *analysis.score_maps}
    for name in analysis.report.variants:
        if name not in known:
            yield f"report.variants: no classifier or score map '{name}'{suggestion(name, known)}"
    recommended = analysis.report.recommended
    if recommended is not None and recommended not in analysis.judged():
        hint = suggestion(recommended, set(analysis.judged()))
        yield f"report.recommended: '{recommended}' is not among the variants that are judged{hint}"


def _point_problems(analysis: Analysis, key: str, score_map: ScoreMap) -> Iterable[str]:
    if score_map.point is None:
        return
    if score_map.point not in analysis.signals_of(score_map.scores_of):
        known = set(analysis.signals_of(score_map.scores_of))
        yield f"{key}.point: no signal process '{score_map.point}'{suggestion(score_map.point, known)}"
    elif not of_signals(analysis.classifiers[score_map.scores_of].parameters, analysis.events):
        yield (
            f"{key}.point: '{score_map.scores_of}' has one score for all signals, not one for each; name a classifier "
            "with the parameters of signal processes"
        )


def _map_problems(analysis: Analysis, key: str, score_map: ScoreMap) -> Iterable[str]:
    if score_map.scores_of not in analysis.classifiers:
        hint = suggestion(score_map.scores_of, set(analysis.classifiers))
        yield f"{key}.scores_of: no classifier '{score_map.scores_of}'{hint}"
    elif analysis.classifiers[score_map.scores_of].classes:
        yield f"{key}.scores_of: '{score_map.scores_of}' has several classes; a map needs signal and background alone"
    else:
        yield from _point_problems(analysis, key, score_map)
    regions = analysis.events.regions
    if score_map.region is not None and score_map.region not in regions:
        yield f"{key}.region: no region '{score_map.region}'{suggestion(score_map.region, set(regions))}"
    kept = {*analysis.events.features, *analysis.events.spectators}
    for column in score_map.spectators:
        if column not in kept:
            yield f"{key}.spectators: '{column}' is not kept{suggestion(column, kept)} (add it to events.spectators)"
    if not score_map.spectators:
        return
    for process in score_map.without_processes or ():
        if process not in analysis.processes:
            yield f"{key}.without_processes: no process '{process}'{suggestion(process, set(analysis.processes))}"
    if not analysis.mapped_background(score_map):
        yield f"{key}.without_processes: leaves no background to fit the map to"
