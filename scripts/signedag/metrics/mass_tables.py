"""The comparison of models by mass as tables to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

COLUMNS = (
    ("trained", "auc"),
    ("held_out", "auc"),
    ("trained", "significance_ratio"),
    ("held_out", "significance_ratio"),
)
HEADER = (
    "model", "AUC, trained masses", "AUC, held-out masses", "ratio, trained masses", "ratio, held-out masses",
)  # fmt: skip
SIZES = ("networks", "parameters")


def tables_to_read(tables: Mapping[str, Any], differences: Iterable[Mapping[str, Any]]) -> str:
    """Write each table and the differences that were asked for, with tabs between columns.

    Numbers are means over masses and seeds with the error of the mean over seeds; a mean over no mass, and an error
    from fewer than two seeds, are empty; the ratio is the significance ratio. The groups of masses in a difference are
    those of its first model.

    Args:
        tables: by name, as the comparison has them.
        differences: likewise.
    """
    lines: list[str] = []
    for table, content in tables.items():
        lines += [table, "\t".join((*HEADER, *SIZES))]
        for model in content["models"]:
            sizes = ("" if model["size"][key] is None else str(model["size"][key]) for key in SIZES)
            lines.append("\t".join((model["model"], *_means(model["means"], "over_seeds"), *sizes)))
        lines.append("")
    lines += ["differences", "\t".join(("table", *HEADER))]
    for one in differences:
        names = f"{one['model']} - {one['reference']}"
        lines.append("\t".join((one["table"], names, *_means(one["means"], None))))
    return "\n".join(lines) + "\n"


def _means(means: Mapping[str, Any], key: str | None) -> list[str]:
    return [_number(means[group][metric] if key is None else means[group][metric][key]) for group, metric in COLUMNS]


def _number(content: Mapping[str, Any]) -> str:
    value, error = content["value"], content["error"]
    if value is None:
        return ""
    return f"{value:.5f}" + ("" if error is None else f" +- {error:.5f}")
