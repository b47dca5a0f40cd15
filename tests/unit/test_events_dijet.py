"""Dijet reconstruction against a loop over events, and jet-energy shifts."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.config.events import DijetReconstruction
from signedag.config.observables import DIJET_OBSERVABLES
from signedag.events.dijet import JetsAndMissing, delta_phi, reconstruct, scaled_jets

COMMON = settings(deadline=None, derandomize=True, max_examples=60)
ANGLES = st.floats(-np.pi, np.pi)
JETS = st.tuples(
    st.floats(5.0, 500.0), st.floats(-4.0, 4.0), ANGLES, st.floats(0.0, 30.0), st.sampled_from([0.0, 0.1, 0.5, 0.9])
)
EVENTS = st.lists(st.tuples(st.lists(JETS, max_size=6), st.floats(1.0, 500.0), ANGLES), max_size=5)
FIELDS = ("pt", "eta", "phi", "mass", "btag")


def arrays(events) -> JetsAndMissing:
    jets = [jet for event in events for jet in event[0]]
    columns = np.array(jets, dtype=float).reshape(-1, 5).T
    return JetsAndMissing(
        counts=np.array([len(event[0]) for event in events], dtype=np.int64),
        **dict(zip(FIELDS, columns, strict=True)),
        met=np.array([event[1] for event in events], dtype=float),
        met_phi=np.array([event[2] for event in events], dtype=float),
    )


def vector(jet):
    pt, eta, phi, mass, _ = jet
    x, y, z = pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta)
    return np.array([math.sqrt(x * x + y * y + z * z + mass * mass), x, y, z])


def angle(first, second):
    return abs(math.remainder(first - second, 2 * math.pi))


def one_event(jets, met, met_phi, how):
    """Reconstruct one event in plain Python; None if it has too few jets."""
    jets = [jet for jet in jets if jet[0] >= how.jet_pt_min_gev and abs(jet[1]) <= how.jet_abs_eta_max]
    if len(jets) < 2:
        return None
    rank = (lambda jet: (jet[4], jet[0])) if how.pair_by == "btag" else (lambda jet: jet[0])
    pair = sorted(sorted(jets, key=rank, reverse=True)[:2], key=lambda jet: -jet[0])
    total = vector(pair[0]) + vector(pair[1])
    pt = math.hypot(total[1], total[2])
    ht = sum(jet[0] for jet in jets)
    return {
        "n_jets": len(jets),
        "n_extra_jets": len(jets) - 2,
        "jet1_pt_gev": pair[0][0],
        "jet2_pt_gev": pair[1][0],
        "jet1_btag": max(pair[0][4], pair[1][4]),
        "jet2_btag": min(pair[0][4], pair[1][4]),
        "m_jj_gev": math.sqrt(max(total[0] ** 2 - total[1] ** 2 - total[2] ** 2 - total[3] ** 2, 0)),
        "pt_jj_gev": pt,
        "eta_jj": math.asinh(total[3] / pt) if pt > 1e-6 else None,
        "delta_r_jj": math.hypot(pair[0][1] - pair[1][1], angle(pair[0][2], pair[1][2])),
        "delta_eta_jj": abs(pair[0][1] - pair[1][1]),
        "delta_phi_jj": angle(pair[0][2], pair[1][2]),
        "met_gev": met,
        "met_phi": met_phi,
        "delta_phi_met_jj": angle(met_phi, math.atan2(total[2], total[1])) if pt > 1e-6 else None,
        "min_delta_phi_met_jet": min(angle(met_phi, jet[2]) for jet in jets),
        "ht_gev": ht,
        "extra_ht_gev": ht - pair[0][0] - pair[1][0],
        "pt_balance": pt / met,
        "met_significance": met / math.sqrt(ht),
    }


@COMMON
@given(EVENTS, st.sampled_from(["btag", "pt"]))
def test_agrees_with_a_loop_over_events(events, pair_by):
    how = DijetReconstruction(pair_by=pair_by)
    rows, found = reconstruct(arrays(events), how)
    assert set(found) == set(DIJET_OBSERVABLES)
    expected = {index: one_event(*event, how) for index, event in enumerate(events)}
    expected = {index: values for index, values in expected.items() if values is not None}
    assert rows.tolist() == list(expected)
    for row, values in enumerate(expected.values()):
        for name, value in values.items():
            if value is not None:
                assert found[name][row] == pytest.approx(value, rel=1e-6, abs=1e-4), name


def test_a_worked_example():
    """Two massless jets of 100 and 50 GeV at a right angle in phi: m² = 2 p1 p2 (cosh 0 - cos 90°) = 10⁴ GeV²."""
    jets = [(50.0, 0.5, np.pi / 2, 0.0, 0.9), (30.0, 2.4, 3.0, 4.0, 0.1), (100.0, 0.5, 0.0, 0.0, 0.8)]
    rows, found = reconstruct(arrays([(jets, 200.0, np.pi)]), DijetReconstruction())
    assert rows.tolist() == [0]
    assert found["m_jj_gev"][0] == pytest.approx(100.0)
    assert found["jet1_pt_gev"][0] == 100.0
    assert found["jet1_btag"][0] == 0.9
    assert found["pt_jj_gev"][0] == pytest.approx(math.hypot(100, 50))
    assert found["delta_r_jj"][0] == pytest.approx(np.pi / 2)
    assert found["n_extra_jets"][0] == 1
    assert found["extra_ht_gev"][0] == 30.0
    assert found["min_delta_phi_met_jet"][0] == pytest.approx(np.pi - 3.0)
    assert found["met_significance"][0] == pytest.approx(200 / math.sqrt(180))


def test_the_order_of_jets_does_not_matter():
    jets = [
        (60.0, 0.1, 0.3, 5.0, 0.5),
        (60.0, -1.1, 2.0, 3.0, 0.5),
        (80.0, 0.7, -2.0, 4.0, 0.5),
        (40.0, 2.0, 1.0, 4.0, 0.9),
    ]
    results = [
        reconstruct(arrays([(list(order), 100.0, 1.0)]), DijetReconstruction())[1]
        for order in itertools.permutations(jets)
    ]
    for found in results:
        assert found["jet1_pt_gev"][0] == 80.0
        assert found["jet2_pt_gev"][0] == 40.0
        assert found["m_jj_gev"][0] == pytest.approx(results[0]["m_jj_gev"][0], rel=1e-12)


def test_jet_selection_includes_its_edges():
    how = DijetReconstruction(jet_pt_min_gev=25.0, jet_abs_eta_max=2.5)
    on_the_edge = [(25.0, 2.5, 0.0, 0.0, 0.5), (25.0, -2.5, 1.0, 0.0, 0.5)]
    assert reconstruct(arrays([(on_the_edge, 50.0, 0.0)]), how)[0].size == 1
    below = [(25.0, 2.5, 0.0, 0.0, 0.5), (24.999, -2.5, 1.0, 0.0, 0.5)]
    assert reconstruct(arrays([(below, 50.0, 0.0)]), how)[0].size == 0


def test_no_events_and_no_jets_give_empty_columns():
    for events in ([], [([], 30.0, 0.0)]):
        rows, found = reconstruct(arrays(events), DijetReconstruction())
        assert rows.size == 0
        assert all(values.shape == (0,) for values in found.values())


def test_an_only_jet_stays_if_one_is_enough():
    single, pair = (60.0, 1.2, 0.4, 8.0, 0.7), (50.0, 0.0, 2.0, 3.0, 0.2)
    events = arrays([([single], 100.0, 3.0), ([], 10.0, 0.0), ([pair, single], 100.0, 3.0)])
    rows, found = reconstruct(events, DijetReconstruction(minimum_jets=1))
    assert rows.tolist() == [0, 2]
    expected = {
        "n_jets": 1,
        "n_extra_jets": 0,
        "jet1_pt_gev": 60,
        "jet2_pt_gev": 0,
        "jet1_btag": 0.7,
        "jet2_btag": 0,
        "m_jj_gev": 8,
        "pt_jj_gev": 60,
        "eta_jj": 1.2,
        "delta_r_jj": 0,
        "ht_gev": 60,
        "extra_ht_gev": 0,
        "min_delta_phi_met_jet": 2.6,
        "delta_phi_met_jj": 2.6,
    }
    for name, value in expected.items():
        assert found[name][0] == pytest.approx(value, abs=1e-6), name
    _, both = reconstruct(events, DijetReconstruction())
    for name in found:
        assert found[name][1] == both[name][0]


@COMMON
@given(EVENTS, st.floats(0.8, 1.2))
def test_a_jet_energy_shift_scales_jets_and_conserves_transverse_momentum(events, scale):
    given = arrays(events)
    shifted = scaled_jets(given, scale)
    np.testing.assert_allclose(shifted.pt, given.pt * scale)
    np.testing.assert_allclose(shifted.mass, given.mass * scale)

    def total(of, trig):
        jets = np.bincount(of.event_of_jet, weights=of.pt * trig(of.phi), minlength=of.counts.size)
        return jets + of.met * trig(of.met_phi)

    for trig in (np.cos, np.sin):
        np.testing.assert_allclose(total(shifted, trig), total(given, trig), atol=1e-9)
    # Masses of all pairs scale too, where the same pair is chosen.
    loose = DijetReconstruction(jet_pt_min_gev=0.0, jet_abs_eta_max=10.0)
    rows, before = reconstruct(given, loose)
    assert np.array_equal(rows, reconstruct(shifted, loose)[0])
    after = reconstruct(shifted, loose)[1]
    np.testing.assert_allclose(after["m_jj_gev"], scale * before["m_jj_gev"], rtol=1e-6, atol=1e-4)


@COMMON
@given(st.floats(-20, 20), st.floats(-20, 20))
def test_azimuths_differ_by_zero_to_pi(first, second):
    found = float(delta_phi(np.array(first), np.array(second)))
    assert 0 <= found <= np.pi + 1e-12
    assert math.cos(found) == pytest.approx(math.cos(first - second), abs=1e-9)
