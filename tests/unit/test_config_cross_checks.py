"""Cross-checks of a configuration but those of its fits: one line with file, key, value and fix."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from config_problems import Edit, problems, rename

from signedag.config.cross_checks import read_analysis
from signedag.config.example import examples


def test_the_examples_pass() -> None:
    for example in examples():
        assert read_analysis(example, "example").analysis == "example"


def _compared(**changes: Any) -> Edit:
    """Change the comparison of decorrelated scores."""
    return lambda content: content["decorrelation_comparison"].update(changes)


DECORRELATION: list[tuple[Edit, str]] = [
    (_compared(baseline="mapped"), "decorrelation_comparison.baseline: no classifier 'mapped'"),
    (
        _compared(variants=["narrow", "mappd"]),
        "decorrelation_comparison.variants: no classifier or score map 'mappd'; did you mean 'mapped'?",
    ),
    (_compared(variants=["narrow"]), "decorrelation_comparison: there is nothing to compare 'narrow' with"),
    (_compared(binning="coarser"), "decorrelation_comparison.binning: no binning of the fit 'coarser'; did you mean"),
    (
        lambda c: (c["fit"].update(treatments=["fixed"]), _compared(treatment="constrained")(c)),
        "decorrelation_comparison.treatment: 'constrained' is not among fit.treatments; add it there or choose another",
    ),
    (_compared(seeds=[2]), "decorrelation_comparison.seeds: a comparison needs at least two different seeds of the"),
    (_compared(p_value=0.0), "decorrelation_comparison.p_value: "),
    (
        lambda c: c.pop("sculpting"),
        "decorrelation_comparison: scores are judged by the sculpting check; add the block 'sculpting'",
    ),
    (lambda c: c.pop("fit"), "decorrelation_comparison: scores are judged by the fit; add the block 'fit'"),
    (
        lambda c: (c["samples"]["tt"].pop("simulation"), c["samples"]["tt"].update(files=["tt.root"])),
        "decorrelation_comparison: sample 'tt' is not simulated, so all seeds would share its events",
    ),
]


@pytest.mark.parametrize(("edit", "message"), DECORRELATION, ids=[message for _, message in DECORRELATION])
def test_a_comparison_that_cannot_be_made_is_refused(edit: Edit, message: str) -> None:
    assert any(line.startswith(message) for line in problems(edit)), problems(edit)


NAMES: list[tuple[Edit, str]] = [
    (
        lambda c: c["uncertainties"]["normalisations"].update(btag={"relative": 0.1}),
        "uncertainties.normalisations: 'btag' is the name of uncertainties.variations.btag, too; each parameter",
    ),
    (
        lambda c: c["uncertainties"]["normalisations"].update(tt={"relative": 0.1}),
        "uncertainties.normalisations: 'tt' is the name of processes.tt.scale_factor, too; each parameter of the fit",
    ),
    (
        lambda c: c["processes"]["tt"].update(scale_factor="mu_zh"),
        "processes.tt.scale_factor: 'mu_zh' is the name of processes.zh.strength, too; each parameter of the fit needs",
    ),
    (
        lambda c: c["uncertainties"]["normalisations"].update(mu_zh={"relative": 0.1}),
        "uncertainties.normalisations: 'mu_zh' is the name of processes.zh.strength, too; each parameter of the fit",
    ),
    (
        lambda c: rename(c["uncertainties"]["variations"], "btag", "scale_factors_1"),
        "uncertainties.variations: 'scale_factors_1' is what the fit calls the errors of scale factors",
    ),
    (
        lambda c: c["samples"].update(TT=c["samples"]["tt"]),
        "samples: 'tt' and 'TT' differ in capitals alone; rename one of them",
    ),
    (
        lambda c: c["samples"].update(signs_narrow=c["samples"]["tt"]),
        "samples: 'signs_narrow' begins like the file of a cross-check of signs",
    ),
    (
        lambda c: c["classifiers"].update(narrow_shifts={"region": "signal_region"}),
        "classifiers: 'narrow_shifts' ends like the logs of shifted scores",
    ),
    (
        lambda c: (
            c["classifiers"].update(narrow_fine={"region": "signal_region"}),
            c["fit"]["binnings"].update(fine_coarse=c["fit"]["binnings"]["coarse"]),
        ),
        "fit.binnings: classifier 'narrow' with 'fine_coarse' and 'narrow_fine' with 'coarse' would share a log",
    ),
    (
        lambda c: c["events"]["columns"].update(weight_btag_up="met_gev"),
        "events.columns.weight_btag_up: events.branches has this name, too; rename one of them",
    ),
    (
        lambda c: c["events"]["columns"].update(jet_pt_gev="met_gev"),
        "events.columns.jet_pt_gev: the dijet reconstruction already gives this column; choose another name",
    ),
    (
        lambda c: c["classifiers"]["tuned"]["networks"].update(met_gev={}),
        "classifiers.tuned.networks: 'met_gev' is what networks may see already; choose another name",
    ),
    (
        lambda c: c["classifiers"]["tuned"]["networks"].update(features={}),
        "classifiers.tuned.networks: 'features' is what networks may see already",
    ),
]

SAMPLES: list[tuple[Edit, str]] = [
    (lambda c: c["samples"]["tt"].update(process="ttt"), "samples.tt.process: no process 'ttt'; did you mean 'tt'?"),
    (
        lambda c: c["processes"].update(ww={"role": "background"}),
        "processes.ww: no sample belongs to it; add one or remove the process",
    ),
    (lambda c: c["processes"]["zh"].update(role="background"), "processes: none with role 'signal' has a sample"),
    (
        lambda c: c["data"]["pseudo_data"]["scale_factors"].update(ttbar=1.0),
        "data.pseudo_data.scale_factors: no scale factor 'ttbar'; known are: tt",
    ),
    (
        lambda c: c["samples"].update(
            zh=examples()[1]["samples"]["higgs"] | {"process": "zh"},
        ),
        "data.pseudo_data: sample 'zh' has no 'recoil' simulation to draw pseudo-data from",
    ),
]

COLUMNS: list[tuple[Edit, str]] = [
    (
        lambda c: c["events"]["features"].append("met_gevv"),
        "events.features: no branch or column gives 'met_gevv'; did you mean 'met_gev'? "
        "(add it to events.branches or events.columns)",
    ),
    (
        lambda c: c["events"]["spectators"].append("m_jjj_gev"),
        "events.spectators: no branch or column gives 'm_jjj_gev'; did you mean 'm_jj_gev'? "
        "(add it to events.branches or events.columns)",
    ),
    (
        lambda c: c["events"]["regions"]["control_tt"].update(selection="n_jetz > 2"),
        "events.regions.control_tt.selection: no branch or column gives 'n_jetz'; did you mean 'n_jets'?",
    ),
    (
        lambda c: c["events"].update(selection="met_ge > 100"),
        "events.selection: no branch or column gives 'met_ge'; did you mean 'met_gev'?",
    ),
    (
        lambda c: c["events"]["columns"].update(m_jj_gev="pt_jj_gev"),
        "events.columns.m_jj_gev: the dijet reconstruction already gives this column; choose another name",
    ),
]

KEPT: list[tuple[Edit, str]] = [
    (
        lambda c: c["weights"].update(sign_network={"inputs": ["ht_gev"]}),
        "weights.sign_network.inputs: 'ht_gev' is not kept; did you mean 'met_gev'? "
        "(add it to events.features or events.spectators)",
    ),
    (
        lambda c: c["samples"]["tt"].update(sign_network={"inputs": ["ht_gev"]}),
        "samples.tt.sign_network.inputs: 'ht_gev' is not kept; did you mean 'met_gev'? "
        "(add it to events.features or events.spectators)",
    ),
    (
        lambda c: c["weights"]["closure"].update(other_variables=["n_jets"]),
        "weights.closure.other_variables: 'n_jets' is not kept",
    ),
    (lambda c: c["sculpting"].update(mass="m_tt_gev"), "sculpting.mass: 'm_tt_gev' is not kept"),
    (lambda c: c["fit"].update(mass="m_tt_gev"), "fit.mass: 'm_tt_gev' is not kept"),
    (
        lambda c: c["scale_factors"]["regions"]["control_tt"].update(observable="ht_gev"),
        "scale_factors.regions.control_tt.observable: 'ht_gev' is not kept",
    ),
    (
        lambda c: c["scale_factors"]["flatness"].update(observable="ht_gev"),
        "scale_factors.flatness.observable: 'ht_gev' is not kept",
    ),
]

CLASSIFIERS: list[tuple[Edit, str]] = [
    (
        lambda c: c["classifiers"]["wide"].update(region="signal"),
        "classifiers.wide.region: no region 'signal'; did you mean 'signal_region'?",
    ),
    (
        lambda c: c["classifiers"]["wide"].update(inputs=["met_gev", "m_jj_gev"]),
        "classifiers.wide.inputs: 'm_jj_gev' is a spectator; networks see features, and",
    ),
    (
        lambda c: c["classifiers"]["wide"].update(inputs=["met_gevv"]),
        "classifiers.wide.inputs: no feature 'met_gevv'; did you mean 'met_gev'?",
    ),
    (
        lambda c: c["classifiers"]["wide"].update(without_processes=["wz"]),
        "classifiers.wide.without_processes: no process 'wz'; known are: tt, vz, zh",
    ),
    (
        lambda c: c["classifiers"]["wide"].update(without_processes=["tt", "vz"]),
        "classifiers.wide.without_processes: leaves no background to train on",
    ),
]

VALUES: list[tuple[Edit, str]] = [
    (
        lambda c: c["classifiers"]["tuned"]["networks"].update(idle={}),
        "classifiers.tuned.networks: no term asks for 'idle'; remove it",
    ),
    (
        lambda c: c["fit"]["binnings"]["coarse"]["score"].update(high=1e20),
        "fit.binnings.coarse.score: has bins below 0 or above 1, where no score is",
    ),
    (
        lambda c: c["classifiers"]["held"]["phases"][0]["updates"][0]["terms"].extend(
            [{"objective": "cross_entropy"}, {"objective": "cross_entropy"}]
        ),
        "classifiers.held.phases.0.updates.0: terms: one is there twice",
    ),
    (lambda c: c["classifiers"]["wide"].update(inputs=[]), "classifiers.wide.inputs: is empty; name what to take, or"),
    (
        lambda c: c["weights"]["sign_network"].update(inputs=[]),
        "weights.sign_network.inputs: is empty; name",
    ),
    (lambda c: c["fit"].update(variants=[]), "fit.variants: is empty; name what to take, or leave the key out"),
    (
        lambda c: c["uncertainties"]["normalisations"]["luminosity"].update(processes=[]),
        "uncertainties.normalisations.luminosity.processes: must have at least one entry",
    ),
    (
        lambda c: c["uncertainties"]["variations"]["btag"].update(processes=[]),
        "uncertainties.variations.btag.processes: must have at least one entry",
    ),
    (lambda c: c["fit"].update(treatments=[]), "fit.treatments: must have at least one entry"),
    (
        lambda c: c["strategy_comparison"].update(strategies=[]),
        "strategy_comparison.strategies: must have",
    ),
    (
        lambda c: c["uncertainties"]["normalisations"]["luminosity"].update(constraint="free"),
        "uncertainties.normalisations.luminosity: constraint 'free' needs no 'relative' size; remove it",
    ),
    (
        lambda c: c["uncertainties"]["normalisations"]["luminosity"].pop("relative"),
        "uncertainties.normalisations.luminosity: constraint 'log_normal' needs a 'relative' size",
    ),
    (
        lambda c: c["fit"]["asimov"].update(strengths={"mu_z": 1.0}),
        "fit.asimov.strengths: no process has 'mu_z'; did you mean 'mu_zh'?",
    ),
    (
        lambda c: c["fit"]["asimov"].update(scale_factors={"zjets": 1.0}),
        "fit.asimov.scale_factors: no process has 'zjets'; known are: tt",
    ),
    (lambda c: c["fit"].update(variants=["narrow", "narrow"]), "fit.variants: lists 'narrow' twice"),
    (
        lambda c: (
            c["processes"].update(rest={"role": "other"}),
            c["samples"].update(rest=c["samples"]["tt"] | {"process": "rest"}),
            c["uncertainties"]["normalisations"]["luminosity"].update(processes=["rest"]),
        ),
        "uncertainties.normalisations.luminosity.processes: 'rest' has role 'other' and enters no fit",
    ),
    (
        lambda c: c["processes"]["vz"].update(strength="mu_vz"),
        "processes.vz.strength: only a signal has one; give it the role 'signal' or remove the key",
    ),
    (
        lambda c: c["uncertainties"]["variations"]["btag"].update(down="weight_btag_up"),
        "uncertainties.variations.btag: up and down are the same; give each side its own weight",
    ),
    (lambda c: c["samples"]["tt"].update(branches={"met_ge": "met"}), "samples.tt.branches: nothing reads 'met_ge'"),
    (
        lambda c: c.update(plots={"labels": {"met_ge": "x"}}),
        "plots.labels: no column 'met_ge'; did you mean",
    ),
    (
        lambda c: (
            c["fit"]["binnings"]["coarse"]["mass"].update(bins=9999)
            or c["fit"]["binnings"]["coarse"]["score"].update(bins=999)
        ),
        "fit.binnings.coarse: has 9989001 bins of mass and score; 100000 are the most",
    ),
    (lambda c: c.update(luminosity_fb=1e8), "data.pseudo_data: cross-sections and luminosity ask for "),
    (
        lambda c: c["samples"]["tt"]["simulation"].update(events=3, files=4),
        "samples.tt.simulation: 3 events do not fill 4 files; ask for fewer files",
    ),
    (lambda c: c.update(folds=101), "folds: Input should be less than or equal to 100 (got 101)"),
    (lambda c: c.update(seed=-1), "seed: Input should be greater than or equal to 0 (got -1)"),
    (
        lambda c: c["classifiers"]["wide"].update(seeds=[1, -1]),
        "classifiers.wide.seeds.1: Input should be",
    ),
    (lambda c: c.update(bootstrap=10**12), "bootstrap: Input should be less than or equal to 100000 (got 10000"),
    (
        lambda c: c["weights"]["closure"].update(minimum_effective_events=1e300),
        "weights.closure.minimum_effective_events: must be 0 or",
    ),
    (lambda c: c.update(luminosity_fb=10**400), "luminosity_fb: "),
    (lambda c: c.update(luminosity_fb=True), "(top level): luminosity_fb must not be true or false"),
    (
        lambda c: c["classifiers"]["wide"]["architecture"].update(hidden_layers=[64, -5]),
        "classifiers.wide.architecture.",
    ),
    (
        lambda c: c["classifiers"]["wide"]["architecture"].update(hidden_layers=[10**12]),
        "classifiers.wide.architecture.",
    ),
    (lambda c: c["sculpting"]["axis"].update(bins=10**9), "sculpting.axis.bins: Input should be less than or equal"),
    (lambda c: c["sculpting"]["axis"].update(low=249.9999999999999), "sculpting.axis: 10 bins between 249.99"),
    (
        lambda c: c["samples"]["tt"]["simulation"].update(files=10**9),
        "samples.tt.simulation.files: Input should be",
    ),
    (lambda c: c["samples"]["tt"]["simulation"].update(events=10**12), "samples.tt.simulation.events: Input should be"),
    (
        lambda c: c["events"]["columns"].update(a="b + 1", b="a + 1"),
        "events.columns: a → b → a is defined in terms of itself; map the branch to another name",
    ),
    (
        lambda c: c["events"]["features"].append("region_x"),
        "events.features.4: 'region_x' is a name that the",
    ),
    (
        lambda c: c["events"].update(selection="met_gev + 1"),
        "events.selection: expression 'met_gev + 1' is no",
    ),
    (lambda c: c.update(title="a\nb"), "title: must be one line of text; it has the character U+000A"),
    (lambda c: c["events"].update(tree=" "), "events.tree: is empty; give a text or leave the key out"),
]


CASES = NAMES + VALUES + SAMPLES + COLUMNS + KEPT + CLASSIFIERS


@pytest.mark.parametrize(("edit", "message"), CASES, ids=[message.split(";")[0] for _, message in CASES])
def test_a_problem_is_named_with_key_value_and_fix(edit: Edit, message: str) -> None:
    assert any(line.startswith(message) for line in problems(edit)), problems(edit)


def test_all_problems_are_reported_at_once() -> None:
    def edit(content: dict[str, Any]) -> None:
        content["fit"]["region"] = "signal"
        content["classifiers"]["wide"]["region"] = "signal"

    assert len(problems(edit)) == 2


def test_the_planed_spectator_and_no_other_may_be_an_input() -> None:
    def planed_in(spectator: str) -> Edit:
        weights = {"strategy": "transformed", "planing": {"spectator": spectator}}
        return lambda c: c["classifiers"]["wide"].update(weights=weights, inputs=["pt_jj_gev", "m_jj_gev"])

    assert any("'m_jj_gev' is a spectator" in line for line in problems(planed_in("eta_jj")))
    content = copy.deepcopy(examples()[0])
    planed_in("m_jj_gev")(content)
    assert read_analysis(content, "config/mine.yaml").classifiers["wide"].inputs == ("pt_jj_gev", "m_jj_gev")


def test_a_spectator_may_be_an_input_where_a_map_takes_it_out_again_or_on_purpose() -> None:
    def seen_by(name: str, **more: object) -> Edit:
        return lambda c: c["classifiers"][name].update(inputs=["pt_jj_gev", "m_jj_gev"], **more)

    assert not any("is a spectator" in line for line in problems(seen_by("narrow")))
    assert any("'m_jj_gev' is a spectator" in line for line in problems(seen_by("wide")))
    content = copy.deepcopy(examples()[0])
    seen_by("wide", sees_spectators=["m_jj_gev"])(content)
    read_analysis(content, "test.yaml")
