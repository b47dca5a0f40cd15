"""Which branches columns need, and the tables made from them."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from signedag.config.events import DijetReconstruction, Events, Region
from signedag.errors import UserError
from signedag.events.columns import check_finite, jets_and_missing, make_table, recipe
from signedag.events.ntuples import FLAT, JAGGED, Chunk

REGIONS = {"all": Region(selection="a > 0")}


def settings(**changes) -> Events:
    return Events(**({"regions": REGIONS, "features": ("a",)} | changes))


def chunk(start=0, **branches) -> Chunk:
    jagged = {name: ak.Array(values) for name, values in branches.items() if isinstance(values, list)}
    flat = {name: values for name, values in branches.items() if name not in jagged}
    rows = len(next(iter(branches.values())))
    return Chunk("file.root", start, start + rows, flat, jagged)


def test_columns_are_made_in_the_order_of_their_definitions_needs():
    events = settings(columns={"c": "b * 2", "b": "a + x", "unused": "nowhere"}, branches={"x": "branch_x"})
    how = recipe(events, [("c > 3", "events.selection")])
    assert [name for name, _ in how.derived] == ["b", "c"]
    assert how.branches(events.branches) == {
        "a": (FLAT, "events.columns.b"),
        "branch_x": (FLAT, "events.branches.x"),
    }
    table = make_table(chunk(a=np.array([1.0, 2.0]), branch_x=np.array([10.0, 20.0])), how, events.branches, None)
    assert table.columns["c"].tolist() == [22.0, 44.0]
    assert table.passes("c > 30", "key").tolist() == [False, True]


def test_a_column_defined_by_itself_is_refused():
    with pytest.raises(ValueError, match="a → b → c → a is defined in terms of itself"):
        settings(columns={"a": "b + 1", "b": "c", "c": "a * 2"})
    with pytest.raises(ValueError, match="a → a is defined in terms of itself; map the branch to another name"):
        settings(columns={"a": "a / 1000"})


def test_a_column_may_use_one_that_stands_below_it():
    events = settings(columns={"a": "b + 1", "b": "c ** 2", "unused": "d"})
    assert recipe(events, [("a", "events.features")]).derived == (("b", "c ** 2"), ("a", "b + 1"))


def test_the_reconstruction_brings_its_own_branches():
    events = settings(reconstruction=DijetReconstruction(), branches={"jet_pt_gev": "Jet_pt", "met_gev": "MET_pt"})
    wanted = recipe(events, [("m_jj_gev + n_leptons", "events.selection")]).branches(events.branches)
    assert wanted["Jet_pt"] == (JAGGED, "events.branches.jet_pt_gev")
    assert wanted["MET_pt"] == (FLAT, "events.branches.met_gev")
    assert wanted["jet_eta"] == (JAGGED, "events.branches.jet_eta")
    assert wanted["n_leptons"] == (FLAT, "events.selection")
    assert "m_jj_gev" not in wanted


def test_lists_cannot_be_used_in_expressions():
    events = settings(reconstruction=DijetReconstruction(), branches={"jet_pt_gev": "Jet_pt"})
    how = recipe(events, [("Jet_pt > 3", "events.selection")])
    with pytest.raises(
        UserError,
        match=r"events\.selection takes branch 'Jet_pt' as one number per event, events\.branches\.jet_pt_gev",
    ):
        how.branches(events.branches)


def test_a_selection_that_is_not_a_number_is_not_passed():
    how = recipe(settings(), [("a", "key")])
    table = make_table(chunk(a=np.array([np.nan, 1.0, 0.0, -2.0])), how, {}, None)
    assert table.passes("a", "key").tolist() == [False, True, False, True]
    assert table.passes("a > -3", "key").tolist() == [False, True, True, True]


def test_an_expression_of_an_unknown_column_names_the_settings_key():
    table = make_table(chunk(a=np.array([1.0])), recipe(settings(), [("a", "key")]), {}, None)
    with pytest.raises(UserError, match=r"events\.truth\.p: expression 'b': no column 'b'; columns here: a"):
        table.evaluate("b", "events.truth.p")


JETS = {
    "jet_pt_gev": [[50.0, 40.0], [], [30.0]],
    "jet_eta": [[0.0, 1.0], [], [2.0]],
    "jet_phi": [[0.0, 1.0], [], [2.0]],
    "jet_mass_gev": [[5.0, 4.0], [], [3.0]],
    "jet_btag": [[0.9, 0.1], [], [0.5]],
    "met_gev": np.array([10.0, 20.0, 30.0]),
    "met_phi": np.array([0.1, 0.2, 0.3]),
}


def test_jets_come_one_event_after_another():
    given = jets_and_missing(chunk(**JETS), {})
    assert given.counts.tolist() == [2, 0, 1]
    assert given.pt.tolist() == [50.0, 40.0, 30.0]
    assert given.event_of_jet.tolist() == [0, 0, 2]
    assert given.met.tolist() == [10.0, 20.0, 30.0]


@pytest.mark.parametrize(
    ("name", "values", "entry"),
    [
        ("jet_mass_gev", [[5.0, 4.0], [], [np.nan]], 102),
        ("jet_btag", [[0.9, np.inf], [], [np.nan]], 100),
        ("met_gev", np.array([10.0, -np.inf, 30.0]), 101),
    ],
)
def test_inputs_that_are_no_numbers_are_named_with_their_entries(name, values, entry):
    with pytest.raises(UserError) as caught:
        jets_and_missing(chunk(start=100, **(JETS | {name: values})), {})
    message = str(caught.value)
    assert message.startswith(f"file.root: branch '{name}' is NaN or infinite in ")
    assert f"of the entries 100 to 102, first at entry {entry}; " in message
    assert message.endswith(f"(settings key events.branches.{name})")


def test_branches_with_different_numbers_of_jets_are_refused():
    wrong = JETS | {"jet_phi": [[0.0], [], [2.0]]}
    with pytest.raises(
        UserError, match="'jet_pt_gev' and 'jet_phi' differ in their number of jets in 1 of the entries 0"
    ):
        jets_and_missing(chunk(**wrong), {})


def test_only_rows_that_are_there_are_checked():
    entries = chunk(start=10, a=np.array([np.nan, 1.0, np.inf, np.nan]))
    check_finite(entries, np.array([1]), np.array([1.0]), "'a'", "fix")
    with pytest.raises(UserError, match=r"'a' is NaN or infinite in 2 of the entries 10 to 13, first at entry 12; fix"):
        check_finite(entries, np.array([1, 2, 3]), entries.flat["a"][1:], "'a'", "fix")
