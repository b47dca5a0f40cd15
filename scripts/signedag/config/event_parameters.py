"""Parameters of classifiers that are columns of events, such as a reconstructed mass: every event has its own value."""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.events import Events


def columns_among(parameters: Iterable[str], events: Events) -> tuple[str, ...]:
    """Give those of a classifier's parameters that are kept columns of events: features or spectators."""
    kept = {*events.features, *events.spectators}
    return tuple(name for name in parameters if name in kept)


def of_signals(names: Iterable[str], events: Events) -> bool:
    """Tell whether there are parameters, and they are those of the signal processes."""
    return bool(tuple(names)) and not columns_among(names, events)
