"""YAML that is refused: keys given twice, and syntax errors with their line and column."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from signedag.config.yaml_files import parse_yaml, read_yaml
from signedag.errors import UserError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "key 'a' in line 3 again, first in line 1; remove one of them"),
        ("samples:\n  tt: {files: [x]}\n  zh: 1\n  tt: 2\n", "key 'tt' in line 4 again, first in line 2"),
        ('- {"b": 1,\n   "b": 2}\n', "key 'b' in line 2 again, first in line 1"),
        ("1: a\n1: b\n", "key '1' in line 2 again, first in line 1"),
        (
            "a: [1,\nb: 2\n",
            "line 3, column 1: expected ',' or ']', but got '<stream end>' (while parsing a flow sequence",
        ),
        ("a: 1\n b: 2\n", "line 2, column 3: mapping values are not allowed here"),
        ("a:\n\tb: 2\n", "line 2, column 1: found character '\\t' that cannot start any token"),
        (
            "a: 'x\nb: 2\n",
            "line 3, column 1: found unexpected end of stream (while scanning a quoted scalar that began",
        ),
        ("a: *nobody\n", "line 1, column 4: found undefined alias 'nobody'"),
        ("? [1, 2]\n: 3\n", "line 1, column 3: found unhashable key"),
        ("date: 2021-13-45\n", "cannot be read as YAML (month must be in 1..12"),
        ("a: \x07\n", "cannot be read as YAML (unacceptable character"),
        ("a: !!timestamp x\n", "cannot be read as YAML ("),
        ("a: !!bool maybe\n", "cannot be read as YAML ("),
        ("a: 0o1" + "7" * 10 + "\nb: " + "9" * 5000, "cannot be read as YAML (Exceeds the limit"),
        ("tt: {files: {a: 1, a: 2}}\n", "key 'a' in line 1 again, first in line 1"),
        ("list:\n- b: 1\n  b: 2\n", "key 'b' in line 3 again, first in line 2"),
        ("a: &a {b: 1}\nc:\n  <<: *a\n  d: 1\n  d: 2\n", "key 'd' in line 5 again, first in line 4"),
        ("c: {<<: {a: 1, a: 2}, b: 3}\n", "key 'a' in line 1 again, first in line 1"),
        ("c:\n  <<: {a: 1}\n  <<: {b: 2}\n", "key '<<' in line 3 again, first in line 2"),
        ("a: &a [1, *a]\n", "the value that begins in line 1 holds itself; remove the alias in it"),
        ("[" * 1000, "blocks and lists are nested too deeply to be read; flatten them"),
        (
            "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)),
            "aliases make more than 200000 values; repeat less",
        ),
    ],
)
def test_one_line_says_what_and_where(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_yaml(text, "mine.yaml")
    assert str(caught.value).startswith(f"mine.yaml: {message}")
    assert "\n" not in str(caught.value)


def test_a_key_of_a_merged_block_may_be_given_again() -> None:
    text = "base: &base {a: 1, b: 2}\nmine:\n  <<: *base\n  a: 3\n"
    assert parse_yaml(text, "mine.yaml")["mine"] == {"a": 3, "b": 2}


def test_the_same_key_in_two_blocks_is_fine() -> None:
    assert parse_yaml("tt: {files: 1}\nzh: {files: 2}\n", "mine.yaml") == {"tt": {"files": 1}, "zh": {"files": 2}}


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
CONTENT = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@given(CONTENT)
def test_everything_else_is_read_as_yaml_reads_it(content: object) -> None:
    text = yaml.safe_dump(content)
    assert parse_yaml(text, "mine.yaml") == yaml.safe_load(text)


def test_shipped_configurations_are_read() -> None:
    files = sorted((Path(__file__).parents[2] / "config").glob("*.yaml"))
    assert {"vhbb.yaml", "generator.yaml", "resonance.yaml"} <= {file.name for file in files}
    assert all(read_yaml(file)["analysis"] == file.stem for file in files)


def test_what_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"a: \xff\n")
    with pytest.raises(UserError, match=r"mine\.yaml: cannot be read as YAML \(not UTF-8 text, byte 3\)"):
        read_yaml(path)
