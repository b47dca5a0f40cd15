"""What a fit is made from: templates of one mass hypothesis beside control regions that hold them all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from signedag.config.fitting import FitSignalStrengthSettings, ModelSettings
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.statistics.inputs import read_inputs
from signedag.statistics.signal_strength import fit_asimov
from signedag.statistics.signal_strength_results import describe
from signedag.statistics.template_files import RegionTemplates, write_templates
from signedag.statistics.templates import Template

EDGES = (np.linspace(0.0, 3.0, 4),)
BOTH = ModelSettings(signals=("x500", "x900"), scale_factors={"tt": "sf_tt"}, shapes={"jes": None}, normalisations={})
FITTED = Identity.of("templates", variant="affine_at_x500", binning="fine")


def region(name: str, **yields: list[float]) -> RegionTemplates:
    nominal = {process: filled(values, 1.0) for process, values in yields.items()}
    variations = {(process, "jes"): (filled(values, 1.1), filled(values, 0.9)) for process, values in yields.items()}
    return RegionTemplates(name, EDGES, nominal, variations, filled([500.0, 500.0, 500.0], 1.0))


def filled(values: list[float], factor: float) -> Template:
    padded = np.pad(np.array(values) * factor, 1)
    return Template(padded, np.abs(padded) * 0.01, EDGES)


@pytest.mark.parametrize("treatment", ["fixed", "constrained", "simultaneous"])
def test_a_mass_that_is_not_fitted_is_in_no_region(tmp_path: Path, treatment: str) -> None:
    """The other mass is a tenth of the control region, and the fit knows nothing of it."""
    templates, factors = tmp_path / "templates.root", tmp_path / "factors.json"
    write_templates(templates, [region("sr", x500=[3.0, 9.0, 2.0], tt=[90.0, 60.0, 30.0])], {}, FITTED)
    scale_factors = {"sf_tt": {"value": 1.0, "down": 0.05, "up": 0.05, "reason": None}}
    content = {"order": ["sf_tt"], "scale_factors": scale_factors, "covariance": [[0.0025]]}
    write_json(factors, content, Identity.of("scale factors"))
    alone = {"x500": [1.0, 1.0, 1.0], "tt": [400.0, 450.0, 450.0]}
    settings = FitSignalStrengthSettings.model_validate(
        {"model": BOTH, "treatment": treatment, "nonpositive_bins": "merge", "floor_events": 1e-3}
    )
    results = []
    for number, yields in enumerate((alone, alone | {"x900": [50.0, 50.0, 50.0]})):
        control = tmp_path / f"control{number}.root"
        write_templates(control, [region("cr", **yields)], {}, Identity.of("control templates"))
        inputs = read_inputs(templates, FITTED, control, factors, BOTH)
        assert [sorted(one.nominal) for one in inputs.controls] == [["tt", "x500"]]
        assert {process for process, _ in inputs.controls[0].variations} == {"tt", "x500"}
        fitted = fit_asimov(inputs, settings)
        results.append(describe(fitted, settings))
        assert results[-1].interval.value == pytest.approx(1.0)
    assert results[0].interval == results[1].interval
