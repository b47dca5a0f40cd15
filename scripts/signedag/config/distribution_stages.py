"""Settings of the stages of data and simulation in any variable, taken from the analysis."""

from __future__ import annotations

from signedag.config.analysis import Analysis
from signedag.config.blinding import Blinding
from signedag.config.distributions import FillDistributionsSettings, PlotDistributionsSettings, ShownData
from signedag.config.fit_stages import hiding_bins, variations_of
from signedag.config.fitting import SCORE
from signedag.config.report_stages import plot
from signedag.config.stage_samples import fitted_samples


def fill_distributions(analysis: Analysis, region: str) -> FillDistributionsSettings:
    """Settings to fill the histograms of a region."""
    assert analysis.distributions is not None
    return FillDistributionsSettings(
        variables=analysis.distributions.variables,
        scores=analysis.distributions.scores,
        samples=fitted_samples(analysis),
        shifts=tuple(sorted(analysis.fitted_shifts())),
        one_sided=tuple(sorted(analysis.one_sided_shifts())),
        variations=variations_of(analysis),
        data=_shown_data(analysis, region),
    )


def _shown_data(analysis: Analysis, region: str) -> ShownData | None:
    """Say which data a region shows: none in a signal region before there is anything to see."""
    if analysis.data is None:
        return None
    if analysis.fit is not None and analysis.fit.data == "observed":
        blinding = hiding_bins(analysis.fit.blinding)
        if blinding.unblinded:
            return ShownData(signal_regions=(), blinding=Blinding(unblinded=True))
        return ShownData(
            signal_regions=(analysis.fit.region,),
            signals=analysis.signals(),
            blinding=blinding,
            scored=analysis.fitted_variants() if SCORE in blinding.windows else (),
        )
    hidden = analysis.signal_regions()
    return None if region in hidden else ShownData(signal_regions=hidden)


def plot_distributions(analysis: Analysis) -> PlotDistributionsSettings:
    """Settings to draw data and simulation."""
    assert analysis.distributions is not None
    return PlotDistributionsSettings(
        figures=plot(analysis),
        normalisations=analysis.uncertainties.normalisations,
        scale_factors={
            name: process.scale_factor
            for name, process in analysis.processes.items()
            if process.scale_factor and analysis.scale_factors and analysis.distributions.scale_factors
        },
        pseudo_data=analysis.data is not None and analysis.data.pseudo_data is not None,
    )
