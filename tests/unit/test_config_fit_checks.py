"""Cross-checks of uncertainties, scale factors, fits and blinding: one line with file, key, value and fix."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from config_problems import Edit, problems, rename

from signedag.config import stages
from signedag.config.cross_checks import read_analysis
from signedag.config.example import examples

UNCERTAINTIES: list[tuple[Edit, str]] = [
    (
        lambda c: c["uncertainties"]["variations"]["btag"].update(processes=["ttt"]),
        "uncertainties.variations.btag.processes: no process 'ttt'; did you mean 'tt'?",
    ),
    (
        lambda c: c["uncertainties"]["normalisations"]["luminosity"].update(processes=["ttt"]),
        "uncertainties.normalisations.luminosity.processes: no process 'ttt'; did you mean 'tt'?",
    ),
    (
        lambda c: c["uncertainties"]["variations"]["btag"].update(down="weight_btag_dwn"),
        "uncertainties.variations.btag.down: no branch or column gives 'weight_btag_dwn'; "
        "did you mean 'weight_btag_down'?",
    ),
]

FIT: list[tuple[Edit, str]] = [
    (lambda c: c["sculpting"].update(region="signal"), "sculpting.region: no region 'signal'"),
    (lambda c: c["diboson_peak"].update(region="signal"), "diboson_peak.region: no region 'signal'"),
    (lambda c: c["diboson_peak"].update(mass="m_tt_gev"), "diboson_peak.mass: 'm_tt_gev' is not kept"),
    (lambda c: c["processes"]["vz"].pop("resonant"), "diboson_peak: no background process peaks in the mass"),
    (lambda c: c["processes"]["tt"].update(resonant=True), "diboson_peak: every background process is resonant"),
    (
        lambda c: c["mismodelling"].update(variants=["narow"]),
        "mismodelling.variants: no classifier or score map",
    ),
    (
        lambda c: c["template_statistics_study"].update(variants=["narow"]),
        "template_statistics_study.variants: no classifier or score map 'narow'",
    ),
    (
        lambda c: [sample.update(transform=False) for sample in c["samples"].values()],
        "template_statistics_study.transformed_weights: every fitted sample has transform: false",
    ),
    (lambda c: c.pop("fit"), "template_statistics_study: repeats the signal-strength fit, and there is none"),
    (lambda c: c["mismodelling"].update(shifts=["jets"]), "mismodelling.shifts: no shift 'jets'"),
    (
        lambda c: c["mismodelling"]["reweightings"].update(slope="m_tt_gev"),
        "mismodelling.reweightings.slope: 'm_tt",
    ),
    (lambda c: c.pop("sculpting"), "mismodelling: repeats the sculpting check, and there is none"),
    (
        lambda c: c.pop("data"),
        "scale_factors: there are no data to fit; add the key 'data' or remove 'scale_factors'",
    ),
    (
        lambda c: (c["processes"]["tt"].pop("scale_factor"), c["data"]["pseudo_data"].pop("scale_factors")),
        "scale_factors: no process names a scale_factor; add one under 'processes'",
    ),
    (
        lambda c: rename(c["scale_factors"]["regions"], "control_tt", "control_ttt"),
        "scale_factors.regions: no region 'control_ttt'; did you mean 'control_tt'?",
    ),
    (lambda c: c["fit"].update(region="signl_region"), "fit.region: no region 'signl_region'; did you mean"),
    (
        lambda c: c["fit"].update(region="control_tt"),
        "fit.region: 'control_tt' is also a control region; its events would be counted twice",
    ),
    (
        lambda c: c["events"]["regions"]["control_tt"].update(
            selection=f"( {c['events']['regions']['signal_region']['selection']} )"
        ),
        "events.regions.signal_region.selection: '",
    ),
    (
        lambda c: c["score_maps"]["mapped"].update(scores_of="narow"),
        "score_maps.mapped.scores_of: no classifier 'narow'; did you mean 'narrow'?",
    ),
    (
        lambda c: c["score_maps"].update(narrow=c["score_maps"]["mapped"]),
        "score_maps.narrow: there is a classifier of this name, too; rename one of them",
    ),
    (
        lambda c: c["classifiers"]["narrow"].update(classes={"higgs": ["zh"], "rest": ["vz", "tt"]}),
        "score_maps.mapped.scores_of: 'narrow' has several classes; a map needs signal and background alone",
    ),
    (
        lambda c: c["score_maps"]["mapped"].update(region="signal_regio"),
        "score_maps.mapped.region: no region 'signal_regio'; did you mean 'signal_region'?",
    ),
    (
        lambda c: c["score_maps"]["mapped"].update(spectators={"m_jjj_gev": {"bins": 2, "low": 0, "high": 1}}),
        "score_maps.mapped.spectators: 'm_jjj_gev' is not kept; did you mean 'm_jj_gev'? (add it to events.spectators)",
    ),
    (
        lambda c: c["score_maps"]["mapped"].update(without_processes=["vz", "tt"]),
        "score_maps.mapped.without_processes: leaves no background to fit the map to",
    ),
    (
        lambda c: c["score_maps"]["mapped"].update(without_processes=["ttt"]),
        "score_maps.mapped.without_processes: no process 'ttt'",
    ),
    (
        lambda c: c["report"].update(variants=["narrow", "maped"]),
        "report.variants: no classifier or score map 'maped'; did you mean 'mapped'?",
    ),
    (
        lambda c: c["report"].update(variants=["narrow"], recommended="mapped"),
        "report.recommended: 'mapped' is not among the variants that are judged",
    ),
    (lambda c: c["fit"].update(variants=["narow"]), "fit.variants: no classifier or score map that is judged 'narow'"),
    (
        lambda c: c["fit"]["binnings"]["coarse"]["score"].update(high=0.9),
        "fit.binnings.coarse.score: must cover 0 to 1, covers 0.0 to 0.9; set low and high so",
    ),
    (
        lambda c: c.pop("scale_factors"),
        "fit.treatments: 'constrained' needs 'scale_factors'; without control regions only 'fixed' works",
    ),
]


GROUPS = [
    (
        lambda content: content["fit"].update(uncertainty_groups={"jets": ["jet_enrgy"]}),
        "fit.uncertainty_groups.jets: no uncertainty 'jet_enrgy' is fitted; did you mean 'jet_energy'?",
    ),
    (
        lambda content: content["fit"].update(uncertainty_groups={"jets": ["btag"], "tags": ["btag"]}),
        "fit.uncertainty_groups.tags: 'btag' is in the group 'jets', too; keep one",
    ),
    (
        lambda content: content["fit"].update(uncertainty_groups={"scale_factors": ["btag"]}),
        "fit.uncertainty_groups.scale_factors: the scale factors are this group; rename yours",
    ),
    (
        lambda content: content["fit"].update(uncertainty_groups={"others": ["btag"]}),
        "fit.uncertainty_groups.others: uncertainties of no group are this one; rename yours",
    ),
]
TREATMENTS = [
    (
        lambda content: content["uncertainties"].update(symmetrise={"jet_enrgy": "mirror_up"}),
        "uncertainties.symmetrise.jet_enrgy: no shift or weight variation 'jet_enrgy'; did you mean 'jet_energy'?",
    ),
    (
        lambda content: content["uncertainties"].update(smooth={"luminosity": {}}),
        "uncertainties.smooth.luminosity: 'luminosity' is an uncertainty of yields alone, which has no templates",
    ),
    (
        lambda content: content["uncertainties"].update(smooth={"resolution": {}}),
        "uncertainties.smooth.resolution: 'resolution' is no nuisance of the fits; remove it there, or remove its",
    ),
    (
        lambda content: content["uncertainties"].update(symmetrise={"btag": "mirror"}),
        "uncertainties.symmetrise.btag: Input should be 'difference', 'mirror_up' or 'mirror_down'",
    ),
    (
        lambda content: content["uncertainties"].update(smooth={"btag": {"relative_error": 0.0}}),
        "uncertainties.smooth.btag.relative_error: Input should be greater than 0",
    ),
    (
        lambda content: content["uncertainties"].update(smooth={"btag": {"processes": ["ttt"]}}),
        "uncertainties.smooth.btag.processes: no process 'ttt'; did you mean 'tt'?",
    ),
]
CASES = GROUPS + TREATMENTS + UNCERTAINTIES + FIT


@pytest.mark.parametrize(("edit", "message"), CASES, ids=[message.split(";")[0] for _, message in CASES])
def test_a_problem_is_named_with_key_value_and_fix(edit: Edit, message: str) -> None:
    assert any(line.startswith(message) for line in problems(edit)), problems(edit)


def test_a_jet_energy_shift_needs_jets() -> None:
    def edit(content: dict[str, Any]) -> None:
        content["uncertainties"]["shifts"]["scale"] = {"jet_energy_relative": 0.02}

    expected = "uncertainties.shifts.scale: needs events.reconstruction; or give branches of up and down"
    assert problems(edit, example=1) == [expected]


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (None, "uncertainties.shifts.resolution: a nuisance has two sides"),
        ("difference", "uncertainties.symmetrise.resolution: 'difference', and it has an upward side alone"),
        ("mirror_down", "uncertainties.symmetrise.resolution: 'mirror_down', and it has an upward side alone"),
    ],
)
def test_a_worse_resolution_is_a_nuisance_where_it_is_mirrored(method: str | None, message: str) -> None:
    def edit(content: dict[str, Any]) -> None:
        content["uncertainties"]["shifts"]["resolution"].pop("fitted")
        content["uncertainties"]["symmetrise"] = {} if method is None else {"resolution": method}

    (line,) = problems(edit)
    assert line.startswith(message) and "mirror_up'" in line.replace("}", "")
    content = copy.deepcopy(examples()[0])
    edit(content)
    content["uncertainties"]["symmetrise"] = {"resolution": "mirror_up"}
    analysis = read_analysis(content, "example.yaml")
    assert analysis.one_sided_shifts() == ("resolution",)
    assert stages.fill_templates(analysis, "narrow", "coarse").one_sided == ("resolution",)


def _blinded(**changes: Any) -> Edit:
    return lambda content: content["fit"].update(blinding=changes)


BLINDING: list[tuple[Edit, str]] = [
    (
        lambda c: c["fit"].update(data="asimov"),
        "fit.blinding: Asimov data have nothing to hide; set 'fit.data: observed'",
    ),
    (lambda c: c.pop("data"), "fit.data: 'observed', and there are no data; add the key 'data' or set"),
    (_blinded(), "fit.blinding: hides nothing; name what to hide, or show everything by 'unblinded: true'"),
    (
        _blinded(windows={"m_jj": {"low": 100.0}}),
        "fit.blinding.windows.m_jj: 'm_jj' is no axis of the fit; did you mean 'm_jj_gev'?",
    ),
    (
        _blinded(windows={"m_jj_gev": {"low": 250.0}}),
        "fit.blinding.windows.m_jj_gev: hides no bin of fit.binnings.coarse, which goes from 50 to 250; change it",
    ),
    (_blinded(windows={"score": {"high": 0.0}}), "fit.blinding.windows.score: hides no bin of fit.binnings.coarse"),
]


@pytest.mark.parametrize(("edit", "message"), BLINDING, ids=[message for _, message in BLINDING])
def test_blinding_that_hides_nothing_is_refused(edit: Edit, message: str) -> None:
    assert any(line.startswith(message) for line in problems(edit)), problems(edit)


def test_observed_data_may_be_shown_on_purpose() -> None:
    content = copy.deepcopy(examples()[0])
    content["fit"]["blinding"] = {"unblinded": True}
    assert read_analysis(content, "example").fit is not None
