"""The recoil simulation: known truth of the signs, and physics that follows from the momenta."""

from __future__ import annotations

import itertools
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import scipy.stats
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.config.events import DijetReconstruction
from signedag.config.simulation import (
    DijetMass,
    Flavours,
    NegativeWeights,
    PseudoDataComponent,
    RecoilSimulation,
    SimulateNtupleSettings,
)
from signedag.errors import UserError
from signedag.events.dijet import JetsAndMissing, reconstruct
from signedag.events.simulation import pseudo_data, recoil
from signedag.events.simulation.signs import accepted, negative_probability
from signedag.events.simulation.writing import events_of_part, write_ntuple

SIGNS = NegativeWeights(ceiling=0.35, offset=-0.5, pt_slope=-1.5, extra_jet_slope=0.6)
EVENTS = 40_000


def sample(**changes) -> RecoilSimulation:
    chosen = {"mass": DijetMass(peak_gev=125.0, width_gev=0.1), "flavours": Flavours(bb=1.0), "negative_weights": SIGNS}
    return RecoilSimulation(**(chosen | changes))


def observables(branches):
    """Reconstruct the dijet with the default selection; give rows and observables."""
    jet = branches["jet"]
    flat = {name: ak.to_numpy(ak.flatten(jet[name])).astype(float) for name in ("pt", "eta", "phi", "mass", "btag")}
    met, met_phi = branches["met"].astype(float), branches["met_phi"].astype(float)
    given = JetsAndMissing(ak.to_numpy(ak.num(jet)), **flat, met=met, met_phi=met_phi)
    return reconstruct(given, DijetReconstruction())


@pytest.fixture(scope="module")
def signed():
    return recoil.simulate(sample(), np.random.default_rng(11), EVENTS)


@pytest.fixture(scope="module")
def unsigned():
    return recoil.simulate(sample(), np.random.default_rng(12), EVENTS, signed=False)


@settings(deadline=None, derandomize=True)
@given(
    st.floats(0.01, 0.49),
    st.integers(-300, 300).map(lambda hundredths: hundredths / 100),
    st.integers(-300, 300).map(lambda hundredths: hundredths / 100),
    st.integers(0, 200).map(lambda hundredths: hundredths / 100),
    st.floats(1, 2000),
    st.integers(0, 8),
)
def test_negative_probability_is_the_documented_formula(ceiling, offset, pt_slope, jet_slope, pt, jets):
    signs = NegativeWeights(ceiling=ceiling, offset=offset, pt_slope=pt_slope, extra_jet_slope=jet_slope)
    found = negative_probability(signs, np.array([pt]), np.array([jets]))[0]
    logit = offset + pt_slope * np.log(pt / 200) + jet_slope * jets
    assert found == pytest.approx(ceiling / (1 + np.exp(-logit)), rel=1e-9)
    assert 0 <= found <= ceiling


def test_the_truth_branch_follows_from_the_stored_missing_momentum_and_the_counted_jets(signed):
    rows, found = observables(signed)
    expected = 1 - negative_probability(SIGNS, found["met_gev"], found["n_extra_jets"].astype(np.int64))
    np.testing.assert_allclose(signed["true_positive_probability"][rows], expected, rtol=1e-14)
    assert np.unique(found["n_extra_jets"]).size > 3


def test_mean_sign_in_bins_of_the_truth(signed):
    negative = 1 - signed["true_positive_probability"]
    weight = signed["generator_weight"].astype(float)
    edges = np.quantile(negative, np.linspace(0, 1, 9))
    for low, high in itertools.pairwise(edges):
        inside = (negative >= low) & (negative <= high)
        absolute = np.abs(weight[inside])
        difference = weight[inside] - absolute * (1 - 2 * negative[inside])
        error = np.sqrt(np.sum(absolute**2 * 4 * negative[inside] * (1 - negative[inside])))
        assert abs(difference.sum()) < 4 * error
    assert (weight < 0).mean() == pytest.approx(negative.mean(), abs=4 * 0.5 / np.sqrt(EVENTS))


def test_the_signed_density_is_the_one_without_signs(signed, unsigned):
    """Signed Monte Carlo and unweighted events fill the same histograms, also in what decides the sign."""
    weight = signed["generator_weight"].astype(float)
    weight /= weight.sum()
    rows, found = observables(signed)
    _, other = observables(unsigned)
    assert rows.size > 0.7 * EVENTS
    for name, edges in (
        ("met_gev", [0, 120, 150, 180, 220, 300, 1e6]),
        ("n_extra_jets", [0, 1, 2, 3, 9]),
        ("m_jj_gev", [0, 100, 115, 125, 135, 1e6]),
    ):
        share = np.histogram(found[name], edges, weights=weight[rows])[0]
        variance = np.histogram(found[name], edges, weights=weight[rows] ** 2)[0]
        expected = np.histogram(other[name], edges)[0] / EVENTS
        pulls = (share - expected) / np.sqrt(variance + expected / EVENTS)
        assert np.sum(pulls**2) < 4 * len(pulls), name
    # Without the weights the two differ by far: the sign depends on the kinematics.
    unweighted = np.mean(signed["met"] < 150)
    assert abs(unweighted - np.mean(unsigned["met"] < 150)) > 0.02


def test_acceptance_turns_rho_into_rho_over_one_minus_two_f():
    negative = np.repeat([0.05, 0.3], 100_000)
    kept = accepted(np.random.default_rng(3), NegativeWeights(ceiling=0.35), negative)
    ratio = kept[100_000:].mean() / kept[:100_000].mean()
    assert ratio == pytest.approx((1 - 2 * 0.05) / (1 - 2 * 0.3), rel=0.02)
    assert kept.mean() <= 1


def test_weight_sizes_have_mean_one_and_do_not_depend_on_kinematics(signed):
    size = np.abs(signed["generator_weight"].astype(float))
    assert size.mean() == pytest.approx(1.0, abs=4 * 0.2 / np.sqrt(EVENTS))
    assert np.log(size).std() == pytest.approx(SIGNS.weight_spread, rel=0.02)
    assert abs(np.corrcoef(size, signed["met"])[0, 1]) < 4 / np.sqrt(EVENTS)
    assert abs(np.corrcoef(size, signed["generator_weight"] < 0)[0, 1]) < 4 / np.sqrt(EVENTS)


def test_dijet_mass_has_its_peak_and_ten_per_cent_resolution(signed):
    _, found = observables(signed)
    matched = found["n_jets"] == 2
    low, middle, high = np.quantile(found["m_jj_gev"][matched], [0.16, 0.5, 0.84])
    assert middle == pytest.approx(125, abs=4)
    assert 0.07 < (high - low) / 2 / middle < 0.12
    # The angle between the jets shrinks with the boost: a network infers the mass from it.
    assert np.corrcoef(found["delta_r_jj"], found["pt_jj_gev"])[0, 1] < -0.5


def test_momentum_balance_explains_the_missing_momentum():
    quiet = sample(missing_smear_gev=0.0, jet_resolution_stochastic=0.0, jet_resolution_constant=0.0, extra_jets=0.0)
    events = recoil.simulate(quiet, np.random.default_rng(4), 3000, signed=False)
    both = ak.num(events["jet"]) == 2
    jet = events["jet"][both]
    x, y = (ak.to_numpy(ak.sum(jet.pt * trig(jet.phi), axis=1)) for trig in (np.cos, np.sin))
    np.testing.assert_allclose(events["met"][both], np.hypot(x, y), rtol=1e-4)
    np.testing.assert_allclose(np.cos(events["met_phi"][both] - np.arctan2(y, x)), -1, atol=1e-4)
    assert events["met"].min() > quiet.pt_min_gev * 0.999


def test_jets_are_ordered_and_above_threshold(signed):
    pt = signed["jet"].pt
    assert ak.all(pt[:, 1:] <= pt[:, :-1])
    assert ak.min(pt) > 20
    assert ak.all((signed["jet"].btag >= 0) & (signed["jet"].btag <= 1))


def test_flavours_decide_the_b_tag_scores():
    means = {}
    for name in ("bb", "cc", "ll"):
        events = recoil.simulate(
            sample(flavours=Flavours(**{name: 1.0}), extra_jets=0.0), np.random.default_rng(5), 4000, signed=False
        )
        means[name] = ak.mean(events["jet"].btag)
    assert means["bb"] > 0.7 > means["cc"] > 0.35 > means["ll"]


def test_weight_factors_have_two_opposite_sides():
    events = recoil.simulate(sample(top_like=True), np.random.default_rng(6), 5000)
    product = events["weight_top_pt_up"].astype(float) * events["weight_top_pt_down"]
    np.testing.assert_allclose(product, 1, rtol=1e-5)
    assert events["weight_top_pt_up"].std() > 0.02
    assert np.all((events["weight_btag_up"] - 1) * (events["weight_btag_down"] - 1) <= 1e-3)
    assert np.all(events["weight_btag_down"] > 0.5)
    others = recoil.simulate(sample(), np.random.default_rng(6), 100)
    assert np.all(others["weight_top_pt_up"] == 1)


def test_unsigned_events_know_nothing_of_weights_and_truth(unsigned):
    assert set(unsigned) == {"jet", "met", "met_phi", "n_leptons"}
    assert len(unsigned["met"]) == EVENTS


def test_the_same_stream_gives_the_same_events():
    first, second = (recoil.simulate(sample(), np.random.default_rng(9), 500) for _ in range(2))
    for name, values in first.items():
        assert ak.array_equal(values, second[name]), name


def test_signal_and_diboson_of_the_default_analysis_differ_in_the_mass_only():
    config = yaml.safe_load((Path(__file__).parents[2] / "config" / "vhbb.yaml").read_text(encoding="utf-8"))
    heavy, light = (config["samples"][name]["simulation"] for name in ("ZH", "VZ"))
    assert {key for key in heavy | light if heavy.get(key) != light.get(key)} == {"mass", "negative_weights"}
    assert set(heavy["mass"]) == {"peak_gev", "width_gev"}
    assert heavy["mass"]["width_gev"] == light["mass"]["width_gev"]


def test_the_mass_does_not_change_the_recoil():
    heavy, light = (
        recoil.simulate(sample(mass=DijetMass(peak_gev=peak)), np.random.default_rng(seed), 20_000, signed=False)
        for peak, seed in ((125.0, 1), (91.2, 2))
    )
    assert scipy.stats.ks_2samp(heavy["met"], light["met"]).pvalue > 0.01


def test_pseudo_data_have_poisson_numbers_and_a_stream_per_component():
    components = {
        "one": PseudoDataComponent(simulation=sample(), expected_events=400.0),
        "two": PseudoDataComponent(simulation=sample(lepton_probability=1.0), expected_events=900.0),
    }
    numbers = np.array(
        [
            (events["n_leptons"] == 1).sum() - 0.01 * 400 if kind else len(events["met"])
            for kind in (0, 1)
            for events in (pseudo_data.draw(components, seed, 0, 1) for seed in range(12))
        ]
    ).reshape(2, 12)
    assert numbers[0].mean() == pytest.approx(1300, abs=4 * np.sqrt(1300 / 12))
    assert numbers[1].mean() == pytest.approx(900, abs=4 * np.sqrt(900 / 12))
    assert 0.3 < numbers[0].var(ddof=1) / 1300 < 3
    alone = pseudo_data.draw({"one": components["one"]}, 3, 0, 1)
    together = pseudo_data.draw(components, 3, 0, 1)
    assert set(alone["met"].tolist()) <= set(together["met"].tolist())
    leptons = together["n_leptons"]
    assert abs(np.corrcoef(leptons[1:], leptons[:-1])[0, 1]) < 4 / np.sqrt(leptons.size), "the components are not mixed"


def test_pseudo_data_without_signal_are_those_of_the_background():
    background = PseudoDataComponent(simulation=sample(), expected_events=300.0)
    none = PseudoDataComponent(simulation=sample(lepton_probability=1.0), expected_events=0.0)
    alone, together = (
        pseudo_data.draw(chosen, 3, 0, 1) for chosen in ({"b": background}, {"b": background, "s": none})
    )
    assert sorted(alone["met"].tolist()) == sorted(together["met"].tolist()) and len(alone["met"]) > 200
    assert len(pseudo_data.draw({"s": none}, 3, 0, 1)["met"]) == 0


def test_parts_of_pseudo_data_add_up_to_the_expectation():
    components = {"one": PseudoDataComponent(simulation=sample(), expected_events=3000.0)}
    parts = [pseudo_data.draw(components, 1, part, 3) for part in range(3)]
    assert sum(len(part["met"]) for part in parts) == pytest.approx(3000, abs=4 * np.sqrt(3000))
    assert not set(parts[0]["met"].tolist()) & set(parts[1]["met"].tolist())


@pytest.mark.parametrize(("events", "files"), [(10, 3), (7, 7), (3, 5), (100_000, 2)])
def test_parts_share_the_events(events, files):
    shares = [events_of_part(events, files, part) for part in range(files)]
    assert sum(shares) == events
    assert max(shares) - min(shares) <= 1


def test_a_part_that_does_not_exist_is_refused(tmp_path):
    wanted = SimulateNtupleSettings(seed=1, simulation=sample(events=10, files=2))
    with pytest.raises(UserError, match=r"--part 2: sample 'ZH' has 2 file\(s\); parts count from 0 to 1"):
        write_ntuple(tmp_path / "x.root", wanted, "ZH", 2)
    assert list(tmp_path.iterdir()) == []
