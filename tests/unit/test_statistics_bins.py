import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signedag.statistics.bins import NonPositivePredictionError, make_positive, totals_by_combination
from signedag.statistics.expectation import Expectation
from signedag.statistics.grouping import merge_labels
from signedag.statistics.model import Channel, Contribution, Model, Parameter, Shape
from signedag.statistics.regrouping import Raised


def model_of(signal: np.ndarray, background: np.ndarray, up: np.ndarray, down: np.ndarray) -> Model:
    contributions = (
        Contribution("zh", signal, np.abs(signal), ("mu",)),
        Contribution("tt", background, np.full(background.size, 0.1), (), (Shape("jes", up, down),)),
    )
    parameters = (Parameter("mu", "signal_strength", 1.0, False), Parameter("jes", "nuisance", 0.0, True))
    return Model((Channel("sr", contributions),), parameters)


def test_a_negative_bin_joins_the_neighbour_that_is_known_best() -> None:
    totals = np.array([[5.0, -1.0, 2.0, 30.0, 4.0, 7.0]])
    variances = np.array([1.0, 1.0, 0.01, 900.0, 1.0, 1.0])
    # 2 x 3: bin 1 has neighbours 0 (5 - 1 = 4 +- 1.4), 2 (1 +- 1) and 4 (3 +- 1.4)
    labels = merge_labels(totals, (2, 3), variances)
    assert labels is not None
    assert labels.tolist() == [0, 0, 1, 2, 3, 4]


def test_merging_goes_on_until_every_variation_is_positive() -> None:
    # bin 1 is negative in the second row only; bin 2 brings it nearest to positive, then bin 3 cures it best
    totals = np.array([[1.0, 1.0, 10.0, 8.0], [2.0, -3.0, 2.5, 8.0], [1.0, 1.0, 10.0, 8.0]])
    labels = merge_labels(totals, (4,), np.ones(4))
    assert labels is not None
    assert labels.tolist() == [0, 1, 1, 1]
    assert merge_labels(np.array([[1.0, -2.0]]), (2,), np.ones(2)) is None


def test_rounding_of_cancelling_weights_is_no_prediction() -> None:
    labels = merge_labels(np.array([[3.0, 1e-16]]), (2,), np.array([1.0, 4.0]))
    assert labels is not None and labels.tolist() == [0, 0]


@given(st.integers(0, 100_000))
def test_groups_are_positive_connected_and_numbered_in_order(seed: int) -> None:
    generator = np.random.default_rng(seed)
    shape = (6, 7)
    nominal = generator.normal(1.0, 1.5, 42)
    totals = np.array([nominal, nominal + generator.normal(0, 0.3, 42), nominal + generator.normal(0, 0.3, 42)])
    variances = generator.uniform(0.5, 2, 42)
    labels = merge_labels(totals, shape, variances)
    if labels is None:
        return
    again = merge_labels(totals, shape, variances)
    assert again is not None and labels.tolist() == again.tolist()
    firsts = [int(np.flatnonzero(labels == group)[0]) for group in range(labels.max() + 1)]
    assert firsts == sorted(firsts)
    grid = labels.reshape(shape)
    for group in range(labels.max() + 1):
        assert (totals[:, labels == group].sum(axis=1) > 0).all()
        reached = {firsts[group]}
        waiting = [divmod(firsts[group], 7)]
        while waiting:
            row, column = waiting.pop()
            for r, c in ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)):
                if 0 <= r < 6 and 0 <= c < 7 and grid[r, c] == group and 7 * r + c not in reached:
                    reached.add(7 * r + c)
                    waiting.append((r, c))
        assert len(reached) == (labels == group).sum()


def test_combinations_cover_both_signal_strengths_and_all_sides() -> None:
    model = model_of(np.array([1.0]), np.array([5.0]), np.array([7.0]), np.array([4.0]))
    combinations, totals = totals_by_combination(model)
    assert [str(item) for item in combinations] == [
        "mu = 1, nominal",
        "mu = 1, jes up",
        "mu = 1, jes down",
        "mu = 0, nominal",
        "mu = 0, jes up",
        "mu = 0, jes down",
        "mu = 2, nominal",
        "mu = 2, jes up",
        "mu = 2, jes down",
    ]
    assert totals[:, 0].tolist() == [6.0, 8.0, 5.0, 5.0, 7.0, 4.0, 7.0, 9.0, 6.0]


def example() -> Model:
    signal = np.array([1.0, 2.0, 0.5, 0.1])
    background = np.array([50.0, 20.0, -0.3, 4.0])
    up, down = background * 1.1, background * 0.9
    down[3] = -0.2
    return model_of(signal, background, up, down)


def test_merged_bins_are_listed_and_nothing_is_lost() -> None:
    model, done = make_positive(example(), {"sr": (2, 2)}, "merge", 1e-3)
    grouping = done["sr"]
    assert [item.indices for item in grouping.nonpositive] == [(1, 0), (1, 1)]
    first, second = (item.as_json() for item in grouping.nonpositive)
    assert first["contents"] == {"zh": 0.5, "tt": -0.3}
    assert first["total"] == pytest.approx(0.2)
    assert first["smallest_when"] == "mu = 0, jes up"
    assert first["smallest_total"] == pytest.approx(-0.33)
    assert second["smallest_when"] == "mu = 0, jes down"
    assert first["action"] == second["action"] == "merged"
    assert first["group_bins"] == int((grouping.labels == first["group"]).sum()) > 1
    for before, after in zip(example().channels[0].contributions, model.channels[0].contributions, strict=True):
        assert after.nominal.sum() == pytest.approx(before.nominal.sum())
        assert after.variances.sum() == pytest.approx(before.variances.sum())
        for one, other in zip(before.shapes, after.shapes, strict=True):
            assert other.up.sum() == pytest.approx(one.up.sum())
    assert (totals_by_combination(model)[1] > 0).all()
    assert grouping.apply(np.arange(4.0)).sum() == 6.0


def test_floor_raises_what_is_not_positive_and_leaves_the_rest() -> None:
    before = totals_by_combination(example())[1]
    model, done = make_positive(example(), {"sr": (4,)}, "floor", 0.01)
    after = totals_by_combination(model)[1]
    np.testing.assert_allclose(after[:, :2], before[:, :2])
    assert (after[:, 2:] >= 0.01 - 1e-12).all()
    assert after[0, 3] == before[0, 3]  # only the downward side of the last bin was not positive
    assert [item.as_json()["action"] for item in done["sr"].nonpositive] == ["raised", "raised"]
    assert done["sr"].nonpositive[0].treatment == Raised(pytest.approx(0.31))
    assert done["sr"].bins == 4
    expectation = Expectation(model)
    assert set(expectation.by_process(model.initial())["sr"]) == {"zh", "tt", "floor"}


def test_a_region_that_is_negative_as_a_whole_is_named() -> None:
    background = np.array([-5.0, 2.0])
    model = model_of(np.zeros(2), background, background, background)
    with pytest.raises(NonPositivePredictionError, match="region 'sr': its whole prediction is not positive") as caught:
        make_positive(model, {"sr": (2,)}, "merge", 1e-3)
    assert "floor" not in str(caught.value), "not every fit has a setting for it"
    with pytest.raises(NonPositivePredictionError, match=r"or set fit\.nonpositive_bins: floor$"):
        make_positive(model, {"sr": (2,)}, "merge", 1e-3, remedy="fit.nonpositive_bins")
