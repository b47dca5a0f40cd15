"""Histograms of a region in every variable: sums in closed form, and nothing of what is hidden."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from region_events import SETTINGS, WINDOW, Columns, data_events, shown, simulation, write_region_events

from signedag.config.distributions import FillDistributionsSettings
from signedag.errors import UserError
from signedag.events.store_files import StoreFiles
from signedag.identity import Identity
from signedag.statistics.distributions import Distribution, fill_distributions

MASSES, MET = np.linspace(50, 200, 6), np.linspace(0, 400, 5)
EVENTS = simulation()
ALL_HIDDEN = {"signal_regions": ["sr"]}


@pytest.fixture
def fill(tmp_path: Path) -> Callable[..., dict[str, Distribution]]:
    """Fill a region from simulation and data; give what is shown by variable."""

    def filled(region: str, observed: Columns | None = None, **changes: Any) -> dict[str, Distribution]:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        events, scores = (list(map(Path, paths)) for paths in write_region_events(folder, observed))
        settings = FillDistributionsSettings.model_validate(SETTINGS | changes)
        known = {"plain": StoreFiles.of(scores, Identity.of("combined scores", variant="plain"))}
        _, found = fill_distributions(StoreFiles.of(events, Identity.of("events")), known, region, settings)
        return {str(one.templates.observable): one for one in found}

    return filled


def histogram(columns: Columns, column: str, edges: np.ndarray, rows: np.ndarray, weight: str = "weight") -> np.ndarray:
    values: np.ndarray = np.histogram(columns[column][rows].astype(float), edges, weights=columns[weight][rows])[0]
    return values


def in_window(columns: Columns) -> np.ndarray:
    inside: np.ndarray = (columns["mass"] >= 100) & (columns["mass"] <= 130)
    return inside


def test_simulation_is_sums_of_signed_weights_of_all_samples_shifts_and_variations(fill: Any) -> None:
    region = fill("cr")["met"].templates
    one, two = (EVENTS[sample, "nominal"] for sample in ("tt_one", "tt_two"))
    expected = sum(histogram(part, "met", MET, part["region_cr"]) for part in (one, two))
    squares = sum(
        np.histogram(part["met"][part["region_cr"]].astype(float), MET, weights=part["weight"][part["region_cr"]] ** 2)[
            0
        ]
        for part in (one, two)
    )
    np.testing.assert_allclose(region.nominal["tt"].values, expected, rtol=1e-12)
    np.testing.assert_allclose(region.nominal["tt"].variances, squares, rtol=1e-12)
    up, down = region.variations["tt", "btag"]
    for side, template in (("up", up), ("down", down)):
        parts = (histogram(part, "met", MET, part["region_cr"], f"weight_btag_{side}") for part in (one, two))
        np.testing.assert_allclose(template.values, sum(parts), rtol=1e-12)
    assert ("zh", "btag") not in region.variations, "acts on tt alone"
    shifted = fill("cr")["mass"].templates.variations["zh", "jets"]
    for side, template in zip(("up", "down"), shifted, strict=True):
        moved = EVENTS["zh", f"jets_{side}"]
        np.testing.assert_allclose(template.values, histogram(moved, "mass", MASSES, moved["region_cr"]), rtol=1e-12)
    assert region.data is None


def test_the_downward_side_of_a_one_sided_shift_is_nominal(fill: Any) -> None:
    templates = fill("cr", one_sided=["jets"])["mass"].templates
    up, down = templates.variations["zh", "jets"]
    moved = EVENTS["zh", "jets_up"]
    np.testing.assert_allclose(up.values, histogram(moved, "mass", MASSES, moved["region_cr"]), rtol=1e-12)
    np.testing.assert_array_equal(down.values, templates.nominal["zh"].values)


def test_a_control_region_shows_its_data_and_all_of_its_simulation(fill: Any) -> None:
    data = data_events()
    for hidden in (ALL_HIDDEN, shown(windows=WINDOW, signal_over_background=1e-9)):
        found = fill("cr", data, data=hidden)
        for name, edges in (("mass", MASSES), ("met", MET)):
            counts = histogram(data, name, edges, data["region_cr"])
            np.testing.assert_array_equal(found[name].templates.data.values, counts)
            assert found[name].without == ()
            zh = EVENTS["zh", "nominal"]
            total = histogram(zh, name, edges, zh["region_cr"])
            np.testing.assert_allclose(found[name].templates.nominal["zh"].values, total, rtol=1e-12)


def test_a_window_hides_bins_of_its_variable_and_events_in_all_others(fill: Any) -> None:
    data = data_events()
    found = fill("sr", data, data=shown(windows=WINDOW))
    sr, mass = data["region_sr"], found["mass"].templates
    # 100 to 130 overlaps with the bins from 80 to 110 and from 110 to 140; simulation is shown there
    counts = histogram(data, "mass", MASSES, sr)
    np.testing.assert_array_equal(mass.data.values, np.where([False, True, True, False, False], np.nan, counts))
    zh = EVENTS["zh", "nominal"]
    np.testing.assert_allclose(mass.nominal["zh"].values, histogram(zh, "mass", MASSES, zh["region_sr"]), rtol=1e-12)
    met = found["met"].templates
    np.testing.assert_array_equal(met.data.values, histogram(data, "met", MET, sr & ~in_window(data)))
    np.testing.assert_allclose(
        met.nominal["zh"].values, histogram(zh, "met", MET, zh["region_sr"] & ~in_window(zh)), rtol=1e-12
    )
    moved = EVENTS["zh", "jets_up"]
    np.testing.assert_allclose(
        met.variations["zh", "jets"][0].values,
        histogram(moved, "met", MET, moved["region_sr"] & ~in_window(moved)),
        rtol=1e-12,
        err_msg="the window is one of the shifted mass",
    )
    assert [rule.as_json() for rule in found["met"].without] == [{"variable": "mass", "low": 100.0, "high": 130.0}]
    assert found["mass"].without == ()
    assert np.isnan(met.data.flow_values[[0, -1]]).all(), "what is beyond the bins is not kept"


SCORE_AXIS = {"plain": {"bins": 4, "low": 0.0, "high": 1.0}}
RULES: list[dict[str, Any]] = [
    {"windows": WINDOW},
    {"windows": {"mass": {"low": 100.0}}, "signal_over_background": 0.02},
    {"windows": {"score": {"low": 0.7}}},
    {"windows": WINDOW | {"score": {"low": 0.7}}, "signal_over_background": 0.05},
]


def planted(data: Columns, hidden: np.ndarray) -> Columns:
    """Give the same data with other events where they are hidden: fifty more, and the old ones moved."""
    generator = np.random.default_rng(77)
    rows = np.flatnonzero(hidden)
    more = np.concatenate([np.arange(hidden.size), generator.choice(rows, 50)])
    other = {name: values[more].copy() for name, values in data.items()}
    other["event_number"] = 5_000_000 + np.arange(more.size)
    other["met"][np.concatenate([hidden, np.ones(50, dtype=bool)])] = 123.0
    return other


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("region", ["sr", "both"])
def test_planted_events_in_a_hidden_window_change_nothing(fill: Any, region: str, rules: dict[str, Any]) -> None:
    data = data_events()
    hidden = np.zeros(data["mass"].size, dtype=bool)
    for column, window in rules["windows"].items():
        values = data[column].astype(float)
        hidden |= (values >= window.get("low", -np.inf)) & (values <= window.get("high", np.inf))
    hidden &= data["region_sr"]
    assert hidden.sum() > 50
    settings = {"data": shown(**rules), "scores": SCORE_AXIS}
    first, second = fill(region, data, **settings), fill(region, planted(data, hidden), **settings)
    open_ = fill(region, planted(data, hidden), data=shown(unblinded=True), scores=SCORE_AXIS)
    assert set(first) == {"mass", "met", "score_plain"}
    for name, one in first.items():
        other = second[name]
        np.testing.assert_array_equal(one.templates.data.flow_values, other.templates.data.flow_values)
        np.testing.assert_array_equal(one.templates.data.flow_variances, other.templates.data.flow_variances)
        assert one.as_json() == other.as_json()
        with pytest.raises(AssertionError):  # the test would see a leak
            np.testing.assert_array_equal(one.templates.data.flow_values, open_[name].templates.data.flow_values)


def test_a_window_of_the_score_hides_bins_of_the_score_and_events_elsewhere(fill: Any) -> None:
    data = data_events()
    found = fill("sr", data, data=shown(windows={"score": {"low": 0.6}}), scores=SCORE_AXIS)
    score = found["score_plain"].templates.data.values
    counts = histogram(data, "score", np.linspace(0, 1, 5), data["region_sr"])
    np.testing.assert_array_equal(score, [*counts[:2], np.nan, np.nan])
    below = data["region_sr"] & (data["score"] < 0.6)
    np.testing.assert_array_equal(found["met"].templates.data.values, histogram(data, "met", MET, below))
    assert [rule.as_json() for rule in found["met"].without] == [{"variable": "score_plain", "low": 0.6, "high": None}]


def test_a_ratio_of_signal_to_background_hides_single_bins_of_the_variable(fill: Any) -> None:
    data = data_events()
    nominal = fill("sr")["met"].templates.nominal
    ratio = np.abs(nominal["zh"].values) / nominal["tt"].values
    limit = float(np.sort(ratio)[1:3].mean())
    found = fill("sr", data, data=shown(signal_over_background=limit))["met"]
    counts = histogram(data, "met", MET, data["region_sr"])
    np.testing.assert_array_equal(found.templates.data.values, np.where(ratio > limit, np.nan, counts))
    assert found.hidden is not None and found.hidden.by_rule == {"signal_over_background": 2}


def test_before_the_fit_sees_data_a_region_around_the_signal_region_is_shown_without_it(fill: Any) -> None:
    data = data_events()
    found = fill("both", data, data=ALL_HIDDEN)["met"]
    np.testing.assert_array_equal(found.templates.data.values, histogram(data, "met", MET, data["region_cr"]))
    zh = EVENTS["zh", "nominal"]
    expected = histogram(zh, "met", MET, zh["region_cr"])
    np.testing.assert_allclose(found.templates.nominal["zh"].values, expected, rtol=1e-12)
    assert [rule.name for rule in found.without] == ["signal_region"]
    everything = data | {"region_sr": np.ones_like(data["region_sr"])}
    assert not np.nansum(fill("both", everything, data=ALL_HIDDEN)["met"].templates.data.values)


def test_unblinded_shows_everything(fill: Any) -> None:
    data = data_events()
    found = fill("sr", data, data=shown(windows=WINDOW, signal_over_background=1e-9, unblinded=True))
    for name, edges in (("mass", MASSES), ("met", MET)):
        counts = histogram(data, name, edges, data["region_sr"])
        np.testing.assert_array_equal(found[name].templates.data.values, counts)


def test_data_alone_in_the_signal_region_are_hidden_too(fill: Any) -> None:
    """Without simulated events there no bin would be hidden, so the events are."""
    data = data_events()
    data["region_cr"] = np.ones_like(data["region_cr"])  # no simulated event is in both
    found = fill("cr", data, data=shown(windows=WINDOW))
    for name, edges in (("mass", MASSES), ("met", MET)):
        np.testing.assert_array_equal(
            found[name].templates.data.values, histogram(data, name, edges, ~data["region_sr"])
        )


@pytest.mark.parametrize(
    ("region", "changes", "message"),
    [
        ("nowhere", {}, "no region 'nowhere'"),
        ("sr", {"variables": {"masss": SETTINGS["variables"]["mass"]}}, "no column 'masss'; did you mean 'mass'"),
        ("sr", {"scores": {"other": SCORE_AXIS["plain"]}}, "--scores: none of 'other'"),
        ("sr", {"variables": {"mass": {"bins": 2, "low": 1000, "high": 2000}}}, "no simulated event is in region 'sr'"),
        ("sr", {"variations": {"top": None}}, "no column 'weight_top_up'"),
    ],
)
def test_what_is_not_there_is_said(fill: Any, region: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message.replace("?", r"\?")):
        fill(region, **changes)


def test_a_mass_that_is_no_number_is_refused_and_not_shown(fill: Any) -> None:
    data = data_events()
    data["mass"][np.flatnonzero(data["region_sr"])[0]] = np.nan
    with pytest.raises(UserError, match="column 'mass' is nan"):
        fill("sr", data, data=shown(windows=WINDOW), variables={"met": SETTINGS["variables"]["met"]})
