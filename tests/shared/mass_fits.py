"""Fits of one signal each: templates in a score, made as sharp as a classifier is, and what the fit commands say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

import compute_limits
import fit_signal_strength
from signedag.identity import Identity
from signedag.statistics.template_files import RegionTemplates, write_templates
from signedag.statistics.templates import Template

EDGES = (np.array([0.0, 3000.0]), np.linspace(0.0, 1.0, 6))
BACKGROUND = np.array([20000.0, 4000.0, 800.0, 160.0, 32.0])


def _template(values: np.ndarray) -> Template:
    padded = np.pad(values[np.newaxis], 1)
    return Template(padded, 0.1 * padded, EDGES)


def write_fit(folder: Path, variant: str, process: str, sharpness: float) -> None:
    """Write `{variant}/score/fixed/{result,limits}.json` of the fit of one signal process.

    Args:
        folder: where the variants are.
        variant: its name.
        process: the signal.
        sharpness: how much larger the signal is in a bin than in the one before.
    """
    shape = sharpness ** np.arange(5.0)
    nominal = {process: _template(60 * shape / shape.sum()), "qcd": _template(BACKGROUND)}
    templates = folder / variant / "score" / "templates.root"
    region = RegionTemplates("sr", EDGES, nominal, {}, None)
    write_templates(templates, [region], {}, Identity.of("templates", variant=variant, binning="score"))
    model = {"signals": [process], "scale_factors": {}, "shapes": {}, "normalisations": {"lumi": {"relative": 0.02}}}
    settings = {"model": model, "treatment": "fixed", "nonpositive_bins": "merge", "floor_events": 1e-3}
    inputs = ["--variant", variant, "--binning", "score", "--templates", str(templates)]
    target = templates.parent / "fixed"
    outputs = ["--result", str(target / "result.json"), "--workspace", str(target / "workspace.json")]
    assert fit_signal_strength.main(["--settings", json.dumps(settings), *inputs, *outputs]) == 0
    limits = json.dumps({"fit": settings, "confidence_level": 0.95})
    assert compute_limits.main(["--settings", limits, *inputs, "--output", str(target / "limits.json")]) == 0
