"""Which samples reach which stage."""

from __future__ import annotations

import copy

from signedag.config import stages
from signedag.config.cross_checks import read_analysis
from signedag.config.example import examples


def test_a_process_of_no_role_is_looked_at_for_its_weights_alone() -> None:
    content = copy.deepcopy(examples()[0])
    content["processes"]["interference"] = {"role": "other"}
    content["samples"]["interference"] = copy.deepcopy(content["samples"]["tt"]) | {"process": "interference"}
    analysis = read_analysis(content, "test.yaml")
    variant = next(iter(analysis.classifiers))
    trained = stages.train_classifier(analysis, variant)
    assert "interference" not in [name for names in trained.classes.values() for name in names]
    judged = stages.check_classifier(analysis, variant)
    assert "interference" not in judged.signal_samples + judged.background_samples
    for filled in (stages.fill_templates(analysis, "narrow", "coarse"), stages.fill_control_templates(analysis)):
        assert "interference" not in filled.samples
        assert "tt" in filled.samples
    pseudo_data = stages.simulate_ntuple(analysis, "data").pseudo_data
    assert pseudo_data is not None
    assert "interference" not in pseudo_data
    assert "interference" in stages.write_report(analysis).diagnosed


def test_the_report_asks_for_the_closure_of_all_weights_that_classifiers_train_with() -> None:
    """Those of `joint` are its networks', of each class and seed; signed weights have nothing to test."""
    content = copy.deepcopy(examples()[0])
    content["classifiers"]["narrow"]["weights"] = {"strategy": "signed"}
    content["classifiers"]["wide"]["weights"] = {"strategy": "absolute"}
    content["classifiers"]["tuned"]["seeds"] = [1, 2]
    content["classifiers"]["narrow"]["seeds"] = [1, 2]
    closures = stages.write_report(read_analysis(content, "test.yaml")).other_closures
    assert closures["absolute"] == {name: f"absolute/{name}/closure.json" for name in ("tt", "vz", "zh")}
    assert closures["joint"] == {
        f"{label} of tuned, seed {seed}": f"joint/tuned/seed{seed}/closure_{label}.json"
        for label in ("background", "signal")
        for seed in (1, 2)
    }
    assert set(closures) == {"absolute", "joint"}


def test_the_decorrelation_comparison_counts_what_each_score_takes() -> None:
    """Classifiers that others start from are trained, too; a map adds one, and so does each further term or network."""
    content = copy.deepcopy(examples()[0])
    content["classifiers"]["narrow"]["seeds"] = [1, 2]
    content["decorrelation_comparison"] = {"baseline": "narrow", "seeds": [2, 3]}
    compared = stages.compare_decorrelation(read_analysis(content, "test.yaml"))
    assert compared.variants == (*content["classifiers"], *content["score_maps"])
    assert compared.needs["independent"] == ("independent", "narrow") and compared.needs["mapped"] == ("narrow",)
    efforts = {name: (effort.trainings, effort.additions) for name, effort in compared.efforts.items()}
    assert efforts["narrow"] == (4, 0)
    assert efforts["mapped"] == (4, 1)
    assert efforts["independent"] == (6, 3), "two further terms and planing"
    assert efforts["kept"] == (6, 3), "a network beside the classifier, in two terms"
    assert (compared.binning, compared.treatment) == ("coarse", "fixed"), "the fit's first ones"
    assert compared.maps == {"mapped": "narrow"} and compared.initialisations["narrow"] == (1, 2)


def test_the_baseline_is_compared_even_where_it_is_not_listed() -> None:
    content = copy.deepcopy(examples()[0])
    content["decorrelation_comparison"] = {"baseline": "narrow", "variants": ["mapped"]}
    assert stages.compare_decorrelation(read_analysis(content, "test.yaml")).variants == ("narrow", "mapped")


def test_what_no_group_of_uncertainties_holds_is_a_group_too() -> None:
    analysis = read_analysis(examples()[0], "test.yaml")
    assert analysis.fit is not None
    chosen = analysis.fit.model_copy(update={"uncertainty_groups": {"tags": ("btag",)}})
    groups = stages.compute_impacts(analysis.model_copy(update={"fit": chosen}), "fixed").groups
    assert groups == {"tags": ("btag",), "others": ("jet_energy", "luminosity")}
