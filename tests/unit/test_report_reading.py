"""Reading JSON results: what is missing or of another kind is an error that names file and key."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signedag.errors import UserError
from signedag.report.reading import Block
from signedag.report.values import Estimate, Interval

CONTENT = {
    "inner": {"number": 1.5, "whole": 3, "text": "x", "null": None, "flag": True, "numbers": [1, None, 2.5]},
    "list": [{"a": 1}, {"a": 2}],
}


@pytest.fixture
def block(tmp_path):
    path = tmp_path / "result.json"
    path.write_text(json.dumps(CONTENT), encoding="utf-8")
    return Block.of_file(path)


def test_values_of_every_kind(block):
    inner = block.block("inner")
    assert inner.number("number") == 1.5
    assert inner.number("whole") == 3.0
    assert inner.count("whole") == 3
    assert inner.text("text") == "x"
    assert inner.flag("flag") is True
    assert inner.number_or_none("null") is inner.number_or_none("absent") is None
    assert inner.text_or_empty("absent") == ""
    assert inner.numbers("numbers") == (1.0, None, 2.5)
    assert block.optional("absent") is None
    assert [item.count("a") for item in block.listed("list")] == [1, 2]
    assert list(block.blocks("absent")) == []


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda block: block.block("inner").number("absent"), "'inner.absent' is missing"),
        (lambda block: block.block("inner").number("text"), "'inner.text' must be a number, got 'x'"),
        (lambda block: block.block("inner").number("flag"), "'inner.flag' must be a number, got True"),
        (lambda block: block.block("inner").number("null"), "'inner.null' must be a number, got None"),
        (lambda block: block.block("inner").count("number"), "'inner.number' must be a whole number, got 1.5"),
        (lambda block: block.block("list"), "'list' must be a block"),
        (lambda block: block.listed("list")[1].text("b"), "'list.item.b' is missing"),
        (lambda block: block.block("inner").numbers("text"), "'inner.text' must be a list"),
    ],
)
def test_a_mistake_names_file_and_key(block, read, message):
    with pytest.raises(UserError) as caught:
        read(block)
    assert str(caught.value).startswith(f"{block.path}: {message}")
    assert str(caught.value).endswith("was it written by another version? Delete it and run its rule again")


def test_a_file_that_is_no_object(tmp_path):
    path = tmp_path / "result.json"
    path.write_text("[1]", encoding="utf-8")
    with pytest.raises(UserError, match="not a JSON object"):
        Block.of_file(path)


@given(st.none() | st.floats(0.1, 10), st.none() | st.floats(0.1, 10))
def test_error_and_width_of_an_interval(down, up):
    interval = Interval(1.0, down, up)
    known = [end for end in (down, up) if end is not None]
    assert interval.error == (pytest.approx(sum(known) / len(known)) if known else None)
    assert (interval.width is None) == (len(known) < 2)


def test_a_reason_is_written_where_there_is_one():
    assert Estimate(1.0, 0.1).as_json() == {"value": 1.0, "error": 0.1}
    assert Estimate(None, None, "empty").as_json() == {"value": None, "error": None, "reason": "empty"}
