"""Settings of the stages from ROOT files to events, taken from the analysis."""

from __future__ import annotations

from collections.abc import Iterator

from signedag.config.analysis import Analysis
from signedag.config.classifier_stages import check_diboson_peak, classes_of, points_of
from signedag.config.events import ConvertNtupleSettings, ConvertShiftsSettings, Events
from signedag.config.regions import CheckRegionsSettings, PointNeed, RegionNeed
from signedag.config.samples import MergeSampleSettings
from signedag.config.simulation import NegativeWeights, PseudoDataComponent, SimulateNtupleSettings
from signedag.config.stage_samples import fitted_samples


def simulate_ntuple(analysis: Analysis, sample: str) -> SimulateNtupleSettings:
    """Settings to simulate a sample, or to draw pseudo-data from all of them."""
    if sample != "data":
        return SimulateNtupleSettings(seed=analysis.seed, simulation=analysis.samples[sample].simulation)
    assert analysis.data is not None and analysis.data.pseudo_data is not None
    truth = analysis.data.pseudo_data
    components = {}
    for name in fitted_samples(analysis):
        described = analysis.samples[name]
        process = analysis.processes[described.process]
        factor = truth.scale_factors.get(process.scale_factor or "", 1.0)
        if process.role == "signal":
            factor *= truth.signal_strength
        expected = described.cross_section_pb * 1000 * analysis.luminosity_fb * factor
        assert described.simulation is not None and described.simulation.model == "recoil"
        # How many signed events are simulated and how many are negative does not matter to unweighted ones.
        irrelevant = {"events": 1, "files": 1, "negative_weights": NegativeWeights()}
        physics = described.simulation.model_copy(update=irrelevant)
        components[name] = PseudoDataComponent(simulation=physics, expected_events=expected)
    return SimulateNtupleSettings(seed=analysis.seed, pseudo_data=components, pseudo_data_files=truth.files)


def convert_ntuple(analysis: Analysis, sample: str) -> ConvertNtupleSettings:
    """Settings to turn a sample's files into columns of the nominal events."""
    uncertainties = analysis.uncertainties
    if sample == "data":
        assert analysis.data is not None
        tree, branches = analysis.data.tree, analysis.data.branches
        events = analysis.events.model_copy(update={"truth": {}})
        return ConvertNtupleSettings(
            events=_own_branches(events, tree, branches),
            folds=analysis.folds,
            variations={},
            denominator=None,
            is_data=True,
        )
    described = analysis.samples[sample]
    normalisation = described.normalisation
    own = (normalisation.sum_of or analysis.events.weight) if normalisation.value is None else None
    return ConvertNtupleSettings(
        events=_own_branches(analysis.events, described.tree, described.branches),
        folds=analysis.folds,
        variations={
            name: variation
            if variation.processes is None or described.process in variation.processes
            else variation.model_copy(update={"up": "1.0", "down": "1.0"})
            for name, variation in uncertainties.variations.items()
        },
        denominator=None if normalisation.other_tree else own,
        other_tree=normalisation.other_tree,
    )


def convert_shifts(analysis: Analysis, sample: str) -> ConvertShiftsSettings:
    """Settings to turn a sample's files into columns of its shifted events."""
    described = analysis.samples[sample]
    assert analysis.uncertainties.shifts
    events = analysis.events.model_copy(update={"truth": {}})
    return ConvertShiftsSettings(
        events=_own_branches(events, described.tree, described.branches),
        folds=analysis.folds,
        # whether they are fitted changes no event
        shifts={
            name: shift.model_copy(update={"fitted": True}) for name, shift in analysis.uncertainties.shifts.items()
        },
    )


def _own_branches(events: Events, tree: str | None, branches: dict[str, str]) -> Events:
    """Fill in the tree and branches that differ for one sample, and leave out what only figures need."""
    regions = {name: region.model_copy(update={"label": ""}) for name, region in events.regions.items()}
    own = {"tree": tree or events.tree, "branches": events.branches | branches, "regions": regions}
    return events.model_copy(update=own)


def merge_sample(analysis: Analysis, sample: str) -> MergeSampleSettings:
    """Settings to put a sample's parts together and normalise them."""
    described = None if sample == "data" else analysis.samples[sample]
    return MergeSampleSettings(
        cross_section_pb=described.cross_section_pb if described else None,
        luminosity_fb=analysis.luminosity_fb,
        denominator=described.normalisation.value if described else None,
    )


def check_regions(analysis: Analysis) -> CheckRegionsSettings:
    """Settings to check that every region has what is trained, fitted or checked there."""
    needs = []
    points = analysis.scanned_variants()  # the same events as the scanned classifier
    studied = analysis.parametric_variants()
    for name, variant in analysis.variants().items():
        if name in points:
            continue
        key = f"classifiers.{name}.region"
        if name not in analysis.classifiers:
            key = "parametric_study" if name in studied else "strategy_comparison.variant"
        for kind, samples in classes_of(analysis, name).items():
            needs.append(RegionNeed(region=variant.region, what=kind, samples=samples, key=key))
    for name, score_map in analysis.score_maps.items():
        if not score_map.spectators:
            continue
        region, background = analysis.region_of(name), analysis.mapped_background(score_map)
        key = f"score_maps.{name}.region"
        needs.append(RegionNeed(region=region, what="background", samples=background, key=key))
    if analysis.sculpting is not None:
        region, background = analysis.sculpting.region, analysis.samples_of("background")
        needs.append(RegionNeed(region=region, what="background", samples=background, key="sculpting.region"))
    if analysis.diboson_peak is not None:
        peaking, region = check_diboson_peak(analysis), analysis.diboson_peak.region
        for kind, samples in (("resonant", peaking.resonant_samples), ("signal", peaking.signal_samples)):
            needs.append(RegionNeed(region=region, what=kind, samples=samples, key="diboson_peak.region"))
    if analysis.fit is not None:
        region, signal = analysis.fit.region, analysis.samples_of("signal")
        needs.append(RegionNeed(region=region, what="signal", samples=signal, key="fit.region"))
    simulated = tuple(sorted(fitted_samples(analysis)))
    for region in analysis.scale_factors.regions if analysis.scale_factors else ():
        key = f"scale_factors.regions.{region}"
        needs.append(RegionNeed(region=region, what="simulated", samples=simulated, key=key))
    needs += [
        RegionNeed(region=region, what="simulated", samples=simulated, key="distributions.regions")
        for region in (analysis.distributions.regions if analysis.distributions else ())
    ]
    return CheckRegionsSettings(
        needs=tuple(sorted(needs, key=lambda need: (need.key, need.region, need.what))),
        points=tuple(_points(analysis)),
    )


def _points(analysis: Analysis) -> Iterator[PointNeed]:
    """Give the points at which classifiers are trained or judged."""
    for name, variant in sorted(analysis.classifiers.items()):
        for process, values in points_of(analysis, name).items():
            own = (sample for sample, described in analysis.samples.items() if described.process == process)
            yield PointNeed(
                region=variant.region,
                process=process,
                point=", ".join(f"{key} = {value:g}" for key, value in zip(variant.parameters, values, strict=True)),
                samples=tuple(sorted(own)),
                trained=process not in analysis.left_out_of(name),
                classifier=name,
            )
