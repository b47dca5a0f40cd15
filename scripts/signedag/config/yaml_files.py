"""YAML as configurations are written in: a key given twice is an error, and every error names line and column."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from signedag.errors import UserError

MERGE = "tag:yaml.org,2002:merge"
"""Tag of `<<`: the keys that it brings may be given again, that is what it is for, if `<<` itself stands there once."""


MOST_VALUES = 200_000
"""Values of a file, those that aliases repeat counted each time: a few lines of aliases of aliases are billions."""


class _StrictLoader(yaml.SafeLoader):
    """Refuses a mapping with a key given twice, of which PyYAML takes the last without a word, and endless aliases."""

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None:
            self._check(node, {}, frozenset())
        return node

    def _check(self, node: yaml.Node, values: dict[int, int], above: frozenset[int]) -> int:
        """Check all mappings below a node; count its values, those of an alias wherever it stands."""
        if id(node) in above:
            line = node.start_mark.line + 1
            raise _Refused(f"the value that begins in line {line} holds itself; remove the alias in it")
        if id(node) not in values:
            below: list[yaml.Node] = []
            if isinstance(node, yaml.MappingNode):
                self._check_keys(node)
                below = [one for pair in node.value for one in pair]
            elif isinstance(node, yaml.SequenceNode):
                below = node.value
            values[id(node)] = 1 + sum(self._check(one, values, above | {id(node)}) for one in below)
        if values[id(node)] > MOST_VALUES:
            raise _Refused(f"aliases make more than {MOST_VALUES} values; repeat less")
        return values[id(node)]

    def _check_keys(self, mapping: yaml.MappingNode) -> None:
        lines: dict[Hashable, int] = {}
        for node, _ in mapping.value:
            if not isinstance(node, yaml.ScalarNode):
                continue
            key = node.value if node.tag == MERGE else self.construct_object(node)
            line = node.start_mark.line + 1
            if key in lines:
                shown = " ".join(str(key).split())[:100]
                raise _Refused(f"key '{shown}' in line {line} again, first in line {lines[key]}; remove one of them")
            lines[key] = line


class _Refused(yaml.YAMLError):
    """A mapping has a key twice, or aliases have no end."""


def parse_yaml(text: str, source: str | Path) -> Any:
    r"""Read YAML, or JSON, which is YAML.

    Args:
        text: the content.
        source: the file that it came from, for messages.

    Raises:
        UserError: in one line, what is wrong and in which line and column; both lines of a key given twice.

    >>> parse_yaml("seed: 1\nfolds: 2\n", "mine.yaml")
    {'seed': 1, 'folds': 2}
    >>> parse_yaml("seed: 1\nfolds: 2\nseed: 3\n", "mine.yaml")
    Traceback (most recent call last):
    signedag.errors.UserError: mine.yaml: key 'seed' in line 3 again, first in line 1; remove one of them
    """
    try:
        return yaml.load(text, _StrictLoader)  # noqa: S506 - a SafeLoader
    except _Refused as error:
        raise UserError(f"{source}: {error}") from error
    except RecursionError as error:
        raise UserError(f"{source}: blocks and lists are nested too deeply to be read; flatten them") from error
    except yaml.MarkedYAMLError as error:
        raise UserError(f"{source}: {_where(error)}") from error
    except (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # PyYAML's constructors raise whatever a value with a tag that it does not fit leads to
        raise UserError(f"{source}: cannot be read as YAML ({' '.join(str(error).split())})") from error


def _where(error: yaml.MarkedYAMLError) -> str:
    """Give line and column of the mistake, what it is, and where the block that holds it began."""
    mark = error.problem_mark or error.context_mark
    place = "cannot be read as YAML" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}"
    text = f"{place}: {error.problem}"
    if error.context and error.context_mark is not None:
        text += f" ({error.context} that began in line {error.context_mark.line + 1})"
    elif error.context:
        text += f" ({error.context})"
    return f"{text}; correct the YAML there or just above"


def read_yaml(path: Path) -> Any:
    """Read a YAML file.

    Raises:
        UserError: it cannot be read, or what `parse_yaml` raises, naming the file.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else f"not UTF-8 text, byte {error.start}"
        raise UserError(f"{path}: cannot be read as YAML ({cause}); give an existing text file") from error
    return parse_yaml(text, path)
