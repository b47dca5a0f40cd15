"""The command `read_table`: rows of CSV tables as ROOT files, and every mistake in them as one line."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import uproot
from table_files import (
    COLUMNS,
    FEATURES,
    HEADER,
    IMB_COLUMNS,
    IMB_HEADER,
    IMB_ROWS,
    ROWS,
    hepmass_rows,
    imb_rows,
    settings,
    text,
    write,
)

import read_table
from signedag.config.tables import ReadTableSettings
from signedag.errors import UserError
from signedag.events import tables
from signedag.events.file_checksums import check_file
from signedag.events.table_writing import write_samples
from signedag.identity import Identity
from signedag.json_results import read_json


def run(files, output: Path, content=None) -> int:
    """Run the command."""
    named = ["--tables", *map(str, files), "--output-folder", str(output)]
    return read_table.main(["--settings", json.dumps(content or settings()), *named])


def refused(files, output: Path, capsys, content=None) -> str:
    """Run the command on a mistake; give its one line, without `error: `."""
    assert run(files, output, content) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert not output.exists() or list(output.iterdir()) == []
    return line.removeprefix("error: ")


def events(folder: Path, sample: str):
    return uproot.open(folder / f"{sample}.root")["events"].arrays(library="np")


@pytest.mark.parametrize("name", ["all_train.csv", "all_train.csv.gz"])
def test_rows_become_the_events_of_their_sample(tmp_path, name):
    rows = hepmass_rows(300)
    assert run([write(tmp_path / name, text(rows))], tmp_path / "out") == 0
    taken = set()
    for sample, described in ROWS.items():
        found = events(tmp_path / "out", sample)
        assert set(found) == {"event", "generator_weight", *FEATURES}
        assert found["generator_weight"].tolist() == [1.0] * len(found["event"])
        for event, *features in zip(found["event"], *(found[branch] for branch in FEATURES), strict=True):
            row = [float(field) for field in rows[event - 1]]
            assert row[0] == described["label"]
            assert np.float32(row[1:-1]).tolist() == features
            if described["label"]:
                assert row[-1] == pytest.approx(described["mass_gev"], abs=0.001)
        taken |= set(found["event"].tolist())
    assert taken == set(range(1, 301))


def test_files_say_what_they_are(tmp_path):
    path = write(tmp_path / "all.csv", text(hepmass_rows(100)))
    assert run([path], tmp_path) == 0
    for sample in ROWS:
        described = read_json(tmp_path / f"{sample}.json", Identity.of("ntuple of a table", sample=sample, part=0))
        assert described.count("events") == len(events(tmp_path, sample)["event"])
        check_file(str(tmp_path / f"{sample}.root"), "", tmp_path / f"{sample}.json", sample, 0)
    with pytest.raises(UserError, match="delete it and run read_table again"):
        check_file(str(tmp_path / "x500.root"), "", tmp_path / "x750.json", "x500", 0)
    (tmp_path / "x500.root").write_bytes((tmp_path / "x750.root").read_bytes())
    with pytest.raises(UserError, match=r"x500\.json says sha256:.*; delete it and run read_table again"):
        check_file(str(tmp_path / "x500.root"), "", tmp_path / "x500.json", "x500", 0)
    counts = read_json(tmp_path / "tables.json", Identity.of("tables"))
    assert counts.listed("files")[0].count("rows") == 100
    assert counts.block("events").count("tt") == 50


def test_processes_are_told_by_their_names(tmp_path):
    """HEPMASS-IMB: background has a name and no mass, and signal is a file of its own that has no names at all."""
    rows = imb_rows(200)
    signal = [row[:-1] for row in rows if float(row[0])]
    background = [[field for index, field in enumerate(row) if index != 4] for row in rows if not float(row[0])]
    both = [
        write(tmp_path / "imbalanced_signal.csv", text(signal, IMB_HEADER[:-1])),
        write(tmp_path / "imbalanced_background.csv", text(background, [*IMB_HEADER[:4], "name"])),
    ]
    content = settings(IMB_ROWS, IMB_COLUMNS, background_mass="none")
    assert run(both, tmp_path / "two", content) == 0
    assert {len(events(tmp_path / "two", sample)["event"]) for sample in ("tt", "dy")} == {50}
    assert run([write(tmp_path / "one.csv", text(rows, IMB_HEADER))], tmp_path / "one", content) == 0
    for sample in IMB_ROWS:
        first, second = events(tmp_path / "two", sample), events(tmp_path / "one", sample)
        assert all(np.array_equal(first[branch], second[branch]) for branch in FEATURES)


def test_event_numbers_are_unique_over_the_files(tmp_path):
    files = [write(tmp_path / f"{seed}.csv", text(hepmass_rows(100, seed))) for seed in (1, 2)]
    assert run(files, tmp_path / "out") == 0
    numbers = np.concatenate([events(tmp_path / "out", sample)["event"] for sample in ROWS])
    assert sorted(numbers) == [*range(1, 101), *range(1_000_000_001, 1_000_000_101)]


def test_a_column_of_weights_is_used_where_it_is_named(tmp_path):
    rows = [[*row, str((-1) ** index)] for index, row in enumerate(hepmass_rows(40))]
    path = write(tmp_path / "all.csv", text(rows, [*HEADER, "w"]))
    assert run([path], tmp_path / "out", settings(columns={**COLUMNS, "weight": "w"})) == 0
    assert set(events(tmp_path / "out", "tt")["generator_weight"]) == {1.0}
    assert set(events(tmp_path / "out", "x500")["generator_weight"]) == {-1.0}


def test_bytes_follow_from_the_content(tmp_path, monkeypatch):
    content = text(hepmass_rows(500))
    assert run([write(tmp_path / "a.csv", content)], tmp_path / "a") == 0
    assert run([write(tmp_path / "b.csv.gz", content)], tmp_path / "b") == 0
    monkeypatch.setattr(tables, "BLOCK_BYTES", 1 << 12)
    assert run([write(tmp_path / "c.csv", content.replace("\n", "\r\n"))], tmp_path / "c") == 0
    for sample in ROWS:
        first = (tmp_path / "a" / f"{sample}.root").read_bytes()
        assert first == (tmp_path / "b" / f"{sample}.root").read_bytes()
        assert first == (tmp_path / "c" / f"{sample}.root").read_bytes(), "whatever the size of blocks and line ends"


def test_memory_holds_blocks_and_not_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "BLOCK_BYTES", 1 << 14)
    monkeypatch.setattr("signedag.events.table_writing.BASKET_EVENTS", 1000)
    content, most = ReadTableSettings.model_validate(settings()), []
    for copies in (20, 200):
        path = write(tmp_path / "all.csv", text(hepmass_rows(200) * copies))
        tracemalloc.start()
        write_samples([path], content, tmp_path / "out")
        most.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert most[1] - most[0] < path.stat().st_size / 10, "but for a line about each thousand events"


def test_skipped_rows_are_counted(tmp_path):
    rows = {name: table for name, table in ROWS.items() if name != "x750"}
    path = write(tmp_path / "all.csv", text(hepmass_rows(100)))
    assert run([path], tmp_path / "out", settings(rows, skip_masses_gev=[750.0])) == 0
    counts = read_json(tmp_path / "out" / "tables.json", Identity.of("tables"))
    written = sum(len(events(tmp_path / "out", sample)["event"]) for sample in rows)
    assert 0 < counts.count("skipped_rows") == 100 - written


def test_one_sample_may_have_all_signal_and_files_no_mass(tmp_path):
    """HEPMASS's set of mass 1000 has no column for it."""
    path = write(tmp_path / "1000_train.csv", text([row[:-1] for row in hepmass_rows(60)], HEADER[:-1]))
    assert run([path], tmp_path / "out", settings({"x1000": {"label": 1}, "tt": {"label": 0}})) == 0
    assert len(events(tmp_path / "out", "x1000")["event"]) == 30


def changed(row: int, column: int, value: str):
    """Give an edit of one field of the rows."""

    def edit(rows):
        rows[row][column] = value
        return rows

    return edit


@pytest.mark.parametrize(
    ("edit", "content", "message"),
    [
        (changed(41, -1, "600.0"), settings(), "line 43: is signal of mass 600, which no sample has (known are: "),
        (changed(41, -1, ""), settings(), "line 43: is signal, and its mass in column 'mass' is empty; "),
        (changed(41, -1, "nan"), settings(), "line 43: is signal, and its mass in column 'mass' is empty; "),
        (changed(41, -1, "inf"), settings(), "line 43: is signal, and its mass in column 'mass' is inf; "),
        (
            lambda rows: rows,
            settings(background_mass="none"),
            "line 2: is background and has the mass ",
        ),
        (changed(40, 0, "2"), settings(), "line 42: column 'label' is 2, expected 1 for signal or 0 for background; "),
        (changed(40, 0, ""), settings(), "line 42: column 'label' is empty, expected 1 for signal or 0 "),
        (changed(40, 2, "abc"), settings(), "line 42: column 'f1' has 'abc', which is no number; correct the row"),
        (changed(40, 2, ""), settings(), "line 42: column 'f1' is empty or NaN, expected a finite number; "),
        (changed(40, 2, "1e300"), settings(), "line 42: column 'f1' is 1e+300, expected a finite number; "),
        (lambda rows: [*rows[:40], rows[40][:-1]], settings(), "line 42: has 4 fields, the header has 5; "),
        (lambda rows: [*rows[:40], [*rows[40], "1"]], settings(), "line 42: has 6 fields, the header has 5; "),
        (lambda rows: [*rows[:40], [""], *rows[40:]], settings(), "line 42: column 'label' is empty"),
        (lambda rows: rows, settings(IMB_ROWS), "line 2: is background, and the settings name no column "),
        (
            lambda rows: rows,
            settings(IMB_ROWS, {**COLUMNS, "process": "name"}),
            "line 2: is background, and the file has no column 'name' with its process; ",
        ),
        (
            lambda rows: rows,
            settings(columns={**COLUMNS, "mass": "m_x"}),
            "line 3: is signal, and the file has no column 'm_x' with its mass; name it in tables.columns.mass",
        ),
        (
            lambda rows: rows,
            settings(columns={"features": {**FEATURES, "eta": "f3"}}),
            "has no column 'f3'; known are: f0, f1, f2, label, mass (tables.columns.features.eta)",
        ),
        (lambda rows: rows[:-1], settings(columns={**COLUMNS, "label": "type"}), "has no column 'type'; known are: "),
    ],
)
def test_a_mistake_is_one_line_with_file_line_and_fix(tmp_path, capsys, edit, content, message):
    path = write(tmp_path / "all.csv", text(edit(hepmass_rows(60))))
    assert refused([path], tmp_path / "out", capsys, content).startswith(f"{path}: {message}")


def test_fixes_are_named(tmp_path, capsys):
    path = write(tmp_path / "all.csv", text(changed(41, -1, "600.0")(hepmass_rows(60))))
    line = refused([path], tmp_path / "out", capsys)
    assert line.endswith(
        "; add a sample with table: {label: 1, mass_gev: 600}, or list the mass in tables.skip_masses_gev"
    )
    assert run([path], tmp_path / "out", settings(skip_masses_gev=[600.0])) == 0
    content = settings(skip_masses_gev=[600.0], background_mass="none")
    line = refused([path], tmp_path / "none", capsys, content)
    fix = "none says that it has none; set it to assigned if masses were drawn for the background"
    assert line.endswith(f"tables.background_mass: {fix}")


def test_an_unknown_process_is_named_with_what_is_close(tmp_path, capsys):
    path = write(tmp_path / "imb.csv", text(changed(40, -1, " ttbarr")(imb_rows(60)), IMB_HEADER))
    content = settings(IMB_ROWS, IMB_COLUMNS)
    line = refused([path], tmp_path / "out", capsys, content)
    assert line.startswith(
        f"{path}: line 42: is background of process 'ttbarr', which no sample has; did you mean 'ttbar'?; add a sample"
    )
    assert run([path], tmp_path / "out", settings(IMB_ROWS, IMB_COLUMNS, skip_processes=["ttbarr"])) == 0


def test_the_line_is_that_of_the_file_whatever_block_it_is_in(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(tables, "BLOCK_BYTES", 1 << 12)
    for column, value in ((2, "abc"), (2, "inf"), (0, "7"), (-1, "")):
        path = write(tmp_path / "all.csv", text(changed(899, column, value)(hepmass_rows(1000))))
        assert refused([path], tmp_path / "out", capsys).startswith(f"{path}: line 901: ")
    path = write(tmp_path / "all.csv", text([*hepmass_rows(899), ["1"], *hepmass_rows(10)]))
    assert refused([path], tmp_path / "out", capsys).startswith(f"{path}: line 901: ")


def test_a_sample_without_rows_is_named(tmp_path, capsys):
    path = write(tmp_path / "all.csv", text(hepmass_rows(60)))
    rows = {**ROWS, "x1000": {"label": 1, "mass_gev": 1000.0}}
    assert refused([path], tmp_path / "out", capsys, settings(rows)) == (
        f"sample 'x1000': no row with label 1 and mass 1000 in {path}; correct samples.x1000.table, or remove it there "
        "to leave the sample out"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no header in line 1"),
        (b"\n", "has no header in line 1"),
        (text([], hepmass_rows(1)[0]).encode(), "line 1 holds numbers, no header; write the names"),
        (b"root\xff\xfe\x00\n", "line 1 is no text; give a CSV file, plain or compressed by gzip"),
        (text(hepmass_rows(3), ["# label", "f0", "f1", "f2", "f2"]).encode(), "its header in line 1 has the column "),
        (text([]).encode(), None),
    ],
)
def test_what_is_no_table_is_named(tmp_path, capsys, content, message):
    path = tmp_path / "all.csv"
    path.write_bytes(content)
    if message is None:  # a header alone
        assert run([path], tmp_path / "out") == 1
        assert "sample 'tt': no row with label 0 in " in capsys.readouterr().err
    else:
        assert refused([path], tmp_path / "out", capsys).startswith(f"{path}: {message}")


def test_damaged_gzip_files_are_named(tmp_path, capsys):
    whole = gzip.compress(text(hepmass_rows(2000)).encode())
    path = tmp_path / "all.csv.gz"
    for content, message in (
        (whole[: len(whole) // 2], "is truncated, its gzip stream has no end; fetch it again"),
        (whole[:-4], "is truncated, its gzip stream has no end; fetch it again"),
        (whole[:1000] + bytes(100) + whole[1100:], "is damaged, gzip cannot decompress it ("),
        (whole[:-8] + bytes(8), "is damaged, gzip cannot decompress it (CRC check failed"),
        (text(hepmass_rows(10)).encode(), "is no gzip file, but named like one; fetch it again, or rename it"),
    ):
        path.write_bytes(content)
        line = refused([path], tmp_path / "out", capsys)
        assert line.startswith(f"{path}: "), line
        assert message in line


def test_missing_files_and_folders_are_named(tmp_path, capsys):
    missing = tmp_path / "none.csv"
    assert refused([missing], tmp_path / "out", capsys) == f"{missing}: no such file; correct the path (tables.files)"
    (tmp_path / "folder").mkdir()
    assert "is a folder; name the files in it" in refused([tmp_path / "folder"], tmp_path / "out", capsys)


def test_a_header_may_have_a_mark_spaces_quotes_and_more_columns(tmp_path):
    header = ["\ufeff# label ", ' "f0"', "more", "f1", "f2 ", "mass"]
    rows = [[*row[:2], "anything", *row[2:]] for row in hepmass_rows(40)]
    assert run([write(tmp_path / "all.csv", text(rows, header))], tmp_path / "out") == 0
