"""The error of the signal strength from many sets of weights: closed forms and the fit itself."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from signedag.config.optimism import OptimismOfFit
from signedag.statistics.assemble import signal_model
from signedag.statistics.bins import make_positive
from signedag.statistics.expectation import Expectation
from signedag.statistics.expected_error import ExpectedError
from signedag.statistics.fits import fit
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import find_bins

NAMES = ("zh", "tt_had", "tt_lep", "vz")
PROCESSES = {"zh": "zh", "tt_had": "tt", "tt_lep": "tt", "vz": "vz"}


def settings(**model):
    axis = {"bins": 4, "low": 0.0, "high": 1.0}
    return OptimismOfFit.model_validate(
        {
            "region": "sr",
            "mass": "m",
            "binning": {"mass": axis, "score": axis},
            "processes": PROCESSES,
            "model": {"signals": ["zh"], "scale_factors": {}, "shapes": {}, "normalisations": {}} | model,
            "nonpositive_bins": "merge",
            "floor_events": 1e-3,
        }
    )


@pytest.fixture
def events():
    """Coordinates, sample numbers, which events are inside, and two sets of weights."""
    generator = np.random.default_rng(1)
    sample = generator.integers(0, 4, 6000)
    coordinates = (generator.beta(2 + 2 * (sample == 0), 2), generator.beta(1 + (sample == 0), 1 + (sample > 1)))
    weights = [0.1 * np.where(generator.random(6000) < 0.8, 1, -1) for _ in range(2)]
    return coordinates, sample, generator.random(6000) < 0.8, weights


def expected_error(chosen, events):
    coordinates, sample, inside, _ = events
    return ExpectedError(chosen, coordinates, sample, NAMES, inside, np.linspace(0, 1, 5), Path("events"))


def histograms(events, weight):
    coordinates, sample, inside, _ = events
    edges = (np.linspace(0, 1, 5), np.linspace(0, 1, 5))
    filled = {}
    for number, name in enumerate(NAMES):
        rows = inside & (sample == number)
        template = find_bins([coordinate[rows] for coordinate in coordinates], edges).fill(weight[rows])
        process = PROCESSES[name]
        filled[process] = filled[process] + template if process in filled else template
    return RegionTemplates("sr", edges, filled, {}, None)


def test_without_nuisances_the_error_is_a_sum_over_bins(events):
    error = expected_error(settings(), events)
    for weight in events[3]:
        nominal = histograms(events, weight).nominal
        signal, total = nominal["zh"].values, sum(template.values for template in nominal.values())
        assert (total > 0).all()
        assert error(weight) == pytest.approx(1 / math.sqrt((signal**2 / total).sum()), rel=1e-12)


def test_with_nuisances_it_is_the_error_of_the_fit(events):
    chosen = settings(
        scale_factors={"tt": "tt"},
        normalisations={"luminosity": {"relative": 0.02}, "vz": {"relative": 0.3, "processes": ["vz"]}},
    )
    for weight in events[3]:
        model = signal_model(histograms(events, weight), chosen.model, Path("events"))
        model, _ = make_positive(model, {"sr": (4, 4)}, "merge", 1e-3)
        expectation = Expectation(model)
        fitted = fit(Likelihood(expectation, expectation.expected(model.initial())))
        assert expected_error(chosen, events)(weight) == pytest.approx(fitted.error("mu"), rel=1e-9)


def test_a_prediction_that_is_not_positive_has_no_error(events):
    assert math.isnan(expected_error(settings(), events)(-events[3][0]))
