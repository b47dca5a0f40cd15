"""Settings of distributions: mistakes are named, and no region shows data that the fit does not see."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from signedag.config import stages
from signedag.config.analysis import Analysis
from signedag.config.blinding import Blinding
from signedag.config.cross_checks import read_analysis
from signedag.config.example import examples
from signedag.errors import UserError

Edit = Callable[[dict[str, Any]], Any]


def changed(edit: Edit) -> dict[str, Any]:
    content = copy.deepcopy(examples()[0])
    edit(content)
    return content


def drawn(**changes: Any) -> Edit:
    return lambda content: content["distributions"].update(changes)


MISTAKES: list[tuple[Edit, str]] = [
    (drawn(regions=["signal_regio"]), "distributions.regions: no region 'signal_regio'; did you mean 'signal_region'?"),
    (drawn(regions=["signal_region"] * 2), "distributions.regions: lists 'signal_region' twice"),
    (drawn(regions=[]), "distributions.regions: "),
    (drawn(variables={"mett": {"bins": 1, "low": 0, "high": 1}}), "distributions.variables: 'mett' is not kept"),
    (drawn(variables={"met_gev": {"bins": 1}}), "distributions.variables.met_gev: give 'edges', or all of"),
    (drawn(variables={}, scores={}), "distributions: there is nothing to draw"),
    (
        drawn(scores={"narow": {"bins": 2, "low": 0, "high": 1}}),
        "distributions.scores: no classifier or score map 'narow'; did you mean 'narrow'?",
    ),
    (
        drawn(scores={"narrow": {"bins": 2, "low": 1, "high": 3}}),
        "distributions.scores.narrow: scores are from 0 to 1, the bins from 1 to 3; change them",
    ),
    (
        lambda content: content.pop("scale_factors"),
        "distributions.scale_factors: no scale factor is fitted; add the block 'scale_factors' or set it to false",
    ),
    (drawn(region=["signal_region"]), "distributions: unknown key 'region'; did you mean 'regions'?"),
]


@pytest.mark.parametrize(("edit", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_a_mistake_is_one_line_with_key_and_fix(edit: Edit, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read_analysis(changed(edit), "mine.yaml")
    assert any(line.startswith(f"mine.yaml: {message}") for line in str(caught.value).splitlines()), str(caught.value)


def of_fit(**changes: Any) -> Analysis:
    def edit(content: dict[str, Any]) -> None:
        content["fit"] |= changes
        content["fit"] = {key: value for key, value in content["fit"].items() if value is not None}

    return read_analysis(changed(edit), "mine.yaml")


def test_without_observed_data_in_the_fit_the_signal_region_shows_none() -> None:
    analysis = of_fit(data="asimov", blinding=None)
    assert stages.fill_distributions(analysis, "signal_region").data is None
    control = stages.fill_distributions(analysis, "control_tt").data
    assert control is not None and control.signal_regions == ("signal_region",) and control.blinding is None


def test_observed_data_are_hidden_by_the_rules_of_the_fit() -> None:
    window = {"low": 100.0, "high": 140.0}
    analysis = of_fit(blinding={"signal_over_background": 0.1, "windows": {"m_jj_gev": window}, "offset": 2.0})
    for region in ("signal_region", "control_tt"):
        data = stages.fill_distributions(analysis, region).data
        assert data is not None
        assert data.signal_regions == ("signal_region",)
        assert data.signals == ("zh",)
        rules = Blinding(signal_over_background=0.1, windows={"m_jj_gev": window})
        assert data.blinding == rules, "the secret number is no concern of figures"
        assert data.scored == ()


def test_a_window_of_the_score_is_one_of_every_score_that_is_fitted() -> None:
    analysis = of_fit(variants=("narrow", "mapped"), blinding={"windows": {"score": {"low": 0.8}}})
    data = stages.fill_distributions(analysis, "signal_region").data
    assert data is not None and data.scored == ("narrow", "mapped")


def test_unblinded_data_are_all_shown() -> None:
    analysis = of_fit(blinding={"windows": {"score": {"low": 0.8}}, "unblinded": True})
    data = stages.fill_distributions(analysis, "signal_region").data
    assert data is not None and data.signal_regions == () and data.blinding == Blinding(unblinded=True)


def test_without_a_fit_the_regions_of_the_classifiers_show_no_data() -> None:
    def edit(content: dict[str, Any]) -> None:
        for key in ("fit", "scan", "decorrelation_comparison", "template_statistics_study"):
            content.pop(key)

    analysis = read_analysis(changed(edit), "mine.yaml")
    assert stages.fill_distributions(analysis, "signal_region").data is None
    assert stages.fill_distributions(analysis, "control_tt").data is not None


def test_without_data_no_region_shows_any() -> None:
    def edit(content: dict[str, Any]) -> None:
        for key in ("data", "scale_factors", "decorrelation_comparison"):
            content.pop(key)
        content["fit"] |= {"data": "asimov", "treatments": ["fixed"]}
        content["fit"].pop("blinding")
        content["fit"]["asimov"].pop("scale_factors")
        content["processes"]["tt"].pop("scale_factor")
        content["distributions"].pop("scale_factors")

    analysis = read_analysis(changed(edit), "mine.yaml")
    assert stages.fill_distributions(analysis, "control_tt").data is None
    assert not stages.plot_distributions(analysis).pseudo_data


def test_factors_are_those_of_the_processes_where_they_are_applied() -> None:
    assert stages.plot_distributions(read_analysis(examples()[0], "mine.yaml")).scale_factors == {"tt": "tt"}
    analysis = read_analysis(changed(drawn(scale_factors=False)), "mine.yaml")
    assert stages.plot_distributions(analysis).scale_factors == {}
