"""JSON results: no NaN, an identity and a checksum, and what is missing or of another kind names file and key."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signedag.checksums import checksum_of_json
from signedag.errors import UserError
from signedag.identity import Identity
from signedag.json_blocks import Block
from signedag.json_results import read_json, write_json, write_json_for_others
from signedag.report.values import Estimate, Interval

PULLS = Identity.of("pulls")
CONTENT = {
    "inner": {
        "number": 1.5,
        "whole": 3,
        "text": "x",
        "null": None,
        "flag": True,
        "numbers": [1, None, 2.5],
        "counts": [1, 2],
        "texts": ["a", "b"],
        "matrix": [[1, 0.5], [0.5, 1]],
    },
    "list": [{"a": 1}, {"a": 2}],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "result.json"


@pytest.fixture
def block(path: Path) -> Block:
    write_json(path, CONTENT, PULLS)
    return read_json(path, PULLS)


def checksummed(text: str) -> bytes:
    """Give the text with the identity and the checksum of what it says, as if another version had written it."""
    content = json.loads(text) | {"identity": PULLS.as_json()}
    return json.dumps(content | {"checksum": checksum_of_json(content)}).encode()


def test_a_result_is_sorted_takes_numpy_and_says_what_it_is(path: Path) -> None:
    names = {"variant": "plain", "seed": 1, "fold": 0}
    write_json(path, {"b": np.float64(1.5), "a": np.arange(3), "c": Path("x.root"), "d": None, "e": {1: -0.0}}, PULLS)
    assert read_json(path, PULLS) == {"a": [0, 1, 2], "b": 1.5, "c": "x.root", "d": None, "e": {"1": -0.0}}
    keys = ["a", "b", "c", "checksum", "d", "e", "identity"]
    assert list(json.loads(path.read_text(encoding="utf-8"))) == keys
    write_json(path, {}, Identity.of("training history", **names))
    written = json.loads(path.read_text(encoding="utf-8"))["identity"]
    assert written == {"kind": "training history", "variant": "plain", "seed": "1", "fold": "0"}


def test_what_others_prescribe_has_no_more_keys(path: Path) -> None:
    write_json_for_others(path, {"channels": [np.float64(1)]})
    assert json.loads(path.read_text(encoding="utf-8")) == {"channels": [1.0]}


@pytest.mark.parametrize("value", [math.nan, math.inf, np.float64("nan"), np.array([0.0, -math.inf])])
def test_what_is_undefined_is_not_written(path: Path, value: object) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(path, {"chi2": value}, PULLS)
    assert not path.exists()


def test_unknown_types_are_not_written(path: Path) -> None:
    with pytest.raises(TypeError, match="set has no JSON form"):
        write_json(path, {"a": {1}}, PULLS)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b'{"a": ', "not valid JSON (Expecting value: line 1 column 7 (char 6))"),
        (b"", "not valid JSON (Expecting value: line 1 column 1 (char 0))"),
        (b"\x00" * 100, "not valid JSON (Expecting value: line 1 column 1 (char 0))"),
        (b'{"a": "\xff"}', "not valid JSON (byte 7 is no UTF-8)"),
        (b"[" * 100_000, "not valid JSON (nested too deeply)"),
        (b'{"a": ' * 100_000, "not valid JSON (nested too deeply)"),
        (b"[1]", "not valid JSON (holds a list, not an object)"),
        (b"null", "not valid JSON (holds null, not an object)"),
        (b'{"a": NaN}', "not valid JSON (NaN is no number)"),
        (b'{"a": -Infinity}', "not valid JSON (-Infinity is no number)"),
        (b'{"a": 1e999}', "not valid JSON (1e999 is beyond every number)"),
        (b'{"a": 1' + b"0" * 5000 + b"}", "not valid JSON (a whole number of 5001 digits)"),
        (b'{"b": {"a": 1, "a": 2}}', "not valid JSON (key 'a' stands twice)"),
        (b"{}", "does not say what it is, expected pulls"),
        (b'{"checksum": "00000000"}', "does not say what it is, expected pulls"),
        (b'{"identity": [], "checksum": "00000000"}', "is damaged, its content does not fit its checksum"),
        (b'{"identity": {"kind": "pulls"}, "a": 1}', "is damaged, its content does not fit its checksum"),
        (b'{"identity": {"kind": "pulls"}, "checksum": {}}', "is damaged, its content does not fit its checksum"),
        (checksummed('{"a": 1}').replace(b"1", b"2", 1), "is damaged, its content does not fit its checksum"),
    ],
)
def test_a_file_that_is_no_result_is_one_line(path: Path, content: bytes, cause: str) -> None:
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_json(path, PULLS)
    assert str(caught.value) == f"{path}: {cause}; delete it and run study_pulls again"


def test_a_file_that_cannot_be_read_is_named(path: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"result\.json: no such file; run study_pulls first"):
        read_json(path, PULLS)
    with pytest.raises(UserError, match=r"could not be read \(Is a directory\)"):
        read_json(tmp_path, PULLS)


def test_another_result_is_refused(path: Path) -> None:
    write_json(path, {"a": 1}, Identity.of("closure", strategy="absolute", sample="tt"))
    with pytest.raises(UserError) as caught:
        read_json(path, Identity.of("closure", strategy="transformed", sample="tt"))
    holds = "holds closure (strategy absolute, sample tt), expected closure (strategy transformed, sample tt)"
    assert str(caught.value) == f"{path}: {holds}; delete it and run check_weight_closure again"


def test_no_digit_can_be_changed(path: Path) -> None:
    """Every digit of a file replaced by every other one: it is refused, or stands for the same number."""
    content = CONTENT | {"bins": np.random.default_rng(5).normal(size=5) * 10.0 ** np.arange(-10, 10, 4)}
    write_json(path, content, Identity.of("training history", variant="plain_2", seed=1, fold=0))
    text = path.read_text(encoding="utf-8")
    expected = Identity.of("training history")
    whole, lines = dict(read_json(path, expected)), []
    digits = [place for place, character in enumerate(text) if character.isdigit()]
    for place, digit in ((place, digit) for place in digits for digit in "0123456789" if digit != text[place]):
        path.write_text(text[:place] + digit + text[place + 1 :], encoding="utf-8")
        try:
            assert read_json(path, expected) == whole, (place, digit)
        except UserError as error:
            lines.append(str(error))
    assert all(line.startswith(f"{path}: ") and line.endswith("run train_classifier again") for line in lines)
    assert len(lines) > 0.97 * 9 * len(digits)


def test_layout_and_order_are_no_damage(path: Path) -> None:
    write_json(path, CONTENT, PULLS)
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(dict(reversed(content.items()))), encoding="utf-8")
    assert read_json(path, PULLS) == CONTENT


def test_values_of_every_kind(block: Block) -> None:
    inner = block.block("inner")
    assert inner.number("number") == 1.5
    assert inner.number("whole") == 3.0
    assert inner.count("whole") == 3
    assert inner.text("text") == "x"
    assert inner.flag("flag") is True
    assert inner.number_or_none("null") is inner.number_or_none("absent") is None
    assert inner.text_or_empty("absent") == ""
    assert inner.numbers("numbers") == (1.0, None, 2.5)
    assert inner.defined_numbers("counts") == inner.counts("counts") == (1, 2)
    assert inner.texts("texts") == ("a", "b")
    assert inner.matrix("matrix") == [[1.0, 0.5], [0.5, 1.0]]
    assert block.optional("absent") is None
    assert [item.count("a") for item in block.listed("list")] == [1, 2]
    assert list(block.blocks("absent")) == []


def test_a_block_is_a_mapping_that_names_what_is_missing(block: Block) -> None:
    assert dict(block) == CONTENT
    assert block["inner"]["numbers"] == [1, None, 2.5]
    assert [item["a"] for item in block["list"]] == [1, 2]
    assert block["inner"].get("absent", 7) == 7 and "absent" not in block["inner"]
    with pytest.raises(UserError, match=r"'inner\.absent' is missing"):
        block["inner"]["absent"]
    with pytest.raises(UserError, match=r"'list\[1\]\.b' is missing"):
        block["list"][1]["b"]


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda block: block.block("inner").number("absent"), "'inner.absent' is missing"),
        (lambda block: block.block("inner").number("text"), "'inner.text' must be a number, got 'x'"),
        (lambda block: block.block("inner").number("flag"), "'inner.flag' must be a number, got True"),
        (lambda block: block.block("inner").number("null"), "'inner.null' must be a number, got None"),
        (lambda block: block.block("inner").count("number"), "'inner.number' must be a whole number, got 1.5"),
        (lambda block: block.block("list"), "'list' must be a block"),
        (lambda block: block.listed("list")[1].text("b"), "'list[1].b' is missing"),
        (lambda block: block.block("inner").numbers("text"), "'inner.text' must be a list"),
        (lambda block: block.block("inner").numbers("texts"), "'inner.texts' must be a list of numbers"),
        (lambda block: block.block("inner").counts("numbers"), "'inner.numbers' must be a list of whole numbers"),
        (lambda block: block.block("inner").texts("counts"), "'inner.counts' must be a list of texts"),
        (lambda block: block.block("inner").matrix("counts"), "'inner.counts' must be a square matrix of numbers"),
        (
            lambda block: block.block("inner").defined_numbers("numbers"),
            "'inner.numbers' must be a list of numbers without",
        ),
    ],
)
def test_a_mistake_names_file_and_key(block, read, message) -> None:
    with pytest.raises(UserError) as caught:
        read(block)
    assert str(caught.value).startswith(f"{block.path}: {message}")
    assert str(caught.value).endswith("was it written by another version? Delete it and run study_pulls again")


@given(st.none() | st.floats(0.1, 10), st.none() | st.floats(0.1, 10))
def test_error_and_width_of_an_interval(down: float | None, up: float | None) -> None:
    interval = Interval(1.0, down, up)
    known = [end for end in (down, up) if end is not None]
    assert interval.error == (pytest.approx(sum(known) / len(known)) if known else None)
    assert (interval.width is None) == (len(known) < 2)


def test_a_reason_is_written_where_there_is_one() -> None:
    assert Estimate(1.0, 0.1).as_json() == {"value": 1.0, "error": 0.1}
    assert Estimate(None, None, "empty").as_json() == {"value": None, "error": None, "reason": "empty"}
