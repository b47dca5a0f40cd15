"""Conversion: mistakes in the ntuple or the settings give one line and leave no file."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
import uproot

from signedag.config.events import ConvertNtupleSettings, ConvertShiftsSettings
from signedag.errors import UserError
from signedag.events.conversion import convert, convert_shifts

ROWS = 300
EVENTS = {
    "weight": "generator_weight",
    "branches": {"jet_pt_gev": "jet_pt", "jet_mass_gev": "jet_mass", "met_gev": "met"},
    "reconstruction": {},
    "columns": {"scaled": "pt_jj_gev + lepton"},
    "selection": "met_gev > 30",
    "regions": {"all": {"selection": "n_jets >= 2"}},
    "features": ["pt_jj_gev", "scaled"],
    "truth": {"positive_probability": "truth"},
}


def branches():
    """Make events of two identical jets each."""
    counts = np.full(ROWS, 2)
    fields = {"pt": 50.0, "eta": 0.5, "phi": 1.0, "mass": 5.0, "btag": 0.9}
    flat = {"met": 100.0, "met_up": 110.0, "met_phi": 0.0, "lepton": 1.0, "factor": 1.1, "truth": 0.9, "spare": 0.0}
    return {
        "event": np.arange(ROWS),
        "generator_weight": np.ones(ROWS),
        "jet": ak.zip({name: ak.unflatten(np.full(2 * ROWS, value), counts) for name, value in fields.items()}),
        **{name: np.full(ROWS, value) for name, value in flat.items()},
    }


def write(path, content):
    with uproot.recreate(path) as file:
        types = {name: values.type.content if name == "jet" else values.dtype for name, values in content.items()}
        file.mktree("events", types).extend(content)
    return str(path)


def settings(events) -> ConvertNtupleSettings:
    return ConvertNtupleSettings.model_validate(
        {
            "events": EVENTS | {"chunk_events": 100} | events,
            "folds": 2,
            "variations": {"tag": {"up": "1 + 0.1 * lepton", "down": "1 / factor"}},
            "denominator": "generator_weight",
        }
    )


def test_without_mistakes_it_converts(tmp_path):
    path = write(tmp_path / "part.root", branches())
    assert convert(path, settings({}), "sample", 0, tmp_path / "out", {}).nominal.rows == ROWS


def changed(name, index, value):
    def change(content):
        values = np.array(content[name], dtype=np.float64)
        values[index] = value
        return content | {name: values}

    return change


@pytest.mark.parametrize(
    ("change", "events", "parts"),
    [
        (
            changed("generator_weight", 123, np.inf),
            {},
            [
                "the weight 'generator_weight' is NaN or infinite in 1 of the entries 100 to 199, first at entry 123",
                "weight",
            ],
        ),
        (changed("generator_weight", 5, np.nan), {}, ["first at entry 5"]),
        (changed("generator_weight", 5, -1e200), {}, ["the weight 'generator_weight' is larger than 1e+100 in 1 of"]),
        (
            changed("met", 250, np.nan),
            {},
            ["branch 'met' is NaN or infinite", "first at entry 250", "events.branches.met_gev"],
        ),
        (
            changed("lepton", slice(None), np.nan),
            {},
            ["'scaled' is NaN or infinite in", "of the entries 0 to 99", "events.features"],
        ),
        (
            changed("factor", slice(None), 0.0),
            {},
            ["'1 / factor' is NaN or infinite", "uncertainties.variations.tag.down"],
        ),
        (changed("truth", slice(None), np.nan), {}, ["'truth' is NaN", "events.truth.positive_probability"]),
        (changed("lepton", slice(None), 1e39), {}, ["'scaled' is NaN or infinite"]),
        (lambda content: content, {"weight": "genWeight"}, ["no branch 'genWeight'", "events.weight"]),
        (
            lambda content: content,
            {"event_number": "evt"},
            ["no branch 'evt'; did you mean 'event'", "events.event_number"],
        ),
        (lambda content: content, {"event_number": "met"}, ["event numbers must be integers"]),
        (lambda content: content, {"tree": "Events"}, ["no tree 'Events'; did you mean 'events'?"]),
        (
            lambda content: content,
            {"selection": "lepto > 1"},
            ["no branch 'lepto'; did you mean 'lepton'?", "events.selection"],
        ),
        (
            lambda content: content,
            {"branches": EVENTS["branches"] | {"met_gev": "jet_pt"}},
            [
                "events.branches.jet_pt_gev takes branch 'jet_pt' as a list per event",
                "events.branches.met_gev takes it",
            ],
        ),
        (
            lambda content: content,
            {"branches": EVENTS["branches"] | {"jet_eta": "spare"}},
            ["branch 'spare' holds one number per event", "expected a list per event", "events.branches.jet_eta"],
        ),
    ],
)
def test_mistakes_give_one_line_and_no_files(tmp_path, change, events, parts):
    path = write(tmp_path / "part.root", change(branches()))
    with pytest.raises(UserError) as caught:
        convert(path, settings(events), "sample", 0, tmp_path / "out", {})
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message
    assert not list(tmp_path.glob("out/*"))


def test_a_mistake_in_a_shifted_branch_is_one_line(tmp_path):
    path = write(tmp_path / "part.root", changed("met_up", 250, np.nan)(branches()))
    shift = {side: {"branches": {"met_gev": "met_up"}} for side in ("up", "down")}
    content = {"events": EVENTS | {"truth": {}, "chunk_events": 100}, "folds": 2, "shifts": {"soft": shift}}
    with pytest.raises(UserError, match="branch 'met_up' is NaN or infinite in 1 of the entries 200 to 299"):
        convert_shifts(path, ConvertShiftsSettings.model_validate(content), "sample", 0, tmp_path / "out", {})
    assert not list(tmp_path.glob("out/*"))
