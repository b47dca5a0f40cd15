"""A scan: what a path leads to, which points there are, and what they are called."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signedag.config.analysis import Analysis
from signedag.config.base import validated
from signedag.config.classifier import Variant
from signedag.config.cross_checks import read_analysis
from signedag.config.example import examples
from signedag.config.leaves import leaves
from signedag.config.scan import Scan, ScanPoint, ScanRange, scan_points
from signedag.config.setting_paths import numeric_settings, resolve
from signedag.errors import UserError

ANALYSIS = Analysis.model_validate(examples()[0])
CLASSIFIERS = ANALYSIS.classifiers | {
    "independent": Variant.model_validate(
        {
            "region": "signal_region",
            "weights": {"planing": {"bins": 20, "floor": 0.1}},
            "phases": [
                {
                    "epochs": 5,
                    "starts_from": "narrow",
                    "updates": [{"terms": [{"objective": "disco", "weight": 5.0}, {"objective": "cross_entropy"}]}],
                }
            ],
        }
    )
}
WEIGHT = "phases[0].updates[0].terms[0].weight"
RATE = "phases[0].updates[0].learning_rate"


def points(variant: str = "independent", **block: Any) -> tuple[ScanPoint, ...]:
    """Give the points of a scan of one of the example's classifiers, all of which must work."""
    found = scan_points(Scan.model_validate({"variant": variant, **block}), variant, CLASSIFIERS[variant])
    assert not found.problems
    return found.points


def problems(variant: str = "independent", **block: Any) -> tuple[str, ...]:
    return scan_points(Scan.model_validate({"variant": variant, **block}), variant, CLASSIFIERS[variant]).problems


@pytest.mark.parametrize("name", ["independent", "tuned", "held", "wide"])
def test_every_number_of_a_classifier_can_be_reached_and_is_changed_alone(name: str) -> None:
    variant = CLASSIFIERS[name]
    before = leaves(variant)
    known = [one for one in numeric_settings(variant) if one.value is not None and one.steps[0] != "seeds"]
    assert len(known) > 8
    for setting in known:
        assert resolve(variant, setting.path) == setting
        value = setting.value
        assert value is not None
        other = 0.75 * value + 0.1 if isinstance(value, float) else value + 1
        (point,) = points(name, grid={setting.path: [other]})
        after = leaves(point.variant)
        assert point.settings == {setting.path: other}
        changed = {key for key in before | after if before.get(key) != after.get(key)}
        (key,) = changed
        assert f"{setting.path.replace('[', '.').replace(']', '')}.".startswith(f"{key}.")


@pytest.mark.parametrize(
    ("variant", "path", "whole"),
    [
        ("independent", "disco.weight", WEIGHT),
        ("independent", "learning_rate", RATE),
        ("independent", "floor", "weights.planing.floor"),
        ("independent", "planing.bins", "weights.planing.bins"),
        ("independent", "batch.size", "batch.size"),
        ("independent", "patience", "phases[0].patience"),
        ("independent", "hidden_layers[1]", "architecture.hidden_layers[1]"),
        ("held", "at_most", f"{WEIGHT}.at_most"),
        ("held", "cross_entropy.weight.damping", f"{WEIGHT}.damping"),
        ("tuned", "joint_cross_entropy.weight.end", f"{WEIGHT}.end"),
        ("tuned", "weight_network.architecture.bins", "networks.weight_network.architecture.bins"),
    ],
)
def test_the_end_of_a_path_is_enough_where_no_other_one_ends_so(variant: str, path: str, whole: str) -> None:
    assert resolve(CLASSIFIERS[variant], path).path == whole


@pytest.mark.parametrize(
    ("variant", "path", "says"),
    [
        ("independent", "weight", f"may be any of {WEIGHT}, phases[0].updates[0].terms[1].weight; write more"),
        ("independent", "phases[0].updates[0].learning_rat", f"there is no such number; did you mean '{RATE}'?"),
        ("independent", "phases[1].epochs", "there is no such number; did you mean 'phases[0].epochs'?"),
        ("independent", "momentum", "there is no such number; there are: weights.planing.bins, weights.planing.floor"),
        ("independent", "weights.strategy", "there is no such number"),
        ("independent", "disco", f"is no number but holds {WEIGHT}; name one of these"),
        ("independent", "phases[0].batch", "there is no such number"),
        ("held", "cross_entropy.weight", f"is no number but holds {WEIGHT}.at_most, "),
        ("independent", "seeds[0]", "seeds are no setting to choose by its result; remove it"),
    ],
)
def test_a_wrong_path_is_one_line_that_says_what_there_is(variant: str, path: str, says: str) -> None:
    (line,) = problems(variant, grid={path: [1.0]})
    assert line.startswith(f"scan.grid: '{path}'") and says in line


def test_a_value_that_the_classifier_refuses_is_one_line_whatever_the_others_are() -> None:
    (line,) = problems(grid={"learning_rate": [-1, 0.001], "batch.size": [64, 128, 256]})
    assert line == (
        "scan.grid: learning_rate = -1, batch.size = 64 is refused: phases.0.updates.0.learning_rate: "
        "Input should be greater than 0 (got -1.0)"
    )
    (line,) = problems(grid={"epochs": [2, 2.5]})
    assert "epochs = 2.5 is refused: phases.0.epochs: Input should be a valid integer" in line
    (line,) = problems("held", grid={"above_start": [0.1, 0.2]})
    assert f"above_start = 0.1 is refused: {WEIGHT.replace('[', '.').replace(']', '')}: a target needs " in line
    (line,) = problems(grid={"disco.weight": [1], WEIGHT: [2]})
    assert line == f"scan.grid: '{WEIGHT}' and 'disco.weight' are one setting; remove one of them"


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ({}, "a scan needs either 'grid' or 'random'"),
        ({"grid": {"a": [1]}, "random": {"points": 1, "ranges": {"a": {"low": 0, "high": 1}}}}, "either 'grid' or"),
        ({"grid": {"a": [1, 2, 1.0]}}, "grid: a: lists 1 twice"),
        ({"grid": {"a": []}}, "grid: a: has no values; give at least one"),
        ({"grid": {"a": ["x"]}}, "grid.a.0: Input should be a valid number"),
        ({"grid": {"a": [True, 2]}}, "grid must not be true or false"),
        ({"grid": {"a b": [1]}}, "is no path of a setting; write it like phases[0].updates[0].learning_rate"),
        ({"grid": {"a": range(30), "b": range(20)}}, "asks for 600 points, 500 are the most (most_points); take fewer"),
        ({"grid": {"a": range(3)}, "most_points": 2}, "asks for 3 points, 2 are the most (most_points)"),
        ({"random": {"points": 501, "ranges": {"a": {"low": 0, "high": 1}}}}, "asks for 501 points, 500 are the most"),
        ({"random": {"points": 1, "ranges": {"a": {"low": 1, "high": 1}}}}, "low must be below high, got 1 and 1"),
        ({"random": {"points": 1, "ranges": {"a": {"low": 0, "high": 1, "scale": "log"}}}}, "needs a positive low"),
        ({"random": {"points": 1, "ranges": {"a": {"low": 0.5, "high": 2, "integer": True}}}}, "must be whole"),
    ],
)
def test_a_wrong_block_is_one_line(block: dict[str, Any], says: str) -> None:
    content = {key: {path: list(v) for path, v in value.items()} if key == "grid" else value
               for key, value in block.items()}  # fmt: skip
    with pytest.raises(UserError) as caught:
        validated(Scan, {"variant": "plain", **content}, "x")
    (line,) = str(caught.value).splitlines()
    assert says in line


values = st.lists(st.integers(1, 60), min_size=1, max_size=4, unique=True)


@given(values, values, st.randoms(use_true_random=False))
def test_order_and_more_values_and_more_settings_keep_the_names(
    weights: list[int], sizes: list[int], random: Any
) -> None:
    """Names are those of what is changed; the classifier as it is keeps its own, since nothing is trained twice."""
    by_settings = {tuple(point.settings.values()): point.name for point in points(
        grid={"disco.weight": weights, "batch.size": sizes})}  # fmt: skip
    assert len(set(by_settings.values())) == len(weights) * len(sizes)
    shuffled = random.sample(weights, len(weights))
    again = points(grid={"batch.size": [*sizes, 1024], "disco.weight": [*shuffled, 77]})
    renamed = {(one.settings["disco.weight"], one.settings["batch.size"]): one.name for one in again}
    assert renamed == renamed | by_settings
    longer = points(grid={WEIGHT: weights, "batch.size": sizes, "learning_rate": [0.001, 0.002], "floor": [0.1]})
    names = {one.name for one in longer if one.settings["learning_rate"] == 0.001}
    assert names == set(by_settings.values()), "0.001 and 0.1 are what the classifier has"
    unchanged = by_settings.get((5, 1024))
    assert unchanged is None or unchanged == "independent"


def test_whole_numbers_may_be_written_either_way() -> None:
    (first,), (second,) = points(grid={"batch.size": [512]}), points(grid={"batch.size": [512.0]})
    assert first == second
    assert isinstance(first.settings["batch.size"], int)


@given(st.integers(1, 8), st.integers(0, 100), st.integers(0, 5))
def test_random_points_are_the_same_again_and_more_of_them_keep_the_first(count: int, seed: int, more: int) -> None:
    ranges = {"learning_rate": {"low": 1e-4, "high": 1e-2, "scale": "log"}, "disco.weight": {"low": 1, "high": 20}}

    def drawn(number: int) -> tuple[ScanPoint, ...]:
        return points(random={"points": number, "ranges": ranges, "seed": seed})

    assert drawn(count) == drawn(count + more)[:count]
    assert len({point.name for point in drawn(count)}) == count
    for point in drawn(count):
        assert 1e-4 <= point.settings["learning_rate"] <= 1e-2
        assert 1 <= point.settings["disco.weight"] <= 20


@given(
    st.floats(1e-6, 1e3), st.floats(1.001, 1e3), st.sampled_from(["linear", "log"]), st.floats(0, 1, exclude_max=True)
)
def test_a_random_value_lies_in_its_range(low: float, factor: float, scale: Any, uniform: float) -> None:
    own = ScanRange(low=low, high=low * factor, scale=scale)
    assert low * (1 - 1e-3) <= own.value(uniform) <= low * factor
    whole = ScanRange(low=round(low) + 1, high=round(low) + 3, scale=scale, integer=True)
    assert whole.value(uniform) in (whole.low, whole.low + 1, whole.high)


def test_whole_random_numbers_are_equally_likely() -> None:
    own = ScanRange(low=1, high=4, integer=True)
    counted = [own.value((index + 0.5) / 400) for index in range(400)]
    assert [counted.count(value) for value in (1.0, 2.0, 3.0, 4.0)] == [100] * 4


def test_random_points_that_are_one_are_trained_once() -> None:
    drawn = points(random={"points": 20, "ranges": {"epochs": {"low": 5, "high": 7, "integer": True}}})
    assert sorted(point.settings["epochs"] for point in drawn) == [5, 6, 7]
    assert {point.name for point in drawn if point.settings["epochs"] == 5} == {"independent"}


def test_points_are_variants_of_the_analysis_with_all_but_the_scanned_settings() -> None:
    template = ANALYSIS.classifiers["narrow"]
    made = ANALYSIS.scanned_variants()
    assert set(made) <= set(ANALYSIS.variants())
    rates, sizes = [0.001, 0.002], [512, 1024]
    seen = [(one.phases[0].updates[0].learning_rate, one.batch.size) for one in made.values()]
    assert sorted(seen) == sorted(set(itertools.product(rates, sizes)) - {(0.001, 1024)})
    for variant in made.values():
        update = template.phases[0].updates[0].model_copy(update={"learning_rate": 0.001})
        phase = variant.phases[0].model_copy(update={"updates": (update,)})
        assert variant.model_copy(update={"phases": (phase,), "batch": template.batch}) == template


def scan_errors(block: dict[str, Any], **edits: Any) -> list[str]:
    content = copy.deepcopy(examples()[0]) | {"scan": block}
    content["classifiers"] |= edits
    with pytest.raises(UserError) as caught:
        read_analysis(content, "x")
    return [line.removeprefix("x: ") for line in str(caught.value).splitlines()]


GRID = {"learning_rate": [0.002]}


@pytest.mark.parametrize(
    ("block", "line"),
    [
        (
            {"variant": "narow", "grid": GRID},
            "scan.variant: no classifier or score map 'narow'; did you mean 'narrow'?",
        ),
        ({"variant": "narrow", "grid": {"rate": [1]}}, "scan.grid: 'rate' in classifier 'narrow': there is no such"),
        ({"variant": "narrow", "grid": GRID, "binning": "fine"}, "scan.binning: no binning 'fine' in fit.binnings; "),
        (
            {"variant": "independent", "grid": {"architecture.hidden_layers[0]": [32, 64]}},
            "scan.phases[0].starts_from: 'narrow' has other architecture; make them the same",
        ),
    ],
)
def test_a_scan_that_does_not_fit_the_analysis_is_one_line(block: dict[str, Any], line: str) -> None:
    (problem,) = scan_errors(block)
    assert problem.startswith(line)


def test_names_of_points_must_be_free_and_short_enough() -> None:
    name = points("narrow", grid={"learning_rate": [0.002]})[0].name
    lines = scan_errors({"variant": "narrow", "grid": GRID}, **{name: {"region": "signal_region"}})
    assert f"scan: its point '{name}' is also a classifier or score map; rename that" in lines
    long = "long" * 12
    lines = scan_errors({"variant": long, "grid": GRID}, **{long: {"region": "signal_region"}})
    assert len(lines) == 1 and "the name of a point, is longer than 60 characters; shorten its start" in lines[0]


def test_a_point_is_a_variant_that_is_read_back_from_its_json() -> None:
    for point in points(grid={"disco.weight": [1, 2]}):
        assert Variant.model_validate_json(point.variant.as_json()) == point.variant
