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
    if scan.variant not in analysis.classifiers:
        yield f"scan.variant: no classifier '{scan.variant}'{suggestion(scan.variant, set(analysis.classifiers))}"
        return
    yield from scan_points(scan, analysis.classifiers[scan.variant]).problems
    known = analysis.classifiers | analysis.compared_variants()
    for name in analysis.scanned_variants():
        if len(name) > LONGEST:
            more = len(name) - LONGEST
            yield f"scan.variant: '{scan.variant}' is {more} characters too long for names of points; shorten it"
            break
        if name in known:
            yield f"scan: its point '{name}' is also a classifier; rename the classifier"
    if scan.binning is not None and (fit is None or scan.binning not in fit.binnings):
        names = set(fit.binnings) if fit else set()
        yield f"scan.binning: no binning '{scan.binning}' in fit.binnings{suggestion(scan.binning, names)}"
    if scan.treatment is not None and (fit is None or scan.treatment not in fit.treatments):
        yield f"scan.treatment: '{scan.treatment}' is not among fit.treatments; add it there or choose another one"
