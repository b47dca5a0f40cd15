"""The parametric study: which classifiers it adds, what it compares, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from mass_points import MASSES, masses

from signedag.config import stages
from signedag.config.analysis import Analysis
from signedag.config.cross_checks import read_analysis
from signedag.config.parametric_study import ordered_points
from signedag.errors import UserError


def analysis(edit: Callable[[dict[str, Any]], Any] = lambda content: None) -> Analysis:
    return read_analysis(masses(edit), "mine.yaml")


def test_points_are_in_the_order_of_their_parameters() -> None:
    assert analysis().points() == tuple(MASSES)
    narrow = {"mass_gev": 500.0, "width": 0.1}
    assert ordered_points({"wide": narrow | {"width": 0.3}, "narrow": narrow}, "mass_gev") == ("narrow", "wide")
    assert ordered_points({"one": narrow}, "mass_gev") == ()
    assert ordered_points({"one": narrow, "two": {"mass_gev": 600.0}}, "mass_gev") == ()
    assert ordered_points({"one": {}, "two": {}}, "mass_gev") == ()


def test_a_classifier_for_each_mass_sees_no_other_one() -> None:
    given = analysis()
    for name in MASSES:  # the one that the others leave out, too
        trained = stages.train_classifier(given, f"single_for_{name}")
        assert trained.classes == {"background": ("tt",), "signal": (name,)}
        judged = stages.check_masses(given, f"single_for_{name}")
        assert {point: one.trained for point, one in judged.points.items()} == {name: True}
        assert stages.check_classifier(given, f"single_for_{name}").signal_samples == (name,)


def test_points_that_are_left_out_are_judged_all_the_same() -> None:
    given = analysis()
    trained = {
        name: set(stages.train_classifier(given, name).points)
        for name in given.parametric_variants()
        if "_for_" not in name
    }
    assert trained["affine_without_x750"] == {"x500", "x1000", "x1500"}
    assert trained["affine_without_half"] == {"x500", "x1000"}
    assert trained["affine_only_x1000"] == {"x1000"}
    judged = stages.check_masses(given, "affine_without_half")
    assert [name for name, one in judged.points.items() if one.trained] == ["x500", "x1000"]
    assert judged.points["x750"].column == "score_x750"
    assert stages.check_masses(given, "single").points["x750"].column == "score"


def test_all_assignments_and_balances_but_the_classifiers_own_are_trained() -> None:
    given = analysis()
    added = given.parametric_variants()
    settings = {name: added[name].background_parameters for name in added if name.endswith(("_sampled", "_fixed"))}
    assert {(one.values, one.drawn) for one in settings.values()} == {
        ("identical", "fixed"), ("uniform", "sampled"), ("uniform", "fixed"),
    }  # fmt: skip
    balances = {name.rpartition("_")[2]: added[name].batch for name in added if "_balance_" in name}
    assert set(balances) == {"none", "class", "background", "signal"}
    assert balances["none"].drawing == "shuffled"
    assert all(batch.strata == name for name, batch in balances.items() if name != "none")


def test_the_tables_compare_what_was_trained() -> None:
    given = analysis()
    compared = stages.compare_masses(given)
    assert compared.tables["networks"]["individual"] == {name: f"single_for_{name}" for name in MASSES}
    one = compared.tables["left_out"]["affine, one left out"]
    assert one == {name: f"affine_without_{name}" for name in MASSES if name != "x900"}
    assert next(iter(compared.tables["balance"])) == "full"
    assert next(iter(compared.tables["background_parameters"])) == "identical, sampled"
    named = {variant for models in compared.tables.values() for model in models.values() for variant in model.values()}
    assert set(given.parametric_variants()) <= named
    assert ("networks", "affine", "individual") in {tuple(one) for one in compared.differences}

    def with_pnn(content: dict[str, Any]) -> None:
        content["classifiers"]["pnn"] = content["classifiers"]["affine"]
        content["parametric_study"]["left_out_of"] = ["pnn", "affine"]

    left_out = [one[1:] for one in stages.compare_masses(analysis(with_pnn)).differences if one[0] == "left_out"]
    assert ("affine, one left out", "pnn, one left out") in left_out
    assert all(one.partition(",")[2] == other.partition(",")[2] for one, other in left_out), (
        "the same points are left out"
    )


def test_what_is_fitted_at_a_point_has_its_signal_alone() -> None:
    given = analysis()
    filled = stages.fill_templates(given, "affine_at_x900", "coarse")
    assert filled.samples == {"x900": "x900", "tt": "tt"}
    assert stages.map_scores(given, "affine_at_x900").column == "score_x900"
    limits = stages.plot_mass_limits(given)
    assert limits.models["affine"]["x900"] == "affine_at_x900"
    assert limits.models["individual"]["x900"] == "single_for_x900"
    assert limits.trained["affine"] == ("x500", "x750", "x1000", "x1500")


def test_the_scan_marks_what_was_trained() -> None:
    scanned = stages.scan_parameter(analysis(), "affine")
    assert scanned.grid == tuple(500.0 + 100.0 * step for step in range(11))
    assert scanned.trained == (500.0, 750.0, 1000.0, 1500.0)
    assert scanned.own["x900"] == 900.0


def change(block: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    def edit(content: dict[str, Any]) -> None:
        content[block] |= values

    return edit


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (change("parametric_study", parameter="mass"), "parametric_study.parameter: no parameter"),
        (change("parametric_study", classifiers=["afine"]), "did you mean 'affine'?"),
        (change("parametric_study", individual="affine"), "parametric_study.individual: 'affine' has parameters"),
        (change("parametric_study", varied="single"), "parametric_study.varied: 'single' has no parameters"),
        (change("parametric_study", fitted=["single"]), "parametric_study.fitted: 'single' has no parameters"),
        (change("parametric_study", left_out=[]), "'left_out' and 'left_out_of' belong together"),
        (change("parametric_study", binning="fine"), "parametric_study.binning: no binning 'fine'"),
        (change("parametric_study", treatment="simultaneous"), "'simultaneous' is not among fit.treatments"),
        (change("parametric_study", scan={"low": 9.0, "high": 2.0}), "low must be below high, got 9 and 2"),
        (change("parametric_study", classifiers=["single"]), "none of the classifiers has 'mass_gev'"),
        (change("classifiers", single_for_x500={"region": "all"}), "'single_for_x500' is also one of"),
        (change("classifiers", one={"region": "all", "signals": ["x50"]}), "classifiers.one.signals: no signal"),
        (change("score_maps", other={"scores_of": "single", "point": "x500"}), "'single' has one score for all"),
        (change("score_maps", other={"scores_of": "affine", "point": "x50"}), "score_maps.other.point: no signal"),
        (change("score_maps", other={"scores_of": "affine"}), "neither 'spectators' nor a 'point'"),
        (change("fit", variants=["affine"]), "fit: 'affine' would fit x1000 and x1500 with one strength"),
    ],
)  # fmt: skip
def test_a_problem_is_named_with_key_and_fix(edit: Callable[[dict[str, Any]], None], problem: str) -> None:
    with pytest.raises(UserError) as error:
        analysis(edit)
    assert problem in str(error.value), str(error.value)


def test_points_need_parameters() -> None:
    def without(content: dict[str, Any]) -> None:
        del content["processes"]["x500"]["parameters"]
        content["classifiers"] = {"single": content["classifiers"]["single"]}
        content["parametric_study"] = {"parameter": "mass_gev", "classifiers": ["single"]}
        del content["score_maps"], content["fit"]

    with pytest.raises(UserError, match="give two signal processes or more the same parameters"):
        analysis(without)
