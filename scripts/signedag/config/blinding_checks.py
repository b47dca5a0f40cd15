"""Cross-checks of observed data and their blinding: are there data, and does every rule hide something?"""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.analysis import Analysis
from signedag.config.base import suggestion
from signedag.config.binning import ScoreAxis
from signedag.config.blinding import Blinding
from signedag.config.fitting import SCORE, Fit


def blinding_problems(analysis: Analysis) -> Iterable[str]:
    """Give one line per key of the fit's data and blinding that does not fit, with key, value and fix."""
    fit = analysis.fit
    if fit is None:
        return
    if fit.data == "asimov":
        if fit.blinding != Blinding():
            yield "fit.blinding: Asimov data have nothing to hide; set 'fit.data: observed' or remove the block"
        return
    if analysis.data is None:
        yield "fit.data: 'observed', and there are no data; add the key 'data' or set 'fit.data: asimov'"
    if not fit.blinding.unblinded and not fit.blinding.hides:
        yield "fit.blinding: hides nothing; name what to hide, or show everything by 'unblinded: true'"
    yield from _window_problems(fit)


def _window_problems(fit: Fit) -> Iterable[str]:
    axes = (fit.mass, SCORE)
    for observable, window in fit.blinding.windows.items():
        key = f"fit.blinding.windows.{observable}"
        if observable not in axes:
            yield f"{key}: '{observable}' is no axis of the fit{suggestion(observable, axes)}"
            continue
        for name, binning in fit.binnings.items():
            axis = binning.score if observable == SCORE else binning.mass
            equal = isinstance(axis, ScoreAxis) and axis.equal_signal is not None
            first, *_, last = (0.0, 1.0) if equal else axis.all_edges()
            if (window.low is not None and window.low >= last) or (window.high is not None and window.high <= first):
                yield f"{key}: hides no bin of fit.binnings.{name}, which goes from {first:g} to {last:g}; change it"
