"""The report says which variations were symmetrised or smoothed, and by how much."""

from dataclasses import replace
from pathlib import Path

from signedag.json_blocks import Block
from signedag.report.treated_section import TreatedTemplates, treated_part

ENTRY = {
    "region": "sr",
    "process": "tt",
    "uncertainty": "jes",
    "symmetrised": "difference",
    "smoothed": "local_linear",
    "largest_change": {"events": -2.5, "side": "up", "indices": [1, 2]},
    "largest_smoothing_in_errors": 1.25,
}


def entry(**changes: object) -> TreatedTemplates:
    return TreatedTemplates.read(Block(ENTRY | changes, Path("result.json"), ""))


def test_an_uncertainty_is_one_row_with_its_largest_changes() -> None:
    worst = entry(process="z_h", smoothed="constant", largest_smoothing_in_errors=3.5)
    worst = replace(worst, largest_change=1.0)
    other = entry(uncertainty="b_tag", symmetrised="mirror_up", smoothed=None, largest_smoothing_in_errors=None)
    text = " ".join("\n".join(treated_part([("plain", "coarse", [worst, entry(), other])])).split())
    assert "- half the difference - yield alone, local planes - 2 - \\−2.5 events (tt, sr) - 3.5 (z\\_h, sr)" in text
    assert "- b\\_tag - up, mirrored - \\− - 1 - \\−2.5 events (tt, sr) - \\−" in text


def test_without_any_there_is_no_such_part() -> None:
    assert treated_part([("plain", "coarse", [])]) == []
