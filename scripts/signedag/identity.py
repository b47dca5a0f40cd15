"""What a cached file is, written into it and asked for by every reader.

A path can lie: a file may be copied over another one, or an argument may name the wrong one. So each file that a
command makes for another says of what kind it is and of which sample, shift, variant, ... Whoever reads it says what it
should be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from signedag.errors import UserError
from signedag.events.layout import NOMINAL, TRUTH

IDENTITY = "identity"
"""The key under which files keep it."""


class Kind(NamedTuple):
    """A kind of cached file."""

    made_by: str
    """The command that makes it."""
    names: tuple[str, ...]
    """What tells it from others of its kind."""
    format: str = "JSON"
    """How it is kept: `JSON`, `store` (Arrow), `networks` (safetensors) or `templates` (ROOT)."""


KINDS: dict[str, Kind] = {
    # events
    "simulated ntuple": Kind("simulate_ntuple", ("sample", "part")),
    "ntuple of a table": Kind("read_table", ("sample", "part")),
    "tables": Kind("read_table", ()),
    "converted events": Kind("convert_ntuple", ("sample", "part", "shift"), "store"),
    "conversion summary": Kind("convert_ntuple", ("sample", "part")),
    "shifts of a part": Kind("convert_shifts", ("sample", "part")),
    "events": Kind("merge_sample", ("sample", "shift"), "store"),
    "sample summary": Kind("merge_sample", ("sample",)),
    "shifts of a sample": Kind("merge_shifts", ("sample",)),
    "events by region": Kind("check_regions", ()),
    # training weights
    "sign networks": Kind("train_sign_network", ("sample", "fold"), "networks"),
    "sign probabilities": Kind("train_sign_network", ("sample", "fold"), "store"),
    "sign training": Kind("train_sign_network", ("sample", "fold")),
    "ratio networks": Kind("train_ratio_network", ("sample", "fold"), "networks"),
    "mean weights": Kind("train_ratio_network", ("sample", "fold"), "store"),
    "ratio training": Kind("train_ratio_network", ("sample", "fold")),
    "training weights": Kind("the command of its strategy", ("strategy", "sample", "fold"), "store"),
    "calibration": Kind("calibrate_weights", ("sample",)),
    "reweighting": Kind("reweight_events", ("sample",)),
    "resampling": Kind("resample_events", ("sample",)),
    "joint weights": Kind("assign_joint_weights", ("variant", "seed", "sample", "fold"), "store"),
    "closure": Kind("check_weight_closure", ("strategy", "sample")),
    "joint closure": Kind("check_joint_closure", ("variant", "seed", "class")),
    "diagnostics": Kind("check_negative_weights", ("sample",)),
    "sign cross-check": Kind("cross_check_signs", ("variant",)),
    "strategy comparison": Kind("compare_weight_strategies", ()),
    "training times": Kind("compare_weight_strategies", ()),
    # classifiers
    "classifier": Kind("train_classifier", ("variant", "seed", "fold"), "networks"),
    "training history": Kind("train_classifier", ("variant", "seed", "fold")),
    "scores": Kind("score_events", ("variant", "seed", "sample", "shift"), "store"),
    "score map": Kind("fit_score_map", ("variant",), "store"),
    "score map report": Kind("fit_score_map", ("variant",)),
    "combined scores": Kind("combine_scores", ("variant", "sample", "shift"), "store"),
    "parameter scan": Kind("scan_parameter", ("variant", "seed")),
    "performance": Kind("check_classifier", ("variant",)),
    "classifier comparison": Kind("compare_classifiers", ()),
    "masses": Kind("check_masses", ("variant",)),
    "mass comparison": Kind("compare_masses", ()),
    "sculpting": Kind("check_sculpting", ("variant",)),
    "diboson peak": Kind("check_diboson_peak", ("variant",)),
    "decorrelation comparison": Kind("compare_decorrelation", ()),
    "decorrelation times": Kind("compare_decorrelation", ()),
    "mismodelling": Kind("study_mismodelling", ()),
    "optimism": Kind("measure_optimism", ("variant", "seed")),
    "combined optimism": Kind("combine_optimism", ("variant",)),
    # fits
    "control templates": Kind("fill_control_templates", (), "templates"),
    "scale factors": Kind("fit_scale_factors", ()),
    "distributions of a region": Kind("fill_distributions", ("region",), "templates"),
    "pulls": Kind("study_pulls", ()),
    "templates": Kind("fill_templates", ("variant", "binning"), "templates"),
    "signal strength": Kind("fit_signal_strength", ("variant", "binning", "treatment")),
    "distributions": Kind("compute_distributions", ("variant", "binning", "treatment")),
    "toys": Kind("study_toys", ("variant", "binning", "treatment")),
    "limits": Kind("compute_limits", ("variant", "binning", "treatment")),
    "mass limits": Kind("compare_mass_limits", ()),
    "contour": Kind("compute_contour", ("variant", "binning", "treatment", "pair")),
    "impacts": Kind("compute_impacts", ("variant", "binning", "treatment", "group")),
    "part of template statistics": Kind("study_template_statistics", ("variant", "part")),
    "template statistics": Kind("combine_template_statistics", ("variant",)),
    "scan of binnings": Kind("scan_binnings", ("variant",)),
    # scans
    "scan": Kind("summarise_scan", ()),
    "scan times": Kind("summarise_scan", ()),
    "report summary": Kind("write_report", ()),
}
"""Every kind of file that a command makes for another, or for people, to read as numbers."""

COMMANDS_OF_STRATEGIES = {
    **dict.fromkeys(("signed", "unit", "absolute", "positive_only", "paired", "joint"), "assign_training_weights"),
    "transformed": "calibrate_weights",
    "reweighted": "reweight_events",
    "resampled": "resample_events",
    "truth": "assign_true_weights",
}
"""Which command makes the training weights of a strategy."""

COMMANDS_OF_SHIFTS = {"converted events": "convert_shifts", "events": "merge_shifts"}
"""Which command makes the events of a shift."""


@dataclass(frozen=True)
class Identity:
    """What a file is, or what its reader asks for; a reader may leave out names that it does not know."""

    kind: str
    """One of `KINDS`."""
    names: Mapping[str, str]
    """Values of the names that tell it from others of its kind."""

    @classmethod
    def of(cls, kind: str, **names: str | int) -> Identity:
        """Make an identity.

        Raises:
            ValueError: there is no such kind, or it has no such name.

        >>> str(Identity.of("scores", variant="plain", seed=1, sample="tt", shift="nominal"))
        'scores (variant plain, seed 1, sample tt, shift nominal)'
        """
        if kind not in KINDS:
            raise ValueError(f"no kind of file '{kind}'")
        if unknown := set(names) - set(KINDS[kind].names):
            raise ValueError(f"a file of kind '{kind}' has no {', '.join(sorted(unknown))}")
        return cls(kind, {name: str(names[name]) for name in KINDS[kind].names if name in names})

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Identity:
        """Give the identity that `as_json` gave.

        Raises:
            ValueError: it is none.
        """
        names = {name: str(value) for name, value in written.items() if name != "kind"}
        return cls.of(str(written.get("kind")), **names)

    def __str__(self) -> str:
        named = ", ".join(f"{name} {value}" for name, value in self.names.items())
        return f"{self.kind} ({named})" if named else self.kind

    def of_more(self, **names: str | int) -> Identity:
        """Give an identity with further names, or others.

        >>> str(Identity.of("events", sample="tt").of_more(shift="nominal"))
        'events (sample tt, shift nominal)'
        """
        return Identity.of(self.kind, **{**self.names, **names})

    def as_json(self) -> dict[str, str]:
        """Give what is kept in the file; all names must be known.

        Raises:
            ValueError: a name is missing.
        """
        if missing := set(KINDS[self.kind].names) - set(self.names):
            raise ValueError(f"{self}: {', '.join(sorted(missing))} must be said")
        return {"kind": self.kind, **self.names}

    def as_text(self) -> str:
        """Give what is kept in a file whose metadata are text."""
        return json.dumps(self.as_json(), sort_keys=True)

    def is_of(self, written: Mapping[str, Any]) -> bool:
        """Tell whether a file that says `written` of itself is what is asked for here."""
        return written.get("kind") == self.kind and all(
            str(written.get(name)) == value for name, value in self.names.items()
        )

    @property
    def made_by(self) -> str:
        """The command that makes it."""
        usual = KINDS[self.kind].made_by
        if self.kind == "training weights":
            return COMMANDS_OF_STRATEGIES.get(self.names.get("strategy", ""), usual)
        if self.kind in COMMANDS_OF_SHIFTS and self.names.get("shift", NOMINAL) not in (NOMINAL, TRUTH):
            return COMMANDS_OF_SHIFTS[self.kind]
        return usual

    def made_again(self) -> str:
        """Say how a file of this kind is made again, for messages."""
        return f"delete it and run {self.made_by} again"


def check_identity(path: Path, written: object, expected: Identity) -> None:
    """Check that a file is what its reader asks for.

    Args:
        path: the file.
        written: what it says of itself; nothing of use where it is damaged or was made by something else.
        expected: what it should be.

    Raises:
        UserError: it is something else, naming both.
    """
    if isinstance(written, dict) and expected.is_of(written):
        return
    if isinstance(written, dict) and isinstance(written.get("kind"), str) and written["kind"] in KINDS:
        kind = str(written["kind"])
        known = {name: value for name, value in written.items() if name in KINDS[kind].names}
        says = f"holds {Identity.of(kind, **known)}"
    else:
        says = "does not say what it is"
    raise UserError(f"{path}: {says}, expected {expected}; {expected.made_again()}")
