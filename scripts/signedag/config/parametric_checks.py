"""Cross-checks of the parametric study: are there such classifiers, points to judge them at, and the fit?"""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.analysis import Analysis
from signedag.config.base import suggestion
from signedag.config.event_parameters import of_signals
from signedag.config.names import LONGEST
from signedag.config.parametric_study import ParametricStudy, trained_points
from signedag.config.unknown_names import unknown

BLOCK = "parametric_study"
FEWEST_POINTS = {"one": 3, "half": 3, "all_but_one": 2}


def parametric_problems(analysis: Analysis) -> Iterable[str]:
    """Give one line per key that does not fit the block `parametric_study`, with key, value and fix."""
    study = analysis.parametric_study
    if study is None:
        return
    points = analysis.points()
    if not points:
        yield (
            f"{BLOCK}: compares classifiers at several points of the signal; give two signal processes or more the "
            "same parameters (processes.<process>.parameters)"
        )
        return
    parameters = analysis.processes[points[0]].parameters
    if study.parameter not in parameters:
        yield unknown(f"{BLOCK}.parameter", study.parameter, parameters, "parameter of the signal processes")
    asked = [(key, name) for key in ("classifiers", "left_out_of", "fitted") for name in getattr(study, key)]
    asked += [(key, name) for key in ("individual", "varied") if (name := getattr(study, key)) is not None]
    missing = [(key, name) for key, name in asked if name not in analysis.classifiers]
    for key, name in missing:
        yield unknown(f"{BLOCK}.{key}", name, analysis.classifiers, "classifier")
    if missing:
        return
    yield from _kind_problems(analysis, study)
    yield from _left_out_problems(analysis, study, points)
    yield from _name_problems(analysis)
    yield from _fit_problems(analysis, study)
    yield from _scan_problems(analysis, study)


def _kind_problems(analysis: Analysis, study: ParametricStudy) -> Iterable[str]:
    """Check which classifiers have parameters of signal processes."""
    if study.individual is not None and analysis.classifiers[study.individual].parameters:
        yield f"{BLOCK}.individual: '{study.individual}' has parameters; one for a single signal has none to see"
    varied = () if study.varied is None else (study.varied,)
    for key, names in (("left_out_of", study.left_out_of), ("fitted", study.fitted), ("varied", varied)):
        for name in names:
            if not of_signals(analysis.classifiers[name].parameters, analysis.events):
                yield f"{BLOCK}.{key}: '{name}' has no parameters of signal processes; name one that has"


def _left_out_problems(analysis: Analysis, study: ParametricStudy, points: tuple[str, ...]) -> Iterable[str]:
    if bool(study.left_out) != bool(study.left_out_of):
        yield f"{BLOCK}: 'left_out' and 'left_out_of' belong together; give both or none"
    for name in study.left_out_of:
        trained = trained_points(analysis.classifiers[name], points)
        for kind in study.left_out:
            if len(trained) < FEWEST_POINTS[kind]:
                yield (
                    f"{BLOCK}.left_out: '{kind}' needs {FEWEST_POINTS[kind]} points, '{name}' is trained at "
                    f"{len(trained)}; add points or leave it out"
                )


def _name_problems(analysis: Analysis) -> Iterable[str]:
    known = {*analysis.classifiers, *analysis.score_maps, *analysis.compared_variants()}
    for name in (*analysis.parametric_variants(), *analysis.parametric_maps()):
        if len(name) > LONGEST:
            yield f"{BLOCK}: '{name}', the name of a classifier, is longer than {LONGEST} characters; shorten its start"
        if name in known:
            yield f"{BLOCK}: its classifier '{name}' is also one of the configuration; rename that"


def _fit_problems(analysis: Analysis, study: ParametricStudy) -> Iterable[str]:
    fit = analysis.fit
    if study.fitted and fit is None:
        yield f"{BLOCK}.fitted: limits need a fit; add the block 'fit' or leave this key out"
    if study.binning is not None and (fit is None or study.binning not in fit.binnings):
        names = set(fit.binnings) if fit else set()
        yield f"{BLOCK}.binning: no binning '{study.binning}' in fit.binnings{suggestion(study.binning, names)}"
    if study.treatment is not None and (fit is None or study.treatment not in fit.treatments):
        yield f"{BLOCK}.treatment: '{study.treatment}' is not among fit.treatments; add it there or choose another one"


def _scan_problems(analysis: Analysis, study: ParametricStudy) -> Iterable[str]:
    if study.scan is None:
        return
    if study.scan.low >= study.scan.high:
        yield f"{BLOCK}.scan: low must be below high, got {study.scan.low:g} and {study.scan.high:g}"
    if not analysis.scanned_in_parameter():
        yield (
            f"{BLOCK}.scan: none of the classifiers has '{study.parameter}' as its only parameter; name one under "
            "'classifiers' or leave the scan out"
        )
