"""Settings of the weighted cross-entropy."""

from __future__ import annotations

from typing import Literal

from signedag.config.term import TermSettings


class Kind(TermSettings):
    """The weighted cross-entropy of the classes: binary with one output, of the softmax with several."""

    objective: Literal["cross_entropy"] = "cross_entropy"
    """Its name."""
