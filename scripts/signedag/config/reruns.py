"""Which rules rerun when a key of the configuration changes.

Every key of two example analyses is changed in turn; a rule depends on the key if its stage settings come out
different. Which stage's settings a rule takes is read from the rule files, so nothing is listed by hand but the keys
that decide on files.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, partial
from itertools import product
from pathlib import Path

from pydantic import ValidationError

from signedag.config import stages
from signedag.config.alternatives import changed_analyses
from signedag.config.analysis import Analysis
from signedag.config.base import Settings
from signedag.config.example import examples
from signedag.config.strategies import SIMPLE_STRATEGIES

RULES = Path(__file__).resolve().parents[3] / "workflow" / "rules"

Place = tuple[str, str]
"""A stage and the values of the wildcards that its settings are for, separated by `/`."""

CONVERSION = {"convert_ntuple", "convert_shifts", "merge_sample", "merge_shifts"}
POINT = {"train_classifiers", "score_classifiers", "combine_scores", "check_classifier", "check_sculpting"}
POINT |= {"fill_templates", "fit_signal_strength"}
FIT_DETAILS = {
    "compute_limits",
    "compute_contour",
    "plot_contour",
    "compute_impacts",
    "compute_distributions",
    "plot_fit_details",
    "study_toys",
}
# Keys that decide which files a rule reads or makes, or of which kind a block is; where files become more, only what is
# new is made.
FILE_KEYS = {
    "samples.<sample>.files": CONVERSION,
    "samples.<sample>.checksums": {"convert_ntuple", "convert_shifts"},
    "samples.<sample>.transform": {"write_report"},
    "samples.<sample>.simulation.model": {"simulate_ntuple"},
    "samples.<sample>.simulation.files": CONVERSION,
    "samples.<sample>.table.unnamed": {"read_table"},
    "tables.files": {"read_table"},
    "tables.selection": {"convert_ntuple", "convert_shifts"},
    "tables.regions": {"convert_ntuple", "convert_shifts"},
    "data.files": {"convert_data", "merge_data"},
    "data.checksums": {"convert_data"},
    "data.pseudo_data.files": {"convert_data", "merge_data"},
    "training.networks_per_job": {
        "train_classifiers",
        "score_classifiers",
        "combine_scores",
        "check_classifiers",
        "plot_classifier",
    },
    "classifiers.<classifier>.seeds": {"combine_scores", "combine_shifts"},
    "classifiers.<classifier>.architecture.kind": {"train_classifier", "cross_check_signs"},
    "classifiers.<classifier>.networks.<network>.architecture.kind": {"train_classifier", "cross_check_signs"},
    "classifiers.<classifier>.phases[].updates[].terms[].objective": {"train_classifier", "cross_check_signs"},
    "weights.sign_network.architecture.kind": {"train_sign_network", "train_ratio_network"},
    "template_statistics_study.variants": {
        "study_template_statistics",
        "combine_template_statistics",
        "plot_template_statistics",
    },
    "template_statistics_study.pseudo_experiments": {"study_template_statistics"},
    "template_statistics_study.pseudo_experiments_per_job": {
        "study_template_statistics",
        "combine_template_statistics",
    },
    "optimism.variants": {"measure_optimism", "combine_optimism"},
    "optimism.reference": {"measure_optimism"},
    "scan.variant": POINT,
    "scan.grid": POINT,
    "scan.random.points": POINT,
    "scan.random.ranges.<path>.low": POINT,
    "scan.random.ranges.<path>.high": POINT,
    "scan.random.ranges.<path>.scale": POINT,
    "scan.random.ranges.<path>.integer": POINT,
    "scan.random.seed": POINT,
    "scan.treatment": {"fit_signal_strength"},
    "scan.binning": {"fill_templates", "fit_signal_strength"},
    "parametric_study.treatment": {"fit_signal_strength", "compute_limits", "compare_mass_limits", "plot_mass_limits"},
    "parametric_study.binning": {
        "fill_templates",
        "fit_signal_strength",
        "compute_limits",
        "compare_mass_limits",
        "plot_mass_limits",
    },
    "tables.leave_out": {"write_report"},
    "distributions.regions": {"fill_distributions", "plot_distributions"},
    "fit.data": {"score_data", "combine_data", "map_data"},
    "fit.variants": {"fill_templates", "fit_signal_strength", "plot_fit"} | FIT_DETAILS,
    "fit.treatments": {"fit_signal_strength", "plot_fit"} | FIT_DETAILS,
}


def rules_by_stage(folder: Path = RULES) -> dict[str, list[str]]:
    """Read from the rule files which rules take which stage's settings: stage to rules, in the files' order.

    A rule that is made from another one takes the settings of that one; those of data are left to `data_rules`.
    """
    rules: dict[str, list[str]] = {}
    stages_of: dict[str, str] = {}
    for file in sorted(folder.glob("*.smk")):
        for block in re.split(r"(?m)^ *(?=rule |use rule )", file.read_text(encoding="utf-8")):
            rule = re.match(r"rule (\w+):", block)
            stage = re.search(r"\*\*settings\(\s*stages\.(\w+)", block)
            copy = re.match(r"use rule (\w+) as (\w+) with:", block)
            if rule and stage:
                stages_of[rule[1]] = stage[1]
                rules.setdefault(stage[1], []).append(rule[1])
            elif copy and copy[1] in stages_of and copy[2] not in data_rules(folder).values():
                rules[stages_of[copy[1]]].append(copy[2])
    return rules


@cache
def data_rules(folder: Path = RULES) -> dict[str, str]:
    """Read from the rule files which rules are the same for data: rule to the rule of data."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.smk")))
    return dict(re.findall(r"(?m)^use rule (\w+) as (\w*data\w*) with:", text))


def reruns() -> dict[str, list[str]]:
    """Give the rules that depend on each key, by the key's path with `<sample>` and the like for names.

    `write_report` takes a digest of the whole configuration and so depends on every key; it is listed only where the
    key is part of its settings otherwise.
    """
    rules, of_data = rules_by_stage(), data_rules()
    dependent: dict[str, set[str]] = {}
    for example in examples():
        analysis = Analysis.model_validate(example)
        before = _settings_by_place(analysis, rules)
        for path, alternatives in changed_analyses(analysis):
            after = _first_that_works(path, alternatives, rules)
            names = dependent.setdefault(path, set())
            for stage, wildcard in sorted(before.keys() & after.keys()):
                if before[stage, wildcard] != after[stage, wildcard]:
                    names.update(_rule_of(rule, wildcard, of_data) for rule in rules[stage])
    for path, more in FILE_KEYS.items():
        dependent[path] = dependent.get(path, set()) | more
    return {path: sorted(names) for path, names in sorted(dependent.items())}


def _rule_of(rule: str, wildcard: str, of_data: Mapping[str, str]) -> str:
    return of_data.get(rule, f"{rule} (data)") if wildcard == "data" else rule


def _first_that_works(path: str, alternatives: Iterator[Analysis], rules: Mapping[str, list[str]]) -> dict[Place, str]:
    """Give the settings by place under the first changed value that leads to settings at all."""
    for analysis in alternatives:
        try:
            return _settings_by_place(analysis, rules)
        except KeyError:
            continue
    raise AssertionError(f"no changed value of {path} leads to settings; teach signedag.config.alternatives one")


def _settings_by_place(analysis: Analysis, rules: Mapping[str, list[str]]) -> dict[Place, str]:
    """Give every stage's settings as JSON, for every value of its wildcard; stages of absent blocks are left out."""
    by_place = {}
    for place, settings in stage_settings(analysis, rules):
        with suppress(AssertionError):  # a stage asserts that its block is there
            by_place[place] = _settings_json(settings)
    return by_place


def stage_settings(analysis: Analysis, rules: Iterable[str]) -> Iterator[tuple[Place, Callable[[], Settings]]]:
    """Give a function that makes every stage's settings, for all values of its wildcards."""
    for stage in rules:
        function = getattr(stages, stage)
        names = [name for name in inspect.signature(function).parameters if name not in ("analysis", "_analysis")]
        for values in product(*(_wildcard_values(analysis, stage, name) for name in names)):
            yield (stage, "/".join(values)), partial(function, analysis, **dict(zip(names, values, strict=True)))


def _wildcard_values(analysis: Analysis, stage: str, name: str) -> tuple[str, ...]:
    if name == "sample":
        simulated = analysis.data is not None and analysis.data.pseudo_data is not None
        has_data = stage in data_rules() or (stage == "simulate_ntuple" and simulated)
        return (*_samples(analysis, stage), *(analysis.data_names() if has_data else ()))
    trained, mapped = tuple(analysis.variants()), tuple(analysis.maps())
    judges = ("check_classifier", "check_sculpting", "fill_templates")
    variants = {"fit_score_map": mapped, "map_scores": mapped} | dict.fromkeys(judges, (*trained, *mapped))
    values = {
        "strategy": SIMPLE_STRATEGIES,
        "variant": variants.get(stage, trained),
        "region": analysis.distributions.regions if analysis.distributions else (),
        "binning": analysis.fit.binnings if analysis.fit else (),
        "treatment": analysis.fit.treatments if analysis.fit else (),
    }
    return tuple(values[name])


def _samples(analysis: Analysis, stage: str) -> list[str]:
    simulated = stage == "simulate_ntuple"
    return [name for name, sample in analysis.samples.items() if not simulated or sample.simulation is not None]


def _settings_json(settings: Callable[[], Settings]) -> str:
    """Give a stage's settings as JSON; a stage that refuses a changed value depends on it too."""
    try:
        content = json.loads(settings().as_json())
    except ValidationError as error:
        return str(error)
    content.pop("config_hash", None)
    return json.dumps(content, sort_keys=True)
