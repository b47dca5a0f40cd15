"""Settings of score maps: a classifier's score made independent of spectators, after it has been trained."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from signedag.config.base import Settings
from signedag.config.binning import Axis
from signedag.config.names import ColumnName, Name, Names

MOST_NODES = 2000


def _few_nodes(spectators: dict[str, Axis]) -> dict[str, Axis]:
    nodes = 1
    for axis in spectators.values():
        nodes *= len(axis.all_edges())
    if nodes > MOST_NODES:
        raise ValueError(f"the edges of all spectators make {nodes} nodes; {MOST_NODES} are the most, use wider bins")
    return spectators


class ScoreMap(Settings):
    """Another classifier's score s, of a parametric one at one point, made independent of spectators, or both.

    Made independent it is the background's conditional distribution function F(s | spectators).

    A mapped score is judged and fitted like a classifier's, under its own name; nothing is trained again.
    """

    scores_of: Name
    """The classifier whose combined score is mapped."""
    point: Name | None = None
    """A signal process at whose parameters the score is taken, of a classifier that is conditioned on some; it is the
    only signal that the score is judged and fitted with."""
    spectators: Annotated[dict[ColumnName, Axis], AfterValidator(_few_nodes)] = Field({}, max_length=3)
    """Columns that the mapped score does not depend on for background, with the nodes of the map: it is linear between
    the edges of these bins, and constant outside. None if left out: the score at a point stays as it is."""
    region: Name | None = None
    """Region whose background it is fitted to and in which it is judged; that of the classifier if left out."""
    without_processes: Names | None = None
    """Background processes that it is not fitted to; the `resonant` ones if left out, whose peak it would flatten."""
    effective_events: float = Field(10.0, gt=0)
    """Fewest effective events, (Σw)²/Σw², around a node."""
    thresholds: int = Field(2000, ge=10, le=100_000)
    """Scores at which the map is stored, at most; it is linear in between."""

    @model_validator(mode="after")
    def _maps_something(self) -> ScoreMap:
        if self.point is None and not self.spectators:
            raise ValueError("has neither 'spectators' nor a 'point', so it would change nothing; name one of them")
        return self

    def column(self) -> str:
        """Name the column of scores that is mapped."""
        return "score" if self.point is None else f"score_{self.point}"


class FitScoreMapSettings(Settings):
    """Stage settings of `fit_score_map`."""

    folds: int
    """Number of folds."""
    region: Name
    """Region whose background it is fitted to."""
    samples: Names
    """Samples of that background."""
    score_map: ScoreMap
    """The map."""


class MapScoresSettings(Settings):
    """Stage settings of `map_scores`."""

    folds: int
    """Number of folds."""
    scores_of: Name
    """The classifier whose combined score is mapped."""
    column: str = "score"
    """The column of its scores."""
    spectators: dict[Name, Axis]
    """The spectators, with the nodes of the map; without any the scores stay as they are."""
