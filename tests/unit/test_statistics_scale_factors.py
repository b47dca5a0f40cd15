from pathlib import Path

import numpy as np
import pytest

from signedag.config.fitting import FitScaleFactorsSettings, ModelSettings, NormalisationUncertainty
from signedag.errors import UserError
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.statistics.flatness import fit_in_bins
from signedag.statistics.pulls import study_pulls
from signedag.statistics.scale_factor_results import describe
from signedag.statistics.scale_factors import UndeterminedScaleFactorsError, fit_control_regions
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Template

SOURCE = Path("control.root")
TRUTH = {"sf_tt": 0.92, "sf_zlf": 1.08, "sf_zhf": 1.21}
FACTORS = {"tt": "sf_tt", "zlf": "sf_zlf", "zhf": "sf_zhf"}
YIELDS = {
    "cr_tt": {"zh": 2.0, "tt": 9000.0, "zlf": 300.0, "zhf": 500.0, "other": 200.0},
    "cr_zlf": {"zh": 1.0, "tt": 400.0, "zlf": 20000.0, "zhf": 1500.0, "other": 300.0},
    "cr_zhf": {"zh": 3.0, "tt": 500.0, "zlf": 700.0, "zhf": 2500.0, "other": 100.0},
}


def template(values: np.ndarray, variances: np.ndarray, edges: np.ndarray) -> Template:
    return Template(np.concatenate([[0.0], values, [0.0]]), np.concatenate([[0.0], variances, [0.0]]), (edges,))


def regions(bins: int = 1, seed: int | None = None, per_event: float = 2.0) -> list[RegionTemplates]:
    """Regions with falling spectra; data are Poisson, or the expectation itself without a seed."""
    edges = np.linspace(150.0, 450.0, bins + 1)
    found = []
    for region, yields in YIELDS.items():
        shape = np.exp(-np.arange(bins) / 2.0)
        shape /= shape.sum()
        nominal = {name: template(shape * value, shape * value * per_event, edges) for name, value in yields.items()}
        variations = {}
        for name, item in nominal.items():
            tilt = 1 + 0.03 * np.linspace(0.5, 1, bins)
            variations[name, "jes"] = (
                template(item.values * tilt, item.variances, edges),
                template(item.values / tilt, item.variances, edges),
            )
        expected = sum(item.values * TRUTH.get(FACTORS.get(name, ""), 1.0) for name, item in nominal.items())
        counts = expected if seed is None else np.random.default_rng([seed, len(found)]).poisson(expected).astype(float)
        found.append(RegionTemplates(region, (edges,), nominal, variations, template(counts, counts, edges)))
    return found


def settings_of(**changes: object) -> FitScaleFactorsSettings:
    model = ModelSettings(
        signals=("zh",),
        scale_factors=FACTORS,
        shapes={"jes": None},
        normalisations={"lumi": NormalisationUncertainty(relative=0.025)},
    )
    chosen: dict[str, object] = {"model": model, "profile_nuisances": False, "truth": TRUTH}
    return FitScaleFactorsSettings.model_validate(chosen | changes)


def test_template_statistics_widen_the_interval_by_what_stands_beside_it_otherwise() -> None:
    beside = settings_of()
    model = beside.model.model_copy(update={"template_statistics": "barlow_beeston_lite"})
    inside = beside.model_copy(update={"model": model, "truth": TRUTH | {"sf_tt": 1.0}})
    one, other = (
        describe(fit_control_regions(regions(), chosen, SOURCE), chosen).as_json() for chosen in (beside, inside)
    )
    assert (one["template_statistics"], other["template_statistics"]) == ("none", "barlow_beeston_lite")
    before, after = one["scale_factors"]["sf_tt"], other["scale_factors"]["sf_tt"]
    assert after["value"] == pytest.approx(before["value"], rel=1e-3)
    # δ is that of the nominal templates, τ that of the scaled ones: they differ as far as factors differ from 1
    assert after["error"] == pytest.approx(np.hypot(before["error"], before["template_statistical"]), rel=0.05)
    assert after["pull_of_truth_with_template_statistical"] == after["pull_of_truth"]
    pulls = study_pulls(fit_control_regions(regions(), inside, SOURCE), 80, 1).scale_factors["sf_tt"]
    assert abs(pulls.width.value - 1) < 3 * pulls.width.error


@pytest.mark.parametrize("bins", [1, 5])
@pytest.mark.parametrize("profiled", [False, True])
def test_expected_data_give_the_truth_back(bins: int, profiled: bool) -> None:
    fitted = fit_control_regions(regions(bins), settings_of(profile_nuisances=profiled), SOURCE)
    np.testing.assert_allclose(fitted.values().values, list(TRUTH.values()), rtol=1e-8)
    described = describe(fitted, settings_of()).as_json()
    assert described["scale_factors"]["sf_tt"]["pull_of_truth"] == pytest.approx(0, abs=1e-6)
    # about 1/sqrt(9400), more with a luminosity that only the normalisation of the rest measures
    assert described["scale_factors"]["sf_tt"]["error"] > (0.025 if profiled else 0.0105)
    assert described["goodness_of_fit"]["chi2"] == pytest.approx(0, abs=1e-8)
    assert described["goodness_of_fit"]["ndf"] == 3 * bins - 3


def test_intervals_covariance_and_truth_fit_together(tmp_path: Path) -> None:
    settings = settings_of()
    fitted = fit_control_regions(regions(5, seed=3), settings, SOURCE)
    described = describe(fitted, settings).as_json()
    for number, (name, factor) in enumerate(described["scale_factors"].items()):
        assert factor["error"] == pytest.approx(np.sqrt(described["covariance"][number][number]))
        assert factor["down"] == pytest.approx(factor["error"], rel=0.03)
        assert factor["up"] == pytest.approx(factor["error"], rel=0.03)
        assert factor["up"] > factor["down"]
        assert abs(factor["pull_of_truth"]) < 3.5
        assert factor["truth"] == TRUTH[name]
        assert abs(factor["pull_of_truth_with_template_statistical"]) < abs(factor["pull_of_truth"])
    assert described["order"] == list(TRUTH)
    assert described["processes"] == {"sf_tt": ["tt"], "sf_zlf": ["zlf"], "sf_zhf": ["zhf"]}
    write_json(tmp_path / "result.json", described, Identity.of("scale factors"))


def test_template_statistics_are_what_refilled_templates_scatter_by() -> None:
    settings = settings_of()
    stated = np.sqrt(
        np.diag(describe(fit_control_regions(regions(), settings, SOURCE), settings).template_statistical_covariance)
    )
    generator = np.random.default_rng(5)
    found = []
    for _ in range(300):
        refilled = []
        for region in regions():
            nominal = {
                name: template(generator.normal(item.values, np.sqrt(item.variances)), item.variances, region.edges[0])
                for name, item in region.nominal.items()
            }
            refilled.append(RegionTemplates(region.region, region.edges, nominal, {}, region.data))
        found.append(fit_control_regions(refilled, settings, SOURCE).values().values)
    np.testing.assert_allclose(np.std(found, axis=0, ddof=1), stated, rtol=4 / np.sqrt(2 * 299))


def test_yields_before_and_after_the_fit() -> None:
    settings = settings_of()
    described = describe(fit_control_regions(regions(5, seed=1), settings, SOURCE), settings).as_json()
    region = described["regions"]["cr_tt"]
    value = described["scale_factors"]["sf_tt"]["value"]
    assert region["yields"]["prefit"]["tt"]["value"] == pytest.approx(9000)
    assert region["yields"]["prefit"]["tt"]["error"] == pytest.approx(np.sqrt(18000))
    assert region["yields"]["postfit"]["tt"]["value"] == pytest.approx(9000 * value)
    assert region["yields"]["postfit"]["tt"]["error"] == pytest.approx(np.sqrt(18000) * value)
    assert region["yields"]["postfit"]["zh"]["value"] == pytest.approx(2.0)
    np.testing.assert_allclose(region["postfit_total"], sum(region["postfit"].values()))
    assert len(region["edges"][0]) == 6
    assert region["data"].sum() == region["yields"]["data"]
    # in a region with one dominant process the fit knows the total as well as the data do
    relative = np.sqrt(np.sum(region["data"])) / np.sum(region["data"])
    assert region["postfit_fit_error"].sum() / region["postfit_total"].sum() == pytest.approx(relative, rel=0.1)


def test_pulls_are_standard_normal_and_repeat() -> None:
    fitted = fit_control_regions(regions(1, seed=1), settings_of(), SOURCE)
    study = study_pulls(fitted, 200, 1).as_json()
    assert study["failed"] == 0
    for name, pulls in study["scale_factors"].items():
        assert len(pulls["pulls"]) == 200
        assert abs(pulls["mean"]["value"]) < 0.25
        assert abs(pulls["width"]["value"] - 1) < 0.2
        assert abs(pulls["coverage"]["value"] - 0.683) < 4 * pulls["coverage"]["error"]
        assert pulls["truth"] == pytest.approx(fitted.values().value(name))
    again = study_pulls(fitted, 3, 1).as_json()
    assert again["scale_factors"]["sf_tt"]["pulls"].tolist() == study["scale_factors"]["sf_tt"]["pulls"][:3].tolist()
    other = study_pulls(fitted, 3, 2).as_json()
    assert other["scale_factors"]["sf_tt"]["pulls"].tolist() != again["scale_factors"]["sf_tt"]["pulls"].tolist()


def test_pulls_with_profiled_nuisances_let_auxiliary_measurements_fluctuate() -> None:
    fitted = fit_control_regions(regions(2, seed=1), settings_of(profile_nuisances=True), SOURCE)
    study = study_pulls(fitted, 60, 1).as_json()
    for pulls in study["scale_factors"].values():
        assert abs(pulls["mean"]["value"]) < 4 / np.sqrt(60)
        assert 0.6 < pulls["width"]["value"] < 1.4


def test_scale_factors_that_do_not_depend_on_an_observable_are_flat() -> None:
    settings = settings_of()
    fitted = fit_control_regions(regions(4, seed=2), settings, SOURCE)
    flatness = fit_in_bins(
        "met_gev", {item.region: item for item in regions(4, seed=2)}, settings, fitted.values(), SOURCE
    ).as_json()
    assert len(flatness["bins"]) == 4
    assert flatness["bins"][0]["high"] == flatness["bins"][1]["low"]
    for name in TRUTH:
        assert flatness["comparison"][name]["ndf"] == 3
        assert flatness["comparison"][name]["p_value"] > 1e-3
        spread = [entry["scale_factors"][name]["value"] for entry in flatness["bins"]]
        assert min(spread) < fitted.values().value(name) < max(spread)


def test_a_bin_without_data_is_undefined_with_a_reason() -> None:
    settings = settings_of()
    found = regions(3)
    edges = found[0].edges[0]
    assert found[0].data is not None
    counts = found[0].data.values.copy()
    counts[2] = 0
    found[0] = RegionTemplates("cr_tt", (edges,), found[0].nominal, {}, template(counts, counts, edges))
    values = fit_control_regions(regions(3), settings, SOURCE).values()
    flatness = fit_in_bins("met_gev", {item.region: item for item in found}, settings, values, SOURCE).as_json()
    assert flatness["bins"][2]["scale_factors"] is None
    assert "region 'cr_tt' has no data events" in flatness["bins"][2]["reason"]
    assert flatness["comparison"]["sf_tt"]["ndf"] == 1


def test_only_a_bin_that_determines_nothing_is_undefined_other_mistakes_are_raised() -> None:
    settings = settings_of()
    values = fit_control_regions(regions(3), settings, SOURCE).values()
    one = regions(3)[0]
    top = one.nominal["tt"]
    negative = dict(one.nominal) | {
        "tt": template(top.values * np.array([1.0, -1.0, 1.0]), top.variances, top.edges[0]),
    }
    spoilt = [RegionTemplates("cr_tt", one.edges, negative, {}, one.data), *regions(3)[1:]]
    flatness = fit_in_bins("met_gev", {item.region: item for item in spoilt}, settings, values, SOURCE)
    assert [item.factors is None for item in flatness.bins] == [False, True, False]
    assert "region 'cr_tt': its whole prediction is not positive" in flatness.bins[1].reason
    # the control regions' fit has no setting that raises bins, so its message must not offer one
    assert "nonpositive_bins" not in flatness.bins[1].reason
    without_data = {"cr_tt": RegionTemplates("cr_tt", one.edges, one.nominal, {}, None)}
    with pytest.raises(UserError, match="region 'cr_tt' has no data; fill the control templates with data"):
        fit_in_bins("met_gev", without_data, settings, values, SOURCE)


def without(region: RegionTemplates, process: str) -> RegionTemplates:
    nominal = {
        name: template(item.values * 0, item.variances * 0, item.edges[0]) if name == process else item
        for name, item in region.nominal.items()
    }
    return RegionTemplates(region.region, region.edges, nominal, region.variations, region.data)


def test_what_cannot_be_fitted_is_one_clear_line() -> None:
    with pytest.raises(UserError, match="'sf_zlf' is undefined: process 'zlf' has no events in cr_tt, cr_zlf, cr_zhf"):
        fit_control_regions([without(region, "zlf") for region in regions()], settings_of(), SOURCE)
    with pytest.raises(UndeterminedScaleFactorsError, match="cr_tt, cr_zhf failed: the data do not determine"):
        fit_control_regions([regions()[0], regions()[2]], settings_of(), SOURCE)
    one = regions()[0]
    empty = RegionTemplates("cr_tt", one.edges, one.nominal, {}, template(np.zeros(1), np.zeros(1), one.edges[0]))
    with pytest.raises(UserError, match="region 'cr_tt' has no data events"):
        fit_control_regions([empty, *regions()[1:]], settings_of(), SOURCE)
    with pytest.raises(UserError, match="region 'cr_tt' has no data;"):
        fit_control_regions([RegionTemplates("cr_tt", one.edges, one.nominal, {}, None)], settings_of(), SOURCE)
    bare = [RegionTemplates(item.region, item.edges, item.nominal, {}, item.data) for item in regions()]
    with pytest.raises(UserError, match="region 'cr_tt' has no templates of zh under 'jes'"):
        fit_control_regions(bare, settings_of(profile_nuisances=True), SOURCE)
    low = template(np.array([5.0]), np.array([5.0]), one.edges[0])
    starved = RegionTemplates("cr_tt", one.edges, one.nominal, {}, low)
    with pytest.raises(UserError, match="failed: there is no minimum before sf_tt is not positive"):
        fit_control_regions([starved, *regions()[1:]], settings_of(), SOURCE)


def test_a_control_region_of_negative_weights_is_offered_nothing_that_its_fit_cannot_take() -> None:
    one = regions()[0]
    nominal = {
        name: template(-item.values if name == "tt" else item.values, item.variances, one.edges[0])
        for name, item in one.nominal.items()
    }
    negative = RegionTemplates("cr_tt", one.edges, nominal, {}, one.data)
    with pytest.raises(UserError, match="region 'cr_tt': its whole prediction is not positive") as caught:
        fit_control_regions([negative, *regions()[1:]], settings_of(), SOURCE)
    assert "floor" not in str(caught.value)
