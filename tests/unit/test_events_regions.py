"""Regions that lack what is trained, fitted or checked there are found when the events are known."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest

import check_regions as command
from signedag.config import stages
from signedag.config.analysis import Analysis
from signedag.config.example import examples
from signedag.errors import UserError
from signedag.events.regions import RegionYields, check_regions
from signedag.events.yields import Yield
from signedag.identity import Identity
from signedag.json_results import write_json

ALL = {"signal_region": 5, "control_tt": 7}


def yields(**events):
    """Give each sample's yields from its number of events by region."""
    by_sample = {
        name: {region: Yield.of(np.ones(number)) for region, number in regions.items()}
        for name, regions in events.items()
    }
    return RegionYields(by_sample, dict.fromkeys(by_sample, 0.5))


def settings(edit=lambda content: None):
    content = copy.deepcopy(examples()[0])
    edit(content)
    return stages.check_regions(Analysis.model_validate(content))


def test_regions_with_events_of_everything_pass():
    check_regions(yields(zh=ALL, vz=ALL, tt=ALL), settings())


def without_peak(content):
    del content["diboson_peak"]


def test_an_event_of_one_background_is_enough():
    check_regions(yields(zh=ALL, vz={"signal_region": 0, "control_tt": 0}, tt=ALL), settings(without_peak))
    with pytest.raises(UserError, match=r"no resonant event \(vz\), needed by diboson_peak\.region"):
        check_regions(yields(zh=ALL, vz={"signal_region": 0, "control_tt": 0}, tt=ALL), settings())


def test_a_region_without_signal_names_what_needs_it():
    with pytest.raises(UserError) as caught:
        check_regions(yields(zh=ALL | {"signal_region": 0}, vz=ALL, tt=ALL), settings())
    (line,) = str(caught.value).splitlines()
    assert line.startswith("region 'signal_region': no signal event (zh), needed by classifiers.held.region, ")
    assert "fit.region" in line
    assert line.endswith("loosen events.regions.signal_region.selection or events.selection, or name another region")


def test_a_region_without_background_or_without_anything():
    empty = {"signal_region": 5, "control_tt": 0}
    with pytest.raises(UserError) as caught:
        check_regions(yields(zh=empty, vz={"signal_region": 0, "control_tt": 0}, tt=empty), settings(without_peak))
    (line,) = str(caught.value).splitlines()
    assert "region 'control_tt': no simulated event" in line
    assert "needed by distributions.regions, scale_factors.regions.control_tt;" in line
    none = {"signal_region": 0, "control_tt": 9}
    with pytest.raises(UserError, match="region 'signal_region': no background event") as caught:
        check_regions(yields(zh=ALL, vz=none, tt=none), settings(without_peak))
    assert "sculpting.region" in str(caught.value)


def test_a_region_in_which_nothing_is_done_may_be_empty():
    def move(content):
        del content["scale_factors"], content["data"]
        content["fit"]["treatments"] = ["fixed"]

    check_regions(yields(zh=ALL, vz=ALL, tt=ALL | {"control_tt": 0}), settings(move))


def parametric(**per_fold):
    """Give yields and settings of the example with a parametric classifier; events per fold of each sample."""
    content = copy.deepcopy(examples()[1])
    del content["classifiers"]["parametric_in_mass"], content["classifiers"]["alone"]
    for block in ("parametric_study", "fit", "scan"):
        del content[block]
    totals = {name: {"all": Yield.of(np.ones(sum(counts)))} for name, counts in per_fold.items()}
    folds = {name: {"all": counts} for name, counts in per_fold.items()}
    settings = stages.check_regions(Analysis.model_validate(content))
    return RegionYields(totals, dict.fromkeys(per_fold, 0.5), folds), settings


def test_every_fold_has_an_event_of_each_signal_point():
    check_regions(*parametric(higgs=(3, 1), heavy=(1, 2), tt=(5, 0)))
    with pytest.raises(UserError) as caught:
        check_regions(*parametric(higgs=(3, 1), heavy=(0, 2), tt=(5, 5)))
    assert str(caught.value) == (
        "region 'all': no event of process 'heavy' (mass_gev = 600, width_gev = 30) in fold 0, where parametric trains "
        "at this point; make more events of heavy, loosen events.regions.all.selection or events.selection, or remove "
        "the process"
    )
    with pytest.raises(UserError) as caught:
        check_regions(*parametric(higgs=(0, 0), heavy=(0, 2), tt=(5, 5)))
    heavy, higgs = str(caught.value).splitlines()
    assert "'higgs' (mass_gev = 400, width_gev = 20) in fold 0, 1, where" in higgs
    assert "'heavy'" in heavy


def test_a_point_that_is_judged_alone_needs_events_too():
    content = copy.deepcopy(examples()[1])
    content["processes"]["third"] = {"role": "signal", "parameters": {"mass_gev": 500.0, "width_gev": 20.0}}
    content["samples"]["third"] = {**content["samples"]["higgs"], "process": "third"}
    content["classifiers"]["parametric"]["without_processes"] = ["third"]
    del content["classifiers"]["parametric_in_mass"]
    needs = {need.process: need for need in stages.check_regions(Analysis.model_validate(content)).points}
    assert {name: need.trained for name, need in needs.items()} == {"heavy": True, "higgs": True, "third": False}
    assert needs["third"].samples == ("third",) and needs["third"].region == "all"


def test_the_command_writes_the_table_and_refuses(tmp_path, capsys):
    def summary(sample, events):
        regions = {region: Yield.of(-np.ones(number)).as_json() for region, number in events.items()}
        nominal = {"rows": 1, "undefined_in_selection": 0, "cutflow": [], "regions": regions, "events_per_fold": {}}
        path = tmp_path / sample / "summary.json"
        write_json(path, {"nominal": nominal, "weight_factor": 0.5}, Identity.of("sample summary", sample=sample))
        return str(path)

    paths = [summary(name, ALL) for name in ("zh", "vz", "tt")]
    arguments = ["--settings", settings().as_json(), "--output", str(tmp_path / "regions.json"), "--summaries"]
    assert command.main([*arguments, *paths]) == 0
    table = json.loads((tmp_path / "regions.json").read_text())["regions"]
    assert set(table) == set(ALL)
    assert table["control_tt"]["tt"]["events"] == table["control_tt"]["tt"]["negative_events"] == 7
    assert table["control_tt"]["tt"]["expected_events"] == -3.5
    (tmp_path / "regions.json").unlink()
    (tmp_path / "other" / "zh").mkdir(parents=True)
    other = tmp_path / "other" / "zh" / "summary.json"
    other.write_bytes((tmp_path / "tt" / "summary.json").read_bytes())
    assert command.main([*arguments, str(other), *paths[1:]]) == 1
    assert "holds sample summary (sample tt), expected sample summary (sample zh)" in capsys.readouterr().err
    summary("zh", ALL | {"signal_region": 0})
    assert command.main([*arguments, *paths]) == 1
    assert "error: region 'signal_region': no signal event (zh)" in capsys.readouterr().err
    assert not (tmp_path / "regions.json").exists()
