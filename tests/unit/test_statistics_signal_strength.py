"""The signal-strength fit on two-dimensional templates of signed weights, compared with pyhf on the exported model."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pyhf
import pytest
from iminuit import Minuit
from scipy.optimize import brentq

from signedag.config.fitting import (
    Asimov,
    FitScaleFactorsSettings,
    FitSignalStrengthSettings,
    ModelSettings,
    NormalisationUncertainty,
    Treatment,
)
from signedag.errors import UserError
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.statistics.assemble import ScaleFactorValues
from signedag.statistics.contours import contours
from signedag.statistics.data_sets import parameters_at
from signedag.statistics.inputs import read_inputs
from signedag.statistics.interpolation import Interpolation
from signedag.statistics.intervals import Profile
from signedag.statistics.scale_factor_results import describe as describe_scale_factors
from signedag.statistics.scale_factors import fit_control_regions
from signedag.statistics.signal_strength import AsimovFit, Inputs, fit_asimov
from signedag.statistics.signal_strength_results import describe
from signedag.statistics.template_files import RegionTemplates, write_templates
from signedag.statistics.templates import Template, find_bins
from signedag.statistics.workspace import workspace

pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")

SOURCE = Path("templates.root")
TREATMENTS: tuple[Treatment, ...] = ("fixed", "constrained", "simultaneous")
# peak (0: falling continuum), shape of the score, negative fraction, events expected
PROCESSES: dict[str, tuple[float, tuple[float, float], float, float]] = {
    "zh": (125.0, (5.0, 2.0), 0.10, 60.0),
    "vz": (91.0, (5.0, 2.0), 0.15, 80.0),
    "tt": (0.0, (2.0, 2.5), 0.30, 900.0),
    "zlf": (0.0, (1.5, 4.0), 0.20, 1200.0),
    "zhf": (0.0, (2.0, 2.0), 0.30, 700.0),
}
CONTROL_YIELDS = {
    "cr_tt": {"zh": 2.0, "vz": 5.0, "tt": 2500.0, "zlf": 100.0, "zhf": 150.0},
    "cr_zlf": {"zh": 1.0, "vz": 10.0, "tt": 100.0, "zlf": 4000.0, "zhf": 300.0},
    "cr_zhf": {"zh": 3.0, "vz": 40.0, "tt": 150.0, "zlf": 200.0, "zhf": 700.0},
}
FACTORS = {"tt": "sf_tt", "zlf": "sf_zlf", "zhf": "sf_zhf"}
TRUTH = {"tt": 0.92, "zlf": 1.08, "zhf": 1.21}


def model_settings(interpolation: Interpolation = "smooth") -> ModelSettings:
    return ModelSettings(
        signals=("zh",),
        scale_factors=FACTORS,
        shapes={"jes": None, "tag": None, "top_pt": ("tt",)},
        normalisations={
            "lumi": NormalisationUncertainty(relative=0.025),
            "vz_rate": NormalisationUncertainty(relative=0.2, processes=("vz",)),
        },
        interpolation=interpolation,
    )


def settings_of(
    treatment: Treatment, rule: str = "merge", interpolation: Interpolation = "smooth"
) -> FitSignalStrengthSettings:
    return FitSignalStrengthSettings.model_validate(
        {
            "model": model_settings(interpolation),
            "treatment": treatment,
            "nonpositive_bins": rule,
            "floor_events": 1e-3,
        }
    )


@cache
def signal_region(bins: int, events: int) -> RegionTemplates:
    generator = np.random.default_rng(bins)
    edges = (np.linspace(60.0, 160.0, bins + 1), np.linspace(0.0, 1.0, bins + 1))
    nominal: dict[str, Template] = {}
    variations: dict[tuple[str, str], tuple[Template, Template]] = {}
    for process, (peak, (a, b), negative, expected) in PROCESSES.items():
        mass = generator.normal(peak, 11.0, events) if peak else 60.0 + generator.exponential(60.0, events)
        score = generator.beta(a, b, events)
        weights = generator.lognormal(0.0, 0.3, events) * np.where(generator.random(events) < negative, -1.0, 1.0)
        weights *= expected / weights.sum()
        filled: Callable[[float, np.ndarray], Template]
        filled = lambda scale, w, mass=mass, score=score: find_bins([mass * scale, score], edges).fill(w)  # noqa: E731
        nominal[process] = filled(1.0, weights)
        variations[process, "jes"] = (filled(1.03, weights), filled(0.97, weights))
        variations[process, "tag"] = (
            filled(1.0, weights * (1.05 + 0.1 * score)),
            filled(1.0, weights * (0.96 - 0.08 * score)),
        )
        if process == "tt":
            tilt = 0.1 * (mass - 100) / 100
            variations[process, "top_pt"] = (filled(1.0, weights * (1 + tilt)), filled(1.0, weights * (1 - tilt)))
    return RegionTemplates("sr", edges, nominal, variations, None)


@cache
def control_regions() -> tuple[RegionTemplates, ...]:
    edges = (np.array([0.0, 1.0]),)

    def one(value: float) -> Template:
        return Template(np.array([0.0, value, 0.0]), np.array([0.0, abs(value), 0.0]), edges)

    regions = []
    for region, yields in CONTROL_YIELDS.items():
        variations = {
            (process, name): (one(value * up), one(value * down))
            for process, value in yields.items()
            for name, up, down in (("jes", 1.01, 0.992), ("tag", 1.06, 0.95), ("top_pt", 1.03, 0.97))
            if name != "top_pt" or process == "tt"
        }
        counts = float(round(sum(value * TRUTH.get(process, 1.0) for process, value in yields.items()) * 1.01))
        nominal = {process: one(value) for process, value in yields.items()}
        regions.append(RegionTemplates(region, edges, nominal, variations, one(counts)))
    return tuple(regions)


@cache
def scale_factors() -> ScaleFactorValues:
    settings = FitScaleFactorsSettings(model=model_settings(), profile_nuisances=False, truth={})
    return fit_control_regions(control_regions(), settings, SOURCE).values()


def inputs_of(bins: int, events: int) -> Inputs:
    return Inputs(signal_region(bins, events), control_regions(), scale_factors(), SOURCE)


def exported(fitted: AsimovFit) -> tuple[pyhf.Model, list[float], dict[str, object]]:
    described = describe(fitted, settings_of("fixed")).as_json()
    content = json.loads(json.dumps(workspace(fitted.model, fitted.asimov)))
    specification = pyhf.Workspace(content)
    if fitted.model.interpolation == "smooth":
        model = specification.model()  # pyhf's own defaults
    else:
        model = specification.model(modifier_settings=described["pyhf_modifier_settings"])
    return model, specification.data(model), described


def pyhf_interval(fitted: AsimovFit, model: pyhf.Model, data: list[float], guess: tuple[float, float]) -> list[float]:
    """Find where pyhf's profile likelihood is 0.5 above its minimum, with Minuit on pyhf's own density."""
    poi = model.config.poi_index
    start = np.array(model.config.suggested_init())
    lowest = float(model.logpdf(start, data)[0])

    def profile(value: float) -> float:
        minuit = Minuit(lambda x: lowest - float(model.logpdf(x, data)[0]), start)
        minuit.errordef = Minuit.LIKELIHOOD
        minuit.errors = [0.1] * start.size
        minuit.tol = 1e-3
        minuit.values[poi] = value
        minuit.fixed[poi] = True
        minuit.migrad()
        assert minuit.valid
        return float(np.sqrt(2 * minuit.fval)) - 1

    ends = (brentq(profile, 1 + side * 0.9, 1 + side * 1.1, xtol=1e-5) for side in (-guess[0], guess[1]))
    return [abs(end - 1) for end in ends]


def worst_difference(fitted: AsimovFit, model: pyhf.Model, data: list[float]) -> float:
    likelihood = fitted.result.likelihood
    order = [fitted.model.index(name) for name in model.config.par_order]
    generator = np.random.default_rng(1)
    differences = []
    while len(differences) < 20:
        point = fitted.model.initial()
        for index, parameter in enumerate(fitted.model.parameters):
            point[index] += generator.normal() * (0.4 if parameter.constrained else 0.05)
        value = likelihood.value(point)
        if np.isfinite(value):
            theirs = -float(model.logpdf(point[order], data)[0])
            differences.append(abs((value + likelihood.constant()) / theirs - 1))
    return max(differences)


@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize(
    ("bins", "events", "rule", "interpolation"),
    [(8, 1500, "merge", "smooth"), (8, 1500, "merge", "piecewise"), (30, 20000, "merge", "smooth")],
)
def test_pyhf_has_the_same_likelihood_and_interval(
    bins: int, events: int, rule: str, interpolation: Interpolation, treatment: Treatment
) -> None:
    settings = settings_of(treatment, rule, interpolation)
    fitted = fit_asimov(inputs_of(bins, events), settings)
    assert fitted.groupings["sr"].bins < bins**2
    model, data, described = exported(fitted)
    assert worst_difference(fitted, model, data) < 1e-10
    interval = described["interval"]
    down, up = pyhf_interval(fitted, model, data, (interval["down"], interval["up"]))
    assert interval["down"] == pytest.approx(down, rel=1e-3)
    assert interval["up"] == pytest.approx(up, rel=1e-3)
    assert described["mu_hat"] == pytest.approx(1, abs=1e-4)


def test_a_floored_model_is_the_same_in_pyhf() -> None:
    fitted = fit_asimov(inputs_of(8, 1500), settings_of("simultaneous", "floor"))
    assert fitted.groupings["sr"].nonpositive
    model, data, _ = exported(fitted)
    assert worst_difference(fitted, model, data) < 1e-10


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_template_statistics_are_in_every_channel_and_in_the_interval(treatment: Treatment) -> None:
    plain, settings = settings_of(treatment), settings_of(treatment)
    model = settings.model.model_copy(update={"template_statistics": "barlow_beeston_lite"})
    settings = settings.model_copy(update={"model": model})
    without, fitted = (fit_asimov(inputs_of(8, 1500), chosen) for chosen in (plain, settings))
    assert all(channel.template_statistics for channel in fitted.model.channels)
    before, after = describe(without, plain).as_json(), describe(fitted, settings).as_json()
    assert (before["template_statistics"], after["template_statistics"]) == ("none", "barlow_beeston_lite")
    # both say how large the error of the simulation is, the second contains it
    assert after["template_statistical"] == pytest.approx(before["template_statistical"], rel=0.3)
    for side in ("down", "up"):
        assert after["interval"][side] > 1.1 * np.hypot(before["interval"][side], 0.5 * after["template_statistical"])
    exported_model, data, _ = exported(fitted)
    factors = [name for name in exported_model.config.parameters if name.startswith("staterror_")]
    assert len(factors) == len(fitted.model.channels)
    point = np.array(exported_model.config.suggested_init())
    ours = fitted.result.likelihood.value(fitted.model.initial()) + fitted.result.likelihood.constant()
    assert ours == pytest.approx(-float(exported_model.logpdf(point, data)[0]), rel=1e-10)


def test_the_bias_by_the_size_of_the_simulation_grows_with_bins_and_shrinks_with_events() -> None:
    few, many, fine = (
        describe(fit_asimov(inputs_of(bins, events), settings_of("fixed")), settings_of("fixed")).template_bias
        for bins, events in ((6, 1500), (6, 6000), (12, 1500))
    )
    assert 0 < many < 0.5 * few and fine > 2 * few


def results(treatment: Treatment) -> dict[str, object]:
    settings = settings_of(treatment)
    return describe(fit_asimov(inputs_of(8, 1500), settings), settings).as_json()


def test_treatments_are_ordered_and_their_parts_add_up(tmp_path: Path) -> None:
    described = {treatment: results(treatment) for treatment in TREATMENTS}
    ups = [described[treatment]["interval"]["up"] for treatment in TREATMENTS]
    assert ups[0] < ups[1]
    statistical = [described[treatment]["statistical"]["up"] for treatment in TREATMENTS]
    assert statistical[0] == pytest.approx(statistical[1], rel=1e-9)
    # the signal in the control regions adds a little
    assert statistical[0] == pytest.approx(statistical[2], rel=1e-3)
    for treatment, entry in described.items():
        identity = Identity.of("signal strength", variant="plain", binning="coarse", treatment=treatment)
        write_json(tmp_path / f"{treatment}.json", entry, identity)
        for side in ("down", "up"):
            total, systematic = entry["interval"][side], entry["systematic"][side]
            assert total**2 == pytest.approx(entry["statistical"][side] ** 2 + systematic**2)
            parts = entry["systematic_from_scale_factors"][side], entry["systematic_from_nuisances"][side]
            assert systematic**2 == pytest.approx(parts[0] ** 2 + parts[1] ** 2)
            assert (parts[0] > 1e-3) == (treatment != "fixed")
        assert entry["interval"]["down"] < entry["hesse_error"] < entry["interval"]["up"]
        assert entry["significance"]["z"] == pytest.approx(np.sqrt(entry["significance"]["q0"]))
        assert entry["correlation_with_mu"]["mu"] == pytest.approx(1)
        assert len(entry["explanation"]) > 50
    assert {
        name for name, item in described["constrained"]["parameters"].items() if item["kind"] == "scale_factor"
    } == {
        "scale_factors_1",
        "scale_factors_2",
        "scale_factors_3",
    }
    assert described["simultaneous"]["parameters"]["sf_zhf"]["value"] == pytest.approx(scale_factors().value("sf_zhf"))
    assert described["simultaneous"]["bins"]["cr_tt"] == {"before": 1, "after": 1, "axes": [1]}


def test_each_signal_may_have_a_strength_of_its_own() -> None:
    two = model_settings().model_copy(update={"signals": ("vz", "zh"), "strengths": {"vz": "mu_vz", "zh": "mu_zh"}})
    settings = settings_of("fixed").model_copy(update={"model": two})
    fitted = fit_asimov(inputs_of(8, 1500), settings)
    assert fitted.model.strengths == ("mu_vz", "mu_zh") and "mu" not in fitted.model.names
    result = describe(fitted, settings).as_json()
    assert result["strength"] == "mu_vz"
    assert result["strengths"]["mu_vz"]["interval"] == result["interval"]
    of_signal = result["strengths"]["mu_zh"]
    # a second strength is one more unknown than in the fit of one
    alone = results("fixed")
    assert of_signal["interval"]["up"] > alone["interval"]["up"]
    assert of_signal["significance"]["z"] < alone["significance"]["z"]
    assert alone["strength"] == "mu" and list(alone["strengths"]) == ["mu"]
    model, data, _ = exported(fitted)
    assert model.config.poi_name == "mu_vz"
    assert worst_difference(fitted, model, data) < 1e-10
    lines = contours(fitted.result, "mu_zh", "mu_vz", levels=(0.68,), rays=4).contours[0].lines
    assert len(lines) == 1


def test_yields_may_be_log_normal_gaussian_or_free() -> None:
    kinds = {
        "lumi": NormalisationUncertainty(relative=0.3, constraint="gaussian", processes=("tt",)),
        "vz_rate": NormalisationUncertainty(relative=0.3, processes=("vz",)),
        "zhf_rate": NormalisationUncertainty(constraint="free", processes=("zhf",)),
    }
    model_of = model_settings().model_copy(update={"normalisations": kinds})
    fitted = fit_asimov(inputs_of(8, 1500), settings_of("fixed").model_copy(update={"model": model_of}))
    expectation, model = fitted.result.likelihood.expectation, fitted.model
    moved = parameters_at(model, {"lumi": -1.5, "vz_rate": -1.5, "zhf_rate": 0.4})
    before, after = expectation.by_process(model.initial())["sr"], expectation.by_process(moved)["sr"]
    ratios = {name: float(after[name].sum() / before[name].sum()) for name in before}
    expected = {"zh": 1.0, "tt": 1 - 1.5 * 0.3, "vz": 1.3**-1.5, "zhf": 0.4, "zlf": 1.0}
    assert ratios == pytest.approx(expected)
    assert fitted.result.likelihood.value(parameters_at(model, {"zhf_rate": -0.1})) == np.inf
    theirs, data, described = exported(fitted)
    assert worst_difference(fitted, theirs, data) < 1e-10
    free = described["parameters"]["zhf_rate"]
    assert free["kind"] == "nuisance" and not free["constrained"] and free["value"] == pytest.approx(1.0)
    known = model_of.model_copy(update={"normalisations": kinds | {"zhf_rate": kinds["vz_rate"]}})
    narrower = fit_asimov(inputs_of(8, 1500), settings_of("fixed").model_copy(update={"model": known}))
    assert narrower.result.error("mu") < fitted.result.error("mu")


def test_the_scan_passes_through_the_interval() -> None:
    entry = results("fixed")
    scan = entry["scan"]
    assert min(scan["delta_nll"]) == 0.0
    for side, sign in (("down", -1), ("up", 1)):
        place = int(np.argmin(np.abs(scan["mu"] - (1 + sign * entry["interval"][side]))))
        assert scan["delta_nll"][place] == pytest.approx(0.5, abs=1e-6)
    statistical = np.array([np.nan if value is None else value for value in scan["delta_nll_statistical"]])
    defined = ~np.isnan(statistical)
    assert (statistical[defined] >= np.array(scan["delta_nll"], dtype=float)[defined] - 1e-9).all()


def test_asimov_data_are_at_the_fitted_scale_factors() -> None:
    entry = results("fixed")
    processes = entry["asimov_yields"]["sr"]["processes"]
    inside = signal_region(8, 1500).nominal
    assert processes["tt"]["value"] == pytest.approx(inside["tt"].values.sum() * scale_factors().value("sf_tt"))
    assert processes["zh"]["value"] == pytest.approx(inside["zh"].values.sum())
    total = sum(item["value"] for item in processes.values())
    assert entry["asimov_yields"]["sr"]["total"] == pytest.approx(total)
    assert entry["outside_bins"]["sr"]["tt"] == pytest.approx(inside["tt"].outside)
    plain = fit_asimov(Inputs(signal_region(8, 1500), (), None, SOURCE), settings_of("fixed"))
    described = describe(plain, settings_of("fixed")).as_json()
    assert described["asimov_yields"]["sr"]["processes"]["tt"]["value"] == pytest.approx(inside["tt"].values.sum())
    assert described["explanation"].startswith("There are no scale factors")


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_asimov_data_are_at_the_values_of_the_settings(treatment: Treatment) -> None:
    asked = Asimov(strength=0.3, scale_factors={"sf_tt": 1.25})
    settings = settings_of(treatment).model_copy(update={"asimov": asked})
    fitted = fit_asimov(inputs_of(8, 1500), settings)
    processes = describe(fitted, settings).as_json()["asimov_yields"]["sr"]["processes"]
    inside = signal_region(8, 1500).nominal
    assert processes["tt"]["value"] == pytest.approx(1.25 * inside["tt"].values.sum())
    assert processes["zh"]["value"] == pytest.approx(0.3 * inside["zh"].values.sum())
    assert processes["zhf"]["value"] == pytest.approx(inside["zhf"].values.sum() * scale_factors().value("sf_zhf"))
    if treatment == "simultaneous":
        # nothing has to give way: the fit finds what went in
        assert fitted.result.values[0] == pytest.approx(0.3, abs=1e-6)
        assert fitted.result.values[fitted.model.index("sf_tt")] == pytest.approx(1.25, abs=1e-6)
    else:
        assert fitted.result.minimum.value > 0.01
    several = model_settings().model_copy(update={"strengths": {"zh": "mu_zh"}})
    named = settings.model_copy(update={"model": several, "asimov": Asimov(strengths={"mu_zh": 2.0})})
    assert fit_asimov(inputs_of(8, 1500), named).result.values[0] == pytest.approx(2.0, abs=1e-6)


def test_eigenvectors_carry_the_covariance_of_the_scale_factors() -> None:
    fitted = fit_asimov(inputs_of(8, 1500), settings_of("constrained"))
    channel = fitted.model.channels[0]
    moved = {}
    for item in channel.contributions:
        if item.process in FACTORS:
            shapes = {shape.nuisance: shape for shape in item.shapes}
            moved[FACTORS[item.process]] = [
                (shapes[f"scale_factors_{number}"].up.sum() / item.nominal.sum() - 1)
                * scale_factors().value(FACTORS[item.process])
                for number in (1, 2, 3)
            ]
    steps = np.array([moved[name] for name in scale_factors().names])
    np.testing.assert_allclose(steps @ steps.T, scale_factors().covariance, rtol=1e-9, atol=1e-12)


def test_a_signal_that_the_region_lacks_is_named() -> None:
    settings = settings_of("fixed").model_copy(
        update={"model": model_settings().model_copy(update={"signals": ("wh",)})}
    )
    with pytest.raises(UserError, match=r"none of the signal processes \['wh'\]"):
        fit_asimov(inputs_of(8, 1500), settings)


def test_bins_with_few_effective_events_and_findings_are_part_of_the_result() -> None:
    plain = settings_of("simultaneous")
    settings = plain.model_copy(update={"least_effective_events": 30.0})
    entry = describe(fit_asimov(inputs_of(8, 1500), settings), settings).as_json()
    few = entry["few_effective_bins"]
    assert few and few[0]["effective_events"] == min(item["effective_events"] for item in few) < 30
    assert entry["least_effective_events"] == 30 and entry["few_effective_rule"] == "merge"
    before = describe(fit_asimov(inputs_of(8, 1500), plain), plain).as_json()
    assert before["few_effective_bins"] == [] and before["least_effective_events"] is None
    assert entry["bins"]["sr"]["after"] < before["bins"]["sr"]["after"]
    assert entry["asimov_yields"]["sr"]["total"] == pytest.approx(before["asimov_yields"]["sr"]["total"])
    assert "few_effective_events" in {item["kind"] for item in before["template_findings"]}
    with pytest.raises(UserError, match=r"set fit\.few_effective_events: merge"):
        fit_asimov(inputs_of(8, 1500), settings.model_copy(update={"few_effective_events": "refuse"}))


def test_a_region_that_is_negative_as_a_whole_may_be_raised_by_a_setting() -> None:
    region = signal_region(8, 1500)
    negative = {name: replace(item, flow_values=-item.flow_values) for name, item in region.nominal.items()}
    inputs = Inputs(replace(region, nominal=negative), (), None, SOURCE)
    with pytest.raises(UserError, match=r"whole prediction is not positive .*, or set fit\.nonpositive_bins: floor$"):
        fit_asimov(inputs, settings_of("fixed"))


@pytest.mark.parametrize("treatment", ["constrained", "simultaneous"])
def test_treatments_say_what_they_need(treatment: Treatment) -> None:
    with pytest.raises(UserError, match="needs --scale-factors"):
        fit_asimov(Inputs(signal_region(8, 1500), (), None, SOURCE), settings_of(treatment))


def test_two_parameters_of_one_name_are_refused() -> None:
    model = model_settings().model_copy(update={"normalisations": {"mu": NormalisationUncertainty(relative=0.1)}})
    with pytest.raises(UserError, match="two parameters of the fit are called 'mu'"):
        fit_asimov(inputs_of(8, 1500), settings_of("fixed").model_copy(update={"model": model}))


def test_inputs_are_read_and_checked(tmp_path: Path) -> None:
    signal, control, factors = (tmp_path / name for name in ("signal.root", "control.root", "result.json"))
    of_signal, of_control = Identity.of("templates", variant="plain", binning="fine"), Identity.of("control templates")
    write_templates(signal, [signal_region(8, 1500)], {}, of_signal)
    write_templates(control, control_regions(), {}, of_control)
    settings = FitScaleFactorsSettings(model=model_settings(), profile_nuisances=False, truth={})
    described = describe_scale_factors(fit_control_regions(control_regions(), settings, SOURCE), settings)
    write_json(factors, described.as_json(), Identity.of("scale factors"))
    inputs = read_inputs(signal, of_signal, control, factors, model_settings())
    from_files = fit_asimov(inputs, settings_of("simultaneous"))
    direct = fit_asimov(inputs_of(8, 1500), settings_of("simultaneous"))
    np.testing.assert_allclose(from_files.asimov, direct.asimov)
    assert Profile(from_files.result, "mu").interval().up == pytest.approx(Profile(direct.result, "mu").interval().up)

    write_templates(tmp_path / "three.root", control_regions(), {}, of_signal)
    with pytest.raises(UserError, match="has 3 regions"):
        read_inputs(tmp_path / "three.root", of_signal, None, None, model_settings())
    with pytest.raises(UserError, match=r"control\.root: holds control templates, expected templates \(variant plain"):
        read_inputs(control, of_signal, signal, factors, model_settings())
    with pytest.raises(UserError, match=r"signal\.root: holds templates .*, expected control templates; "):
        read_inputs(signal, of_signal, signal, factors, model_settings())
    more = model_settings().model_copy(update={"scale_factors": FACTORS | {"vz": "sf_vv"}})
    with pytest.raises(UserError, match="has no scale factor 'sf_vv'"):
        read_inputs(signal, of_signal, control, factors, more)
    write_json(tmp_path / "wrong.json", {"scale_factors": {}}, Identity.of("scale factors"))
    with pytest.raises(UserError, match=r"wrong\.json: 'order' is missing; .* run fit_scale_factors again"):
        read_inputs(signal, of_signal, control, tmp_path / "wrong.json", model_settings())
