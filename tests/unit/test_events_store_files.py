"""The stores that a command is given are found by the ends of their paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from signedag.errors import UserError
from signedag.events.store_files import StoreFiles, by_folder


def test_a_store_is_found_by_sample_and_shift() -> None:
    first, second = Path("/storage/copies/abc/ntuples/tt/nominal.arrow"), Path("elsewhere/tt/jes_up.arrow")
    files = StoreFiles.of([first, second])
    assert files.path("tt") == first
    assert files.path("tt", "jes_up") == second


def test_a_store_that_is_not_given_is_named() -> None:
    with pytest.raises(UserError, match=r"^a/zh/nominal.arrow: not among the files given"):
        StoreFiles.of([Path("a/tt/nominal.arrow")]).path("zh")


def test_two_of_the_same_name_are_refused() -> None:
    with pytest.raises(UserError, match=r"a/tt/nominal.arrow and b/tt/nominal.arrow are of the same sample and shift"):
        StoreFiles.of([Path("a/tt/nominal.arrow"), Path("b/tt/nominal.arrow")])


def test_stores_are_grouped_by_a_folder_around_them() -> None:
    seeds = by_folder([Path(f"scores/wide/seed{seed}/tt/nominal.arrow") for seed in (1, 2)])
    assert seeds["seed2"].path("tt") == Path("scores/wide/seed2/tt/nominal.arrow")
    variants = by_folder([Path(f"scores/{name}/combined/tt/nominal.arrow") for name in ("wide", "narrow")], levels=2)
    assert set(variants) == {"wide", "narrow"}
