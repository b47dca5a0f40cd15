"""The report's section on negative weights: what they cost, whether their transformation closes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from signedag.report.markup import bullets, escape, heading, paragraph, table
from signedag.report.numbers import p_value, percent, probability, significant, with_error
from signedag.report.summary import smallest_p_value

Json = Mapping[str, Any]

CLOSURE_LEVEL = 0.01
"""A closure is refused if its smallest p-value times the number of comparisons is below this."""
HEAVY_TAIL = 20.0
"""Largest |w| over the median from which a sample's tail gets a sentence of its own."""


def weights_section(weights: Mapping[str, Json]) -> str:
    """Write the section.

    Args:
        weights: the block `weights` of the summary.
    """
    parts = [
        heading("1 Negative weights"),
        paragraph(
            "Signed weights are the physics: every histogram, metric and fit uses them. Training weights are "
            "\\|w\\| max(0, 2p − 1) with p(x) the calibrated probability of a positive weight, scaled to the signed "
            "sum; a classifier sees no other weights."
        ),
        table(
            ("sample", "negative share of |w|", "effective size, signed", "transformed", "largest |w| / median",
             "renormalisation", "clipped |w|"),
            [_sample_row(name, found) for name, found in weights.items()],
        ),
        paragraph(
            "Effective size is (Σw)²/(NΣw²): the share of events that an unweighted sample of the same precision would "
            "need. Renormalisation restores the signed sum after calibration; clipped is the share of \\|w\\| where "
            "the estimated signed density is negative."
        ),
        *_tails(weights),
        heading("Closure: do training weights give the signed distributions?", "~"),
        table(
            ("sample", "comparisons", "smallest p × comparisons, uncalibrated", "calibrated",
             "yield bias, uncalibrated", "calibrated"),
            [_closure_row(name, found) for name, found in weights.items()],
        ),
        paragraph(_closure_verdict(weights)),
        *_truth(weights),
    ]  # fmt: skip
    return "\n".join(parts)


def _sample_row(name: str, found: Json) -> list[str]:
    share, factor = found["negative_fraction"], found["effective_size_factor"]
    renormalisation = found["renormalisation"]
    return [
        name,
        f"{with_error(100 * share['value'], 100 * share['error'])} %",
        f"{factor['signed']['value']:.3f}",
        f"{factor['transformed']['value']:.3f}",
        significant(found["largest_over_median"]["value"]),
        with_error(renormalisation["value"], renormalisation["error"]),
        percent(found["clipped_fraction"]["value"]),
    ]


def _corrected(closure: Mapping[str, Json]) -> tuple[str, str, float]:
    """Give the smallest p-value times the number of comparisons as text, with its variable and as a number."""
    smallest = smallest_p_value(closure)
    if smallest is None:
        return "nothing to test", "", 1.0
    value, variable, count = smallest
    product = min(1.0, value * count)
    return probability(product), variable, product


def _closure_row(name: str, found: Json) -> list[str]:
    closure, bias = found["closure"], found["yield_bias"]
    smallest = smallest_p_value(closure["calibrated"])
    row = [name, str(smallest[2] if smallest else 0)]
    for kind in ("uncalibrated", "calibrated"):
        if kind not in closure:
            row.append("−")
            continue
        text, variable, product = _corrected(closure[kind])
        row.append(f"{text} ({variable})" if product < CLOSURE_LEVEL else text)
    for kind in ("uncalibrated", "calibrated"):
        known = bias.get(kind)
        row.append("−" if known is None else f"{with_error(100 * known['value'], 100 * known['error'])} %")
    return row


def failed_closures(weights: Mapping[str, Json]) -> list[str]:
    """Give the samples whose calibrated closure is refused."""
    return [name for name, found in weights.items() if _corrected(found["closure"]["calibrated"])[2] < CLOSURE_LEVEL]


def _closure_verdict(weights: Mapping[str, Json]) -> str:
    failed = failed_closures(weights)
    rule = (
        "χ² is made of the differences of the same events, Σ(w' − w) with variance Σ(w' − w)², in inputs and in "
        f"variables that were no inputs. A closure is refused if p × comparisons is below {CLOSURE_LEVEL:g}; the "
        "variable is then named."
    )
    if failed:
        return f"{rule} **Refused after calibration: {', '.join(escape(name) for name in failed)}.**"
    return f"{rule} After calibration no sample is refused."


def _tails(weights: Mapping[str, Json]) -> list[str]:
    """Say what heavy tails cost, for the samples that have them."""
    heavy = [name for name, found in weights.items() if found["largest_over_median"]["value"] >= HEAVY_TAIL]
    if not heavy:
        return []
    return [paragraph("Heavy tails of \\|w\\|:"), bullets([_tail(name, weights[name]) for name in heavy])]


def _tail(name: str, found: Json) -> str:
    """Say what the tail of one sample costs: (Σw)²/(NΣw²) = (1 - 2f)² times that of |w|."""
    factor, share = found["effective_size_factor"], found["negative_fraction"]["value"]
    signed, signs = factor["signed"]["value"], (1 - 2 * share) ** 2
    degrees = [compared["ndf"] for compared in found["closure"]["calibrated"].values()]
    return (
        f"**{escape(name)}**: the largest \\|w\\| is {found['largest_over_median']['value']:.0f} times the median. Its "
        f"events are worth {percent(signed)} of as many unweighted ones, so {1 / signed:.0f} times as many are needed "
        f"for the same precision: the signs cost a factor {1 / signs:.2g} (1/(1 − 2f)²), the spread of \\|w\\| a "
        f"factor {signs / signed:.2g}. Transformed, they are worth {percent(factor['transformed']['value'])}, which "
        "helps the training and no error bar. A few large weights decide the estimated sign around them: "
        f"{percent(found['clipped_fraction']['value'])} of \\|w\\| is clipped, and closure could be tested with only "
        f"{min(degrees)} to {max(degrees)} degrees of freedom, as bins with too few effective events were merged."
    )


def _truth(weights: Mapping[str, Json]) -> list[str]:
    known = {name: found["truth"] for name, found in weights.items() if found["truth"]}
    if not known:
        return [paragraph("The true positive probability of these samples is not known; there is no test against it.")]
    rows = []
    for name, truth in known.items():
        row = [name]
        for kind in ("uncalibrated", "calibrated"):
            found = truth.get(kind)
            if found is None:
                row.append("−")
                continue
            row.append(f"{found['chi2']:.1f}/{found['ndf']}, {p_value(found['p_value'])}")
        rows.append(row)
    return [
        paragraph("Mean estimated probability against the known truth, χ²/ndf in bins of the truth:"),
        table(("sample", "uncalibrated", "calibrated"), rows),
    ]
