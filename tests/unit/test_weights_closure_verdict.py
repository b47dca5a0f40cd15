"""The verdict on a closure: its limits, what makes it marginal, and that nothing tested is nothing passed."""

from __future__ import annotations

import pytest

from signedag.metrics.distances import ChiSquare, no_chi_square
from signedag.weights.closure_verdict import EnsembleClosure, SmallestP, grade_closure, smallest_p


def with_p_values(*p_values, ndf=9):
    return {f"v{number}": ChiSquare(9.0, ndf, p_value) for number, p_value in enumerate(p_values)}


@pytest.mark.parametrize(
    ("p_values", "grade"),
    [
        ((0.5, 0.2), "good"),
        ((0.5, 0.026), "good"),
        ((0.5, 0.024), "marginal"),
        ((0.5, 0.0051), "marginal"),
        ((0.5, 0.0049), "bad"),
    ],
)
def test_the_limits_count_the_comparisons(p_values, grade):
    verdict = grade_closure(with_p_values(*p_values), {})
    assert verdict.grade == grade
    assert verdict.value == pytest.approx(min(1, 2 * min(p_values)))
    assert "2 comparisons" in verdict.reason and "v1" in verdict.reason
    assert verdict.as_json()["limit"] == 0.01


def test_few_degrees_of_freedom_are_marginal_however_large_p_is():
    few = with_p_values(0.9, 0.8, ndf=4) | {"z": ChiSquare(9.0, 12, 0.7)}
    verdict = grade_closure(few, {})
    assert verdict.grade == "marginal" and "2 of 3 shapes have fewer than 5 degrees of freedom" in verdict.reason
    many = with_p_values(0.9, 0.8, ndf=5) | {"n_jets": ChiSquare(2.0, 3, 0.6)}
    assert grade_closure(many, {}).grade == "good"  # a count has few bins by nature
    yields = {f"yield of r{number}": ChiSquare(1.0, 1, 0.3) for number in range(9)}
    assert grade_closure(many, yields).grade == "good"  # and so has a yield


def test_members_on_both_sides_of_the_limit_make_it_a_matter_of_chance():
    split = [SmallestP("met", 0.1, 2), SmallestP("met", 0.001, 2), None]
    verdict = grade_closure(with_p_values(0.5, 0.3), {}, split)
    assert verdict.grade == "marginal"
    assert verdict.reason.endswith("a matter of chance: single networks of the ensemble give 0.002 to 0.2")
    assert grade_closure(with_p_values(0.5, 0.3), {}, split[:1]).grade == "good"


def test_the_same_weights_have_passed_nothing():
    verdict = grade_closure({"x": no_chi_square("training and signed weights agree")}, {})
    assert verdict.as_json() == {
        "grade": "nothing_to_test",
        "value": None,
        "limit": 0.01,
        "reason": "training and signed weights agree",
    }


def test_undefined_tests_are_no_comparisons():
    found = smallest_p(with_p_values(0.3) | {"constant": no_chi_square("a single bin, whose sum is given")})
    assert found is not None and (found.subject, found.comparisons) == ("v0", 1)


def test_the_ensemble_gives_median_and_range():
    tests = {"x": (ChiSquare(9.0, 9, 0.4), ChiSquare(12.0, 9, 0.2), no_chi_square("a single bin, whose sum is given"))}
    found = EnsembleClosure((SmallestP("x", 0.4, 1), SmallestP("x", 0.2, 1), None), tests).as_json()
    assert found["members"] == 3
    assert found["smallest_p_times_comparisons"] == {
        "values": [0.4, 0.2, None],
        "median": pytest.approx(0.3),
        "lowest": 0.2,
        "highest": 0.4,
    }
    assert found["variables"]["x"]["p_value"] == [0.4, 0.2, None]
    assert found["variables"]["x"]["p_value_range"]["highest"] == 0.4
