"""The choice among the points of a scan: frontier, limit, failures, and what the best is worth."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from signedag.config.scan import Scan, SummariseScanSettings
from signedag.report.classifier_results import Sculpting
from signedag.report.values import Estimate
from signedag.scan.choice import ScanRow, Strength, choose, frontier
from signedag.scan.summary import axes, table


def row(
    name: str, error: float | None, chi2: float | None, problems: tuple[str, ...] = (), **settings: float
) -> ScanRow:
    sculpting = Sculpting((chi2,), (0.3,), chi2, 0.3, "" if chi2 else "empty", 0.1, 0.5, "", 0.2, "")
    strength = Strength(error, 0.05, 3.0, "" if error is not None else "no minimum")
    estimate = Estimate(0.8, 0.01)
    return ScanRow(name, settings or {"rate": 0.1}, estimate, estimate, sculpting, strength, problems)


def test_the_best_is_the_smallest_error_within_the_limit() -> None:
    rows = [row("a", 0.25, 5.0), row("b", 0.28, 1.9), row("c", 0.27, 2.0), row("d", 0.26, 1.0, ("seed 1 diverged",)),
            row("e", None, 0.5), row("f", 0.1, None)]  # fmt: skip
    choice = choose(rows, 2.0)
    assert choice.passing == ("c", "b") and choice.best == "c"
    assert choice.frontier == ("a", "c", "b")
    assert (choice.points, choice.failed) == (6, 2)
    assert choice.reason == "smallest σ_μ of the 2 points with a mean χ²/ndf of at most 2"
    assert choice.caution.startswith("The best of 6 points was chosen on this sample")
    assert rows[3].failed == "seed 1 diverged" and rows[4].failed == "no minimum"


def test_where_none_passes_the_nearest_is_named() -> None:
    choice = choose([row("a", 0.25, 5.0), row("b", 0.28, 3.0), row("c", 0.2, 1.0, ("diverged",))], 2.0)
    assert choice.best is None
    assert choice.reason == "no point has a mean χ²/ndf of at most 2; the smallest is 3, of b"
    assert choose([], 2.0).reason == "no point has a mean χ²/ndf of at most 2"


numbers = st.integers(1, 6)


@given(st.lists(st.tuples(numbers, numbers), max_size=12))
def test_the_frontier_has_exactly_what_no_other_point_beats(pairs: list[tuple[int, int]]) -> None:
    rows = [row(f"p{index}", float(error), float(chi2)) for index, (error, chi2) in enumerate(pairs)]

    def beaten(one: tuple[int, int]) -> bool:
        return any(other != one and other[0] <= one[0] and other[1] <= one[1] for other in pairs)

    expected = {f"p{index}" for index, pair in enumerate(pairs) if not beaten(pair)}
    ahead = frontier(rows)
    assert set(ahead) == expected and len(ahead) == len(expected)
    errors = [rows[int(name[1:])].strength.error for name in ahead]
    assert errors == sorted(errors, key=lambda error: math.inf if error is None else error)


def summary_settings() -> SummariseScanSettings:
    scan = Scan.model_validate({"variant": "plain", "grid": {"rate": [0.1, 1.0, 10.0], "size": [1, 2, 3]}})
    template = {"region": "sr", "phases": [{"epochs": 1}]}
    return SummariseScanSettings.model_validate(
        {"scan": scan, "paths": ["rate", "size"], "classifier": "plain", "template": template, "seed": 1, "folds": 2,
         "has_sculpting": True, "binning": "coarse", "treatment": "fixed"}
    )  # fmt: skip


def test_axes_keep_their_order_and_know_factors_from_steps() -> None:
    rows = [row("p", 0.2, 1.0, rate=rate, size=size) for rate in (10.0, 0.1, 1.0) for size in (3, 1, 2)]
    assert axes(rows, summary_settings()) == [
        {"path": "rate", "values": [0.1, 1.0, 10.0], "scale": "log"},
        {"path": "size", "values": [1, 2, 3], "scale": "linear"},
    ]


def test_the_table_has_the_best_first_and_the_failed_last() -> None:
    rows = [row("bad", 0.2, 1.0, ("seed 1 diverged: x",), rate=1, size=1), row("far", 0.2, 9.0, rate=2, size=1),
            row("best", 0.25, 1.0, rate=3, size=1), row("odd", None, None, rate=4, size=1)]  # fmt: skip
    lines = table(rows, choose(rows, 2.0), summary_settings()).splitlines()
    assert lines[0].startswith("# The best of 4 points was chosen on this sample")
    assert lines[1].split("\t")[:3] == ["variant", "rate", "size"]
    assert [line.split("\t")[0] for line in lines[2:]] == ["best", "far", "bad", "odd"]
    assert lines[2].endswith("best, frontier") and lines[4].endswith("failed: seed 1 diverged: x")
    assert "undefined" in lines[5]
