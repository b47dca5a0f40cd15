"""YAML as configurations are written in: a key given twice is an error, and every error names line and column."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from signedag.errors import UserError

MERGE = "tag:yaml.org,2002:merge"
"""Tag of `<<`: the keys that it brings may be given again, that is what it is for."""


class _StrictLoader(yaml.SafeLoader):
    """Refuses a mapping with a key given twice, of which PyYAML takes the last without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        lines: dict[Hashable, int] = {}
        for key_node, _ in node.value:
            if key_node.tag == MERGE or not isinstance(key_node, yaml.ScalarNode):
                continue
            key = self.construct_object(key_node)
            line = key_node.start_mark.line + 1
            if key in lines:
                raise _DuplicateKey(f"key '{key}' in line {line} again, first in line {lines[key]}; remove one of them")
            lines[key] = line
        return super().construct_mapping(node, deep)


class _DuplicateKey(yaml.YAMLError):
    """A mapping has a key twice."""


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
    except _DuplicateKey as error:
        raise UserError(f"{source}: {error}") from error
    except yaml.MarkedYAMLError as error:
        raise UserError(f"{source}: {_where(error)}") from error
    except (yaml.YAMLError, ValueError) as error:
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
