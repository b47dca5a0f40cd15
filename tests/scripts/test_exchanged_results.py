"""Commands that read results and templates: none ends well with a file that is of something else, or damaged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import fit_scale_factors
import fit_signal_strength
import plot_classifier
import plot_diagnostics
import plot_diboson_peak
import plot_fit
import plot_pulls
import plot_scale_factors
import plot_sculpting
import plot_weights
import study_pulls
import study_toys
import write_report
from signedag.checksums import CHECKSUM
from signedag.identity import IDENTITY, Identity
from signedag.json_results import write_json
from signedag.statistics.template_files import read_templates, write_templates

Main = Callable[[list[str]], int]
CONTROL = Identity.of("control templates")
MODEL = {"signals": ["ZH"], "scale_factors": {"tt": "sf_tt", "Zjets": "sf_zjets"}, "shapes": {}, "normalisations": {}}
FACTORS = {"model": MODEL, "profile_nuisances": False, "truth": {}}
STRENGTH = {"model": MODEL, "treatment": "constrained", "nonpositive_bins": "merge", "floor_events": 0.001}
TOYS = {
    "seed": 1,
    "fit": STRENGTH,
    "confidence_level": 0.95,
    "toys": {"strengths": [1.0], "intervals": 2, "limits": 2},
}
PULLS = {"seed": 1, "fit": FACTORS, "pseudo_experiments": 2}


def lines(folder: Path, plots: str, report: str) -> dict[str, tuple[Main, list[str], str]]:
    """Give each command with its arguments and the argument of what it writes."""
    weights, fit, factors = folder / "weights", folder / "fit" / "plain" / "coarse", folder / "scale_factors"
    classifier, control = folder / "classifiers" / "plain", folder / "templates" / "control.root"
    histories = [classifier / f"seed{seed}" / f"fold{fold}" / "history.json" for seed in (1, 2) for fold in (0, 1)]
    fits = [fit / treatment / "result.json" for treatment in ("fixed", "constrained")]
    transformed = weights / "transformed" / "zjets"
    fitted = ["--variant", "plain", "--binning", "coarse", "--templates", fit / "templates.root"]
    closed = ["--closure", transformed / "closure.json", "--calibration", transformed / "calibration.json"]
    performance = ["--performances", classifier / "performance.json"]
    diagnosed = ["--diagnostics", weights / "diagnostics" / "zjets.json"]
    sculpted = ["--sculpting", folder / "sculpting" / "plain" / "sculpting.json"]
    peaked = ["--diboson-peak", folder / "sculpting" / "plain" / "diboson_peak.json"]
    controlled = ["--control-templates", control, "--scale-factors", factors / "result.json"]
    out, figures = folder.parent / "out", "--output-folder"
    calls = {
        "plot_weights": (plot_weights, plots, ["--sample", "zjets", *closed], figures),
        "plot_diagnostics": (plot_diagnostics, plots, ["--sample", "zjets", *diagnosed], figures),
        "plot_classifier": (plot_classifier, plots, [*performance, "--histories", *histories], figures),
        "plot_sculpting": (plot_sculpting, plots, ["--variant", "plain", *sculpted], figures),
        "plot_diboson_peak": (plot_diboson_peak, plots, ["--variant", "plain", *peaked], figures),
        "plot_scale_factors": (plot_scale_factors, plots, ["--templates", control, *controlled[2:]], figures),
        "plot_pulls": (plot_pulls, plots, ["--pulls", factors / "pulls.json"], figures),
        "plot_fit": (plot_fit, plots, [*fitted, "--results", *fits], figures),
        "fit_scale_factors": (fit_scale_factors, json.dumps(FACTORS), ["--templates", control], "--output"),
        "study_pulls": (study_pulls, json.dumps(PULLS), ["--templates", control], "--output"),
        "fit_signal_strength": (
            fit_signal_strength,
            json.dumps(STRENGTH),
            [*fitted, *controlled, "--workspace", out / "workspace.json"],
            "--result",
        ),
        "study_toys": (study_toys, json.dumps(TOYS), [*fitted, *controlled], "--output"),
        "write_report": (
            write_report,
            report,
            ["--results-folder", folder, "--verdict", out / "verdict.txt", "--front-page", out / "page.rst"],
            "--summary",
        ),
    }
    target = {figures: out, "--output": out / "x.json", "--result": out / "x.json", "--summary": out / "x.json"}
    return {
        name: (command.main, ["--settings", settings, *map(str, arguments)], f"{written}={target[written]}")
        for name, (command, settings, arguments, written) in calls.items()
    }


def identity_in(path: Path) -> Identity | None:
    """Read what a file says it is; workspaces say nothing."""
    if path.suffix == ".root":
        return CONTROL if path.stem == "control" else Identity.of("templates", variant="plain", binning="coarse")
    names = json.loads(path.read_text(encoding="utf-8")).get(IDENTITY)
    return None if names is None else Identity.of(names.pop("kind"), **names)


def others(identity: Identity) -> Iterator[Identity]:
    """Give identities that differ in one name, and one of another kind in the same format."""
    for name, value in identity.names.items():
        yield Identity(identity.kind, {**identity.names, name: "7" if value.isdigit() else f"{value}_2"})
    if identity == CONTROL:
        yield Identity.of("templates", variant="plain", binning="coarse")
    elif identity.kind == "templates":
        yield CONTROL
    else:
        yield Identity.of("report summary")


def write_as(path: Path, identity: Identity, other: Identity) -> None:
    """Write a file again, sound in every way, but as something else."""
    if path.suffix == ".root":
        read = read_templates(path, identity)
        write_templates(path, list(read.regions.values()), {}, other)
    else:
        content = json.loads(path.read_text(encoding="utf-8"))
        write_json(path, {key: content[key] for key in content if key not in (IDENTITY, CHECKSUM)}, other)


def damaged(content: bytes) -> Iterator[bytes]:
    """Give nothing, a half, and the content with a byte changed that matters."""
    yield b""
    yield content[: len(content) // 2]
    if content.startswith(b"{"):
        digit = content.index(b'"checksum": "') + 13
        yield content[:digit] + (b"1" if content[digit : digit + 1] == b"0" else b"0") + content[digit + 1 :]
        yield content.replace(b"0.", b"7.", 1) if b"0." in content else content.replace(b"null", b'"x"', 1)
        yield content.replace(b'"', b"\xff", 1)
    else:
        yield content.replace(b"ZL", b"XX")  # the compressed parts


@pytest.mark.parametrize(
    "command",
    [
        *("fit_scale_factors", "fit_signal_strength", "study_pulls", "study_toys", "write_report"),
        *(
            "plot_classifier",
            "plot_diagnostics",
            "plot_diboson_peak",
            "plot_fit",
            "plot_pulls",
            "plot_scale_factors",
            "plot_sculpting",
        ),
        "plot_weights",
    ],
)
def test_no_command_ends_well_with_another_file(
    editable, plot_settings, report_settings, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    main, arguments, output = lines(editable.folder, plot_settings.as_json(), report_settings.as_json())[command]
    named = [Path(argument) for argument in arguments if Path(argument).suffix in (".json", ".root")]
    if command == "write_report":
        drawn_only = [*editable.folder.rglob("impacts/*.json"), *editable.folder.rglob("distributions.json")]
        named = [path for path in sorted(editable.folder.rglob("*.json")) if path not in drawn_only]
        named = [path for path in named if path.name != "pulls.json"]
    inputs = {path: identity for path in named if path.is_file() and (identity := identity_in(path)) is not None}
    assert inputs
    for path, identity in inputs.items():
        whole = path.read_bytes()
        for other in others(identity):
            write_as(path, identity, other)
            assert main([*arguments, output]) == 1, f"{path} as {other}"
            assert capsys.readouterr().err.splitlines()[1:] == [
                f"error: {path}: holds {other}, expected {identity}; {identity.made_again()}"
            ]
            path.write_bytes(whole)
        for content in (content for content in damaged(whole) if content != whole):
            path.write_bytes(content)
            assert main([*arguments, output]) == 1, f"{path}: {content[:200]!r}"
            (line,) = capsys.readouterr().err.splitlines()[1:]
            assert line.startswith(f"error: {path}: ") and line.endswith(identity.made_again())
            path.write_bytes(whole)
    assert not (editable.folder.parent / "out").exists()
