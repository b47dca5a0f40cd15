"""The report's section on negative weights: what they cost, whether their transformation closes."""

from __future__ import annotations

from collections.abc import Mapping

from signedag.report.diagnostics_section import measured
from signedag.report.limits import CLOSURE
from signedag.report.markup import bullets, escape, heading, paragraph, table
from signedag.report.numbers import p_value, percent, probability, significant, with_error
from signedag.report.results import Results
from signedag.report.summary import negative_fraction, renormalisation
from signedag.report.weights_results import (
    CALIBRATED,
    UNCALIBRATED,
    Calibration,
    Closure,
    Comparisons,
    smallest_p_value,
)

KINDS = (UNCALIBRATED, CALIBRATED)
HEAVY_TAIL = 20.0
"""Largest |w| over the median from which a sample's tail gets a sentence of its own."""
UNTESTED = {
    "signed": "signed weights as they are",
    "paired": "signed weights as they are, in paired mini-batches",
}
"""Strategies whose training weights are the signed ones."""


def weights_section(results: Results, strategies: Mapping[str, str]) -> str:
    """Write the section.

    Args:
        results: what the stages wrote.
        strategies: the strategy of each variant's training weights.
    """
    closures, calibrations = results.closures, results.calibrations
    parts = [
        heading("1 Negative weights"),
        paragraph(
            "Signed weights are the physics: every histogram, metric and fit uses them. Transformed training weights "
            "are \\|w\\| max(0, 2p − 1) with p(x) the calibrated probability of a positive weight, scaled to the "
            "signed sum; they train, and do nothing else."
        ),
        table(
            ("sample", "negative share of |w|", "effective size, signed", "transformed", "largest |w| / median",
             "renormalisation", "clipped |w|", "Σw/Σ|w| of the clipped"),
            [_sample_row(name, calibrations[name], closure) for name, closure in closures.items()],
        ),
        paragraph(
            "Effective size is (Σw)²/(NΣw²): the share of events that an unweighted sample of the same precision would "
            "need. Renormalisation restores the signed sum after calibration. Clipped is the share of \\|w\\| where "
            "the estimated signed density 2p − 1 is not positive, and the training weight zero; beside it stands what "
            "these events' own signs add up to."
        ),
        *_tails(results),
        *_closure(results),
        *_other_strategies(results, strategies),
        *_truth(closures),
    ]  # fmt: skip
    return "\n".join(parts)


def _sample_row(name: str, calibration: Calibration, closure: Closure) -> list[str]:
    share, factor = negative_fraction(calibration, closure), renormalisation(calibration, closure)
    assert share.value is not None and share.error is not None and factor.value is not None
    return [
        name,
        f"{with_error(100 * share.value, 100 * share.error)} %",
        f"{calibration.effective_size_factor['signed']:.3f}",
        f"{calibration.effective_size_factor['transformed']:.3f}",
        significant(calibration.largest_over_median),
        with_error(factor.value, factor.error),
        percent(calibration.clipped_fraction),
        measured(calibration.clipped_signed_share),
    ]


def _closure(results: Results) -> list[str]:
    """Write the closure of all events, and of the regions where there are any."""
    closures = results.closures
    parts = [
        heading("Closure: do training weights give the signed distributions?", "~"),
        table(
            ("sample", "comparisons", "smallest p × comparisons, uncalibrated", "calibrated", "degrees of freedom",
             "common scale", "yield bias, uncalibrated", "calibrated"),
            [_closure_row(name, results.calibrations[name], closure) for name, closure in closures.items()],
        ),
        paragraph(
            "χ² is made of the differences of the same events, Σ(w' − w) with variance Σ(w' − w)², in inputs and in "
            "variables that were no inputs. After calibration it is the smallest one over a common factor of all w' of "
            "the sample, since w' was scaled to the signed sum: the common scale, the range of that factor over the "
            "variables. One far from 1 says that the yield of the bulk and of the tails differ. A variable is named "
            f"where p × comparisons is below {CLOSURE.bad:g}."
        ),
    ]  # fmt: skip
    return [*parts, *_regions(closures), *_ensembles(closures)]


def _regions(closures: Mapping[str, Closure]) -> list[str]:
    rows = [
        [
            name,
            region,
            *_tested(kinds.get(CALIBRATED, {})),
            measured(closure.region_yields.get(region, {}).get(CALIBRATED)),
        ]
        for name, closure in closures.items()
        for region, kinds in closure.regions.items()
    ]
    header = ("sample", "region", "comparisons", "smallest p × comparisons", "degrees of freedom", "common scale",
              "Σw'/Σw")  # fmt: skip
    what = (
        "After calibration, in the regions that classifiers train in, with the ratio of the sums of training and "
        "signed weights there: relative yields of samples are part of what a classifier learns."
    )
    return [paragraph(what), table(header, rows)] if rows else []


def _ensembles(closures: Mapping[str, Closure]) -> list[str]:
    """Say how far the verdict depends on the seed of the networks."""
    rows = [
        [name, str(spread.members), probability(spread.median), probability(spread.lowest), probability(spread.highest)]
        for name, spread in ((name, closure.ensemble) for name, closure in closures.items())
        if spread is not None
    ]
    what = "Smallest p × comparisons of single networks of the ensemble, as if each alone had made the weights:"
    header = ("sample", "networks", "median", "lowest", "highest")
    return [paragraph(what), table(header, rows)] if rows else []


def _tested(comparisons: Comparisons) -> list[str]:
    smallest = smallest_p_value(comparisons)
    count = 0 if smallest is None else smallest.comparisons
    return [str(count), corrected(comparisons), _degrees(comparisons), _scale(comparisons)]


def corrected(comparisons: Comparisons) -> str:
    """Write the smallest p-value times the number of comparisons, with the variable where it is small."""
    smallest = smallest_p_value(comparisons)
    if smallest is None:
        return "nothing to test"
    text = probability(smallest.corrected)
    return f"{text} ({smallest.variable})" if smallest.corrected < CLOSURE.bad else text


def _degrees(comparisons: Comparisons) -> str:
    degrees = [item.test.ndf for item in comparisons.values() if item.test.p_value is not None]
    return "−" if not degrees else _range(str(min(degrees)), str(max(degrees)))


def _scale(comparisons: Comparisons) -> str:
    scales = [item.scale for item in comparisons.values() if item.scale is not None]
    return "−" if not scales else _range(f"{min(scales):.3f}", f"{max(scales):.3f}")


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _closure_row(name: str, calibration: Calibration, closure: Closure) -> list[str]:
    count, smallest, degrees, scale = _tested(closure.kinds[CALIBRATED])
    before = corrected(closure.kinds[UNCALIBRATED]) if UNCALIBRATED in closure.kinds else "−"
    biases = [_bias(calibration.yield_bias.get(kind), closure.yield_error.get(kind)) for kind in KINDS]
    return [name, count, before, smallest, degrees, scale, *biases]


def _bias(bias: float | None, error: float | None) -> str:
    return "−" if bias is None or error is None else f"{with_error(100 * bias, 100 * error)} %"


def _other_strategies(results: Results, strategies: Mapping[str, str]) -> list[str]:
    """Write the closure of training weights that are not transformed, and say where there is nothing to test."""
    untested = [
        f"{escape(variant)} is trained with {UNTESTED[strategy]}: there is nothing to test."
        for variant, strategy in strategies.items()
        if strategy in UNTESTED
    ]
    parts = [paragraph(" ".join(untested))] if untested else []
    rows = [
        [", ".join(variant for variant, used in strategies.items() if used == strategy), strategy, sample,
         *_tested(closure.kinds[CALIBRATED])]
        for strategy, closures in results.other_closures.items()
        for sample, closure in closures.items()
    ]  # fmt: skip
    if rows:
        header = ("classifier", "strategy", "sample or class", "comparisons", "smallest p × comparisons",
                  "degrees of freedom", "common scale")  # fmt: skip
        parts += [paragraph("Closure of the other weights that classifiers are trained with:"), table(header, rows)]
    return parts


def _tails(results: Results) -> list[str]:
    """Say what heavy tails cost, for the samples that have them."""
    heavy = {name: item for name, item in results.calibrations.items() if item.largest_over_median >= HEAVY_TAIL}
    if not heavy:
        return []
    tails = [_tail(name, calibration, results.closures[name]) for name, calibration in heavy.items()]
    return [paragraph("Heavy tails of \\|w\\|:"), bullets(tails)]


def _tail(name: str, calibration: Calibration, closure: Closure) -> str:
    """Say what the tail of one sample costs: (Σw)²/(NΣw²) = (1 - 2f)² times that of |w|."""
    size = calibration.effective_size_factor
    signed, signs = size["signed"], (1 - 2 * calibration.negative_fraction) ** 2
    return (
        f"**{escape(name)}**: the largest \\|w\\| is {calibration.largest_over_median:.0f} times the median. Its "
        f"events are worth {percent(signed)} of as many unweighted ones, so {1 / signed:.0f} times as many are needed "
        f"for the same precision: the signs cost a factor {1 / signs:.2g} (1/(1 − 2f)²), the spread of \\|w\\| a "
        f"factor {signs / signed:.2g}. Transformed, they are worth {percent(size['transformed'])}, which "
        "helps the training and no error bar. A few large weights decide the estimated sign around them: "
        f"{percent(calibration.clipped_fraction)} of \\|w\\| is clipped, and closure could be tested with only "
        f"{_degrees(closure.kinds[CALIBRATED])} degrees of freedom, as bins with too few effective events were merged."
    )


def _truth(closures: Mapping[str, Closure]) -> list[str]:
    known = {name: closure.truth for name, closure in closures.items() if closure.truth}
    if not known:
        return [paragraph("The true positive probability of these samples is not known; there is no test against it.")]
    rows = []
    for name, truth in known.items():
        tests = [truth.get(kind) for kind in KINDS]
        rows.append([name, *("−" if t is None else f"{t.chi2:.1f}/{t.ndf}, {p_value(t.p_value)}" for t in tests)])
    return [
        paragraph("Mean estimated probability against the known truth, χ²/ndf in bins of the truth:"),
        table(("sample", "uncalibrated", "calibrated"), rows),
    ]
