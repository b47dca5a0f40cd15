"""check_masses, compare_masses and their figures; compare_mass_limits and its figure: from stores and fits to files."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from event_stores import opened
from judged_masses import MASSES, check_arguments, write_study
from mass_fits import write_fit

import check_masses
import compare_mass_limits
import compare_masses
import plot_mass_comparison
import plot_mass_limits
import plot_masses
from signedag.config.architectures.dense import Kind as Dense
from signedag.config.plotting import Plots, PlotSettings, ProcessStyle
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.networks.network import Network
from signedag.networks.saved import save_networks

HALF = ("X500", "X1000", "X1500")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The folder of a study and its models."""
    folder = tmp_path_factory.mktemp("study")
    return folder, write_study(folder, check_masses.main, signal=300, background=1500)


def settings_of_figures():
    styles = {name: ProcessStyle(label=f"{mass:g} GeV", colour="#D55E00", signal=True) for name, mass in MASSES.items()}
    return PlotSettings(
        plots=Plots(labels={"mass_gev": "$m_X$ [GeV]"}), luminosity_fb=139.0, processes=styles, samples={}, regions={}
    )


def written_masses(folder, variant):
    return json.loads((folder / "masses" / variant / "masses.json").read_text())


def pairwise_area(signal, signal_weight, background, background_weight):
    """Give the AUC from all pairs."""
    won = (signal[:, None] > background) + 0.5 * (signal[:, None] == background)
    return signal_weight @ won @ background_weight / (signal_weight.sum() * background_weight.sum())


def test_each_mass_is_judged_by_its_column_and_all_background(study):
    folder, _ = study
    found = written_masses(folder, "affine_half")
    for name, trained in (("X500", True), ("X750", False)):
        scores, weights = {}, {}
        for sample in (name, "qcd", "top"):
            events = opened(folder / "events" / sample / "nominal.arrow")
            inside = events.column("region_sr")
            store = opened(folder / "scores" / "affine_half" / "combined" / sample / "nominal.arrow")
            scores[sample] = store.column(f"score_{name}")[inside]
            weights[sample] = events.column("weight")[inside]
        background = (np.concatenate([parts["qcd"], parts["top"]]) for parts in (scores, weights))
        expected = pairwise_area(scores[name], weights[name], *background)
        mass = found["processes"][name]
        assert mass["auc"]["value"] == pytest.approx(expected, abs=1e-12)
        assert mass["trained"] is trained and mass["parameters"] == {"mass_gev": MASSES[name]}
        assert set(mass["per_seed"]) == {"1", "2", "3"}
    assert found["means"]["held_out"]["processes"] == ["X750", "X1250"]
    assert found["provenance"]["variant"] == "affine_half" and found["provenance"]["seed"] == "3"


def test_the_same_command_gives_the_same_bytes(study, tmp_path):
    folder, _ = study
    arguments = check_arguments(folder, "affine", dict.fromkeys(MASSES, True))
    arguments[-1] = str(tmp_path / "again.json")
    assert check_masses.main(arguments) == 0
    assert (tmp_path / "again.json").read_bytes() == (folder / "masses" / "affine" / "masses.json").read_bytes()


def test_columns_samples_and_regions_that_are_missing_are_named(study, error_line):
    folder, _ = study
    missing = check_arguments(folder, "single_for_X500", {"X750": True})
    assert check_masses.main(missing) == 1
    assert "no column 'score_X750'" in error_line()
    assert check_masses.main(check_arguments(folder, "affine", {"X500": True}, region="sr2")) == 1
    assert "no column 'region_sr2'; did you mean 'region_sr'?" in error_line()
    assert check_masses.main(check_arguments(folder, "affine", {"X500": True}, background_samples=["qcd", "vz"])) == 1
    assert "vz/nominal.arrow: not among the files given" in error_line()


def write_networks(folder, variant, width, seeds=(1, 2)):
    paths = []
    for seed in seeds:
        for fold in (0, 1):
            path = folder / "networks" / variant / f"seed{seed}" / f"fold{fold}" / "model.safetensors"
            network = Network(Dense(hidden_layers=(width,)), ("x", "y"))
            save_networks(path, [network], Identity.of("classifier", variant=variant, seed=seed, fold=fold), {})
            paths.append(str(path))
    return paths


def compare(folder, models, networks=(), output="comparison.json", **changes):
    tables = {"half": {label: models[label] for label in ("individual", "affine", "affine_half", "pnn_half")}}
    settings = {"tables": tables, "order": ["individual", "affine"], "parameter": "mass_gev"}
    settings["differences"] = [["half", "affine_half", "pnn_half"]]
    masses = map(str, sorted(folder.glob("masses/*/masses.json")))
    arguments = ["--settings", json.dumps(settings | changes), "--masses", *masses, "--models", *networks]
    tables = str((folder / output).with_suffix(".tsv"))
    return compare_masses.main([*arguments, "--output", str(folder / output), "--tables", tables])


def test_models_are_compared_with_their_sizes(study, tmp_path):
    folder, models = study
    networks = write_networks(tmp_path, "affine", 4)
    networks += [path for name in MASSES for path in write_networks(tmp_path, f"single_for_{name}", 2, (1,))]
    assert compare(folder, models, networks) == 0
    found = json.loads((folder / "comparison.json").read_text())
    table = found["tables"]["half"]["models"]
    lines = [line.split("\t") for line in (folder / "comparison.tsv").read_text().splitlines()]
    assert [line[0] for line in lines[:6]] == ["half", "model", "individual", "affine", "affine_half", "pnn_half"]
    seeds = table[1]["means"]["trained"]["auc"]["over_seeds"]
    assert lines[3][1] == f"{seeds['value']:.5f} +- {seeds['error']:.5f}"
    assert lines[3][2] == "", "the affine one has no mass held out"
    assert lines[-1][:2] == ["half", "affine_half - pnn_half"]
    assert [model["model"] for model in table] == ["individual", "affine", "affine_half", "pnn_half"]
    sizes = {model["model"]: model["size"] for model in table}
    assert sizes["affine"]["parameters"] == 2 * 4 + 4 + 4 + 1
    assert sizes["affine"]["networks"] == 1 and sizes["affine"]["files"] == 4
    assert sizes["individual"]["parameters"] == 5 * (2 * 2 + 2 + 2 + 1)
    assert sizes["individual"]["files"] == 10
    assert sizes["individual"]["bytes_of_files"] == sum(
        path.stat().st_size for path in tmp_path.rglob("single_for_*/*/*/model.safetensors")
    )
    assert sizes["pnn_half"]["parameters"] is None
    assert sizes["pnn_half"]["reason"] == "no network files were given of pnn_half"
    individual = table[0]["processes"]["X1250"]
    assert individual["variant"] == "single_for_X1250"
    assert (
        individual["auc"]["value"] == written_masses(folder, "single_for_X1250")["processes"]["X1250"]["auc"]["value"]
    )
    (difference,) = found["differences"]
    held_out = difference["means"]["held_out"]
    assert sorted(held_out["processes"]) == ["X1250", "X750"]
    per_seed = {}
    for variant in ("affine_half", "pnn_half"):
        processes = written_masses(folder, variant)["processes"]
        per_seed[variant] = [
            np.mean([processes[name]["per_seed"][seed]["auc"]["value"] for name in ("X750", "X1250")])
            for seed in ("1", "2", "3")
        ]
    expected = np.subtract(per_seed["affine_half"], per_seed["pnn_half"])
    assert held_out["auc"]["value"] == pytest.approx(expected.mean())
    assert held_out["auc"]["error"] == pytest.approx(expected.std(ddof=1) / np.sqrt(3))
    assert held_out["auc"]["value"] > 0 and held_out["auc"]["combined"]["error"] > 0
    assert [one["model"] for one in found["tables"]["half"]["to_first"]] == ["affine", "affine_half", "pnn_half"]


def test_what_cannot_be_compared_is_one_line(study, tmp_path, error_line):
    folder, models = study
    unknown = {"half": {"other": {"X500": "other"}}}
    assert compare(folder, models, output="no.json", tables=unknown, differences=[]) == 1
    assert "--masses: none of classifier 'other'" in error_line()
    (tmp_path / "model.safetensors").touch()
    assert compare(folder, models, [str(tmp_path / "model.safetensors")], output="no.json") == 1
    assert "model.safetensors: is not {variant}/seed{seed}/fold{fold}/model.safetensors" in error_line()
    mixed = write_networks(tmp_path, "affine", 4, (1,)) + write_networks(tmp_path, "affine", 5, (2,))
    assert compare(folder, models, mixed, output="no.json") == 1
    assert "has 21 parameters" in error_line()
    assert not (folder / "no.json").exists()


def test_masses_of_others_are_refused(study, refuses_others):
    folder, models = study
    networks = write_networks(folder, "affine", 4, (1,))
    refuses_others(
        lambda: compare(folder, models, networks, "others.json"),
        folder / "masses" / "affine" / "masses.json",
        folder / "networks" / "affine" / "seed1" / "fold0" / "model.safetensors",
    )


def test_figures_of_tables_and_of_classifiers(study, tmp_path):
    folder, models = study
    assert compare(folder, models, output="drawn.json") == 0
    drawn = ["--settings", settings_of_figures().as_json(), "--output-folder", str(tmp_path)]
    assert plot_mass_comparison.main([*drawn, "--comparison", str(folder / "drawn.json")]) == 0
    masses = str(folder / "masses" / "affine" / "masses.json")
    assert plot_masses.main([*drawn, "--variant", "affine", "--masses", masses]) == 0
    names = ("auc_half", "precision_recall_half", "significance_ratio_half", "curves_by_mass")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{name}.{suffix}" for name in names for suffix in ("png", "pdf")
    )


@pytest.fixture(scope="module")
def fits(tmp_path_factory):
    """Fits of two models at two masses: one loses where it is held out."""
    folder = tmp_path_factory.mktemp("fits")
    for name, sharpness in (("X500", 2.0), ("X750", 3.0)):
        write_fit(folder, f"single_for_{name}", name, sharpness)
        write_fit(folder, f"affine_at_{name}", name, sharpness - (0.5 if name == "X750" else 0.0))
    return folder


LIMITS = {
    "models": {
        "individual": {name: f"single_for_{name}" for name in ("X500", "X750")},
        "affine": {name: f"affine_at_{name}" for name in ("X500", "X750")},
    },
    "order": ["individual"],
    "parameter": "mass_gev",
    "parameters": {name: {"mass_gev": MASSES[name]} for name in ("X500", "X750")},
    "trained": {"individual": ["X500", "X750"], "affine": ["X500"]},
}


def files_of(folder):
    arguments = ["--limits", *map(str, sorted(folder.glob("*/score/fixed/limits.json")))]
    return [*arguments, "--results", *map(str, sorted(folder.glob("*/score/fixed/result.json")))]


def test_what_interpolation_costs_is_the_ratio_to_individual_classifiers(fits):
    arguments = ["--settings", json.dumps(LIMITS), *files_of(fits), "--output", str(fits / "compared.json")]
    assert compare_mass_limits.main(arguments) == 0
    individual, affine = json.loads((fits / "compared.json").read_text())["models"]
    assert [individual["model"], affine["model"]] == ["individual", "affine"]
    limits = {}
    for variant in ("single_for_X750", "affine_at_X750"):
        content = json.loads((fits / variant / "score" / "fixed" / "limits.json").read_text())
        limits[variant] = content["strengths"]["mu"]["expected"]["0"]["value"]
    ratio = affine["processes"]["X750"]["to_reference"]
    assert ratio["limit"]["value"] == pytest.approx(limits["affine_at_X750"] / limits["single_for_X750"])
    assert ratio["limit"]["value"] > 1 and ratio["sigma_mu"]["value"] > 1
    assert affine["mean_to_reference"]["held_out"]["limit"]["value"] == pytest.approx(ratio["limit"]["value"])
    assert affine["mean_to_reference"]["trained"]["limit"]["value"] == pytest.approx(1)
    both = affine["mean_to_reference"]["all"]["limit"]["value"]
    assert both == pytest.approx(np.sqrt(ratio["limit"]["value"]))
    assert individual["mean_to_reference"]["held_out"]["limit"]["reason"] == "no mass is held out"
    bands = affine["processes"]["X500"]["limit"]["bands"]
    assert bands["-2"] < bands["-1"] < bands["0"] < bands["1"] < bands["2"]
    assert affine["processes"]["X500"]["sigma_mu"]["value"] > 0


def test_limits_are_drawn(fits, tmp_path):
    settings = settings_of_figures().model_dump(mode="json") | LIMITS | {"bands_of": "affine"}
    arguments = ["--settings", json.dumps(settings), *files_of(fits), "--output-folder", str(tmp_path)]
    assert plot_mass_limits.main(arguments) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mass_limits.pdf", "mass_limits.png"]


def test_fits_that_are_missing_or_twice_are_named(fits, tmp_path, error_line):
    def run(files, **changes):
        settings = json.dumps(LIMITS | changes)
        return compare_mass_limits.main(["--settings", settings, *files, "--output", str(tmp_path / "no.json")])

    files = files_of(fits)
    unknown = LIMITS["models"] | {"other": {"X500": "other_at_X500"}}
    assert run(files, models=unknown) == 1
    assert "--limits: none of classifier 'other_at_X500'; model 'other' takes it at X500" in error_line()
    assert run(files, parameters={"X500": {"mass_gev": 500.0}}) == 1
    assert "parameters.X750.mass_gev is missing" in error_line()
    twice = [*files[:1], files[1], *files[1:]]
    assert run(twice) == 1
    assert "are both of classifier 'affine_at_X500'; give one fit" in error_line()


def test_fits_of_others_are_refused(fits, tmp_path, refuses_others):
    arguments = ["--settings", json.dumps(LIMITS), *files_of(fits), "--output", str(tmp_path / "out.json")]
    folder = fits / "affine_at_X500" / "score" / "fixed"
    refuses_others(lambda: compare_mass_limits.main(arguments), folder / "limits.json", folder / "result.json")


def test_a_fit_of_several_signals_is_refused(fits, tmp_path, error_line):
    folder = tmp_path / "fits"
    shutil.copytree(fits, folder)
    path = folder / "affine_at_X500" / "score" / "fixed" / "limits.json"
    content = json.loads(path.read_text())
    names = content.pop("identity")
    del content["checksum"]
    content["strengths"]["mu_other"] = content["strengths"]["mu"]
    write_json(path, content, Identity(names.pop("kind"), names))
    arguments = ["--settings", json.dumps(LIMITS), *files_of(folder), "--output", str(tmp_path / "no.json")]
    assert compare_mass_limits.main(arguments) == 1
    assert "has the signal strengths mu, mu_other; limits by mass need fits of one signal each" in error_line()
