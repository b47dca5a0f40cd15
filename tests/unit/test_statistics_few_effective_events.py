"""Bins whose background has few effective events: merged, raised with the integral kept, or refused, and all listed."""

import numpy as np
import pytest

from signedag.statistics.bins import make_positive, totals_by_combination
from signedag.statistics.effective_grouping import effective_events
from signedag.statistics.expectation import Expectation
from signedag.statistics.few_effective_events import FewEffectiveEventsError, treat_few_effective_events
from signedag.statistics.model import Channel, Contribution, Model, Parameter, Shape
from signedag.statistics.regrouping import Merged, Raised

PARAMETERS = (
    Parameter("mu", "signal_strength", 1.0, False),
    Parameter("sf", "scale_factor", 2.0, False),
    Parameter("jes", "nuisance", 0.0, True),
)


def example() -> Model:
    """Bin 2 is negative and joins bin 1; bin 5 has 2 effective events, bin 3 has 4, though the signal is known well."""
    signal = np.array([1.0, 2.0, 0.0, 3.0, 1.0, 2.0])
    background = np.array([50.0, 20.0, -0.3, 4.0, 40.0, 2.0])
    variances = np.array([50.0, 20.0, 2.0, 4.0, 40.0, 2.0])
    shape = Shape("jes", 1.1 * background, 0.9 * background)
    contributions = (
        Contribution("zh", signal, 1e-6 * signal, ("mu",)),
        Contribution("tt", 0.5 * background, 0.25 * variances, ("sf",), (shape,)),
    )
    return Model((Channel("sr", contributions, True),), PARAMETERS)


def treated(least: float, rule: str) -> tuple[Model, Model, object]:
    positive, groupings = make_positive(example(), {"sr": (6,)}, "merge", 1e-3)
    model, done = treat_few_effective_events(positive, groupings, least, rule)
    return positive, model, done["sr"]


def background_of(model: Model) -> tuple[np.ndarray, np.ndarray]:
    parameters = model.initial()
    parameters[0] = 0.0
    factors = Expectation(model).factors_by_process(Expectation(model).at(parameters))["sr"]
    items = [item for item in model.channels[0].contributions if "mu" not in item.factors]
    return (
        np.sum([factors[item.process] * item.nominal for item in items], axis=0),
        np.sum([factors[item.process] ** 2 * item.variances for item in items], axis=0),
    )


def test_merging_goes_on_from_the_groups_of_positive_bins_and_lists_the_worst_first() -> None:
    positive, model, grouping = treated(5.0, "merge")
    assert positive.channels[0].bins == 5
    assert (effective_events(*background_of(model)) >= 5.0).all()
    # bin 5 (2 events) has only bin 4 beside it; bin 3 joins bins 1 and 2, which are fewer than bins 4 and 5
    assert grouping.labels.tolist() == [0, 1, 1, 1, 2, 2]
    assert [item.indices for item in grouping.few_effective] == [(5,), (3,)]
    worst = grouping.few_effective[0]
    assert worst.effective_events == pytest.approx(2.0) and worst.background == pytest.approx(2.0)
    assert worst.treatment == Merged(2, 2, pytest.approx(21.0 + 3.0))
    # the group of the negative bin has grown, and so says its entry
    assert grouping.nonpositive[0].treatment == Merged(1, 3, pytest.approx(11.85 + 5.0))
    assert model.channels[0].template_statistics
    for before, after in zip(example().channels[0].contributions, model.channels[0].contributions, strict=True):
        assert after.nominal.sum() == pytest.approx(before.nominal.sum())
        assert after.variances.sum() == pytest.approx(before.variances.sum())


def test_raising_gives_enough_effective_events_and_keeps_the_integral() -> None:
    positive, model, grouping = treated(5.0, "floor")
    (before, _), (after, variances) = background_of(positive), background_of(model)
    assert after.sum() == pytest.approx(before.sum(), rel=1e-12)
    effective = effective_events(after, variances)
    assert effective[[2, 4]] == pytest.approx(5.0)
    assert (effective >= 5.0 - 1e-9).all()
    assert [item.treatment for item in grouping.few_effective] == [
        Raised(pytest.approx(np.sqrt(10) - 2)),
        Raised(pytest.approx(np.sqrt(20) - 4)),
    ]
    others = after[[0, 1, 3]] / before[[0, 1, 3]]
    assert others == pytest.approx(others[0]) and others[0] < 1
    # signals and the parts of a bin's error stay as they are
    np.testing.assert_array_equal(
        model.channels[0].contributions[0].nominal, positive.channels[0].contributions[0].nominal
    )
    assert (totals_by_combination(model)[1] > 0).all()


def test_refusal_names_the_worst_bin() -> None:
    with pytest.raises(FewEffectiveEventsError, match=r"'sr': 2 of 5 bins .* fewer than 5 .* bin \(5\) with 2; use"):
        treated(5.0, "refuse")


def test_what_no_rule_can_mend_is_said() -> None:
    with pytest.raises(FewEffectiveEventsError, match=r"its whole background has 11[0-9.]* effective events, fewer"):
        treated(1000.0, "merge")
    with pytest.raises(
        FewEffectiveEventsError, match=r"raising 5 bins to 1000 effective events takes .* than the 0 in"
    ):
        treated(1000.0, "floor")


@pytest.mark.parametrize("rule", ["merge", "floor", "refuse"])
def test_bins_with_enough_stay(rule: str) -> None:
    positive, model, grouping = treated(1.5, rule)
    assert model == positive or model.channels[0].contributions == positive.channels[0].contributions
    assert grouping.few_effective == ()


def test_the_entry_says_what_was_done() -> None:
    _, _, grouping = treated(5.0, "merge")
    entry = grouping.few_effective[1].as_json()
    assert entry["action"] == "merged" and entry["group"] == 1 and entry["bins"] == 1
    assert entry["effective_events"] == pytest.approx(4.0)
    assert entry["background_error"] == pytest.approx(2.0)
