"""The course of trainings as the report reads it: what they say against the networks that they made."""

from __future__ import annotations

from dataclasses import dataclass

from signedag.json_blocks import Block


@dataclass(frozen=True)
class Training:
    """One training of a network."""

    name: str
    """Which one it is, such as `seed 1, fold 0`."""
    diverged: str
    """Why it was stopped as diverged; empty if it was not."""
    failed: str
    """Why what it kept is worth nothing, though nothing diverged; empty if it is worth something."""
    warnings: tuple[str, ...] = ()
    """What its user should know of how it went."""

    @classmethod
    def read(cls, content: Block, name: str) -> tuple[Training, ...]:
        """Read the history of a classifier, or that of all networks of a sample outside one fold."""
        if not content.has("networks"):
            return (cls._of(content, name),)
        networks = content.listed("networks")
        several = any(network.count("member") for network in networks)
        return tuple(
            cls._of(network, f"{name}, part {network.count('part')}" + _member(network, several))
            for network in networks
        )

    @classmethod
    def _of(cls, history: Block, name: str) -> Training:
        warnings = history.texts("warnings") if history.has("warnings") else ()
        return cls(name, history.text_or_empty("diverged"), history.text_or_empty("failed"), warnings)

    @property
    def problem(self) -> str:
        """What it says against its network; empty if nothing."""
        causes = {"diverged": self.diverged, "failed": self.failed}
        return "; ".join(f"{kind}: {cause}" for kind, cause in causes.items() if cause)


def _member(network: Block, several: bool) -> str:
    return f", member {network.count('member')}" if several else ""
