"""`fill_templates` and `fill_control_templates` on small stores whose histograms can be counted by hand."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from event_stores import opened, write_events, write_scores

import fill_control_templates
import fill_templates
from signedag.config.fitting import ModelSettings
from signedag.events.store_files import StoreFiles
from signedag.identity import Identity
from signedag.statistics.assemble import signal_model
from signedag.statistics.filling import Alternatives, FilledRegion, fill_samples
from signedag.statistics.inputs import signal_region
from signedag.statistics.template_files import TemplateFile, read_templates, write_templates

MASSES = np.array([65.0, 95.0, 130.0, 130.0, 159.0, 200.0])
SCORES = np.array([0.1, 0.9, 1.0, 0.4, 0.6, 0.5])
WEIGHTS = np.array([1.0, -2.0, 3.0, 4.0, -1.0, 7.0])
IN_SIGNAL_REGION = np.array([True, True, True, True, False, True])


def write_sample(folder: Path, sample: str, shift: str, scale: float = 1.0, **changes: np.ndarray) -> None:
    columns = {
        "event_number": np.arange(6, dtype=np.int64),
        "weight": WEIGHTS,
        "m_jj_gev": MASSES * scale,
        "met_gev": np.linspace(160, 310, 6),
        "region_sr": IN_SIGNAL_REGION,
        "region_cr_tt": ~IN_SIGNAL_REGION | (MASSES < 100),
    }
    if shift == "nominal":
        columns |= {"weight_btag_up": WEIGHTS * 1.1, "weight_btag_down": WEIGHTS * 0.8}
    columns |= changes
    path = folder / "ntuples" / sample / f"{shift}.arrow"
    write_events(path, columns)
    write_scores(folder / "scores" / sample / f"{shift}.arrow", opened(path), {"score": SCORES})


@pytest.fixture
def events(tmp_path: Path) -> Path:
    for sample in ("zh", "tt_had", "tt_lep"):
        write_sample(tmp_path, sample, "nominal")
        write_sample(tmp_path, sample, "jes_up", 1.1)
        write_sample(tmp_path, sample, "jes_down", 0.9)
    ones = np.ones(6)
    write_sample(tmp_path, "data", "nominal", weight=ones)
    return tmp_path


SETTINGS = {
    "region": "sr",
    "mass": "m_jj_gev",
    "binning": {"mass": {"edges": [60, 100, 160]}, "score": {"bins": 2, "low": 0, "high": 1}},
    "samples": {"zh": "zh", "tt_had": "tt", "tt_lep": "tt"},
    "shifts": ["jes"],
    "variations": {"btag": ["tt"]},
}
CONTROL = {
    "regions": {"cr_tt": {"observable": "met_gev", "axis": {"edges": [150, 350]}}},
    "samples": {"zh": "zh", "tt_had": "tt", "tt_lep": "tt"},
    "shifts": ["jes"],
    "variations": {"btag": None},
    "flatness": {"observable": "m_jj_gev", "axis": {"edges": [60, 100, 160]}},
}


def fill(events: Path, settings: dict[str, object], name: str = "templates.root") -> int:
    return fill_templates.main(
        [
            *("--settings", json.dumps(settings)),
            *("--variant", "plain"),
            *("--events", *map(str, events.glob("ntuples/*/*.arrow"))),
            *("--scores", *map(str, events.glob("scores/*/*.arrow"))),
            *("--variant", "plain", "--binning", "coarse"),
            *("--output", str(events / name)),
        ]
    )


def fill_control(events: Path, settings: dict[str, object]) -> int:
    return fill_control_templates.main(
        [
            *("--settings", json.dumps(settings)),
            *("--events", *map(str, events.glob("ntuples/*/*.arrow"))),
            *("--output", str(events / "control.root")),
        ]
    )


def control_templates(events: Path) -> TemplateFile:
    return read_templates(events / "control.root", Identity.of("control templates"))


def test_templates_hold_signed_weights_per_process(events: Path) -> None:
    assert fill(events, SETTINGS) == 0
    region = signal_region(events / "templates.root", Identity.of("templates", variant="plain", binning="coarse"))
    assert list(region.nominal) == ["zh", "tt"]
    # mass 60-100: events 0 and 1; mass 100-160: events 2 (score 1 is inside) and 3; event 5 is outside
    assert region.nominal["zh"].values.tolist() == [[1.0, -2.0], [4.0, 3.0]]
    assert region.nominal["zh"].variances.tolist() == [[1.0, 4.0], [16.0, 9.0]]
    assert region.nominal["zh"].outside == 7.0
    assert region.nominal["tt"].values.tolist() == [[2.0, -4.0], [8.0, 6.0]]
    assert set(region.variations) == {("zh", "jes"), ("tt", "jes"), ("tt", "btag")}
    up, down = region.variations["tt", "btag"]
    np.testing.assert_allclose(up.values, region.nominal["tt"].values * 1.1)
    np.testing.assert_allclose(down.variances, region.nominal["tt"].variances * 0.64)
    up, down = region.variations["zh", "jes"]
    assert up.values.tolist() == [[1.0, 0.0], [4.0, 1.0]]  # 95 GeV moves above 100
    assert down.values.tolist() == [[0.0, -2.0], [4.0, 3.0]]  # 65 GeV moves below 60
    description = read_templates(events / "templates.root", Identity.of("templates")).description
    place = {"region": "sr", "observable": None, "process": "tt"}
    assert description["counts"][1] == place | {"events": 8, "events_outside": 2, "sum_of_weights_outside": 14.0}
    assert json.loads(description["provenance"]["settings"])["region"] == "sr"


def test_a_shift_of_one_side_has_the_nominal_template_on_the_other(events: Path) -> None:
    for file in (*events.glob("*/*/jes_down.arrow"),):
        file.unlink()
    assert fill(events, SETTINGS | {"one_sided": ["jes"]}) == 0
    region = signal_region(events / "templates.root", Identity.of("templates", variant="plain", binning="coarse"))
    for process, scale in (("zh", 1.0), ("tt", 2.0)):
        up, down = region.variations[process, "jes"]
        np.testing.assert_array_equal(up.values, scale * np.array([[1.0, 0.0], [4.0, 1.0]]))
        np.testing.assert_array_equal(down.flow_values, region.nominal[process].flow_values)
    assert fill_control(events, CONTROL | {"one_sided": ["jes"]}) == 0
    (control,) = control_templates(events).regions.values()
    np.testing.assert_array_equal(control.variations["tt", "jes"][1].values, control.nominal["tt"].values)


def test_events_outside_are_reported_and_runs_repeat(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(events, SETTINGS)
    assert "sr: 1 of 5 events of zh (sum of weights 7) are outside the bins" in capsys.readouterr().err
    fill(events, SETTINGS, "again.root")
    assert (events / "again.root").read_bytes() == (events / "templates.root").read_bytes()


def test_data_of_hidden_bins_reach_no_file(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file with other data in the hidden mass window is the same; unblinded it has all."""
    rules = {"windows": {"m_jj_gev": {"low": 100.0}}}
    hidden = SETTINGS | {"data": {"signals": ["zh"], "blinding": rules}}
    assert fill(events, hidden) == 0
    said = capsys.readouterr().err
    of_window = np.where(MASSES > 100, 5.0, 1.0)
    write_sample(events, "data", "nominal", weight=of_window)
    assert fill(events, hidden, "again.root") == 0
    assert (events / "again.root").read_bytes() == (events / "templates.root").read_bytes()
    assert capsys.readouterr().err.replace("again.root", "templates.root") == said
    names = Identity.of("templates", variant="plain", binning="coarse")
    data = signal_region(events / "again.root", names).data
    assert data is not None
    np.testing.assert_array_equal(data.values, [[1.0, 1.0], [np.nan, np.nan]])
    assert np.isnan(data.flow_values[0]).all()
    shown = SETTINGS | {"data": {"signals": ["zh"], "blinding": rules | {"unblinded": True}}}
    assert fill(events, shown, "shown.root") == 0
    data = signal_region(events / "shown.root", names).data
    assert data is not None
    assert data.values.tolist() == [[1.0, 1.0], [5.0, 5.0]]


def test_control_templates_have_data_and_flatness(events: Path) -> None:
    assert fill_control(events, CONTROL) == 0
    templates = control_templates(events)
    assert list(templates.regions) == ["cr_tt"] and list(templates.in_observables) == ["m_jj_gev"]
    region, flatness = templates.regions["cr_tt"], templates.in_observables["m_jj_gev"]["cr_tt"]
    assert region.nominal["zh"].values.tolist() == [-2.0]  # events 0, 1 and 4
    assert region.data is not None and region.data.values.tolist() == [3.0]
    assert set(region.variations) == {(p, v) for p in ("zh", "tt") for v in ("jes", "btag")}
    assert flatness.nominal["tt"].values.tolist() == [-2.0, -2.0]
    assert flatness.data is not None and flatness.data.values.tolist() == [2.0, 1.0]
    assert not flatness.variations


def test_names_that_look_like_others_reach_the_fit(events: Path) -> None:
    """A process `zj2__x` was a variation of `zj2`, `data` the data, and a region `cr__x` no region of its own.

    Settings refuse such names; files do not rely on it.
    """
    samples = {"zh": "zj2", "tt_had": "zj2__x", "tt_lep": "data"}
    stores = StoreFiles.of(events.glob("ntuples/*/*.arrow"), Identity.of("events"))
    met, mass = (np.array([150.0, 350.0]),), (np.array([60.0, 100.0, 160.0]),)
    filled = [
        FilledRegion("cr_tt", ("met_gev",), met),
        FilledRegion("cr_tt", ("m_jj_gev",), mass, "m_jj_gev"),
        FilledRegion("sr", ("met_gev",), met),
    ]
    fillings = fill_samples(stores, None, samples, filled, Alternatives(("jes",), {"btag": None}), "data")
    renamed = {"cr_tt": "cr", "sr": "cr__m_jj_gev"}
    written = [replace(one.templates(), region=renamed[one.into.region]) for one in fillings]
    write_templates(events / "names.root", written, {}, Identity.of("control templates"))
    read = read_templates(events / "names.root", Identity.of("control templates"))
    assert list(read.regions) == ["cr", "cr__m_jj_gev"] and list(read.in_observables["m_jj_gev"]) == ["cr"]
    assert [one.data.values.sum() for one in read.regions.values() if one.data] == [3.0, 5.0]
    factors, shapes = {"zj2__x": "one", "data": "two"}, {"btag": None, "jes": None}
    settings = ModelSettings(signals=(), scale_factors={}, shapes={}, normalisations={})
    settings = settings.model_copy(update={"signals": ("zj2",), "scale_factors": factors, "shapes": shapes})
    model = signal_model(read.regions["cr"], settings, events, [read.regions["cr__m_jj_gev"]])
    assert model.names == ("mu", "one", "two", "btag", "jes")
    for channel, total in zip(model.channels, (-2.0, 13.0), strict=True):
        assert [item.process for item in channel.contributions] == list(samples.values())
        assert all(len(item.shapes) == 2 and item.nominal.tolist() == [total] for item in channel.contributions)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"region": "srr"}, "no region 'srr'; did you mean 'sr'?"),
        ({"mass": "m_jj"}, "no column 'm_jj'; did you mean 'm_jj_gev'?"),
        ({"samples": {"wh": "wh"}}, "wh/nominal.arrow: not among the files given"),
        ({"shifts": ["jer"]}, "jer_up.arrow: not among the files given"),
        ({"variations": {"top": None}}, "no column 'weight_top_up'"),
        ({"binning": SETTINGS["binning"] | {"mass": {"edges": [1, 2]}}}, "no simulated event is in region 'sr'"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(
    events: Path, change: dict[str, object], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fill(events, SETTINGS | change) == 1
    assert message in capsys.readouterr().err
    assert not (events / "templates.root").exists()


def test_values_that_are_no_numbers_are_named(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    masses = MASSES.copy()
    masses[3] = np.nan
    write_sample(events, "zh", "nominal", m_jj_gev=masses)
    assert fill(events, SETTINGS) == 1
    assert "column 'm_jj_gev' is nan in row 3" in capsys.readouterr().err
    write_sample(events, "zh", "nominal")
    path = events / "ntuples" / "zh" / "nominal.arrow"
    write_scores(events / "scores" / "zh" / "nominal.arrow", opened(path), {"score": SCORES + 0.3})
    assert fill(events, SETTINGS) == 1
    assert "is not between 0 and 1" in capsys.readouterr().err


def test_scores_of_another_conversion_are_refused(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sample(events / "again", "zh", "nominal", event_number=np.arange(6, dtype=np.int64) + 10)
    shutil.copy(events / "again" / "ntuples" / "zh" / "nominal.arrow", events / "ntuples" / "zh")
    assert fill(events, SETTINGS) == 1
    assert "made from another conversion" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("place", "other"),
    [("ntuples/zh/nominal", "ntuples/tt_had/nominal"), ("ntuples/zh/jes_up", "ntuples/zh/jes_down")],
)
def test_events_of_another_sample_or_shift_are_refused(
    events: Path, capsys: pytest.CaptureFixture[str], place: str, other: str
) -> None:
    shutil.copy(events / f"{other}.arrow", events / f"{place}.arrow")
    for command in (fill, fill_control):
        assert command(events, SETTINGS if command is fill else CONTROL) == 1
        assert f"{place}.arrow: holds events (" in capsys.readouterr().err
