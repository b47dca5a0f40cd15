"""The report says whether results are observed, and what is hidden by which rule."""

from pathlib import Path
from typing import Any

import pytest

from signedag.json_blocks import Block
from signedag.report.fit_results import ObservedStrength, StrengthFit
from signedag.report.observed_section import observed_part
from signedag.report.values import Interval

INTERVAL = {"value": 1.23, "down": 0.4, "up": 0.5}
CONTENT: dict[str, Any] = {
    "interval": INTERVAL,
    "expected_interval": INTERVAL | {"value": 1.0},
    "significance": {"q0": None, "z": None, "reason": "hidden until the blinding says so"},
    "goodness_of_fit": {"chi2": 3.0, "ndf": 4, "p_value": 0.56, "reason": ""},
    "blinding": {
        "unblinded": False,
        "hidden_bins": {
            "region": "sr",
            "hidden": 6,
            "bins": 15,
            "by_rule": {"m_jj_gev": 6, "signal_over_background": 2},
        },
        "strengths_moved": True,
    },
}


def part(content: dict[str, Any] | None) -> str:
    observed = None if content is None else ObservedStrength.read(Block(content, Path("result.json"), ""))
    one = Interval.read(Block(INTERVAL, Path("result.json"), ""))
    fit = StrengthFit("plain", "coarse", "fixed", one, one, one, 0.1, 2.0, "", "", {}, "merge", observed=observed)
    return " ".join("\n".join(observed_part([fit])).split())


def test_blinded_results_name_the_rules() -> None:
    text = part(CONTENT)
    rules = "6 of 15 bins hidden (6 by m_jj_gev, 2 by signal_over_background), μ moved by a secret number"
    assert f"blinded: {rules}" in text.replace("\\", "")
    assert "\\\\" not in text, "what is escaped twice shows its escapes"
    assert "hidden until the blinding says so" in text


@pytest.mark.parametrize("shown", [True, False])
def test_unblinded_and_asimov_results_say_so(shown: bool) -> None:
    blinding = {"unblinded": True, "hidden_bins": CONTENT["blinding"]["hidden_bins"], "strengths_moved": False}
    significance = {"q0": 9.0, "z": 3.0, "reason": ""}
    text = part(CONTENT | {"blinding": blinding, "significance": significance} if shown else None)
    assert ("unblinded" in text and "3.00 σ" in text) == shown
    assert ("All results are expected ones" in text) != shown
