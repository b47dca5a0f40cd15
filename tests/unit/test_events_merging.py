"""Parts of a sample as one: order, weights at the luminosity, sums, and parts that do not fit together."""

from __future__ import annotations

import json

import numpy as np
import pytest
from event_stores import opened

from signedag.config.normalisation import MergeSampleSettings
from signedag.errors import UserError
from signedag.events.merging import merge, merge_shifts
from signedag.events.normalisation import Scale
from signedag.events.store import write_store
from signedag.events.yields import Yield
from signedag.identity import Identity
from signedag.json_results import write_json

SETTINGS = MergeSampleSettings(cross_section_pb=0.2, luminosity_fb=41.5, denominator=None)


def write_part(path, columns, part, sample="tt"):
    write_store(path, columns, {}, Identity.of("converted events", sample=sample, part=part, shift=path.stem))


def make_part(folder, part, rows=20, sample="tt", denominator=50.0, first=None, batches=1, **changes):
    """Write one part as the conversion does: two stores, truth and the summary."""
    rng = np.random.default_rng(part + 10)
    numbers = np.arange(rows) + (1000 * part if first is None else first)
    weight = np.where(rng.uniform(size=rows) < 0.3, -1.0, 1.0) * rng.uniform(1, 2, rows)
    inside = rng.uniform(size=rows) < 0.5
    columns = {
        "event_number": numbers.astype(np.int64),
        "weight": weight,
        "met_gev": rng.uniform(0, 1, rows).astype(np.float32),
        "region_sr": inside,
    }
    variations = {"weight_tag_up": 1.1 * weight, "weight_tag_down": 0.9 * weight}
    for name, more in (("nominal", variations), ("jes_up", {})):
        write_part(folder / f"{name}.arrow", columns | more | changes.get("more", {}), part, sample)
    truth = {"event_number": columns["event_number"], "p": rng.uniform(size=rows)}
    write_part(folder / "truth.arrow", truth, part, sample)
    totals = {
        "rows": rows,
        "undefined_in_selection": part,
        "cutflow": [{"step": step, **Yield.of(weight).as_json()} for step in ("all entries", "in any region")],
        "regions": {"sr": Yield.of(weight[inside]).as_json()},
        "events_per_fold": {"sr": [part, int(inside.sum())]},
    }
    shifts = {
        "sample": changes.get("shifted_sample", sample),
        "parts": [part],
        "entries": 2 * rows,
        "shifts": {"jes_up": totals} | changes.get("shifts", {}),
        "provenance": {},
    }
    shifted = Identity.of("shifts of a part", sample=shifts["sample"], part=part)
    write_json(folder / "shifts.json", shifts, shifted)
    summary = {
        "sample": sample,
        "part": part,
        "is_data": False,
        "entries": 2 * rows,
        "folds": 2,
        "input": f"file{part}.root",
        "numbered_by_file": changes.get("uuid"),
        "denominator": denominator,
        "denominator_per_fold": None
        if denominator is None
        else {"entries": [rows, rows], "sums": [0.6 * denominator, 0.4 * denominator]},
        "generated": Yield.of(np.concatenate([weight, weight])).as_json(),
        "selection": "1 == 1",
        "nominal": totals,
        "has_truth": changes.get("has_truth", True),
        "provenance": {},
    }
    write_json(folder / "summary.json", summary, Identity.of("conversion summary", sample=sample, part=part))
    return folder


@pytest.fixture
def parts(tmp_path):
    return [make_part(tmp_path / str(part), part, rows) for part, rows in ((0, 20), (1, 0), (2, 35))]


def merged(parts, output, settings=SETTINGS, sample="tt"):
    """Merge nominal and shifted parts; give both summaries."""
    merge(parts, settings, sample, output, {"code_version": "1"})
    merge_shifts(parts, output / "summary.json", sample, output, {"code_version": "1"})
    return (json.loads((output / name).read_text()) for name in ("summary.json", "shifts.json"))


def test_rows_follow_the_parts_and_only_weights_are_scaled(parts, tmp_path):
    summary, _ = merged(parts, tmp_path / "out")
    factor = 0.2 * 1000 * 41.5 / 150
    assert summary["weight_factor"] == pytest.approx(factor)
    assert summary["denominator"] == 150
    assert summary["weight_factor_without_fold"] == pytest.approx([factor / 0.4 * 0.5, factor / 0.6 * 0.5])
    for name in ("nominal", "jes_up", "truth"):
        whole = opened(tmp_path / "out" / f"{name}.arrow")
        pieces = [opened(part / f"{name}.arrow") for part in parts]
        assert whole.rows == 55
        assert whole.provenance["code_version"] == "1"
        assert whole.types() == pieces[0].types()
        for column in whole.names:
            joined = np.concatenate([piece.column(column) for piece in pieces])
            scale = factor if column.startswith("weight") else 1
            np.testing.assert_allclose(whole.column(column), joined * scale if scale != 1 else joined, rtol=1e-15)


def test_the_summary_adds_up(parts, tmp_path):
    summary, shifted = merged(parts, tmp_path / "out")
    nominal = opened(tmp_path / "out" / "nominal.arrow")
    weight, inside = nominal.column("weight"), nominal.column("region_sr")
    region = summary["nominal"]["regions"]["sr"]
    assert region["events"] == inside.sum()
    assert summary["nominal"]["events_per_fold"] == {"sr": [3, inside.sum()]}
    assert region["expected_events"] == pytest.approx(weight[inside].sum())
    assert region["expected_events_error"] == pytest.approx(np.sqrt(np.sum(weight[inside] ** 2)))
    assert region["effective_events"] == pytest.approx(weight[inside].sum() ** 2 / np.sum(weight[inside] ** 2))
    assert summary["entries"] == 110
    assert summary["generated"]["events"] == 110
    assert shifted["shifts"]["jes_up"]["rows"] == 55
    assert shifted["shifts"]["jes_up"]["regions"] == summary["nominal"]["regions"]
    assert shifted["entries"] == 110
    assert summary["nominal"]["undefined_in_selection"] == 3
    assert [line["step"] for line in summary["nominal"]["cutflow"]] == ["all entries", "in any region"]
    assert summary["repetitions"] == {"numbers": 0, "events": 0}
    assert summary["parts"] == 3


def test_a_given_denominator_replaces_the_sums(parts, tmp_path):
    given = SETTINGS.model_copy(update={"denominator": 400.0})
    summary, _ = merged(parts, tmp_path / "out", given)
    assert summary["weight_factor"] == pytest.approx(0.2 * 1000 * 41.5 / 400)
    assert summary["denominator"] == 400


def test_data_keep_their_weights(parts, tmp_path):
    data = SETTINGS.model_copy(update={"cross_section_pb": None})
    summary = merge(parts, data, "tt", tmp_path / "out", {})
    assert summary.scale == Scale(None, 1.0, (1.0, 1.0))
    joined = np.concatenate([opened(part / "nominal.arrow").column("weight") for part in parts])
    assert np.array_equal(opened(tmp_path / "out" / "nominal.arrow").column("weight"), joined)


def test_repeated_event_numbers_are_counted(tmp_path):
    parts = [make_part(tmp_path / str(part), part, 20, first=first) for part, first in ((0, 0), (1, 15))]
    assert merge(parts, SETTINGS, "tt", tmp_path / "out", {}).repetitions.numbers == 5


def test_a_shift_that_is_no_longer_wanted_is_left_out(parts, tmp_path):
    (parts[0] / "old_up.arrow").write_bytes((parts[0] / "jes_up.arrow").read_bytes())
    merged(parts, tmp_path / "out")
    assert {path.stem for path in (tmp_path / "out").glob("*.arrow")} == {"nominal", "jes_up", "truth"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sample": "zh"}, r"1/summary\.json: holds conversion summary \(sample zh, part 1\), expected conversion"),
        ({"part": 0}, r"1/summary\.json: holds conversion summary \(sample tt, part 0\), expected conversion summary"),
        ({"has_truth": False}, "its has_truth differ from those of"),
        ({"more": {"ht_gev": np.zeros(20)}}, "has a column 'ht_gev', which .* has not; convert the parts again"),
        ({"more": {"met_gev": np.zeros(20)}}, "column 'met_gev' is double, in .* it is float"),
        ({"denominator": None}, "sample 'tt': its parts carry no sum for the normalisation; give samples.tt.norm"),
        (
            {"denominator": -50.0},
            r"sample 'tt': its normalisation is 0, it must be positive \(\d+ of 80 events have neg",
        ),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(tmp_path, changes, message):
    changes = dict(changes)
    parts = [make_part(tmp_path / "0", 0), make_part(tmp_path / "1", changes.pop("part", 1), **changes)]
    with pytest.raises(UserError, match=message) as caught:
        merge(parts, SETTINGS, "tt", tmp_path / "out", {})
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "out").glob("*.json"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {
                "shifts": {
                    "jes_down": {
                        "rows": 0,
                        "undefined_in_selection": 0,
                        "cutflow": [],
                        "regions": {},
                        "events_per_fold": {},
                    }
                }
            },
            "its shifts",
        ),
        ({"shifted_sample": "zh"}, r"1/shifts\.json: holds shifts of a part \(sample zh, part 1\), expected shifts"),
        ({"part": 0}, r"1/shifts\.json: holds shifts of a part \(sample tt, part 0\), expected shifts of a part"),
    ],
)
def test_shifted_parts_that_do_not_fit_together_are_refused(tmp_path, changes, message):
    changes = dict(changes)
    first = make_part(tmp_path / "0", 0)
    merge([first], SETTINGS, "tt", tmp_path / "out", {})
    parts = [first, make_part(tmp_path / "1", changes.pop("part", 1), **changes)]
    with pytest.raises(UserError, match=message):
        merge_shifts(parts, tmp_path / "out" / "summary.json", "tt", tmp_path / "out", {})
    assert not list((tmp_path / "out").glob("jes*"))


def test_a_part_that_is_given_twice_is_refused(tmp_path):
    parts = [make_part(tmp_path / "0", 0), make_part(tmp_path / "copied" / "0", 0)]
    with pytest.raises(UserError, match="sample 'tt': part 0 is given twice"):
        merge(parts, SETTINGS, "tt", tmp_path / "out", {})
    merge(parts[:1], SETTINGS, "tt", tmp_path / "out", {})
    with pytest.raises(UserError, match="sample 'tt': part 0 is given twice"):
        merge_shifts(parts, tmp_path / "out" / "summary.json", "tt", tmp_path / "out", {})


def test_shifts_of_other_files_than_the_nominal_events_are_refused(parts, tmp_path):
    merge(parts, SETTINGS, "tt", tmp_path / "out", {})
    with pytest.raises(UserError, match="describes 110 entries of sample 'tt', the shifted parts have 40; conv"):
        merge_shifts(parts[:2], tmp_path / "out" / "summary.json", "tt", tmp_path / "out", {})


def test_a_column_that_is_missing_or_out_of_order_is_named(tmp_path):
    parts = [make_part(tmp_path / str(part), part) for part in (0, 1)]
    merge(parts, SETTINGS, "tt", tmp_path / "out", {})
    columns = opened(parts[1] / "jes_up.arrow").columns(["event_number", "weight", "region_sr"])
    write_part(parts[1] / "jes_up.arrow", columns, 1)
    with pytest.raises(
        UserError, match=r"1/jes_up\.arrow: has no column 'met_gev', which .*0/jes_up\.arrow has; convert"
    ):
        merge_shifts(parts, tmp_path / "out" / "summary.json", "tt", tmp_path / "out", {})
    whole = make_part(tmp_path / "2", 2)
    columns = opened(whole / "jes_up.arrow").columns(["weight", "event_number", "met_gev", "region_sr"])
    write_part(parts[1] / "jes_up.arrow", columns, 1)
    with pytest.raises(UserError, match="orders its columns unlike"):
        merge_shifts(parts, tmp_path / "out" / "summary.json", "tt", tmp_path / "out", {})


def test_a_sample_without_events_says_where_they_were_lost(tmp_path):
    parts = [make_part(tmp_path / str(part), part, rows=0) for part in (0, 1)]
    with pytest.raises(UserError, match=r"sample 'tt': no event is left \(all entries 0, in any region 0\); loosen"):
        merge(parts, SETTINGS, "tt", tmp_path / "out", {})


def test_a_missing_part_is_named(parts, tmp_path):
    with pytest.raises(UserError, match=r"nowhere/summary\.json: no such file; run convert_ntuple first"):
        merge([parts[0], tmp_path / "nowhere"], SETTINGS, "tt", tmp_path / "out", {})


def test_files_that_number_their_events_alike_are_named(tmp_path):
    parts = [make_part(tmp_path / str(part), part, uuid=uuid) for part, uuid in enumerate(("a", "b", "a"))]
    with pytest.raises(UserError, match=r"file0\.root and file2\.root carry the same UUID.*list a file only once"):
        merge(parts, SETTINGS, "tt", tmp_path / "out", {})
    assert merge(parts[:2], SETTINGS, "tt", tmp_path / "out", {}).parts == 2


@pytest.mark.parametrize("name", ["nominal", "truth", "jes_up"])
def test_a_part_with_other_rows_than_its_summary_says_is_refused(tmp_path, name):
    parts = [make_part(tmp_path / str(part), part) for part in (0, 1)]
    store = opened(parts[1] / f"{name}.arrow")
    write_part(store.path, {column: store.column(column)[:-1] for column in store.names}, 1)
    with pytest.raises(
        UserError, match=rf"1/{name}\.arrow: has 19 rows, its part's summary says 20; convert the parts"
    ):
        merged(parts, tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("1/nominal", "0/nominal"),
        ("1/nominal", "elsewhere/1/nominal"),
        ("1/nominal", "1/jes_up"),
        ("1/truth", "0/truth"),
    ],
)
def test_the_store_of_another_part_sample_or_shift_is_refused(tmp_path, name, other):
    parts = [make_part(tmp_path / str(part), part) for part in (0, 1)]
    make_part(tmp_path / "elsewhere" / "1", 1, sample="zh")
    (tmp_path / f"{name}.arrow").write_bytes((tmp_path / f"{other}.arrow").read_bytes())
    with pytest.raises(
        UserError, match=rf"{name}\.arrow: holds converted events .*, expected converted events .*part 1"
    ):
        merged(parts, tmp_path / "out")
