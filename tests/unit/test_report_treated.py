"""The report says which variations were symmetrised or smoothed, and by how much."""

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
    "largest_change_in_errors": 1.25,
}


def entry(**changes: object) -> TreatedTemplates:
    return TreatedTemplates.read(Block(ENTRY | changes, Path("result.json"), ""))


def test_an_uncertainty_is_one_row_with_its_largest_change() -> None:
    small = entry(process="zh", smoothed="constant", largest_change_in_errors=0.5)
    other = entry(uncertainty="btag", symmetrised=None, smoothed="constant", largest_change_in_errors=None)
    text = " ".join("\n".join(treated_part([("plain", "coarse", [small, entry(), other])])).split())
    assert "half the difference" in text and "yield alone, local planes" in text
    assert "−2.5 events, 1.25 × its error (tt, sr)" in text.replace("-2.5", "−2.5").replace("\\", "")
    assert text.count("plain") == 2
    assert "−2.5 events (tt, sr)" in text.replace("-2.5", "−2.5")


def test_without_any_there_is_no_such_part() -> None:
    assert treated_part([("plain", "coarse", [])]) == []
