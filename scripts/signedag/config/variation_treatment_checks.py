"""Cross-checks of symmetrised and smoothed variations: do the names have templates, and the sides that are mirrored?"""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.analysis import Analysis
from signedag.config.base import suggestion


def variation_treatment_problems(analysis: Analysis) -> Iterable[str]:
    """Give one line per key that names no variation with templates, or a side that it has not, with the fix."""
    uncertainties = analysis.uncertainties
    known = (*analysis.fitted_shifts(), *uncertainties.variations)
    for kind in ("symmetrise", "smooth"):
        for name in getattr(uncertainties, kind):
            key = f"uncertainties.{kind}.{name}"
            if name in uncertainties.normalisations:
                yield f"{key}: '{name}' is an uncertainty of yields alone, which has no templates; remove it there"
            elif name in uncertainties.shifts and name not in known:
                yield f"{key}: '{name}' is no nuisance of the fits; remove it there, or remove its 'fitted: false'"
            elif name not in known:
                yield f"{key}: no shift or weight variation '{name}'{suggestion(name, known)}"
    for name, smoothing in uncertainties.smooth.items():
        for process in smoothing.processes or ():
            if process not in analysis.processes:
                known_ones = analysis.processes
                yield (
                    f"uncertainties.smooth.{name}.processes: no process '{process}'{suggestion(process, known_ones)}"
                )
    for name in analysis.one_sided_shifts():
        method = uncertainties.symmetrise.get(name)
        if method is None:
            yield (
                f"uncertainties.shifts.{name}: a nuisance has two sides, and a worse resolution has one; set "
                f"'uncertainties.symmetrise: {{{name}: mirror_up}}', or 'fitted: false' to use it in studies alone"
            )
        elif method != "mirror_up":
            yield f"uncertainties.symmetrise.{name}: '{method}', and it has an upward side alone; set 'mirror_up'"
