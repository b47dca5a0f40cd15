"""Fill the two-dimensional templates (mass x score) of the signal region.

Every process gets its nominal template and, for each shift and weight variation that acts on it, an upward and a
downward one. Templates hold signed weights with their sum of squares; events outside the mass range are counted in
the log and in the file's `summary` and kept in the flow bins. Shifts use the shifted events with their own scores.

Observed data are filled where the settings name them; bins that blinding hides are empty (NaN), and the flow bins with
them.

The ROOT file has one folder, named like the region, with histograms `process` and `process__variation__up|down`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.fitting import FillTemplatesSettings
from signedag.events.store_files import StoreFiles
from signedag.identity import Identity
from signedag.metrics.scored_events import joined, read_scored_events
from signedag.metrics.weighted_sample import WeightedSample
from signedag.statistics.filling import SCORE, Alternatives, FilledRegion, fill_data, fill_samples
from signedag.statistics.hidden_bins import hidden_in, masked
from signedag.statistics.score_axis import score_edges
from signedag.statistics.template_files import write_templates


def work(arguments: argparse.Namespace) -> None:
    """Fill and write the templates."""
    settings: FillTemplatesSettings = arguments.settings
    events = StoreFiles.of(arguments.events, Identity.of("events"))
    scores = StoreFiles.of(arguments.scores, Identity.of("combined scores", variant=arguments.variant))
    signal = [read_scored_events(events, scores, name, settings.region) for name in settings.signal_samples]
    all_signal = joined(signal).scores() if signal else WeightedSample(np.empty(0), np.empty(0))
    of_score = score_edges(settings.binning.score, all_signal, f"scores of {arguments.variant}")
    edges = (np.array(settings.binning.mass.all_edges()), of_score)
    region = FilledRegion(settings.region, (settings.mass, SCORE), edges)
    alternatives = Alternatives(settings.shifts, settings.variations, settings.one_sided)
    (filling,) = fill_samples(events, scores, settings.samples, [region], alternatives)
    described = {"counts": filling.counts_as_json(), "provenance": provenance(settings, "fill_templates")}
    templates = filling.templates()
    if settings.data is not None:
        # Not with the others, which count events outside the bins: no number may depend on hidden data.
        hidden = hidden_in(templates, region.columns, settings.data.signals, settings.data.blinding)
        data = fill_data(events, scores, settings.data.sample, region)
        templates = replace(templates, data=masked(data, hidden))
        described["blinding"] = hidden.as_json()
    identity = Identity.of("templates", variant=arguments.variant, binning=arguments.binning)
    write_templates(arguments.output, [templates], described, identity)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, FillTemplatesSettings)
    parser.add_argument("--variant", required=True, help="the classifier whose scores these are")
    parser.add_argument("--binning", required=True, help="the name of the binning")
    parser.add_argument("--events", type=Path, required=True, nargs="+", help="events, {sample}/{shift}.arrow")
    parser.add_argument("--scores", type=Path, required=True, nargs="+", help="their scores, {sample}/{shift}.arrow")
    parser.add_argument("--output", type=Path, required=True, help="ROOT file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
