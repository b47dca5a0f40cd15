"""Settings of the stage that summarises a scan, taken from the analysis."""

from __future__ import annotations

from signedag.config.analysis import Analysis
from signedag.config.scan import SummariseScanSettings


def summarise_scan(analysis: Analysis) -> SummariseScanSettings:
    """Settings to put the points of the scan side by side."""
    scan, fit = analysis.scan, analysis.fit
    assert scan is not None
    return SummariseScanSettings(
        scan=scan,
        paths=scan.paths(),
        classifier=analysis.scanned_classifier(),
        template=analysis.classifiers[analysis.scanned_classifier()],
        seed=analysis.seed,
        folds=analysis.folds,
        has_sculpting=analysis.sculpting is not None,
        binning=(scan.binning or next(iter(fit.binnings))) if fit else None,
        treatment=(scan.treatment or fit.treatments[0]) if fit else None,
    )
