"""`fit_scale_factors`, `study_pulls` and `fit_signal_strength`, one after the other as the workflow runs them."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyhf
import pytest

import compute_impacts
import compute_limits
import fit_scale_factors
import fit_signal_strength
import study_pulls
import study_toys
from signedag.identity import Identity
from signedag.statistics.template_files import RegionTemplates, write_templates
from signedag.statistics.templates import Template

MODEL = {
    "signals": ["zh"],
    "scale_factors": {"tt": "sf_tt", "zlf": "sf_zlf"},
    "shapes": {"jes": None},
    "normalisations": {"lumi": {"relative": 0.025}},
}
FIT_FACTORS = {"model": MODEL, "profile_nuisances": False, "truth": {"sf_tt": 0.9, "sf_zlf": 1.1}}
YIELDS = {"cr_tt": {"zh": 1.0, "tt": 4000.0, "zlf": 200.0}, "cr_zlf": {"zh": 2.0, "tt": 300.0, "zlf": 9000.0}}


def flat(values: np.ndarray, edges: tuple[np.ndarray, ...]) -> Template:
    padded = np.pad(values, 1)
    return Template(padded, np.abs(padded) * 0.5, edges)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    edges = (np.array([150.0, 250.0, 400.0]),)
    control: list[RegionTemplates] = []
    for region, yields in YIELDS.items():
        spectra = {process: value * np.array([0.7, 0.3]) for process, value in yields.items()}
        nominal = {process: flat(values, edges) for process, values in spectra.items()}
        variations = {
            (process, "jes"): (flat(values * [1.01, 1.03], edges), flat(values * [0.99, 0.97], edges))
            for process, values in spectra.items()
        }
        data = flat(np.round(0.9 * spectra["tt"] + 1.1 * spectra["zlf"] + spectra["zh"]), edges)
        control.append(RegionTemplates(region, edges, nominal, variations, data))
        control.append(RegionTemplates(region, edges, nominal, {}, data, "met_gev"))
    write_templates(tmp_path / "control.root", control, {}, Identity.of("control templates"))

    axes = (np.linspace(60.0, 160.0, 5), np.linspace(0.0, 1.0, 4))
    peak = np.outer([1, 2, 8, 3], [1, 2, 6])
    signal = {
        "zh": peak * 0.8,
        "tt": np.outer([40, 35, 30, 25], [3, 2, 0.5]),
        "zlf": np.outer([50, 30, 20, 10], [4, 1, 0.2]),
    }
    signal["tt"][3, 2] = -20.0
    nominal = {process: flat(np.asarray(values, dtype=float), axes) for process, values in signal.items()}
    slope = np.linspace(0.97, 1.04, 4)[:, None], np.linspace(1.03, 0.97, 4)[:, None]
    variations = {
        (process, "jes"): (flat(values * slope[0], axes), flat(values * slope[1], axes))
        for process, values in signal.items()
    }
    identity = Identity.of("templates", variant="plain", binning="coarse")
    write_templates(tmp_path / "templates.root", [RegionTemplates("sr", axes, nominal, variations, None)], {}, identity)
    return tmp_path


def control_command(main: Callable[[list[str]], int], folder: Path, settings: dict[str, object], output: str) -> int:
    return main(
        [
            *("--settings", json.dumps(settings)),
            *("--templates", str(folder / "control.root")),
            *("--output", str(folder / output)),
        ]
    )


def strength(folder: Path, treatment: str, *more: str, model: dict[str, object] = MODEL) -> int:
    settings = {"model": model, "treatment": treatment, "nonpositive_bins": "merge", "floor_events": 1e-3}
    return fit_signal_strength.main(
        [
            *("--settings", json.dumps(settings)),
            *("--variant", "plain", "--binning", "coarse", "--templates", str(folder / "templates.root")),
            *("--result", str(folder / treatment / "result.json")),
            *("--workspace", str(folder / treatment / "workspace.json")),
            *more,
        ]
    )


def with_factors(folder: Path) -> list[str]:
    return ["--control-templates", str(folder / "control.root"), "--scale-factors", str(folder / "factors.json")]


def test_scale_factors_find_their_truth_and_are_described(folder: Path) -> None:
    assert control_command(fit_scale_factors.main, folder, FIT_FACTORS, "factors.json") == 0
    result = json.loads((folder / "factors.json").read_text())
    for name, truth in FIT_FACTORS["truth"].items():
        factor = result["scale_factors"][name]
        assert factor["value"] == pytest.approx(truth, abs=2e-3)
        assert factor["truth"] == truth
        assert factor["down"] > 0 and factor["up"] > 0
    assert result["order"] == ["sf_tt", "sf_zlf"]
    assert result["flatness"]["observable"] == "met_gev"
    assert len(result["flatness"]["bins"]) == 2
    assert set(result["regions"]) == {"cr_tt", "cr_zlf"}
    assert json.loads(result["provenance"]["settings"])["truth"] == FIT_FACTORS["truth"]
    first = (folder / "factors.json").read_bytes()
    control_command(fit_scale_factors.main, folder, FIT_FACTORS, "factors.json")
    assert (folder / "factors.json").read_bytes() == first


def test_pulls_depend_on_the_seed_alone(folder: Path) -> None:
    settings = {"seed": 4, "fit": FIT_FACTORS, "pseudo_experiments": 20}
    assert control_command(study_pulls.main, folder, settings, "pulls.json") == 0
    assert control_command(study_pulls.main, folder, settings, "again.json") == 0
    assert (folder / "pulls.json").read_bytes() == (folder / "again.json").read_bytes()
    result = json.loads((folder / "pulls.json").read_text())
    assert result["pseudo_experiments"] == 20 and result["failed"] == 0
    assert set(result["scale_factors"]["sf_tt"]) == {"pulls", "mean", "width", "coverage", "truth"}
    assert result["provenance"]["seed"] == "4"


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")
@pytest.mark.parametrize("treatment", ["fixed", "constrained", "simultaneous"])
def test_signal_strength_and_its_workspace(folder: Path, treatment: str) -> None:
    control_command(fit_scale_factors.main, folder, FIT_FACTORS, "factors.json")
    assert strength(folder, treatment, *with_factors(folder)) == 0
    result = json.loads((folder / treatment / "result.json").read_text())
    assert result["mu_hat"] == pytest.approx(1, abs=1e-4)
    assert result["treatment"] == treatment
    assert result["bins"]["sr"]["before"] == 12
    assert [entry["indices"] for entry in result["nonpositive_bins"]] == [[3, 2]]
    assert result["nonpositive_bins"][0]["contents"]["tt"] == pytest.approx(-20 * 0.9, abs=0.1)
    specification = pyhf.Workspace(json.loads((folder / treatment / "workspace.json").read_text()))
    model = specification.model()
    data = specification.data(model)
    order = list(result["parameters"])
    values = {name: entry["value"] for name, entry in result["parameters"].items()}
    best = [values[name] for name in model.config.par_order]
    assert sorted(order) == sorted(model.config.par_order)
    np.testing.assert_allclose(model.expected_data(best), data, atol=1e-9)


def test_treated_variations_are_fitted_exported_and_listed(folder: Path) -> None:
    control_command(fit_scale_factors.main, folder, FIT_FACTORS, "factors.json")
    assert strength(folder, "simultaneous", *with_factors(folder)) == 0
    plain = json.loads((folder / "simultaneous" / "result.json").read_text())
    assert plain["treated_variations"] == []
    model = MODEL | {"symmetrise": {"jes": "difference"}, "smooth": {"jes": {"relative_error": 0.05}}}
    assert strength(folder, "simultaneous", *with_factors(folder), model=model) == 0
    treated = json.loads((folder / "simultaneous" / "result.json").read_text())
    listed = {(item["region"], item["process"]): item for item in treated["treated_variations"]}
    assert set(listed) == {(region, process) for region in ("sr", *YIELDS) for process in ("zh", "tt", "zlf")}
    assert listed["sr", "zh"]["smoothed"] == "constant" and listed["sr", "zlf"]["smoothed"] == "local_linear"
    assert treated["interval"] != plain["interval"]
    workspace = json.loads((folder / "simultaneous" / "workspace.json").read_text())
    sample = next(item for item in workspace["channels"][0]["samples"] if item["name"] == "zlf")
    (sides,) = (item["data"] for item in sample["modifiers"] if item["type"] == "histosys")
    after = listed["sr", "zlf"]["yields"]["up"]["after"]
    assert sum(sides["hi_data"]) == pytest.approx(after)
    np.testing.assert_allclose(np.add(sides["hi_data"], sides["lo_data"]), 2 * np.array(sample["data"]), atol=1e-9)


def test_without_control_regions_only_fixed_is_possible(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert strength(folder, "fixed") == 0
    for treatment in ("constrained", "simultaneous"):
        assert strength(folder, treatment) == 1
        assert f"'{treatment}' needs --scale-factors" in capsys.readouterr().err
        assert not (folder / treatment).exists()


def test_a_missing_file_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "control.root").unlink()
    assert control_command(fit_scale_factors.main, folder, FIT_FACTORS, "factors.json") == 1
    assert "control.root: no such file" in capsys.readouterr().err
    assert not (folder / "factors.json").exists()


def detail(main: Callable[[list[str]], int], folder: Path, output: str, *more: str, **settings: object) -> int:
    fit = {"model": MODEL, "treatment": "simultaneous", "nonpositive_bins": "merge", "floor_events": 1e-3}
    return main(
        [
            *("--settings", json.dumps({"fit": fit, **settings})),
            *("--variant", "plain", "--binning", "coarse", "--templates", str(folder / "templates.root")),
            *("--output", str(folder / output)),
            *with_factors(folder),
            *more,
        ]
    )


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")
def test_limits_are_those_of_the_exported_workspace(folder: Path) -> None:
    control_command(fit_scale_factors.main, folder, FIT_FACTORS, "factors.json")
    assert strength(folder, "simultaneous", *with_factors(folder)) == 0
    assert detail(compute_limits.main, folder, "limits.json", confidence_level=0.95) == 0
    limit = json.loads((folder / "limits.json").read_text())["strengths"]["mu"]
    specification = pyhf.Workspace(json.loads((folder / "simultaneous" / "workspace.json").read_text()))
    model = specification.model()
    start = model.config.suggested_init()
    without = [*start]
    without[model.config.poi_index] = 0.0
    data = model.expected_data(without)
    median = limit["expected"]["0"]["value"]
    _, expected = pyhf.infer.hypotest(median, data, model, test_stat="qtilde", return_expected_set=True)
    assert float(expected[2]) == pytest.approx(0.05, abs=2e-4)
    assert limit["with_signal"]["value"] > median > 0


def test_impacts_of_a_group_and_of_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    control_command(fit_scale_factors.main, folder, FIT_FACTORS, "factors.json")
    groups = {"shapes": ["jes"]}
    assert detail(compute_impacts.main, folder, "impacts.json", "--group", "shapes", groups=groups) == 0
    impact = json.loads((folder / "impacts.json").read_text())["strengths"]["mu"]
    assert set(impact) == {"jes"}
    assert impact["jes"]["post_fit"]["down"] * impact["jes"]["post_fit"]["up"] < 0
    assert detail(compute_impacts.main, folder, "factors_group.json", "--group", "scale_factors", groups=groups) == 0
    factors = json.loads((folder / "factors_group.json").read_text())["strengths"]["mu"]
    assert set(factors) == {"sf_tt", "sf_zlf"}
    for item in factors.values():  # nearly linear
        assert item["post_fit"]["up"] == pytest.approx(item["covariance"], rel=0.1)
    assert detail(compute_impacts.main, folder, "none.json", "--group", "shape", groups=groups) == 1
    assert "there is no group 'shape'; did you mean 'shapes'?" in capsys.readouterr().err
    assert not (folder / "none.json").exists()


def test_toys_depend_on_the_seed_and_agree_with_the_asymptotic_limit(folder: Path) -> None:
    control_command(fit_scale_factors.main, folder, FIT_FACTORS, "factors.json")
    asked = {"confidence_level": 0.95, "toys": {"strengths": [1.0], "intervals": 60, "limits": 60}}
    for output in ("toys.json", "again.json"):
        assert detail(study_toys.main, folder, output, seed=3, **asked) == 0
    assert (folder / "toys.json").read_bytes() == (folder / "again.json").read_bytes()
    study = json.loads((folder / "toys.json").read_text())
    (fits,) = study["coverage"]
    assert fits["pseudo_experiments"] == 60 and len(fits["pulls"]) + fits["failed"] == 60
    held = fits["coverage"]["0.6827"]
    assert abs(held["value"] - 0.6827) < 4 * held["error"]
    for test in study["tests"]:
        cls = test["expected"]["0"]["cls"]
        assert abs(cls["value"] - test["asymptotic_cls"]) < 4 * max(cls["error"], 1 / 60)
