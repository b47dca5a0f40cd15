"""A small analysis whose results the stages themselves wrote: what figures and the report are made from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from event_stores import opened, opened_stage, write_events, write_scores
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import check_classifier
import check_diboson_peak
import check_sculpting
import compute_distributions
import compute_impacts
import compute_limits
import fit_scale_factors
import fit_signal_strength
import study_pulls
from signedag.config.plotting import Plots, PlotSettings, ProcessStyle, WriteReportSettings
from signedag.config.weights import Calibration, CheckWeightClosureSettings, Closure
from signedag.events.store import write_stage
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.statistics.template_files import RegionTemplates, write_templates
from signedag.statistics.templates import Edges, Template, find_bins
from signedag.weights.closure_report import closure_report
from signedag.weights.diagnostics import diagnose, transformability
from signedag.weights.fold_weights import FoldWeights, SignOutput, calibrate_fold
from signedag.weights.reliability import calibration_report
from signedag.weights.training_sets import TrainingSet, pooled

# sample: expected events, score (beta distribution), mass peak or none, negative share
SAMPLES = {
    "zh": (40.0, (4.0, 1.6), 125.0, 0.05),
    "vz": (150.0, (3.5, 1.7), 91.0, 0.10),
    "top": (2500.0, (1.6, 2.5), None, 0.15),
    "zjets": (1500.0, (1.4, 2.6), None, 0.30),
}
PROCESSES = {"zh": "ZH", "vz": "VZ", "top": "tt", "zjets": "Zjets"}
TREATMENTS = ("fixed", "constrained", "simultaneous")
MODEL = {
    "signals": ["ZH"],
    "scale_factors": {"tt": "sf_tt", "Zjets": "sf_zjets"},
    "shapes": {"btag": None},
    "normalisations": {"luminosity": {"relative": 0.02}},
}
CONTROL = {
    "cr_tt": {"ZH": 1.0, "VZ": 10.0, "tt": 3000.0, "Zjets": 300.0},
    "cr_zjets": {"ZH": 5.0, "VZ": 50.0, "tt": 400.0, "Zjets": 2500.0},
}
TRUTH = {"sf_tt": 0.9, "sf_zjets": 1.2}


COLUMN_CM, PAGE_CM = 8.0, 17.0
SMALLEST_POINTS = 5.5


def _assert_legible(figure: Figure) -> None:
    """Check that all lies inside the figure, no axis label runs into a panel, and texts are large enough in print.

    In print a panel is as wide as a column of a journal, and a row of panels at most as wide as its page.
    """
    FigureCanvasAgg(figure)
    renderer = figure.canvas.get_renderer()
    figure.draw(renderer)
    lefts = {round(axes.get_position().x0, 2) for axes in figure.axes if axes.axison}
    scale = min(COLUMN_CM * len(lefts), PAGE_CM) / (2.54 * figure.get_figwidth())
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            assert scale * text.get_fontsize() >= SMALLEST_POINTS, f"{text.get_text()!r} is too small in print"
    for artist in (*figure.axes, *figure.legends, *figure.texts):
        box = artist.get_tightbbox(renderer)
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height
        assert inside, f"{artist} leaves the figure: {box}"
    for axes in figure.axes:
        panels = [other.get_window_extent(renderer) for other in figure.axes if other is not axes and other.axison]
        for label in (axes.xaxis.label, axes.yaxis.label, axes.title, axes._left_title):
            if label.get_text():
                box = label.get_window_extent(renderer)
                assert not any(box.overlaps(panel) for panel in panels), f"{label.get_text()!r} runs into a panel"


@pytest.fixture
def assert_legible() -> Callable[[Figure], None]:
    """The check that a figure's texts can be read."""
    return _assert_legible


@pytest.fixture(scope="session")
def plot_settings() -> PlotSettings:
    """Names, colours and labels of the small analysis."""
    return PlotSettings(
        plots=Plots(labels={"pt_jj_gev": r"$p_\mathrm{T}(jj)$ [GeV]", "m_jj_gev": "$m_{jj}$ [GeV]"}),
        luminosity_fb=41.5,
        processes={
            "ZH": ProcessStyle(label="ZH(bb)", colour="#D55E00", signal=True),
            "VZ": ProcessStyle(label="VZ(bb)", colour="#CC79A7", signal=False),
            "tt": ProcessStyle(label="top pairs", colour="#0072B2", signal=False),
            "Zjets": ProcessStyle(label="Z + jets", colour="#009E73", signal=False),
        },
        stack=("ZH", "VZ", "tt", "Zjets"),
        samples=PROCESSES,
        regions={"sr": "signal region", "cr_tt": "tt control region", "cr_zjets": "Z control region"},
        observables={"cr_tt": "pt_jj_gev", "cr_zjets": "pt_jj_gev"},
    )


@pytest.fixture(scope="session")
def report_settings() -> WriteReportSettings:
    """What the small analysis's report needs to know."""
    return WriteReportSettings(
        analysis="small",
        title="A small analysis",
        config_hash="0123456789ab",
        seed=1,
        luminosity_fb=41.5,
        samples=tuple(SAMPLES),
        diagnosed=tuple(SAMPLES),
        counted=(*SAMPLES, "data"),
        fitted_regions=("cr_tt", "cr_zjets", "sr"),
        variants=("plain",),
        compared=False,
        strategies={"plain": "transformed"},
        other_closures={},
        seeds={"plain": (1, 2)},
        folds=2,
        has_sculpting=True,
        has_diboson_peak=True,
        has_scale_factors=True,
        fits={"plain": ("coarse",)},
        treatments=TREATMENTS,
    )


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with all results of the small analysis."""
    folder = tmp_path_factory.mktemp("results")
    for number, sample in enumerate(SAMPLES):
        _write_sample(folder, sample, np.random.default_rng(number))
    for sample in (*SAMPLES, "data"):
        _count_events(folder, sample)
    _judge_classifier(folder)
    _fit_control_regions(folder)
    _fit_signal_strength(folder)
    return folder


class EditableResults:
    """Results and templates of the small analysis in a folder of their own, to be changed by a test."""

    def __init__(self, results: Path, folder: Path) -> None:
        self.folder = folder
        for path in (*results.rglob("*.json"), *results.rglob("*.root")):
            copied = folder / path.relative_to(results)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copied)

    def edit(self, name: str, change: Callable[[dict], object]) -> None:
        """Change the content of a file in place."""
        content = json.loads((self.folder / name).read_text(encoding="utf-8"))
        names = content.pop("identity")
        del content["checksum"]
        change(content)
        write_json(self.folder / name, content, Identity(names.pop("kind"), names))

    def copy(self, name: str, copied: str, **names: str) -> None:
        """Copy a file and let it say that it is of something else."""
        content = json.loads((self.folder / name).read_text(encoding="utf-8"))
        written = content.pop("identity") | names
        del content["checksum"]
        write_json(self.folder / copied, content, Identity(written.pop("kind"), written))


@pytest.fixture
def editable(results: Path, tmp_path: Path) -> EditableResults:
    """The results, free to be changed."""
    return EditableResults(results, tmp_path / "editable")


def _write_sample(folder: Path, sample: str, generator: np.random.Generator) -> None:
    """Draw events with known truth and write events, scores, closure and calibration."""
    expected, shape, peak, share = SAMPLES[sample]
    size = 4000
    pt = 150 + generator.exponential(70, size)
    positive = 1 - share * (0.5 + np.exp(-(pt - 150) / 100))
    weight = np.where(generator.random(size) < positive, 1.0, -1.0) * generator.lognormal(0, 0.3, size)
    weight *= expected / weight.sum()
    mass = generator.normal(peak, 10, size) if peak else 50 + 150 * generator.beta(1.2, 2.5, size)
    fold = generator.integers(0, 2, size).astype(np.int8)
    columns = {
        "event_number": np.arange(size),
        "fold": fold,
        "weight": weight,
        "m_jj_gev": mass,
        "pt_jj_gev": pt,
        "n_jets": generator.poisson(1.2, size).astype(np.float32),
        "region_sr": np.ones(size, dtype=bool),
    }
    write_events(folder / "ntuples" / sample / "nominal.arrow", columns)
    events = opened(folder / "ntuples" / sample / "nominal.arrow")
    for name in ("combined", "seed1", "seed2"):
        score = {"score": np.random.default_rng(7).permutation(generator.beta(*shape, size))}
        write_scores(folder / "scores" / "plain" / name / sample / "nominal.arrow", events, score)
    raw = np.clip(positive + 0.04 + generator.normal(0, 0.01, size), 0, 1)
    folds = [_fold_weights(sample, number, columns, raw) for number in (0, 1)]
    sets = [
        TrainingSet(fold.output.fold, fold.output.rows, fold.output.signed_weight, fold.columns()) for fold in folds
    ]
    probability = pooled(sets, lambda training: training.columns["positive_probability"])
    truth = Identity.of("events", sample=sample, shift="truth")
    write_stage(folder / "truth.arrow", events, {"positive_probability": positive}, {}, truth)
    settings = CheckWeightClosureSettings(
        closure=Closure(other_variables=("m_jj_gev",), bins=8, truth_bins=4), inputs=("pt_jj_gev", "n_jets")
    )
    closure = closure_report(events, opened_stage(folder / "truth.arrow", events), sets, settings)
    calibration = calibration_report(weight, folds)
    target = folder / "weights" / "transformed" / sample
    closed = Identity.of("closure", strategy="transformed", sample=sample)
    write_json(target / "closure.json", {"sample": sample} | closure.as_json(), closed)
    calibrated = Identity.of("calibration", sample=sample)
    write_json(target / "calibration.json", {"sample": sample} | calibration, calibrated)
    networks = [{"part": part, "member": 0, "diverged": None, "failed": None, "warnings": []} for part in (0, 1, 2)]
    for number in (0, 1):
        history = folder / "weights" / "sign_networks" / sample / f"without_fold{number}" / "history.json"
        write_json(history, {"networks": networks}, Identity.of("sign training", sample=sample, fold=number))
    diagnostics = diagnose({"pt_jj_gev": pt, "m_jj_gev": mass}, weight, raw, generator, 8, 25.0)
    diagnostics["transformable"] = transformability(weight, probability, 0.05).as_json()
    diagnosed = Identity.of("diagnostics", sample=sample)
    write_json(folder / "weights" / "diagnostics" / f"{sample}.json", {"sample": sample} | diagnostics, diagnosed)


def _fold_weights(sample: str, number: int, columns: dict[str, np.ndarray], raw: np.ndarray) -> FoldWeights:
    """Calibrate and transform outside one fold."""
    rows = columns["fold"] != number
    output = SignOutput(number, rows, columns["event_number"][rows], columns["weight"][rows], raw[np.newaxis, rows])
    return calibrate_fold(sample, output, Calibration())


def _count_events(folder: Path, sample: str) -> None:
    """Write what merging says of a sample without repetitions."""
    regions = {name: {"events": 1000} for name in ("sr", "cr_tt", "cr_zjets")}
    content = {
        "sample": sample,
        "nominal": {"rows": 3000, "regions": regions},
        "repetitions": {"numbers": 0, "events": 0},
        "overlaps": [],
    }
    write_json(folder / "ntuples" / sample / "summary.json", content, Identity.of("sample summary", sample=sample))


def _judge_classifier(folder: Path) -> None:
    classes = {"signal_samples": ["zh"], "background_samples": ["vz", "top", "zjets"]}
    shared = {"seed": 1, "bootstrap": 5} | classes
    performance = shared | {"region": "sr", "seeds": [1, 2], "score_edges": [0.0, 0.25, 0.5, 0.75, 1.0]}
    axis = {"bins": 15, "low": 50, "high": 200}
    sculpting = shared | {
        "resonant_samples": ["vz"],
        "sculpting": {"region": "sr", "axis": axis, "effective_events_per_bin": 5, "ks_replicas": 50},
    }
    peak = {
        "luminosity_fb": 41.5,
        "resonant_samples": ["vz"],
        "other_samples": ["top", "zjets"],
        "signal_samples": ["zh"],
        "diboson_peak": {"region": "sr", "axis": axis},
    }
    files = ["--events", *map(str, folder.glob("ntuples/*/nominal.arrow"))]
    files += ["--scores", *map(str, folder.glob("scores/plain/combined/*/nominal.arrow"))]
    seeds = ["--seed-scores", *map(str, folder.glob("scores/plain/seed*/*/nominal.arrow"))]
    for command, settings, more, output in (
        (check_classifier, performance, seeds, "classifiers/plain/performance.json"),
        (check_sculpting, sculpting, [], "sculpting/plain/sculpting.json"),
        (check_diboson_peak, peak, [], "sculpting/plain/diboson_peak.json"),
    ):
        arguments = ["--settings", json.dumps(settings), "--variant", "plain", *files, *more]
        assert command.main([*arguments, "--output", str(folder / output)]) == 0
    for seed in (1, 2):
        for fold in (0, 1):
            epochs = [
                {"phase": 0, "epoch": epoch, "training": 0.7 / epoch, "validation": 0.8 / epoch, "largest_logit": 3.0}
                for epoch in range(1, 6)
            ]
            names = {"variant": "plain", "seed": seed, "fold": fold}
            history = names | {"epochs": epochs, "best_epochs": [4], "diverged": None}
            path = folder / "classifiers" / "plain" / f"seed{seed}" / f"fold{fold}" / "history.json"
            write_json(path, history, Identity.of("training history", **names))


def _templates(
    region: str, values: dict[str, np.ndarray], coordinates: dict[str, list[np.ndarray]], edges: Edges
) -> RegionTemplates:
    """Make nominal templates and a 5 % variation on both sides."""
    bins = {process: find_bins(coordinates[process], edges) for process in values}

    def filled(factor: float) -> dict[str, Template]:
        return {process: bins[process].fill(factor * weights) for process, weights in values.items()}

    sides = zip(filled(1.05).values(), filled(0.95).values(), strict=True)
    return RegionTemplates(
        region, edges, filled(1.0), {(name, "btag"): pair for name, pair in zip(values, sides, strict=True)}, None
    )


def _fit_control_regions(folder: Path) -> None:
    generator = np.random.default_rng(11)
    edges = (np.array([150.0, 200.0, 260.0, 400.0]),)
    regions = []
    for name, expected in CONTROL.items():
        pt = {process: [150 + 250 * generator.beta(1, 3, 2000)] for process in expected}
        weights = {process: np.full(2000, number / 2000) for process, number in expected.items()}
        region = _templates(name, weights, pt, edges)
        mean = sum(
            region.nominal[process].values * TRUTH.get(MODEL["scale_factors"].get(process, ""), 1.0)
            for process in expected
        )
        data = np.repeat(0.5 * (edges[0][1:] + edges[0][:-1]), generator.poisson(mean))
        regions.append(replace(region, data=find_bins([data], edges).fill(np.ones(data.size))))
    write_templates(folder / "templates" / "control.root", regions, {}, Identity.of("control templates"))
    fit = {"model": MODEL, "profile_nuisances": False, "truth": TRUTH}
    common = ["--templates", str(folder / "templates" / "control.root"), "--output"]
    output = str(folder / "scale_factors" / "result.json")
    assert fit_scale_factors.main(["--settings", json.dumps(fit), *common, output]) == 0
    pulls = json.dumps({"seed": 1, "fit": fit, "pseudo_experiments": 20})
    assert study_pulls.main(["--settings", pulls, *common, str(folder / "scale_factors" / "pulls.json")]) == 0


def _fit_signal_strength(folder: Path) -> None:
    edges = (np.linspace(50, 200, 16), np.linspace(0, 1, 13))
    weights, coordinates = {}, {}
    for sample, process in PROCESSES.items():
        events = opened(folder / "ntuples" / sample / "nominal.arrow")
        scores = opened_stage(folder / "scores" / "plain" / "combined" / sample / "nominal.arrow", events)
        weights[process] = events.column("weight")
        coordinates[process] = [events.column("m_jj_gev"), scores.column("score")]
    templates = folder / "fit" / "plain" / "coarse" / "templates.root"
    identity = Identity.of("templates", variant="plain", binning="coarse")
    write_templates(templates, [_templates("sr", weights, coordinates, edges)], {}, identity)
    for treatment in TREATMENTS:
        settings = {"model": MODEL, "treatment": treatment, "nonpositive_bins": "merge", "floor_events": 0.001}
        inputs = ["--variant", "plain", "--binning", "coarse", "--templates", str(templates)]
        inputs += ["--control-templates", str(folder / "templates" / "control.root")]
        inputs += ["--scale-factors", str(folder / "scale_factors" / "result.json")]
        target = templates.parent / treatment
        outputs = ["--result", str(target / "result.json"), "--workspace", str(target / "workspace.json")]
        assert fit_signal_strength.main(["--settings", json.dumps(settings), *inputs, *outputs]) == 0
        limits = json.dumps({"fit": settings, "confidence_level": 0.95})
        assert compute_limits.main(["--settings", limits, *inputs, "--output", str(target / "limits.json")]) == 0
        described = ["--settings", json.dumps(settings), *inputs, "--output", str(target / "distributions.json")]
        assert compute_distributions.main(described) == 0
        groups = json.dumps({"fit": settings, "groups": {"weight_variations": ["btag"]}})
        for group in ("weight_variations", "scale_factors"):
            output = str(target / "impacts" / f"{group}.json")
            assert compute_impacts.main(["--settings", groups, *inputs, "--group", group, "--output", output]) == 0
