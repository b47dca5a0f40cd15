"""Study the pulls of the scale factors over pseudo-experiments.

The control regions are fitted to the data, pseudo-experiments are drawn from the fitted model, and each is fitted
like the data. A sound fit has pulls of mean 0 and width 1 and covers the truth in 68.3 % of them.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.fitting import StudyPullsSettings
from signedag.identity import Identity
from signedag.json_results import write_json
from signedag.statistics.pulls import study_pulls
from signedag.statistics.scale_factors import fit_control_regions
from signedag.statistics.template_files import read_templates

log = logging.getLogger("signedag")


def work(arguments: argparse.Namespace) -> None:
    """Fit, repeat and describe."""
    settings: StudyPullsSettings = arguments.settings
    regions = read_templates(arguments.templates, Identity.of("control templates")).regions
    fitted = fit_control_regions(list(regions.values()), settings.fit, arguments.templates)
    study = study_pulls(fitted, settings.pseudo_experiments, settings.seed)
    for name, pulls in study.scale_factors.items():
        mean, width = pulls.mean, pulls.width
        log.info("%s: mean %.3f +- %.3f, width %.3f +- %.3f", name, mean.value, mean.error, width.value, width.error)
    described = study.as_json() | {"provenance": provenance(settings, "study_pulls", seed=settings.seed)}
    write_json(arguments.output, described, Identity.of("pulls"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, StudyPullsSettings)
    parser.add_argument("--templates", type=Path, required=True, help="ROOT file with the control templates")
    parser.add_argument("--output", type=Path, required=True, help="JSON file to write")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
