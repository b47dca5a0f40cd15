import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signedag.errors import UserError
from signedag.statistics.template_files import (
    read_summary,
    read_templates,
    split_flatness,
    write_templates,
)
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


def written(path: Path) -> dict[str, dict[str, Template]]:
    folders = {
        "sr": {name: random_template(seed) for seed, name in enumerate(("zh", "zh__jes__up", "zh__jes__down", "tt"))},
        "cr_tt": {name: random_template(seed, (MASS,)) for seed, name in enumerate(("tt", "data"))},
        "cr_tt__met_gev": {"tt": random_template(9, (SCORE,))},
    }
    write_templates(path, folders, {"counts": {"sr": 3}})
    return folders


def test_files_keep_everything_and_variations_find_their_process(tmp_path: Path) -> None:
    folders = written(tmp_path / "templates.root")
    read = read_templates(tmp_path / "templates.root")
    assert list(read) == ["sr", "cr_tt", "cr_tt__met_gev"]
    assert list(read["sr"].nominal) == ["zh", "tt"]
    up, down = read["sr"].variations["zh", "jes"]
    np.testing.assert_array_equal(up.flow_values, folders["sr"]["zh__jes__up"].flow_values)
    np.testing.assert_array_equal(down.flow_variances, folders["sr"]["zh__jes__down"].flow_variances)
    assert [edge.tolist() for edge in read["sr"].edges] == [MASS.tolist(), SCORE.tolist()]
    assert list(read["cr_tt"].nominal) == ["tt"]
    assert read["cr_tt"].data is not None
    np.testing.assert_array_equal(read["cr_tt"].data.values, folders["cr_tt"]["data"].values)
    assert read_summary(tmp_path / "templates.root") == {"counts": {"sr": 3}}
    regions, others = split_flatness(read)
    assert list(regions) == ["sr", "cr_tt"]
    assert list(others) == ["met_gev"]
    assert list(others["met_gev"]) == ["cr_tt"]


def test_the_same_templates_are_the_same_bytes_at_another_time(tmp_path: Path) -> None:
    written(tmp_path / "one.root")
    time.sleep(1.1)  # ROOT's time stamps count seconds
    written(tmp_path / "other.root")
    assert (tmp_path / "one.root").read_bytes() == (tmp_path / "other.root").read_bytes()


def test_unusable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_templates(tmp_path / "missing.root")
    written(tmp_path / "whole.root")
    (tmp_path / "cut.root").write_bytes((tmp_path / "whole.root").read_bytes()[:700])
    with pytest.raises(UserError, match=r"cut\.root: not a readable ROOT file"):
        read_templates(tmp_path / "cut.root")
    write_templates(tmp_path / "empty.root", {}, {})
    with pytest.raises(UserError, match="holds no histograms"):
        read_templates(tmp_path / "empty.root")
    write_templates(tmp_path / "half.root", {"sr": {"zh": random_template(1), "zh__jes__up": random_template(2)}}, {})
    with pytest.raises(UserError, match="zh__jes__up has no partner 'zh__jes__down'"):
        read_templates(tmp_path / "half.root")
    write_templates(tmp_path / "bins.root", {"sr": {"zh": random_template(1), "tt": random_template(2, (MASS,))}}, {})
    with pytest.raises(UserError, match="sr/tt has other bins"):
        read_templates(tmp_path / "bins.root")
