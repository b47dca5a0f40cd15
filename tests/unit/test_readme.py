"""README's examples are what the program takes."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from table_files import analysis

from signedag.config.cross_checks import read_analysis
from signedag.config.example import examples

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(first_key: str) -> list[str]:
    """Give the YAML blocks that begin with a key, without the indentation of a list's item."""
    found = re.findall(r"(?ms)^( *)```yaml\n(.*?)^ *```", README)
    texts = [re.sub(rf"(?m)^{indent}", "", text) for indent, text in found]
    return [text for text in texts if text.startswith(f"{first_key}:")]


def test_the_classifiers_of_the_example_are_valid() -> None:
    (text,) = blocks("classifiers")
    content = yaml.safe_load((ROOT / "config" / "vhbb.yaml").read_text(encoding="utf-8"))
    content |= yaml.safe_load(text)
    for key in ("strategy_comparison", "optimism", "decorrelation_comparison", "scan", "mismodelling"):
        content.pop(key, None)
    described = read_analysis(content, "README.md")
    names = {"plain", "fine_tuned", "three_classes", "independent", "hindered", "planed"}
    assert set(described.classifiers) == names
    assert described.recommended() == "uniform"


def test_the_parametric_classifier_of_the_example_is_valid() -> None:
    (text,) = blocks("processes")
    content = examples()[1] | yaml.safe_load(text)
    for block in ("scan", "parametric_study", "fit"):
        del content[block]
    signal = content["samples"].pop("higgs")
    del content["samples"]["heavy"]
    content["samples"] |= {name: signal | {"process": name} for name in ("X500", "X750")}
    analysis = read_analysis(content, "README.md")
    assert analysis.classifiers["parametric"].parameters == ("mass_gev",)
    assert analysis.signals_of("at_750") == ("X750",)


def test_the_samples_of_the_example_are_valid() -> None:
    (text,) = blocks("samples")
    content = yaml.safe_load((ROOT / "config" / "generator.yaml").read_text(encoding="utf-8"))
    tt = yaml.safe_load(text)["samples"]["tt"]
    content["samples"]["tt"] = tt
    content["processes"]["tt"] = {"role": "background"}
    assert read_analysis(content, "README.md").samples["tt"].files == ("/data/mc/tt/*.root",)


def test_the_tables_of_the_example_are_valid() -> None:
    (text,) = blocks("tables")
    content, example = analysis([]), yaml.safe_load(text)
    content["events"] |= {"branches": {"lepton_pt": "lepton_pt", "eta": "lepton_eta", "lepton_eta": "lepton_eta"}}
    content["events"]["features"] = ["lepton_pt", "lepton_eta"]
    content["tables"] = example["tables"] | {"files": ["all_train.csv.gz"]}
    content["samples"] |= {name: content["samples"][name] | sample for name, sample in example["samples"].items()}
    found = read_analysis(content, "README.md")
    assert set(found.samples) == {"x500", "x750", "tt"}
    assert found.events.regions["signal"].selection == "lepton_eta > -100"


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / target).exists(), target
