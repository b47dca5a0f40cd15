"""Problems of an example configuration with an edit."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from signedag.config.cross_checks import read_analysis
from signedag.config.example import examples
from signedag.errors import UserError

Edit = Callable[[dict[str, Any]], Any]


def problems(edit: Edit, example: int = 0) -> list[str]:
    """Give the problems of an example with an edit, without the file's name."""
    content = copy.deepcopy(examples()[example])
    edit(content)
    with pytest.raises(UserError) as caught:
        read_analysis(content, "config/mine.yaml")
    lines = str(caught.value).splitlines()
    assert all(line.startswith("config/mine.yaml: ") for line in lines)
    return [line.removeprefix("config/mine.yaml: ") for line in lines]


def rename(block: dict[str, Any], old: str, new: str) -> None:
    """Give an entry another name."""
    block[new] = block.pop(old)
