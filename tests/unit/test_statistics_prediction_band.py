"""The error of a prediction in every bin: closed forms of each part."""

from __future__ import annotations

import json

import numpy as np
import pytest

from signedag.config.fitting import NormalisationUncertainty
from signedag.errors import UserError
from signedag.identity import Identity
from signedag.json_results import read_json
from signedag.statistics.applied_factors import applied_factors
from signedag.statistics.prediction_band import AppliedFactors, prediction_band
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.templates import Template

EDGES = (np.array([0.0, 1.0, 2.0]),)
A, B = np.array([10.0, -4.0]), np.array([5.0, 20.0])
SQUARES = np.array([2.0, 3.0])


def template(values: np.ndarray) -> Template:
    return Template(np.pad(values, 1), np.pad(SQUARES, 1), EDGES)


def region(variations: dict) -> RegionTemplates:
    pairs = {names: (template(up), template(down)) for names, (up, down) in variations.items()}
    return RegionTemplates("sr", EDGES, {"a": template(A), "b": template(B)}, pairs, None)


def test_simulation_alone_is_the_sum_of_squared_weights() -> None:
    band = prediction_band(region({}), {})
    np.testing.assert_allclose(band.statistical, np.sqrt(2 * SQUARES))
    assert not band.systematic.any()
    np.testing.assert_allclose(band.total, band.statistical)


def test_a_variation_moves_all_processes_together_and_counts_with_its_larger_side() -> None:
    pairs = {
        ("a", "jets"): (A + np.array([1.0, 2.0]), A - np.array([3.0, 1.0])),
        ("b", "jets"): (B + np.array([1.0, -5.0]), B - np.array([1.0, 1.0])),
    }
    np.testing.assert_allclose(prediction_band(region(pairs), {}).systematic, [4.0, 3.0])
    both = pairs | {("a", "btag"): (A + np.array([3.0, 4.0]), A)}
    np.testing.assert_allclose(prediction_band(region(both), {}).systematic, [5.0, 5.0])


def test_a_yield_moves_its_processes_with_their_signs() -> None:
    yields = {
        "luminosity": NormalisationUncertainty(relative=0.1),
        "only_b": NormalisationUncertainty(relative=0.2, processes=("b", "elsewhere")),
        "free": NormalisationUncertainty(constraint="free", processes=("a",)),
    }
    expected = np.hypot(0.1 * (A + B), 0.2 * B)
    np.testing.assert_allclose(prediction_band(region({}), yields).systematic, expected)


def test_factors_scale_everything_bring_their_covariance_and_replace_uncertainties_of_yields() -> None:
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])
    factors = AppliedFactors({"one": 2.0, "two": 0.5}, covariance, {"a": "one", "b": "two"})
    pairs = {("a", "jets"): (A + np.array([1.0, 2.0]), A - np.array([1.0, 2.0]))}
    yields = {"luminosity": NormalisationUncertainty(relative=0.1)}
    band = prediction_band(region(pairs), yields, factors)
    np.testing.assert_allclose(band.statistical, np.sqrt((4 + 0.25) * SQUARES))
    fitted = 0.04 * A**2 + 0.09 * B**2 + 2 * 0.01 * A * B
    np.testing.assert_allclose(band.systematic, np.sqrt(4 * np.array([1.0, 4.0]) + fitted))
    alone = AppliedFactors({"one": 2.0}, covariance[:1, :1], {"a": "one"})
    band = prediction_band(region({}), yields, alone)
    np.testing.assert_allclose(band.systematic, np.sqrt(0.04 * A**2 + (0.1 * B) ** 2))


def test_factors_are_read_with_what_the_simulation_adds_to_them(results, tmp_path) -> None:
    path = results / "scale_factors" / "result.json"
    content = json.loads(path.read_text())
    read = read_json(path, Identity.of("scale factors"))
    processes = {"tt": "sf_tt", "Zjets": "sf_zjets"}
    factors = applied_factors(read, processes)
    assert factors.scale("tt") == content["scale_factors"]["sf_tt"]["value"]
    assert factors.scale("VZ") == 1.0
    both = np.array(content["covariance"]) + np.array(content["template_statistical_covariance"])
    np.testing.assert_allclose(factors.covariance, both)
    with pytest.raises(UserError, match=r"'scale_factors\.sf_other' is missing"):
        applied_factors(read, {"tt": "sf_other"})
