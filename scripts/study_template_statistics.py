"""Study what the size of the simulation does to the fit: pseudo-experiments in which data and templates fluctuate.

Data are drawn from the analysis's own templates, at a signal strength of 1 and the fitted scale factors. Every
simulated event is there a Poisson number of times, the same under all shifts and weight variations, and templates
filled with them are fitted to the data: with and without template statistics, in several binnings, with and without
merging bins of few effective events. Scale factors fluctuate by their covariance, as control regions do not enter.

Where the settings ask for it, templates of the same events with transformed training weights are fitted to the same
data: a study of what they would do, as fits of data get signed weights alone.

One job does some of the pseudo-experiments. Writes one JSON with every fitted value.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, log, provenance, run_command
from signedag.config.template_statistics_study import StudyTemplateStatisticsSettings
from signedag.events.store_files import StoreFiles
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.statistics.filling import Alternatives
from signedag.statistics.inputs import read_scale_factors
from signedag.statistics.redrawn_templates import FilledEvents, read_filled_events
from signedag.statistics.studied_simulations import StudiedEvents
from signedag.statistics.template_study import fine_region, study_part
from signedag.statistics.transformed_templates import read_transformed_weights, with_transformed_weights


def work(arguments: argparse.Namespace) -> None:
    """Read events, do the pseudo-experiments, save."""
    settings: StudyTemplateStatisticsSettings = arguments.settings
    first, last = arguments.pseudo_experiments
    events = StoreFiles.of(arguments.events, Identity.of("events"))
    scores = StoreFiles.of(arguments.scores, Identity.of("combined scores", variant=arguments.variant))
    fine, edges = fine_region(settings, events, scores, f"scores of {arguments.variant}")
    alternatives = Alternatives(settings.shifts, settings.variations, settings.one_sided)
    filled = read_filled_events(events, scores, settings.samples, fine, alternatives)
    simulated = StudiedEvents(filled, _transformed(arguments, events, filled))
    factors = read_scale_factors(arguments.scale_factors, settings.model) if arguments.scale_factors else None
    source = events.path(next(iter(settings.samples)))
    part = study_part(simulated, fine, edges, factors, source, settings, range(first, last + 1))
    for cell in part.cells:
        log.info("%d bins per axis, %s: %d fitted, %d failed", cell.bins, cell.case.as_json(), *cell.numbers_of_fits)
    content = {
        "provenance": provenance(settings, "study_template_statistics", seed=settings.seed),
        "variant": arguments.variant,
        "pseudo_experiments": [first, last],
        **part.as_json(),
    }
    identity = Identity.of("part of template statistics", variant=arguments.variant, part=arguments.part)
    write_json(arguments.output, content, identity)


def _transformed(
    arguments: argparse.Namespace, events: StoreFiles, filled: Sequence[FilledEvents]
) -> Sequence[FilledEvents]:
    """Give the events with transformed weights; none if the settings do not ask for them."""
    settings: StudyTemplateStatisticsSettings = arguments.settings
    if not settings.transformed_samples:
        return ()
    paths: dict[str, list[Path]] = {}
    for path in arguments.weights:
        paths.setdefault(path.parent.name, []).append(path)
    weights = {
        sample: read_transformed_weights(events.open(sample), paths.get(sample, ()))
        for sample in settings.transformed_samples
    }
    return with_transformed_weights(filled, weights)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, StudyTemplateStatisticsSettings)
    parser.add_argument("--variant", required=True, help="the classifier whose scores these are")
    parser.add_argument("--part", required=True, type=int, help="number of the part, for the file's identity")
    parser.add_argument(
        "--pseudo-experiments", required=True, type=int, nargs=2, metavar=("FIRST", "LAST"), help="which ones to do"
    )
    parser.add_argument("--events", type=Path, required=True, nargs="+", help="events, {sample}/{shift}.arrow")
    parser.add_argument("--scores", type=Path, required=True, nargs="+", help="their scores, {sample}/{shift}.arrow")
    help_text = "transformed training weights, {sample}/without_fold{fold}.arrow, in the order of the folds"
    parser.add_argument("--weights", type=Path, nargs="+", default=(), help=help_text)
    parser.add_argument(
        "--scale-factors", type=Path, help="result of fit_scale_factors, where there are control regions"
    )
    parser.add_argument("--output", type=Path, required=True, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
