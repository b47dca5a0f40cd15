"""Symmetrised and smoothed variations: closed forms, refusals, and what is fitted, exported and recorded."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from signedag.config.fitting import ModelSettings
from signedag.config.variation_treatment import Smoothing, Symmetrisation
from signedag.statistics.assemble import control_model, signal_model
from signedag.statistics.model import Shape
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.template_findings import examine
from signedag.statistics.templates import Template
from signedag.statistics.variation_treatment import UselessSymmetrisationError, symmetrised, treated_variations
from signedag.statistics.workspace import workspace

EDGES = (np.linspace(0.0, 1.0, 4),)
SOURCE = Path("t.root")
NOMINAL = (90.0, 30.0, -2.0)
UP, DOWN = (99.0, 36.0, -3.0), (87.0, 22.0, -1.5)


def template(*values: float) -> Template:
    flow = np.array([0.0, *values, 0.0])
    return Template(flow, np.abs(flow), EDGES)


def region(
    up: tuple[float, ...] = UP, down: tuple[float, ...] = DOWN, more: dict[str, tuple[Template, Template]] | None = None
) -> RegionTemplates:
    nominal = {"zh": template(3.0, 4.0, 2.0), "tt": template(*NOMINAL)}
    variations = {("tt", "jes"): (template(*up), template(*down))}
    variations |= {(process, "jes"): pair for process, pair in (more or {}).items()}
    return RegionTemplates("sr", EDGES, nominal, variations, None)


def settings(
    symmetrise: dict[str, Symmetrisation] | None = None, smooth: dict[str, Smoothing] | None = None
) -> ModelSettings:
    return ModelSettings(
        signals=("zh",),
        scale_factors={},
        shapes={"jes": ("tt",)},
        normalisations={},
        symmetrise=symmetrise or {},
        smooth=smooth or {},
    )


def fitted_shape(chosen: ModelSettings, of: RegionTemplates | None = None) -> Shape:
    model = signal_model(of or region(), chosen, SOURCE)
    (shape,) = model.channels[0].contributions[1].shapes
    return shape


def test_without_names_templates_are_what_they_are() -> None:
    shape = fitted_shape(settings())
    assert (shape.up.tolist(), shape.down.tolist()) == (list(UP), list(DOWN))
    assert treated_variations([region()], settings()) == ()


@pytest.mark.parametrize(
    ("method", "up", "down"),
    [
        ("difference", (96.0, 37.0, -2.75), (84.0, 23.0, -1.25)),
        ("mirror_up", UP, (81.0, 24.0, -1.0)),
        ("mirror_down", (93.0, 38.0, -2.5), DOWN),
    ],
)
def test_symmetrised_templates_are_those_of_the_formula(
    method: Symmetrisation, up: tuple[float, ...], down: tuple[float, ...]
) -> None:
    shape = fitted_shape(settings({"jes": method}))
    np.testing.assert_allclose([shape.up, shape.down], [up, down], rtol=1e-14)
    model = signal_model(region(), settings({"jes": method}), SOURCE)
    (modifier,) = (
        item
        for item in workspace(model, np.ones(3))["channels"][0]["samples"][1]["modifiers"]
        if item["type"] == "histosys"
    )
    assert modifier["data"] == {"hi_data": shape.up.tolist(), "lo_data": shape.down.tolist()}


def test_symmetrising_and_smoothing_commute_and_keep_yields() -> None:
    smooth = {"jes": Smoothing(relative_error=0.2)}
    both = fitted_shape(settings({"jes": "difference"}, smooth))
    alone = fitted_shape(settings(None, smooth))
    assert not np.allclose(alone.up, UP)
    np.testing.assert_allclose(alone.up.sum(), sum(UP), rtol=1e-14)
    np.testing.assert_allclose(alone.down.sum(), sum(DOWN), rtol=1e-14)
    expected = symmetrised(np.array(NOMINAL), alone.up, alone.down, "difference")
    np.testing.assert_allclose([both.up, both.down], expected, rtol=1e-12)


def test_what_was_done_is_recorded() -> None:
    chosen = settings({"jes": "mirror_up"}, {"jes": Smoothing(relative_error=0.3)})
    (item,) = treated_variations([region()], chosen)
    shape = fitted_shape(chosen)
    change = np.abs([shape.up - UP, shape.down - DOWN])
    recorded = item.as_json()
    assert (item.region, item.process, item.uncertainty) == ("sr", "tt", "jes")
    assert (item.symmetrised, item.smoothed, item.relative_error) == ("mirror_up", "local_linear", 0.3)
    assert abs(recorded["largest_change"]["events"]) == pytest.approx(change.max())
    assert change[["up", "down"].index(item.side), item.indices[0]] == change.max()
    unsmoothed = fitted_shape(settings({"jes": "mirror_up"}))
    by_smoothing = np.abs([shape.up - unsmoothed.up, shape.down - unsmoothed.down])
    errors = np.sqrt(np.abs([NOMINAL, UP, DOWN]).max(axis=0))
    assert item.smoothing_in_errors == pytest.approx((by_smoothing / errors).max())
    assert recorded["yields"]["up"] == pytest.approx({"before": 132.0, "after": 132.0})
    assert recorded["yields"]["down"] == pytest.approx({"before": 107.5, "after": 2 * 118 - 132.0})


@pytest.mark.parametrize(
    ("up", "down", "method", "message"),
    [
        (UP, NOMINAL, "mirror_down", "mirror_down, and it has no downward side; use mirror_up"),
        (NOMINAL, DOWN, "mirror_up", "mirror_up, and it has no upward side; use mirror_down"),
        (UP, NOMINAL, "difference", "difference, and it has no downward side; use mirror_up"),
        (UP, UP, "difference", "difference, and up and down are the same templates, whose difference is zero"),
    ],
)
def test_a_symmetrisation_that_leaves_nothing_or_half_is_refused(
    up: tuple[float, ...], down: tuple[float, ...], method: Symmetrisation, message: str
) -> None:
    with pytest.raises(UselessSymmetrisationError, match=rf"^t\.root: uncertainties\.symmetrise\.jes: {message}"):
        signal_model(region(up, down), settings({"jes": method}), SOURCE)


def test_one_process_may_have_one_side_by_chance() -> None:
    chosen = settings({"jes": "difference"}).model_copy(update={"shapes": {"jes": None}})
    chance = region(more={"zh": (template(3.0, 4.0, 2.0), template(4.0, 3.0, 2.0))})
    signal, _ = signal_model(chance, chosen, SOURCE).channels[0].contributions
    assert signal.shapes[0].up.tolist() == [2.5, 4.5, 2.0]


def test_smoothing_of_some_processes_leaves_the_others() -> None:
    smooth = {"jes": Smoothing(relative_error=0.2, processes=("zh",))}
    chosen = settings(None, smooth).model_copy(update={"shapes": {"jes": None}})
    both = region(more={"zh": (template(3.5, 4.0, 2.5), template(2.5, 4.0, 1.5))})
    assert [item.process for item in treated_variations([both], chosen)] == ["zh"]
    signal, top = signal_model(both, chosen, SOURCE).channels[0].contributions
    assert top.shapes[0].up.tolist() == list(UP)
    assert signal.shapes[0].up.tolist() == pytest.approx([10 / 3, 40 / 9, 20 / 9])


def test_the_control_fit_treats_the_nuisances_that_it_profiles() -> None:
    control = replace(region(), region="cr")
    shapes = [
        control_model([control], settings({"jes": "mirror_up"}), profiled, SOURCE).channels[0].contributions[1].shapes
        for profiled in (True, False)
    ]
    assert shapes[0][0].down.tolist() == [81.0, 24.0, -1.0]
    assert shapes[1] == ()


def test_findings_suggest_the_keys_and_end_where_they_are_set() -> None:
    def messages(one: RegionTemplates, chosen: ModelSettings) -> dict[str, str]:
        return {item.kind: item.message for item in examine([one], chosen)}

    one_sided, same, thin = region(UP, NOMINAL), region(UP, UP), region((3.0, 2.0, 1.0), (2.0, 2.0, 1.0))
    finding = messages(one_sided, settings())["one_sided_variation"]
    assert "'uncertainties.symmetrise: {jes: mirror_up}' mirrors" in finding
    other = messages(region(NOMINAL, DOWN), settings())["one_sided_variation"]
    assert "its upward template is the nominal one" in other and "{jes: mirror_down}" in other
    assert "{jes: mirror_up}" in messages(same, settings())["same_variation"]
    assert "'uncertainties.smooth: {jes: {}}' smooths" in messages(thin, settings())["few_effective_events"]
    for found in (one_sided, same):
        assert messages(found, settings({"jes": "mirror_up"})) == {}
    assert messages(thin, settings(None, {"jes": Smoothing()})) == {}
