"""Regions before and after the fit: sums, errors by propagation, and what merged bins leave alone."""

from __future__ import annotations

import numpy as np
import pytest

from signedag.statistics.expectation import Expectation
from signedag.statistics.model import Channel, Contribution, Model, Normalisation, Parameter
from signedag.statistics.post_fit import AFTER, BEFORE, PostFit, Stage
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Template

EDGES = (np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 0.5, 1.0]))
SIGNAL = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
BACKGROUND = np.array([[60.0, 50.0], [40.0, 30.0], [20.0, 10.0]])


@pytest.fixture(scope="module")
def described():
    """Two parameters that are known not to depend on each other before the fit and do after it."""
    yields = (Normalisation("rate", 1.1, 1 / 1.1),)
    channel = Channel(
        "sr",
        (
            Contribution("zh", SIGNAL.ravel(), 0.1 * SIGNAL.ravel(), ("mu",)),
            Contribution("tt", BACKGROUND.ravel(), 2.0 * BACKGROUND.ravel(), (), (), yields),
        ),
    )
    parameters = (Parameter("mu", "signal_strength", 1.0, False), Parameter("rate", "nuisance", 0.0, True))
    model = Model((channel,), parameters)

    def template(values):
        return Template(np.pad(values, 1), np.pad(values, 1), EDGES)

    region = RegionTemplates("sr", EDGES, {"zh": template(SIGNAL), "tt": template(BACKGROUND)}, {}, None)
    stages = {
        BEFORE: Stage(np.array([1.0, 0.0]), np.diag([0.0, 1.0])),
        AFTER: Stage(np.array([2.0, 0.5]), np.array([[0.25, -0.1], [-0.1, 0.16]])),
    }
    data = Expectation(model).expected(np.array([1.0, 0.0]))
    return PostFit(model, [region], stages, data)


def test_every_axis_and_the_mass_at_high_score(described):
    mass, score, high = described.distributions()
    assert [one.axis for one in (mass, score, high)] == [0, 1, 0]
    np.testing.assert_allclose(mass.processes[BEFORE]["tt"], BACKGROUND.sum(axis=1))
    np.testing.assert_allclose(score.processes[BEFORE]["tt"], BACKGROUND.sum(axis=0))
    np.testing.assert_allclose(high.processes[BEFORE]["tt"], BACKGROUND[:, 1])
    assert (mass.lowest, high.lowest) == (None, 0.5)
    np.testing.assert_allclose(mass.processes[AFTER]["zh"], 2 * SIGNAL.sum(axis=1))
    np.testing.assert_allclose(mass.data, (SIGNAL + BACKGROUND).sum(axis=1))
    np.testing.assert_allclose(mass.template_errors[BEFORE] ** 2, (0.1 * SIGNAL + 2 * BACKGROUND).sum(axis=1))


def test_errors_hold_the_correlations_of_bins_and_parameters(described):
    """In closed form: the background is multiplied by κ^θ here, up to the smooth interpolation around zero."""
    mass = described.distributions()[0]
    step = 1e-6
    up, down = (described_at(described, 0.5 + side * step) for side in (1, -1))
    slope = np.stack([SIGNAL.sum(axis=1), (up - down) / (2 * step)])
    covariance = np.array([[0.25, -0.1], [-0.1, 0.16]])
    np.testing.assert_allclose(mass.errors[AFTER] ** 2, np.sum(slope * (covariance @ slope), axis=0), rtol=1e-6)


def described_at(described, rate):
    model = described._model
    events = Expectation(model).by_process(np.array([1.0, rate]))["sr"]["tt"]
    return events.reshape(3, 2).sum(axis=1)


def test_yields_are_sums_with_their_own_errors(described):
    yields = described.yields()
    signal = yields[AFTER]["sr"]["zh"]
    assert signal.value == pytest.approx(2 * SIGNAL.sum())
    assert signal.error == pytest.approx(0.5 * SIGNAL.sum())
    assert signal.template_error == pytest.approx(2 * np.sqrt(0.1 * SIGNAL.sum()))
    assert yields[BEFORE]["sr"]["zh"].error == 0
    total = sum(item.value for item in yields[BEFORE]["sr"].values())
    assert total == pytest.approx((SIGNAL + BACKGROUND).sum())
