"""Settings of the report: what is judged, and which score the result uses."""

from __future__ import annotations

from signedag.config.base import Settings
from signedag.config.names import Name, Names


class Report(Settings):
    """What a run of all judges, fits and reports."""

    variants: Names = ()
    """Classifiers and score maps; all if left out. Others are trained where these or a target of its own need them."""
    recommended: Name | None = None
    """The one whose score the result uses; if left out, where there are several, all stand beside each other. Choose it
    on other events than those that it is then applied to, such as other seeds of the simulation (`snakemake
    decorrelation`)."""
