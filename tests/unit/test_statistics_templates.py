import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uproot
from hypothesis import given
from hypothesis import strategies as st

from signedag.errors import UserError
from signedag.identity import Identity
from signedag.statistics.template_files import RegionTemplates, read_templates, write_templates
from signedag.statistics.templates import Template, empty_template, find_bins

MASS = np.array([60.0, 80.0, 100.0, 160.0])
SCORE = np.array([0.0, 0.5, 1.0])


def random_template(seed: int, edges: tuple[np.ndarray, ...] = (MASS, SCORE), events: int = 500) -> Template:
    generator = np.random.default_rng(seed)
    weights = generator.choice([-1.0, 1.0], events, p=[0.3, 0.7]) * generator.gamma(3.0, 1.0, events)
    coordinates = [generator.uniform(edge[0] - 5, edge[-1] + 5, events) for edge in edges]
    return find_bins(coordinates, edges).fill(weights)


def test_a_bin_includes_its_lower_edge_and_the_last_one_its_upper_edge() -> None:
    indices = find_bins([np.array([0.0, 0.5, 1.0, np.nextafter(1.0, 2.0), -1e-300])], (SCORE,))
    template = indices.fill(np.array([1.0, 10.0, 100.0, 1000.0, 10000.0]))
    assert template.values.tolist() == [1.0, 110.0]
    assert template.flow_values.tolist() == [10000.0, 1.0, 110.0, 1000.0]
    assert indices.outside_events == 2
    assert template.outside == 11000.0


@given(st.integers(0, 10_000))
def test_nothing_is_lost_and_numpy_agrees_inside(seed: int) -> None:
    generator = np.random.default_rng(seed)
    mass, score = generator.normal(110, 40, 300), generator.uniform(0, 1, 300)
    weights = generator.normal(0.5, 1.0, 300)
    template = find_bins([mass, score], (MASS, SCORE)).fill(weights)
    expected, _, _ = np.histogram2d(mass, score, bins=[MASS, SCORE], weights=weights)
    squares, _, _ = np.histogram2d(mass, score, bins=[MASS, SCORE], weights=weights**2)
    np.testing.assert_allclose(template.values, expected, atol=1e-12)
    np.testing.assert_allclose(template.variances, squares, atol=1e-12)
    assert template.values.sum() + template.outside == pytest.approx(weights.sum(), abs=1e-10)


def test_opposite_weights_cancel_in_the_value_and_add_in_the_variance() -> None:
    template = find_bins([np.array([0.2, 0.3])], (SCORE,)).fill(np.array([2.0, -2.0]))
    assert template.values[0] == 0.0
    assert template.variances[0] == 8.0


FINE = (np.linspace(60.0, 160.0, 13), np.linspace(0.0, 1.0, 11))


@given(
    st.integers(0, 10_000),
    st.sets(st.integers(0, 12), min_size=2, max_size=8),
    st.sets(st.integers(0, 10), min_size=2, max_size=8),
)
def test_merged_bins_are_those_of_a_coarser_filling(seed: int, mass: set[int], score: set[int]) -> None:
    """Inside, in every flow bin, and for Σw², whatever the edges are."""
    edges = (FINE[0][sorted(mass)], FINE[1][sorted(score)])
    merged = random_template(seed, FINE, 60).rebinned(edges)
    generator = np.random.default_rng(seed)
    weights = generator.choice([-1.0, 1.0], 60, p=[0.3, 0.7]) * generator.gamma(3.0, 1.0, 60)
    filled = find_bins([generator.uniform(edge[0] - 5, edge[-1] + 5, 60) for edge in FINE], edges).fill(weights)
    np.testing.assert_allclose(merged.flow_values, filled.flow_values, atol=1e-12)
    np.testing.assert_allclose(merged.flow_variances, filled.flow_variances, atol=1e-12)
    assert merged.edges is edges


def test_edges_that_a_template_does_not_have_are_refused() -> None:
    template = random_template(1)
    with pytest.raises(ValueError, match=r"axis 1 of the template has no edge at .*0\.25"):
        template.rebinned((MASS, np.array([0.0, 0.25, 1.0])))
    with pytest.raises(ValueError, match="axis 0 of the template has no edge"):
        template.rebinned((np.array([60.0, 200.0]), SCORE))
    with pytest.raises(ValueError, match="2 axes"):
        template.rebinned((MASS,))


def test_templates_of_one_process_add_and_other_bins_are_refused() -> None:
    one, other = random_template(1), random_template(2)
    np.testing.assert_array_equal((one + other).flow_values, one.flow_values + other.flow_values)
    assert (one + empty_template(one.edges)).values.tolist() == one.values.tolist()
    with pytest.raises(ValueError, match="different bins"):
        one + random_template(3, (SCORE, MASS))


def test_one_bin_keeps_the_others_in_its_flow_bins() -> None:
    template = random_template(4, (MASS,))
    part = template.one_bin(1)
    assert part.values.tolist() == [template.values[1]]
    assert part.edges[0].tolist() == [80.0, 100.0]
    assert part.flow_values.sum() == pytest.approx(template.flow_values.sum())


CONTROL = Identity.of("control templates")


def regions() -> list[RegionTemplates]:
    """Names that would be mistaken for one another if names in the file meant anything."""
    seeds = iter(range(100))

    def one(*edges: np.ndarray) -> Template:
        return random_template(next(seeds), edges)

    both, processes = (MASS, SCORE), ("zj2", "zj2__x", "data", "index", "a/b;1", "zj2_x")
    nominal = {process: one(*both) for process in processes}
    varied = {
        (process, variation): (one(*both), one(*both))
        for process in processes
        for variation in ("jes", "x__jes", "jes__up", "x")
    }
    signal = RegionTemplates("sr", both, nominal, varied, one(*both))
    control = RegionTemplates("cr", (MASS,), {"data": one(MASS)}, {}, one(MASS))
    flat = RegionTemplates("cr", (SCORE,), {"data": one(SCORE), "tt": one(SCORE)}, {}, None, "met")
    return [signal, control, flat, *(replace(control, region=name) for name in ("cr__met", "index", "cr/x", "cr__x"))]


def same(one: Template, other: Template) -> bool:
    pairs = zip(
        (*one.edges, one.flow_values, one.flow_variances),
        (*other.edges, other.flow_values, other.flow_variances),
        strict=True,
    )
    return all(np.array_equal(first, second) for first, second in pairs)


def assert_same(read: RegionTemplates, written: RegionTemplates) -> None:
    assert (read.region, read.observable) == (written.region, written.observable)
    assert list(read.nominal) == list(written.nominal) and list(read.variations) == list(written.variations)
    assert all(same(read.nominal[name], one) for name, one in written.nominal.items())
    for key, sides in written.variations.items():
        assert all(map(same, read.variations[key], sides))
    assert (read.data is None) == (written.data is None)
    assert written.data is None or same(read.data, written.data)


def test_files_keep_everything_whatever_it_is_called(tmp_path: Path) -> None:
    write_templates(tmp_path / "control.root", regions(), {"counts": [3]}, CONTROL)
    read = read_templates(tmp_path / "control.root", CONTROL)
    assert list(read.regions) == ["sr", "cr", "cr__met", "index", "cr/x", "cr__x"]
    assert list(read.in_observables) == ["met"] and list(read.in_observables["met"]) == ["cr"]
    for written in regions():
        own = read.regions if written.observable is None else read.in_observables[written.observable]
        assert_same(own[written.region], written)
    assert read.description["counts"] == [3]


def test_people_can_read_the_names(tmp_path: Path) -> None:
    write_templates(tmp_path / "control.root", regions(), {}, CONTROL)
    with uproot.open(tmp_path / "control.root") as file:
        assert {"sr/zj2", "sr/zj2__jes__up", "sr/data", "sr/data_2", "sr/a_b_1", "cr__met/tt"} < set(
            file.keys(cycle=False)
        )
        np.testing.assert_array_equal(file["sr/data"].values(flow=True), regions()[0].data.flow_values)


def test_the_same_templates_are_the_same_bytes_at_another_time(tmp_path: Path) -> None:
    write_templates(tmp_path / "one.root", regions(), {}, CONTROL)
    time.sleep(1.1)  # ROOT's time stamps count seconds
    write_templates(tmp_path / "other.root", regions(), {}, CONTROL)
    assert (tmp_path / "one.root").read_bytes() == (tmp_path / "other.root").read_bytes()


def test_templates_of_something_else_are_refused(tmp_path: Path) -> None:
    identity = Identity.of("templates", variant="plain", binning="fine")
    write_templates(tmp_path / "signal.root", regions(), {}, identity)
    for expected in (CONTROL, Identity.of("templates", variant="plain", binning="coarse")):
        with pytest.raises(UserError) as caught:
            read_templates(tmp_path / "signal.root", expected)
        says = f"holds templates (variant plain, binning fine), expected {expected}; {expected.made_again()}"
        assert str(caught.value) == f"{tmp_path / 'signal.root'}: {says}"


def rewritten(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Write a file again with other content, as its bytes would be if nobody looked at checksums."""
    with uproot.open(path) as file:
        content = {name: file[name] for name in file.keys(cycle=False, filter_classname="TH*")}
        content["index"] = str(file["index"])
    change(content)
    with uproot.recreate(path) as file:
        for name, one in content.items():
            file[name] = one


def shifted(histogram: Any) -> Any:
    shifted = histogram.to_hist()
    shifted.view(flow=True).variance[1, 1] += 1e-9
    return shifted


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda content: content.pop("sr/zj2__x"), "histogram 'sr/zj2__x' is missing"),
        (lambda content: content.update({"sr/wh": content["sr/zj2"]}), "histogram 'sr/wh' is not in the index"),
        (lambda content: content.update({"sr/zj2": content["sr/data"]}), "histogram 'sr/zj2' is damaged, its content"),
        (lambda content: content.update({"sr/zj2": shifted(content["sr/zj2"])}), "histogram 'sr/zj2' is damaged, its"),
        (
            lambda content: content.update({"cr/data": content["sr/data"]}),
            "histogram 'cr/data' is damaged, its",
        ),
        (lambda content: content.update(index=content["index"].replace("zj2__x", "zj2__y")), "is damaged, its content"),
        (lambda content: content.update(index=content["index"][:-1]), "not valid JSON"),
        (lambda content: content.pop("index"), "does not say what it is, expected control templates"),
        (lambda content: content.update(index=content["sr/data"]), "not valid JSON"),
    ],
)
def test_an_edited_file_is_refused(tmp_path: Path, change: Callable[[dict[str, Any]], object], cause: str) -> None:
    path = tmp_path / "control.root"
    write_templates(path, regions(), {}, CONTROL)
    rewritten(path, change)
    with pytest.raises(UserError) as caught:
        read_templates(path, CONTROL)
    assert str(caught.value).startswith(f"{path}: {cause}") and "\n" not in str(caught.value)
    assert str(caught.value).endswith("; delete it and run fill_control_templates again")


def test_every_flipped_bit_is_found_or_changes_nothing(tmp_path: Path) -> None:
    """Most bytes of a ROOT file describe its classes, which are not read."""
    path = tmp_path / "control.root"
    written = regions()[1:3]
    write_templates(path, written, {}, CONTROL)
    whole, lines = path.read_bytes(), []
    for place in range(3, len(whole), 67):
        content = bytearray(whole)
        content[place] ^= 1 << place % 8
        path.write_bytes(content)
        try:
            read = read_templates(path, CONTROL)
        except UserError as error:
            lines.append(str(error))
        else:
            assert_same(read.regions["cr"], written[0])
            assert_same(read.in_observables["met"]["cr"], written[1])
    assert len(lines) > 20
    for line in lines:
        assert line.startswith(f"{path}: ") and "\n" not in line
        assert line.endswith("delete it and run fill_control_templates again")


def test_unusable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"missing\.root: no such file; run fill_control_templates first"):
        read_templates(tmp_path / "missing.root", CONTROL)
    write_templates(tmp_path / "whole.root", regions(), {}, CONTROL)
    (tmp_path / "cut.root").write_bytes((tmp_path / "whole.root").read_bytes()[:700])
    with pytest.raises(UserError, match=r"cut\.root: not a readable ROOT file .*; delete it and run fill_control"):
        read_templates(tmp_path / "cut.root", CONTROL)
    write_templates(tmp_path / "empty.root", [], {}, CONTROL)
    with pytest.raises(UserError, match="holds no templates"):
        read_templates(tmp_path / "empty.root", CONTROL)
