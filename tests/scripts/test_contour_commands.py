"""`compute_contour` and `plot_contour`: contours of two strengths, compared with pyhf on the exported workspace."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyhf
import pytest
from PIL import Image

import compute_contour
import fit_signal_strength
import plot_contour
from signedag.config.plotting import PlotSettings
from signedag.identity import Identity
from signedag.json_results import read_json, write_json
from signedag.report.contours_section import PairContours, contours_part
from signedag.statistics.template_files import RegionTemplates, write_templates
from signedag.statistics.templates import Template

MODEL = {
    "signals": ["vz", "zh"],
    "strengths": {"vz": "mu_vz"},
    "scale_factors": {},
    "shapes": {"jes": None},
    "normalisations": {"lumi": {"relative": 0.025}, "top": {"relative": 0.1, "processes": ["tt"]}},
}
FIT = {"model": MODEL, "treatment": "fixed", "nonpositive_bins": "merge", "floor_events": 1e-3}
OBSERVED = {"axes": ["m_jj_gev", "score"], "analysis": "small", "seed": 1}
AXES = (np.linspace(60.0, 160.0, 6), np.linspace(0.0, 1.0, 4))
NAMES = {"variant": "plain", "binning": "coarse", "treatment": "fixed"}


def template(values: np.ndarray) -> Template:
    padded = np.pad(np.asarray(values, dtype=float), 1)
    return Template(padded, np.abs(padded) * 0.5, AXES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    contents = {
        "zh": np.outer([1, 2, 4, 9, 4], [1, 2, 6]) * 0.5,
        "vz": np.outer([3, 9, 4, 1, 0.5], [1, 2, 5]) * 0.8,
        "tt": np.outer([40, 38, 34, 30, 25], [3, 2, 0.7]),
    }
    contents["zh"][0, 0] = -0.5
    tilt = np.linspace(-0.04, 0.05, 5)[:, None]
    nominal = {process: template(values) for process, values in contents.items()}
    variations = {
        (process, "jes"): (template(values * (1 + tilt)), template(values * (1 - tilt)))
        for process, values in contents.items()
    }
    data = template(np.round(1.6 * contents["zh"] + 0.7 * contents["vz"] + 1.03 * contents["tt"]))
    region = RegionTemplates("sr", AXES, nominal, variations, data)
    write_templates(
        tmp_path / "templates.root", [region], {}, Identity.of("templates", variant="plain", binning="coarse")
    )
    return tmp_path


def arguments(folder: Path, settings: dict[str, Any]) -> list[str]:
    chosen = ["--settings", json.dumps(settings), "--variant", "plain", "--binning", "coarse"]
    return [*chosen, "--templates", str(folder / "templates.root")]


def compute(folder: Path, strengths: tuple[str, str] = ("mu_vz", "mu"), **more: object) -> int:
    line = [*arguments(folder, FIT | more), "--strengths", *strengths]
    return compute_contour.main([*line, "--output", str(folder / "contours" / f"{'__'.join(strengths)}.json")])


def computed(folder: Path) -> dict[str, Any]:
    content = json.loads((folder / "contours" / "mu_vz__mu.json").read_text())
    return {name: content[name] for name in ("expected", "observed", "processes")}


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")
def test_contours_are_those_of_the_exported_workspace(folder: Path) -> None:
    """2 ΔNLL of pyhf, with everything else fitted, is 2.30 and 5.99 at points of the contours."""
    assert compute(folder) == 0
    content = computed(folder)
    assert content["processes"] == {"mu_vz": ["vz"], "mu": ["zh"]} and content["observed"] is None
    expected = content["expected"]
    assert expected["best"] == pytest.approx([1.0, 1.0], abs=1e-6)
    assert expected["standard_model"]["two_delta_nll"] == pytest.approx(0.0, abs=1e-9)
    outputs = ["--result", str(folder / "result.json"), "--workspace", str(folder / "workspace.json")]
    assert fit_signal_strength.main([*arguments(folder, FIT), *outputs]) == 0
    specification = pyhf.Workspace(json.loads((folder / "workspace.json").read_text()))
    model = specification.model()
    data, start = specification.data(model), model.config.suggested_init()
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-4))
    best = float(pyhf.infer.mle.fit(data, model, return_fitted_val=True)[1])
    indices = [model.config.par_order.index(name) for name in ("mu_vz", "mu")]
    for contour, height in zip(expected["contours"], (2.2957, 5.9915), strict=True):
        assert contour["two_delta_nll"] == pytest.approx(height, abs=1e-4) and contour["method"] == "rays"
        (line,) = contour["lines"]
        for point in line[:-1:12]:
            fixed, values = [False] * len(start), [*start]
            for index, value in zip(indices, point, strict=True):
                fixed[index], values[index] = True, value
            found = pyhf.infer.mle.fit(data, model, values, fixed_params=fixed, return_fitted_val=True)[1]
            assert float(found) - best == pytest.approx(contour["two_delta_nll"], abs=1e-3)
    pyhf.set_backend("numpy")


def test_observed_contours_are_shown_once_they_are_unblinded(folder: Path) -> None:
    hiding = {"signal_over_background": 0.1}
    assert compute(folder, observed=OBSERVED | {"blinding": hiding}) == 0
    blind = computed(folder)
    assert blind["observed"]["contours"] is None and "unblinded" in blind["observed"]["reason"]
    assert compute(folder, observed=OBSERVED | {"blinding": hiding | {"unblinded": True}}) == 0
    shown = computed(folder)
    assert shown["expected"] == blind["expected"]
    assert shown["observed"]["best"] == pytest.approx([0.7, 1.6], abs=0.15)
    standard = shown["observed"]["standard_model"]
    assert standard["p_value"] == pytest.approx(np.exp(-standard["two_delta_nll"] / 2)) and standard["p_value"] < 0.5


@pytest.mark.parametrize(
    ("strengths", "message"),
    [(("mu_vz", "mu_zh"), "no strength 'mu_zh'"), (("mu", "mu"), "no contour of mu and mu: they are the same")],
)
def test_another_strength_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], strengths: tuple[str, str], message: str
) -> None:
    assert compute(folder, strengths) == 1
    assert message in capsys.readouterr().err
    assert not (folder / "contours").exists()


def draw(folder: Path, settings: PlotSettings) -> int:
    named = [part for name, value in NAMES.items() for part in (f"--{name}", value)]
    contour = ["--contour", str(folder / "contours" / "mu_vz__mu.json"), "--strengths", "mu_vz", "mu"]
    line = ["--settings", settings.as_json(), *named, *contour, "--output-folder", str(folder / "figures")]
    return plot_contour.main(line)


@pytest.mark.parametrize("shown", [False, True])
def test_the_figure_is_written_in_both_formats(folder: Path, plot_settings: PlotSettings, shown: bool) -> None:
    assert compute(folder, observed=OBSERVED | {"blinding": {"unblinded": shown}}) == 0
    assert draw(folder, plot_settings) == 0
    files = {path.name for path in (folder / "figures").iterdir()}
    assert files == {"contour_mu_vz__mu.png", "contour_mu_vz__mu.pdf"}
    with Image.open(folder / "figures" / "contour_mu_vz__mu.png") as image:
        assert image.width >= 900


def test_contours_of_another_fit_are_no_input(
    folder: Path, plot_settings: PlotSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compute(folder) == 0
    other = Identity.of("contour", **NAMES | {"binning": "fine"}, pair="mu_vz__mu")
    write_json(folder / "contours" / "mu_vz__mu.json", computed(folder), other)
    assert draw(folder, plot_settings) == 1
    assert "run compute_contour again" in capsys.readouterr().err


def test_the_report_says_how_far_contours_reach(folder: Path) -> None:
    assert compute(folder, observed=OBSERVED | {"blinding": {"unblinded": True}}) == 0
    path = folder / "contours" / "mu_vz__mu.json"
    pairs = PairContours.read(read_json(path, Identity.of("contour", pair="mu_vz__mu")))
    assert [one.data for one in pairs] == ["expected", "observed"]
    ((line,),) = (item["lines"] for item in computed(folder)["expected"]["contours"][:1])
    low, high = np.min(line, axis=0), np.max(line, axis=0)
    assert pairs[0].ranges["68"] == ((low[0], high[0]), (low[1], high[1]))
    text = " ".join("\n".join(contours_part({("plain", "coarse", "fixed"): pairs})).split())
    assert f"{low[0]:.2f} to {high[0]:.2f}; {low[1]:.2f} to {high[1]:.2f}" in text
    assert "mu\\_vz and mu" in text and "1.000, 1.000" in text
    assert contours_part({}) == []
