"""The stores that a command is given are found by the ends of their paths, and must be what the paths say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from event_stores import opened, write_events, write_scores

from signedag.errors import UserError
from signedag.events.store_files import StoreFiles, by_folder, events_identity
from signedag.identity import Identity

EVENTS = Identity.of("events")


def test_a_store_is_found_by_sample_and_shift() -> None:
    first, second = Path("/storage/copies/abc/ntuples/tt/nominal.arrow"), Path("elsewhere/tt/jes_up.arrow")
    files = StoreFiles.of([first, second], EVENTS)
    assert files.path("tt") == first
    assert files.path("tt", "jes_up") == second


def test_a_store_that_is_not_given_is_named() -> None:
    with pytest.raises(UserError, match=r"^a/zh/nominal.arrow: not among the files given"):
        StoreFiles.of([Path("a/tt/nominal.arrow")], EVENTS).path("zh")


def test_two_of_the_same_name_are_refused() -> None:
    with pytest.raises(UserError, match=r"a/tt/nominal.arrow and b/tt/nominal.arrow are of the same sample and shift"):
        StoreFiles.of([Path("a/tt/nominal.arrow"), Path("b/tt/nominal.arrow")], EVENTS)


def test_stores_are_grouped_by_a_folder_around_them() -> None:
    seeds = by_folder([Path(f"scores/wide/seed{seed}/tt/nominal.arrow") for seed in (1, 2)])
    assert seeds["seed2"] == [Path("scores/wide/seed2/tt/nominal.arrow")]
    variants = by_folder([Path(f"scores/{name}/combined/tt/nominal.arrow") for name in ("wide", "narrow")], levels=2)
    assert set(variants) == {"wide", "narrow"}


def test_a_path_that_lies_is_refused(tmp_path: Path) -> None:
    nominal, up = (tmp_path / "ntuples" / "tt" / f"{shift}.arrow" for shift in ("nominal", "jes_up"))
    score = tmp_path / "scores" / "combined" / "tt" / "nominal.arrow"
    for path in (nominal, up):
        write_events(path, {"event_number": np.arange(5)})
    write_scores(score, opened(nominal), {"score": np.zeros(5)})
    files = StoreFiles.of([nominal, up], EVENTS)
    events = files.open("tt")
    assert events.identity == events_identity(nominal)
    assert StoreFiles.of([score], Identity.of("combined scores", variant="plain")).open_for(events).rows == 5
    with pytest.raises(UserError, match=r"holds combined scores \(variant plain, .*\), expected .* \(variant wide,"):
        StoreFiles.of([score], Identity.of("combined scores", variant="wide")).open_for(events)
    nominal.write_bytes(up.read_bytes())
    with pytest.raises(UserError, match=r"holds events \(sample tt, shift jes_up\), expected .* shift nominal\)"):
        files.open("tt")
