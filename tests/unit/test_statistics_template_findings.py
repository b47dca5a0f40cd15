"""What is wrong with templates is found before a fit, the worst first."""

from pathlib import Path

import numpy as np
import pytest

from signedag.config.fitting import ModelSettings
from signedag.statistics.template_files import RegionTemplates
from signedag.statistics.template_findings import MeaninglessFitError, examine, refuse_meaningless
from signedag.statistics.templates import Template

EDGES = (np.array([0.0, 1.0, 2.0]),)
SETTINGS = ModelSettings(signals=("zh",), scale_factors={}, shapes={"jes": None, "tag": ("tt",)}, normalisations={})


def template(*values: float, per_event: float = 0.1) -> Template:
    inside = np.array(values)
    flow = np.concatenate([[0.0], inside, [0.0]])
    return Template(flow, np.abs(flow) * per_event, EDGES)


def region(nominal: dict[str, Template], **variations: tuple[Template, Template]) -> RegionTemplates:
    named = {("tt", name): pair for name, pair in variations.items()}
    return RegionTemplates("sr", EDGES, nominal, named, None)


def kinds(chosen: RegionTemplates) -> list[tuple[str, str | None, str | None]]:
    return [(item.kind, item.process, item.uncertainty) for item in examine([chosen], SETTINGS)]


GOOD = {"zh": template(3.0, 4.0), "tt": template(90.0, 30.0)}


def test_good_templates_have_no_findings() -> None:
    assert kinds(region(GOOD, jes=(template(95.0, 31.0), template(85.0, 29.0)))) == []


def test_processes_that_are_negative_or_empty_are_listed_in_order() -> None:
    nominal = GOOD | {"vz": template(0.0, 0.0), "zlf": template(1.0, -4.0)}
    findings = examine([region(nominal)], SETTINGS)
    assert [item.kind for item in findings] == ["negative_process", "empty_process"]
    assert findings[0].message == "zlf adds up to -3 ± 0.71 events in region 'sr'"
    refuse_meaningless(findings, Path("t.root"))


def test_a_region_without_background_is_refused() -> None:
    nominal = {"zh": template(3.0, 4.0), "tt": template(0.0, 0.0)}
    findings = examine([region(nominal)], SETTINGS)
    assert [item.kind for item in findings] == ["empty_background", "empty_process"]
    with pytest.raises(MeaninglessFitError, match=r"^t\.root: region 'sr' has no background in its bins; check"):
        refuse_meaningless(findings, Path("t.root"))


def test_variations_are_compared_with_nominal_and_each_other() -> None:
    up, nominal = template(95.0, 31.0), GOOD["tt"]
    assert kinds(region(GOOD, jes=(up, up))) == [("same_variation", "tt", "jes")]
    assert kinds(region(GOOD, jes=(up, nominal))) == [("one_sided_variation", "tt", "jes")]
    assert kinds(region(GOOD, jes=(nominal, up))) == [("one_sided_variation", "tt", "jes")]
    assert kinds(region(GOOD, jes=(nominal, nominal), tag=(up, up))) == [
        ("same_variation", "tt", "tag"),
        ("no_variation", "tt", "jes"),
    ]
    assert kinds(region(GOOD, other=(up, up))) == []


def test_a_variation_of_few_events_is_not_believed() -> None:
    thin = template(95.0, 31.0, per_event=30.0)  # (95² + 31²)/(95 + 31)/30 = 2.6 effective events
    findings = examine([region(GOOD, jes=(thin, template(85.0, 29.0)))], SETTINGS)
    assert [item.kind for item in findings] == ["few_effective_events"]
    assert "a typical bin of 'jes' of tt in region 'sr' has 2.64 effective events" in findings[0].message
    assert findings[0].as_json()["uncertainty"] == "jes"
