"""Observed data through the commands: what is hidden changes no byte, and the settings alone unblind."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import compute_distributions
import compute_impacts
import compute_limits
import fit_signal_strength
from signedag.identity import Identity
from signedag.statistics.template_files import RegionTemplates, write_templates
from signedag.statistics.templates import Template

EDGES = (np.linspace(60.0, 160.0, 6), np.linspace(0.0, 1.0, 3))
SIGNAL = np.outer([1.0, 3.0, 9.0, 8.0, 2.0], [1.0, 3.0])
BACKGROUND = np.outer([90.0, 70.0, 50.0, 40.0, 30.0], [5.0, 2.0])
DATA = np.round(BACKGROUND + 2 * SIGNAL)
HIDDEN = np.array([0, 0, 1, 1, 0])[:, None] * np.ones((1, 2))
MODEL = {
    "signals": ["zh"],
    "scale_factors": {},
    "shapes": {},
    "normalisations": {"rate": {"relative": 0.1, "processes": ["tt"]}},
}
BLIND = {"windows": {"m_jj_gev": {"low": 100.0, "high": 140.0}}, "offset": 3.0}
OUTPUTS = ("result.json", "workspace.json", "limits.json", "distributions.json", "impacts.json")


def template(values: np.ndarray) -> Template:
    return Template(np.pad(values, 1), np.pad(values, 1) * 0.01, EDGES)


def outputs(folder: Path, data: np.ndarray, blinding: dict[str, Any] | None) -> dict[str, bytes]:
    """Run every command that fits and give what it writes."""
    folder.mkdir()
    nominal = {"zh": template(SIGNAL), "tt": template(BACKGROUND)}
    region = RegionTemplates("sr", EDGES, nominal, {}, template(data))
    write_templates(folder / "t.root", [region], {}, Identity.of("templates", variant="plain", binning="coarse"))
    settings: dict[str, Any] = {
        "model": MODEL, "treatment": "fixed", "nonpositive_bins": "merge", "floor_events": 1e-3,
    }  # fmt: skip
    if blinding is not None:
        axes = ["m_jj_gev", "score"]
        settings["observed"] = {"axes": axes, "blinding": blinding, "analysis": "vhbb", "seed": 1}

    def run(main: Callable[[list[str]], int], content: dict[str, Any], *more: str) -> None:
        names = ("--variant", "plain", "--binning", "coarse", "--templates", str(folder / "t.root"))
        assert main(["--settings", json.dumps(content), *names, *more]) == 0

    written = {name: str(folder / name) for name in OUTPUTS}
    files = ("--result", written["result.json"], "--workspace", written["workspace.json"])
    run(fit_signal_strength.main, settings, *files)
    limits = {"fit": settings, "confidence_level": 0.95}
    run(compute_limits.main, limits, "--output", written["limits.json"])
    run(compute_distributions.main, settings, "--output", written["distributions.json"])
    groups = {"fit": settings, "groups": {"rates": ["rate"]}}
    run(compute_impacts.main, groups, "--group", "rates", "--output", written["impacts.json"])
    return {name: Path(path).read_bytes() for name, path in written.items()}


def test_hidden_data_change_no_byte_until_the_settings_unblind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = outputs(tmp_path / "first", DATA, BLIND)
    said = capsys.readouterr().err
    other = outputs(tmp_path / "other", DATA + 40 * HIDDEN, BLIND)
    assert other == first
    assert capsys.readouterr().err.replace("/other/", "/first/") == said
    shown = outputs(tmp_path / "shown", DATA, BLIND | {"unblinded": True})
    asimov = outputs(tmp_path / "asimov", DATA, None)
    assert first["workspace.json"] == asimov["workspace.json"] != shown["workspace.json"]

    blind, open_, none = (json.loads(one["result.json"]) for one in (first, shown, asimov))
    assert (blind["data"], open_["data"], none["data"]) == ("observed", "observed", "asimov")
    assert "observed" not in none
    for key in none.keys() - {"data", "provenance", "identity", "checksum"}:
        assert blind[key] == open_[key] == none[key], key
    assert open_["observed"]["mu_hat"] == pytest.approx(2, abs=0.05)
    assert blind["observed"]["significance"]["z"] is None
    assert open_["observed"]["significance"]["z"] > 1
    open_pulls = open_["observed"]["parameters"]
    assert blind["observed"]["blinding"]["hidden_bins"]["hidden"] == 4

    blind, open_ = (json.loads(one["limits.json"])["strengths"]["mu"] for one in (first, shown))
    assert blind["observed"] == {"value": None, "reason": "hidden until the blinding says 'unblinded: true'"}
    assert open_["observed"]["value"] > 2
    assert blind["expected"] == open_["expected"]

    blind, open_ = (json.loads(one["impacts.json"]) for one in (first, shown))
    assert "observed" not in blind
    assert blind["strengths"] == open_["strengths"]
    (expected,), (seen,) = (open_[kind]["mu"].values() for kind in ("strengths", "observed"))
    assert expected["value"] == pytest.approx(0, abs=1e-6)
    assert seen["value"] == open_pulls["rate"]["value"] != 0
    assert seen["post_fit"]["up"] * expected["post_fit"]["up"] > 0

    mass = json.loads(first["distributions.json"])["distributions"][0]
    assert [value is None for value in mass["data"]] == [False, False, True, True, False]
    assert json.loads(shown["distributions.json"])["distributions"][0]["data"] == DATA.sum(axis=1).tolist()


@pytest.mark.parametrize("injected", [0.0, 1.0, 2.0])
def test_an_injected_signal_is_recovered_once_the_settings_unblind(tmp_path: Path, injected: float) -> None:
    """Exactly from the expectation, within the errors from Poisson numbers, and not at all while it is hidden."""
    expected = BACKGROUND + injected * SIGNAL
    drawn = np.random.default_rng(1).poisson(expected).astype(np.float64)

    def observed(name: str, data: np.ndarray, blinding: dict[str, Any]) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(outputs(tmp_path / name, data, blinding)["result.json"])["observed"]
        return content

    exact = observed("exact", expected, {"unblinded": True})
    assert exact["mu_hat"] == pytest.approx(injected, abs=1e-6)
    fluctuating = observed("drawn", drawn, {"unblinded": True})
    assert abs(fluctuating["mu_hat"] - injected) < 3 * fluctuating["hesse_error"]
    assert fluctuating["hesse_error"] < 0.5
    hidden = observed("hidden", expected, BLIND)
    assert abs(hidden["mu_hat"] - injected) > 0.05
