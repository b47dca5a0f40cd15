"""Cross-checks of checks of a score against the mass: do the regions, processes, scores and shifts there exist?"""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.analysis import Analysis
from signedag.config.unknown_names import unknown


def mass_check_problems(analysis: Analysis) -> Iterable[str]:
    """Give one line per key of `diboson_peak` or `mismodelling` that does not fit, with key, value and fix."""
    yield from _diboson_peak_problems(analysis)
    yield from _mismodelling_problems(analysis)


def _diboson_peak_problems(analysis: Analysis) -> Iterable[str]:
    if analysis.diboson_peak is None:
        return
    regions, resonant = analysis.events.regions, analysis.resonant_samples()
    if analysis.diboson_peak.region not in regions:
        yield unknown("diboson_peak.region", analysis.diboson_peak.region, regions, "region")
    if not resonant:
        yield "diboson_peak: no background process peaks in the mass; set 'resonant: true' under 'processes' for one"
    elif len(resonant) == len(analysis.samples_of("background")):
        yield "diboson_peak: every background process is resonant; a peak needs a smooth background to stand on"


def _mismodelling_problems(analysis: Analysis) -> Iterable[str]:
    study = analysis.mismodelling
    if study is None:
        return
    if analysis.sculpting is None:
        yield "mismodelling: repeats the sculpting check, and there is none; add the block 'sculpting'"
    known = {*analysis.variants(), *analysis.score_maps}
    for name in study.variants:
        if name not in known:
            yield unknown("mismodelling.variants", name, known, "classifier or score map")
    for name in study.shifts or ():
        if name not in analysis.uncertainties.shifts:
            yield unknown("mismodelling.shifts", name, analysis.uncertainties.shifts, "shift")
