"""The summary of a scan: axes, rows and choice, as JSON and as a table to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from signedag.config.scan import SummariseScanSettings
from signedag.scan.choice import Choice, ScanRow


def axes(rows: Sequence[ScanRow], settings: SummariseScanSettings) -> list[dict[str, Any]]:
    """Give each scanned setting with the values that the points have, and whether they are better seen as logarithms.

    Of random points the configuration says so; of a grid the logarithms are taken where they are spread more evenly.
    """
    ranges = settings.scan.random.ranges if settings.scan.random else {}
    described = []
    for path in settings.paths:
        values = sorted({row.settings[path] for row in rows})
        logarithmic = ranges[path].scale == "log" if path in ranges else _is_geometric(values)
        described.append({"path": path, "values": values, "scale": "log" if logarithmic else "linear"})
    return described


def _is_geometric(values: Sequence[float]) -> bool:
    """Tell whether values are spread over a factor, like 1, 2, 5, 10, rather than evenly.

    >>> _is_geometric([1, 2, 5, 10]), _is_geometric([1, 2, 3, 4]), _is_geometric([0, 1, 10])
    (True, False, False)
    """
    return len(values) > 2 and values[0] > 0 and values[-1] - values[-2] > 1.5 * (values[1] - values[0])


def summary(rows: Sequence[ScanRow], choice: Choice, settings: SummariseScanSettings) -> dict[str, Any]:
    """Give the content of the summary."""
    return {
        "scanned": settings.scan.variant,
        "kind": "random" if settings.scan.random else "grid",
        "binning": settings.binning,
        "treatment": settings.treatment,
        "axes": axes(rows, settings),
        "points": [row.as_json() for row in rows],
        "choice": choice.as_json(),
    }


COLUMNS = ("binned_significance", "chi2_mean", "chi2_p_smallest", "ks_probability", "distance_correlation", "sigma_mu")


def table(rows: Sequence[ScanRow], choice: Choice, settings: SummariseScanSettings) -> str:
    """Write the points as a table with tabs: those that pass, the best first, the others by χ², those that failed."""
    place = {name: number for number, name in enumerate(choice.passing)}

    def order(row: ScanRow) -> tuple[bool, float, float, str]:
        chi2 = row.chi2_mean if row.chi2_mean is not None else float("inf")
        return bool(row.failed), place.get(row.variant, len(rows)), chi2, row.variant

    lines = ["\t".join(("variant", *settings.paths, "auc", *COLUMNS, "remark"))]
    for row in sorted(rows, key=order):
        sculpting = row.sculpting
        numbers = (
            row.auc.value,
            row.significance.value,
            row.chi2_mean,
            None if sculpting is None else sculpting.chi2_p_smallest,
            None if sculpting is None else sculpting.ks_probability,
            None if sculpting is None else sculpting.distance_correlation,
            row.strength.error,
        )
        values = (f"{row.settings[path]:g}" for path in settings.paths)
        lines.append("\t".join((row.variant, *values, *map(_cell, numbers), _remark(row, choice))))
    return "\n".join([f"# {choice.caution}", *lines]) + "\n"


def _cell(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4g}"


def _remark(row: ScanRow, choice: Choice) -> str:
    if row.failed:
        return f"failed: {row.failed}"
    remarks = {"best": row.variant == choice.best, "frontier": row.variant in choice.frontier}
    return ", ".join(text for text, holds in remarks.items() if holds)
