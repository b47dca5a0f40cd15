"""Kinematics of simulated events: decays, boosts and the spectra that are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signedag.events.simulation.kinematics import (
    azimuth,
    boost,
    breit_wigner_mass,
    decay_momentum,
    falling_transverse_momentum,
    four_momentum,
    gamma_mass,
    invariant_mass,
    isotropic_directions,
    pseudorapidity,
    transverse_momentum,
    two_body_decay,
)

COMMON = settings(deadline=None, derandomize=True, max_examples=100)
PARENTS = st.tuples(
    st.floats(10.0, 1000.0), st.floats(0.0, 2000.0), st.floats(-4.0, 4.0), st.floats(-np.pi, np.pi)
).map(lambda values: four_momentum(*(np.array([value]) for value in values)))
SHARES = st.floats(0.0, 0.5)
DIRECTIONS = st.integers(0, 10_000).map(lambda seed: isotropic_directions(np.random.default_rng(seed), 1))


@COMMON
@given(PARENTS, SHARES, SHARES, DIRECTIONS)
def test_decay_products_have_their_masses_and_add_up_to_the_parent(parent, first_share, second_share, direction):
    mass = invariant_mass(parent)
    first, second = two_body_decay(parent, first_share * mass, second_share * mass, direction)
    energy = parent[0, 0]
    np.testing.assert_allclose(first + second, parent, atol=1e-10 * energy)
    np.testing.assert_allclose(invariant_mass(first + second), mass, rtol=1e-6)
    np.testing.assert_allclose(invariant_mass(first) ** 2, (first_share * mass) ** 2, atol=1e-12 * energy**2)
    np.testing.assert_allclose(invariant_mass(second) ** 2, (second_share * mass) ** 2, atol=1e-12 * energy**2)


@COMMON
@given(PARENTS, DIRECTIONS)
def test_the_rest_frame_is_where_the_products_are_back_to_back(parent, direction):
    mass = invariant_mass(parent)
    products = two_body_decay(parent, 0.1 * mass, 0.2 * mass, direction)
    mirrored = parent * np.array([1.0, -1.0, -1.0, -1.0])
    at_rest = [boost(product, mirrored) for product in products]
    scale = 1e-9 * parent[0, 0] ** 2 / mass[0]
    np.testing.assert_allclose(at_rest[0][:, 1:], -at_rest[1][:, 1:], atol=scale)
    expected = decay_momentum(mass, 0.1 * mass, 0.2 * mass)
    np.testing.assert_allclose(at_rest[0][:, 1:], expected * direction, atol=scale)


def test_a_boost_of_the_rest_vector_gives_the_frame_itself():
    frame = four_momentum(np.array([125.0]), np.array([300.0]), np.array([1.5]), np.array([0.3]))
    np.testing.assert_allclose(boost(np.array([[125.0, 0.0, 0.0, 0.0]]), frame), frame, rtol=1e-12)


def test_decay_momentum_of_a_known_decay():
    momentum = decay_momentum(np.array([80.0]), np.array([0.0]), np.array([0.0]))
    assert momentum[0] == pytest.approx(40.0)
    momentum = decay_momentum(np.array([5.0]), np.array([3.0]), np.array([2.0]))
    assert momentum[0] == pytest.approx(0.0)
    with pytest.raises(ValueError, match="at least as heavy"):
        decay_momentum(np.array([5.0]), np.array([3.0]), np.array([2.1]))


@COMMON
@given(PARENTS)
def test_four_momentum_gives_back_what_it_was_made_of(parent):
    assert parent[0, 0] > 0
    pt, phi = transverse_momentum(parent), azimuth(parent)
    np.testing.assert_allclose(pt * np.cos(phi), parent[:, 1], atol=1e-9)
    rapidity = np.arctanh(parent[:, 3] / parent[:, 0])
    rebuilt = four_momentum(invariant_mass(parent), pt, rapidity, phi)
    np.testing.assert_allclose(rebuilt, parent, rtol=1e-6, atol=1e-6)


def test_pseudorapidity_is_the_rapidity_without_mass():
    massless = four_momentum(np.zeros(3), np.full(3, 40.0), np.array([-2.0, 0.0, 3.1]), np.zeros(3))
    np.testing.assert_allclose(pseudorapidity(massless), [-2.0, 0.0, 3.1], atol=1e-12)


def test_directions_are_isotropic():
    directions = isotropic_directions(np.random.default_rng(5), 40_000)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0, rtol=1e-12)
    error = 1 / np.sqrt(3 * 40_000)
    assert np.all(np.abs(directions.mean(axis=0)) < 4 * error)
    second_moments = directions.T @ directions / 40_000
    np.testing.assert_allclose(second_moments, np.eye(3) / 3, atol=4 * 0.3 / 200)


def test_spectra_have_the_moments_of_their_densities():
    events = 50_000
    rng = np.random.default_rng(6)
    masses = breit_wigner_mass(rng, events, 91.2, 2.5)
    assert np.median(masses) == pytest.approx(91.2, abs=4 * np.pi / 4 * 2.5 / np.sqrt(events))
    # Half of a Breit-Wigner lies within half a width of its peak; the cut at 15 widths leaves out 2 % of it.
    assert np.mean(np.abs(masses - 91.2) < 1.25) == pytest.approx(0.5 / (2 * np.arctan(30) / np.pi), abs=0.01)
    assert masses.max() < 91.2 + 15.001 * 2.5
    continuum = gamma_mass(rng, events, 20.0, 2.0, 50.0)
    assert continuum.mean() == pytest.approx(120.0, abs=4 * 50 * np.sqrt(2 / events))
    assert continuum.min() > 20
    pt = falling_transverse_momentum(rng, events, 120.0, 70.0)
    assert pt.min() > 120
    assert pt.mean() == pytest.approx(190.0, abs=4 * 70 / np.sqrt(events))
