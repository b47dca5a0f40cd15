"""A tiny analysis that several tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_analysis import run


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a whole run with its figures, on two cores."""
    folder = tmp_path_factory.mktemp("two_cores")
    run(folder, 2, "report")
    return folder / "results" / "tiny"
