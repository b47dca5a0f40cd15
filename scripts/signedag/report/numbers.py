"""How numbers are written for people: a value beside its uncertainty, probabilities, shares."""

from __future__ import annotations

import math


def decimals_of(error: float) -> int:
    """Give the decimals that a value with this error is rounded to: two significant digits of the error.

    >>> decimals_of(0.0214), decimals_of(3.7), decimals_of(1234.0)
    (3, 1, -2)
    """
    if not math.isfinite(error) or error <= 0:
        return 3
    return 1 - math.floor(math.log10(float(f"{error:.1e}")))


def with_error(value: float, error: float | None) -> str:
    """Write a value with its symmetric error.

    >>> with_error(0.84123, 0.00214), with_error(856286.0, 29786.0)
    ('0.8412 ± 0.0021', '856000 ± 30000')
    """
    if error is None:
        return significant(value)
    digits = decimals_of(error)
    return f"{signed(value, digits)} ± {signed(error, digits)}"


def with_interval(value: float, down: float | None, up: float | None, more: int = 0) -> str:
    """Write a value with its distances to the lower and the upper end; an undefined end is a question mark.

    Args:
        value: the value.
        down: distance to the lower end, positive.
        up: distance to the upper end, positive.
        more: decimals to add, where intervals are to be compared with each other.

    >>> with_interval(1.0, 0.4213, 0.4571), with_interval(0.92, 0.05, None)
    ('1.00 −0.42 +0.46', '0.920 −0.050 +?')
    """
    known = [end for end in (down, up) if end is not None]
    digits = decimals_of(min(known)) + more if known else 3
    lower, upper = ("?" if end is None else signed(end, digits) for end in (down, up))
    return f"{signed(value, digits)} −{lower} +{upper}"


def signed(value: float, digits: int) -> str:
    """Write a number with a true minus sign, rounded to some decimals (to tens and so on, if negative).

    >>> signed(-0.25, 1), signed(-0.001, 1), signed(1234.0, -2)
    ('−0.2', '0.0', '1200')
    """
    text = f"{round(value, digits):.{max(digits, 0)}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


def significant(value: float, digits: int = 3) -> str:
    """Write a number with a few significant digits.

    >>> significant(0.012345), significant(1234567.0), significant(-2.5)
    ('0.0123', '1.23e+06', '−2.5')
    """
    return f"{value:.{digits}g}".replace("-", "−") if value else "0"


def probability(value: float | None) -> str:
    """Write a p-value; what is below one in a million is only said to be so.

    >>> probability(0.5112), probability(0.0042), probability(0.00042), probability(1e-9), probability(None)
    ('0.51', '0.004', '4e-4', '< 1e-6', 'undefined')
    """
    if value is None:
        return "undefined"
    if value < 1e-6:
        return "< 1e-6"
    if value < 1e-3:
        return f"{value:.0e}".replace("e-0", "e-")
    return f"{value:.2f}" if value >= 0.01 else f"{value:.3f}"


def p_value(value: float | None) -> str:
    """Write a p-value with its name.

    >>> p_value(0.5112), p_value(1e-9)
    ('p = 0.51', 'p < 1e-6')
    """
    text = probability(value)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def percent(share: float | None, digits: int = 1) -> str:
    """Write a share in per cent; a share that is not zero but rounds to it keeps one significant digit.

    >>> percent(0.2213), percent(-0.004), percent(3.2e-5), percent(0.0), percent(None)
    ('22.1 %', '−0.4 %', '0.003 %', '0 %', 'undefined')
    """
    if share is None:
        return "undefined"
    if share == 0:
        return "0 %"
    text = signed(100 * share, digits)
    if float(text.replace("−", "-")) == 0:
        text = f"{100 * share:.1g}".replace("-", "−")
    return f"{text} %"
