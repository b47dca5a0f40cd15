"""Reading ROOT files: chunks, and one clear line for everything that can be wrong with a file."""

from __future__ import annotations

import os

import awkward as ak
import numpy as np
import pytest
import uproot

from signedag.errors import UserError
from signedag.events.ntuples import FLAT, JAGGED, Ntuple

ROWS = 1000


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "made.root"
    rng = np.random.default_rng(1)
    jets = ak.unflatten(
        rng.uniform(20, 100, 2 * ROWS).astype(np.float32), rng.permutation(np.repeat([1, 2, 3], [300, 400, 300]))
    )
    with uproot.recreate(path) as made:
        tree = made.mktree(
            "events", {"event": "int64", "met": "float32", "jet_pt": "var * float32", "pair": "2 * float64"}
        )
        for start in range(0, ROWS, 300):
            rows = slice(start, start + 300)
            numbers = np.arange(ROWS)[rows]
            pair = np.zeros((numbers.size, 2))
            tree.extend({"event": numbers, "met": numbers.astype(np.float32), "jet_pt": jets[rows], "pair": pair})
        made.mktree("folder/other", {"count": "int64"}).extend({"count": np.arange(3)})
        made.mkrntuple("newer", {"count": np.arange(3)})
        made["histogram"] = np.histogram([1.0, 2.0])
    return path


def read(path, events=ROWS, tree="events"):
    with Ntuple(path) as ntuple:
        return list(ntuple.tree(tree).chunks(["met"], ["jet_pt"], ["event"], events))


@pytest.mark.parametrize("events", [1, 7, 299, 300, 301, 1000, 5000])
def test_chunks_of_any_size_hold_every_entry_once(file, events):
    whole = read(file)[0]
    chunks = read(file, events)
    assert [chunk.start for chunk in chunks] == list(range(0, ROWS, events))
    assert chunks[-1].stop == ROWS
    assert max(chunk.rows for chunk in chunks) <= events
    assert np.array_equal(np.concatenate([chunk.flat["event"] for chunk in chunks]), np.arange(ROWS))
    assert np.array_equal(np.concatenate([chunk.flat["met"] for chunk in chunks]), np.arange(ROWS, dtype=float))
    assert ak.array_equal(ak.concatenate([chunk.jagged["jet_pt"] for chunk in chunks]), whole.jagged["jet_pt"])
    assert whole.flat["event"].dtype == np.int64
    assert whole.flat["met"].dtype == np.float64


def test_a_tree_without_entries_gives_one_empty_chunk(tmp_path):
    path = tmp_path / "empty.root"
    with uproot.recreate(path) as made:
        made.mktree("events", {"event": "int64", "met": "float32", "jet_pt": "var * float32"})
    (chunk,) = read(path)
    assert chunk.rows == 0
    assert len(chunk.jagged["jet_pt"]) == chunk.flat["met"].size == chunk.flat["event"].size == 0


def test_a_tree_in_a_folder_is_found(file):
    with Ntuple(file) as ntuple:
        assert ntuple.tree("folder/other").entries == 3


def test_a_name_with_a_colon_is_a_name(file):
    odd = file.with_name("a:b.root")
    file.rename(odd)
    assert read(odd)[0].rows == ROWS


def test_missing_file(tmp_path):
    with pytest.raises(UserError, match=r"nowhere\.root: no such file; correct the path"):
        Ntuple(tmp_path / "nowhere.root")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(UserError, match="is a folder; name the ROOT files in it"):
        Ntuple(tmp_path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", r"\(it does not begin with 'root'\); correct the path"),
        (b"root", r"\(it does not"),
        (bytes(range(40)), r"\(it does not"),
        (b"<html>not found</html> and more", "but text; write its columns as a TTree, .* or fetch it again"),
        (b"weight,met\n1.0,153.2\n-1.0,201.7\n", "but text; write its columns as a TTree, for example with uproot"),
        (b"PAR1" + bytes(40), "but a Parquet file; write its columns as a TTree"),
        (b"\x89HDF\r\n\x1a\n" + bytes(40), "but an HDF5 file; write"),
    ],
)
def test_not_a_root_file(tmp_path, content, what):
    path = tmp_path / "page.root"
    path.write_bytes(content)
    with pytest.raises(UserError, match=rf"page\.root: not a ROOT file {what}"):
        Ntuple(path)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95, 0.999])
def test_a_truncated_file_says_how_much_is_there(file, share):
    size = file.stat().st_size
    os.truncate(file, int(share * size))
    with pytest.raises(
        UserError, match=rf"made\.root: truncated, {int(share * size)} of {size} bytes are there; copy it"
    ):
        Ntuple(file)


def test_overwritten_bytes_are_reported_with_the_entries(file):
    content = bytearray(file.read_bytes())
    key = uproot.open(file)["events"]["met"].basket_key(2)
    start = key.fSeekKey + key.fKeylen
    content[start : start + key.fNbytes - key.fKeylen] = b"\x00" * (key.fNbytes - key.fKeylen)
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"made\.root: entries 0 to 999 cannot be read, the file is damaged \("):
        read(file)
    with pytest.raises(UserError, match=r"made\.root: entries 600 to 699 cannot be read"):
        read(file, 100)


def test_overwritten_directory_is_reported(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2 :] = b"\xff" * (len(content) - len(content) // 2)
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"made\.root: cannot be read, the file is damaged"):
        read(file)


def test_missing_tree_suggests_or_lists_the_trees(file):
    with Ntuple(file) as ntuple:
        with pytest.raises(UserError, match=r"no tree 'Events'; did you mean 'events'\? \(settings key events.tree\)"):
            ntuple.tree("Events")
        with pytest.raises(UserError, match=r"no tree 'nominal'; known are: events, folder/other \(settings key key\)"):
            ntuple.tree("nominal", "key")
        with pytest.raises(UserError, match="'histogram' is a TH1D, no TTree; convert it"):
            ntuple.tree("histogram")
        with pytest.raises(UserError, match="'newer' is an RNTuple, which is not read; write it as a TTree"):
            ntuple.tree("newer")


@pytest.mark.parametrize(
    ("branch", "shape", "part"),
    [
        ("jet_ptt", JAGGED, "has no branch 'jet_ptt'; did you mean 'jet_pt'? (settings key events.branches.x)"),
        ("nothing", FLAT, "has no branch 'nothing'; known are: event, jet_pt, met, njet_pt, pair"),
        ("met", JAGGED, "branch 'met' holds one number per event (type float), expected a list per event"),
        ("jet_pt", FLAT, "branch 'jet_pt' holds a list per event (type float[]), expected one number per event"),
        ("pair", FLAT, "branch 'pair' holds a fixed number of values (2) per event"),
    ],
)
def test_wrong_branches_name_the_branch_and_the_settings_key(file, branch, shape, part):
    with Ntuple(file) as ntuple, pytest.raises(UserError) as caught:
        ntuple.tree("events").check({branch: (shape, "events.branches.x")})
    assert str(caught.value).startswith(f"{file}: ")
    assert part in str(caught.value)
    assert "events.branches.x" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_event_numbers_must_be_integers(file):
    with Ntuple(file) as ntuple, pytest.raises(UserError, match="branch 'met' holds float32, event numbers must be"):
        ntuple.tree("events").check_integers(["event", "met"])


def test_damaged_descriptions_of_branches_are_one_line(file):
    """Damage of a leaf's description leaves the tree readable; only looking at the branch meets it."""
    content = file.read_bytes()
    file.write_bytes(content.replace(b"TLeafF", b"TLeofF").replace(b"TLeafL", b"TLeaf\xff"))
    with pytest.raises(UserError) as caught, Ntuple(file) as ntuple:
        tree = ntuple.tree("events")
        tree.check({"met": (FLAT, "key")})
        tree.check_integers(["event"])
    assert str(caught.value).startswith(f"{file}: ")
    assert "cannot be read, the file is damaged (" in str(caught.value)


@pytest.mark.parametrize("name", ["a::b.root", "simplecache::made.root", "~", "a b [1] {x} ü.root", "a\\'\"$.root"])
def test_every_name_is_a_name(file, name, monkeypatch):
    """uproot would open another file: `simplecache::made.root` would be `made.root`."""
    odd = file.with_name("odd") / name
    odd.parent.mkdir()
    with uproot.recreate(file.with_name("other.root")) as other:
        other.mktree("events", {"event": "int64", "met": "float32", "jet_pt": "var * float32"})
    file.rename(odd)
    file.with_name("other.root").rename(odd.with_name("made.root"))
    assert read(odd)[0].rows == ROWS
    monkeypatch.chdir(odd.parent)
    assert read(name)[0].rows == ROWS
