"""The report's part on fits to observed data: observed beside expected, and what blinding hides."""

from __future__ import annotations

from collections.abc import Sequence

from signedag.report.fit_results import ObservedStrength, StrengthFit
from signedag.report.markup import heading, paragraph, table
from signedag.report.numbers import p_value, with_interval
from signedag.report.values import Interval


def observed_part(fits: Sequence[StrengthFit]) -> list[str]:
    """Write what observed data say, or that there are Asimov data alone."""
    rows = [_row(fit, fit.observed) for fit in fits if fit.observed is not None]
    if not rows:
        return [paragraph("All results are expected ones: no observed data of the signal region were looked at.")]
    return [
        heading("Observed data", "~"),
        table(
            ("classifier", "bins", "scale factors", "observed μ", "expected in the same bins", "significance",
             "goodness of fit", "blinding"),
            rows,
        ),
        paragraph(
            "All other numbers of this section are expected ones, of Asimov data in all bins. Figures show observed "
            "data where they are not hidden, impacts and limits once all is shown. Hidden bins are left out of the "
            "fit. The intervals hold no error of the simulation beyond what the fit has."
        ),
    ]  # fmt: skip


def _row(fit: StrengthFit, observed: ObservedStrength) -> list[str]:
    z, test = observed.significance, observed.goodness
    return [
        fit.variant,
        fit.binning,
        fit.treatment,
        _interval(observed.interval),
        _interval(observed.expected),
        observed.significance_reason if z is None else f"{z:.2f} σ",
        test.reason if test.p_value is None else p_value(test.p_value),
        observed.rules,
    ]


def _interval(interval: Interval) -> str:
    if interval.value is None:
        return "undefined"
    return with_interval(interval.value, interval.down, interval.up, more=1)
