"""Which samples belong to which process, and which of them are fitted."""

from __future__ import annotations

from signedag.config.analysis import Analysis


def process_of(analysis: Analysis) -> dict[str, str]:
    """Give each sample's process."""
    return {name: sample.process for name, sample in analysis.samples.items()}


def fitted_samples(analysis: Analysis) -> dict[str, str]:
    """Give the samples that enter histograms and fits, with their processes."""
    return {
        name: process for name, process in process_of(analysis).items() if analysis.processes[process].role != "other"
    }
