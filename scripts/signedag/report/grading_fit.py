"""The verdict on the fits: control regions, scale factors and the signal strength."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from signedag.report.fit_results import ScaleFactor, StrengthFit
from signedag.report.limits import GOODNESS, PULL, SIMULATION_ERROR, TEMPLATE_BIAS
from signedag.report.numbers import p_value, signed, significant, with_interval
from signedag.report.results import Results
from signedag.report.verdict import Line, held_against, undefined

STRENGTH = "signal strength"


def fit_lines(results: Results) -> Iterator[Line]:
    """Judge the control regions, every scale factor of known truth and every fit of the signal strength."""
    if results.scale_factors is not None:
        yield from _goodness(results)
        for factor in results.scale_factors.factors:
            yield from _scale_factor(factor)
    for fit in results.each_fit():
        yield replace(strength_line(fit), variant=fit.variant)
        yield from (replace(line, variant=fit.variant) for line in _bias(fit))


def _goodness(results: Results) -> Iterator[Line]:
    assert results.scale_factors is not None
    test = results.scale_factors.goodness
    if test.p_value is None:  # as many scale factors as bins: there is nothing to test
        return
    yield held_against(
        GOODNESS, test.p_value, "control regions", "", f"χ²/ndf = {test.chi2:.1f}/{test.ndf}, {p_value(test.p_value)}",
        {
            "good": "the scaled simulation describes the data",
            "marginal": "the scaled simulation describes the data worse than chance makes likely",
            "bad": "the scaled simulation does not describe the data of the control regions",
        },
    )  # fmt: skip


def _scale_factor(factor: ScaleFactor) -> Iterator[Line]:
    interval, of = factor.interval, ", ".join(factor.processes) or factor.name
    if interval.value is None:
        yield undefined("scale factor", of, interval.reason)
        return
    if factor.truth is None or factor.pull is None:
        return
    value = with_interval(interval.value, interval.down, interval.up)
    yield held_against(
        PULL, abs(factor.pull), "scale factor", of,
        f"{value}, truth {factor.truth:g}, pull {signed(factor.pull, 1)}",
        {
            "good": "compatible with the truth of the pseudo-data",
            "marginal": "two errors or more from the truth of the pseudo-data",
            "bad": "not the truth of the pseudo-data",
        },
    )  # fmt: skip


def refusal(fit: StrengthFit) -> str | None:
    """Say why a signal strength must not stand as a result; None if it may.

    What an interval says is worth nothing where the simulation's own error is larger: another sample of the same
    generator would give another result (docs/physics.md, "The result, with the error of the simulation").
    """
    share, error = fit.simulation_share, fit.interval.error
    if share is None or error is None or fit.template_statistical is None:
        return None if error is None else "the simulation's own error is unknown: run fit_signal_strength again"
    if SIMULATION_ERROR.grade(share) != "bad":
        return None
    return f"the simulation's own error dominates: {_errors(fit)}; simulate more events"


def _bias(fit: StrengthFit) -> Iterator[Line]:
    """Warn where the fit is outside of what the study of template statistics supports."""
    share = fit.bias_share
    if share is None or fit.template_bias is None or TEMPLATE_BIAS.grade(share) == "good":
        return
    reason = "bins have too few effective events: fluctuating templates bias the fit; merge more or simulate more"
    yield held_against(
        TEMPLATE_BIAS, share, STRENGTH, f"{fit.variant} ({fit.binning}, {fit.treatment}), bias",
        f"bias by the size of the simulation {signed(fit.template_bias, 2)}",
        {"good": "", "marginal": reason, "bad": reason},
    )  # fmt: skip


def _errors(fit: StrengthFit) -> str:
    own, simulated = (significant(value or 0.0) for value in (fit.interval.error, fit.template_statistical))
    return f"the fit's own error is {own}, the simulation's {simulated}"


def strength_line(fit: StrengthFit) -> Line:
    """Judge one fit by the simulation's own statistical error."""
    of = f"{fit.variant} ({fit.binning}, {fit.treatment})"
    combined, share, refused = fit.combined, fit.simulation_share, refusal(fit)
    if combined.value is None or combined.error is None:
        return undefined(STRENGTH, of, combined.reason)
    if share is None or refused is not None:
        result = (
            "refused" if share is None else f"refused, error of the simulation / of the fit = {significant(share, 2)}"
        )
        limit = SIMULATION_ERROR
        return Line(STRENGTH, of, "bad", share, limit.bad, result, refused or "", limit.text("bad"))
    return held_against(
        SIMULATION_ERROR, share, STRENGTH, of, f"μ = {with_interval(combined.value, combined.down, combined.up)}",
        {"good": _errors(fit), "marginal": f"{_errors(fit)}: more simulated events would help", "bad": ""},
    )  # fmt: skip
