"""The report's section on the choice of a strategy: do the signs look alike, and can a sample be transformed at all?"""

from __future__ import annotations

from collections.abc import Mapping

from signedag.report.markup import heading, paragraph, table
from signedag.report.numbers import percent, with_error
from signedag.report.values import Estimate
from signedag.report.weights_results import Diagnostics


def diagnostics_section(diagnostics: Mapping[str, Diagnostics]) -> str:
    """Write the section.

    Args:
        diagnostics: by sample.
    """
    if not diagnostics:
        return ""
    header = ("sample", "negative share of |w|", "sign AUC", "signs are", "smallest safe batch",
              "density not positive", "Σw/Σ|w| there", "can be transformed")  # fmt: skip
    return "\n".join(
        [
            heading("Diagnostics: which treatment do the weights allow?", "~"),
            table(header, [_row(name, diagnosed) for name, diagnosed in diagnostics.items()]),
            paragraph(
                "The sign AUC tells whether a network can tell positive from negative events; where it is compatible "
                "with 0.5 the signs look alike, and dropping or flipping them distorts no shape. Mini-batches of at "
                "least the smallest safe size have a negative sum less often than once in a thousand. Density not "
                "positive: the share of \\|w\\| where the estimate 2p − 1 is below zero; Σw/Σ\\|w\\| there comes from "
                "those events' own signs, which did not decide on it. Only where that is below zero by more than its "
                "error explains is the sample net negative, and no non-negative weight describes it."
            ),
        ]
    )


def _row(name: str, diagnosed: Diagnostics) -> list[str]:
    return [
        name,
        percent(diagnosed.negative_fraction),
        estimate(diagnosed.sign_auc),
        diagnosed.signs,
        diagnosed.batch_reason if diagnosed.smallest_safe_batch is None else str(diagnosed.smallest_safe_batch),
        percent(diagnosed.clipped_fraction),
        measured(diagnosed.clipped_signed_share),
        diagnosed.transformable,
    ]


def estimate(number: Estimate) -> str:
    """Write a number with its error, or why it is undefined."""
    if number.value is None:
        return f"undefined ({number.reason})" if number.reason else "undefined"
    return with_error(number.value, number.error)


def measured(share: Estimate | None) -> str:
    """Write Σw/Σ|w| of clipped events; a dash where there are none or it was not measured."""
    return "−" if share is None or share.value is None else with_error(share.value, share.error)
