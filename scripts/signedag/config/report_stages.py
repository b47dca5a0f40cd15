"""Settings of figures and report, taken from the analysis."""

from __future__ import annotations

import hashlib

from signedag.config.analysis import Analysis
from signedag.config.classifier_stages import classes_of
from signedag.config.fit_stages import strength_pairs
from signedag.config.plotting import PlotSettings, ProcessStyle, WriteReportSettings
from signedag.config.stage_samples import process_of
from signedag.config.strategies import SIGNED_STRATEGIES
from signedag.config.table_source import diagnosed_samples

# Okabe and Ito's palette: told apart by colour-blind readers and in print.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#F0E442", "#D55E00", "#999999")


def plot(analysis: Analysis) -> PlotSettings:
    """Settings of all figures; no other rule depends on them."""
    control = analysis.scale_factors.regions if analysis.scale_factors else {}
    return PlotSettings(
        plots=analysis.plots,
        luminosity_fb=analysis.luminosity_fb,
        processes={
            name: ProcessStyle(
                label=process.label or name,
                colour=process.colour or PALETTE[index % len(PALETTE)],
                signal=process.role == "signal",
            )
            for index, (name, process) in enumerate(analysis.processes.items())
        },
        stack=tuple(analysis.processes),
        samples=process_of(analysis),
        regions={name: region.label or name for name, region in analysis.events.regions.items()},
        observables={name: region.observable for name, region in control.items()},
        mass=analysis.fit.mass if analysis.fit else "m_jj_gev",
    )


def write_report(analysis: Analysis) -> WriteReportSettings:
    """Settings of the report."""
    fit = analysis.fit
    variants, recommended = analysis.judged(), analysis.recommended()
    return WriteReportSettings(
        analysis=analysis.analysis,
        title=analysis.title or analysis.analysis,
        config_hash=hashlib.sha256(analysis.as_json().encode()).hexdigest()[:12],
        seed=analysis.seed,
        luminosity_fb=analysis.luminosity_fb,
        samples=tuple(name for name, sample in analysis.samples.items() if sample.transform),
        diagnosed=diagnosed_samples(analysis),
        counted=(*analysis.samples, *analysis.data_names()),
        fitted_regions=analysis.fitted_regions(),
        variants=variants,
        compared=len(analysis.judged_on_all_signals()) > 1,
        judged_by_mass=analysis.judged_by_mass(),
        recommended=recommended,
        used=tuple(sorted({recommended, *analysis.needed_for([recommended])})) if recommended else (),
        strategies={name: analysis.variants()[name].weights.strategy for name in analysis.trained_for(variants)},
        other_closures=_other_closures(analysis),
        seeds={name: analysis.seeds_of(name) for name in analysis.trained_for(variants)},
        folds=analysis.folds,
        has_sculpting=analysis.sculpting is not None,
        has_diboson_peak=analysis.diboson_peak is not None,
        has_scale_factors=analysis.scale_factors is not None,
        fits={name: tuple(fit.binnings) for name in analysis.fitted_variants()} if fit else {},
        treatments=fit.treatments if fit else (),
        strength_pairs=strength_pairs(analysis) if fit else (),
    )


def _other_closures(analysis: Analysis) -> dict[str, dict[str, str]]:
    """Give the closures of weights that classifiers train with and that are neither transformed nor the signed ones.

    Those of `joint` are what its networks ended with: of each class, since they see no sample.
    """
    closures: dict[str, dict[str, str]] = {}
    for name in analysis.trained_for(analysis.judged()):
        variant = analysis.variants()[name]
        strategy, classes = variant.weights.strategy, classes_of(analysis, name)
        own = closures.setdefault(strategy, {})
        if strategy == "joint":
            for seed in variant.seeds:
                folder = f"joint/{name}/seed{seed}"
                own |= {f"{label} of {name}, seed {seed}": f"{folder}/closure_{label}.json" for label in classes}
        elif strategy not in ("transformed", *SIGNED_STRATEGIES):
            samples = (sample for names in classes.values() for sample in names)
            own |= {sample: f"{strategy}/{sample}/closure.json" for sample in samples}
    return {strategy: dict(sorted(own.items())) for strategy, own in sorted(closures.items()) if own}
