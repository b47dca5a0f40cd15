"""Cross-checks of the scan: is there such a classifier, and does every path and value fit it?"""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.analysis import Analysis
from signedag.config.base import suggestion
from signedag.config.names import LONGEST
from signedag.config.scan import scan_points


def scan_problems(analysis: Analysis) -> Iterable[str]:
    """Give one line per key that does not fit the block `scan`, with key, value and fix."""
    scan, fit = analysis.scan, analysis.fit
    if scan is None:
        return
    known = {*analysis.classifiers, *analysis.score_maps}
    if scan.variant not in known:
        yield f"scan.variant: no classifier or score map '{scan.variant}'{suggestion(scan.variant, known)}"
        return
    classifier = analysis.scanned_classifier()
    if classifier not in analysis.classifiers:
        return  # said where the map is
    yield from scan_points(scan, classifier, analysis.classifiers[classifier]).problems
    known |= set(analysis.compared_variants())
    for name in (*analysis.scanned_variants(), *analysis.scanned_maps()):
        if len(name) > LONGEST:
            yield f"scan.variant: '{name}', the name of a point, is longer than {LONGEST} characters; shorten its start"
            break
        if name in known:
            yield f"scan: its point '{name}' is also a classifier or score map; rename that"
    if scan.binning is not None and (fit is None or scan.binning not in fit.binnings):
        names = set(fit.binnings) if fit else set()
        yield f"scan.binning: no binning '{scan.binning}' in fit.binnings{suggestion(scan.binning, names)}"
    if scan.treatment is not None and (fit is None or scan.treatment not in fit.treatments):
        yield f"scan.treatment: '{scan.treatment}' is not among fit.treatments; add it there or choose another one"
