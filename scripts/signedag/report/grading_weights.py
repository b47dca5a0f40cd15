"""The verdict on negative weights: training of the networks, closure, calibration and clipping of each sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from signedag.report.limits import CLIPPED, CLOSURE, GRADES, YIELD_BIAS
from signedag.report.numbers import p_value, percent, probability, with_error
from signedag.report.results import Results
from signedag.report.verdict import Line, held_against
from signedag.report.weights_results import CALIBRATED, Calibration, Closure


def weight_lines(results: Results) -> Iterator[Line]:
    """Judge every sample."""
    for sample, closure in results.closures.items():
        calibration = results.calibrations[sample]
        yield from _closure(sample, closure)
        yield from _truth(sample, closure, len(results.closures))
        yield _yield_bias(sample, calibration, closure)
        yield _clipping(sample, calibration, results.diagnostics[sample].clipped_limit)
    for strategy, closures in results.other_closures.items():
        for sample, closure in closures.items():
            yield from _closure(f"{strategy} {sample}", closure)


def _closure(sample: str, closure: Closure) -> Iterator[Line]:
    """Give the verdict of the closure's own stage; none where there was nothing to test."""
    stated = closure.verdict
    for grade in GRADES:
        if grade == stated.grade:
            result = "" if stated.value is None else _corrected(stated.value)
            limit = "" if stated.limit is None else f"{stated.limit:g}"
            near = 0.0 if stated.value is None else CLOSURE.closeness(stated.value)
            yield Line("closure", sample, grade, stated.value, stated.limit, result, stated.reason, limit, near)


def _corrected(p_value: float) -> str:
    text = probability(p_value)
    return f"p × comparisons {text}" if text.startswith("<") else f"p × comparisons = {text}"


def _truth(sample: str, closure: Closure, samples: int) -> Iterator[Line]:
    test = closure.truth.get(CALIBRATED)
    if test is None or test.p_value is None:
        return
    line = held_against(
        CLOSURE, min(1.0, test.p_value * samples), "true probability", sample,
        f"χ²/ndf = {test.chi2:.1f}/{test.ndf}, {p_value(test.p_value)}",
        {
            "good": "the estimated probability of a positive weight is the true one",
            "marginal": "the estimated probability is further from the true one than chance makes likely",
            "bad": "the estimated probability of a positive weight is not the true one",
        },
    )  # fmt: skip
    yield replace(line, closeness=CLOSURE.closeness(test.p_value * samples))


def _yield_bias(sample: str, calibration: Calibration, closure: Closure) -> Line:
    bias, error = calibration.yield_bias[CALIBRATED], closure.yield_error[CALIBRATED]
    return held_against(
        YIELD_BIAS, abs(bias) / error if error else 0.0, "yield bias", sample,
        f"{with_error(100 * bias, 100 * error)} %",
        {
            "good": "compatible with zero after calibration, and taken out by the renormalisation",
            "marginal": "not zero after calibration: the renormalisation takes it out, not what it does to shapes",
            "bad": "the calibration does not hold for the events that it was not made from",
        },
    )  # fmt: skip


def _clipping(sample: str, calibration: Calibration, configured: float) -> Line:
    """Judge the share of |w| that is clipped; a limit above the default one was set by someone who knew why."""
    limit = replace(CLIPPED, bad=max(CLIPPED.bad, configured))
    share = calibration.clipped_signed_share
    measured = ""
    if share is not None and share.value is not None and share.error is not None:
        known = "is" if share.value + 2 * share.error < 0 else "is not"
        measured = f"; Σw/Σ|w| there is {with_error(share.value, share.error)}, which {known} net negative"
    return held_against(
        limit, calibration.clipped_fraction, "clipping", sample, f"{percent(calibration.clipped_fraction)} of |w|",
        {
            "good": "next to no event lies where the estimated density is not positive",
            "marginal": f"these events have no training weight, as the estimated density is not positive{measured}",
            "bad": f"too much of the sample has no training weight, as the estimated density is not positive{measured}",
        },
    )  # fmt: skip
