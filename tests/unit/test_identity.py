"""What a file says of itself, against what its reader asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from signedag.errors import UserError
from signedag.identity import KINDS, Identity, check_identity

PATH = Path("results/x/scores.arrow")
SCORES = Identity.of("scores", variant="plain", seed=1, sample="tt", shift="nominal")
ROOT = Path(__file__).resolve().parents[2]


def test_a_reader_may_ask_for_less_than_the_file_says() -> None:
    check_identity(PATH, SCORES.as_json(), Identity.of("scores", sample="tt"))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Identity.of("scores", sample="zh"), "sample tt, shift nominal), expected scores (sample zh)"),
        (Identity.of("scores", variant="plain", seed=2), "expected scores (variant plain, seed 2)"),
        (Identity.of("events", sample="tt"), "holds scores (variant plain, seed 1, "),
    ],
)
def test_something_else_is_refused_with_both_names(asked: Identity, says: str) -> None:
    with pytest.raises(UserError) as caught:
        check_identity(PATH, SCORES.as_json(), asked)
    assert str(caught.value).startswith(f"{PATH}: holds scores (variant plain")
    assert says in str(caught.value)
    assert f"run {KINDS[asked.kind].made_by} again" in str(caught.value)


@pytest.mark.parametrize("written", [None, {}, [], "scores", {"kind": "no such kind"}, {"kind": ["scores"]}])
def test_a_file_without_identity_is_refused(written: object) -> None:
    with pytest.raises(UserError, match="does not say what it is, expected scores"):
        check_identity(PATH, written, Identity.of("scores"))


def test_nothing_is_written_without_all_names() -> None:
    with pytest.raises(ValueError, match="seed, shift must be said"):
        Identity.of("scores", variant="plain", sample="tt").as_json()


@pytest.mark.parametrize(("kind", "names"), [("no kind", {}), ("events", {"variant": "plain"})])
def test_what_does_not_exist_is_a_mistake_in_the_code(kind: str, names: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no"):
        Identity.of(kind, **names)


def test_every_kind_is_made_by_a_command() -> None:
    for kind in KINDS.values():
        assert kind.made_by == "the command of its strategy" or (ROOT / "scripts" / f"{kind.made_by}.py").is_file()
