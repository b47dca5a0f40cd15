"""The report's section on the choice of a strategy: do the signs look alike, and can a sample be transformed at all?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from signedag.report.markup import heading, paragraph, table
from signedag.report.numbers import percent, with_error

Json = Mapping[str, Any]


def diagnostics_section(diagnostics: Mapping[str, Json]) -> str:
    """Write the section.

    Args:
        diagnostics: the block `diagnostics` of the summary.
    """
    if not diagnostics:
        return ""
    header = ("sample", "negative share of |w|", "sign AUC", "signs are", "smallest safe batch", "density not positive",
              "Σw/Σ|w| there",
              "can be transformed")  # fmt: skip
    return "\n".join(
        [
            heading("Diagnostics: which treatment do the weights allow?", "~"),
            table(header, [_row(name, found) for name, found in diagnostics.items()]),
            paragraph(
                "The sign AUC tells whether a network can tell positive from negative events; where it is compatible "
                "with 0.5 the signs look alike, and dropping or flipping them distorts no shape. Mini-batches of at "
                "least the smallest safe size have a negative sum less often than once in a thousand. Density not "
                "positive: the share of \\|w\\| where the estimate 2p − 1 is below zero; Σw/Σ\\|w\\| there comes "
                "from those events' own signs, which did not decide on it. Where it is below zero by more than its "
                "error explains, no non-negative weight describes the sample."
            ),
        ]
    )


def _row(name: str, found: Json) -> list[str]:
    area, batch, transformable = found["sign_auc"], found["smallest_safe_batch"], found["transformable"]
    return [
        name,
        percent(found["negative_fraction"]["value"]),
        "undefined" if area["value"] is None else with_error(area["value"], area["error"]),
        area["verdict"],
        batch["reason"] if batch["value"] is None else str(batch["value"]),
        percent(transformable["clipped_fraction"]),
        _signed(transformable["clipped_signed_share"]),
        transformable["verdict"],
    ]


def _signed(share: Json) -> str:
    return "−" if share["value"] is None else with_error(share["value"], share["error"])
