"""Export a fit for other programs: a Combine datacard, HEPData tables, the covariance of all parameters.

It takes the pyhf workspace of a fit, this project's or anybody's, and fits it anew. A model that Combine cannot express
is refused with what it is about; the card's comments say where Combine's formulae differ. Each format has a folder of
its own name.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from signedag.command_line import command_parser, provenance, run_command
from signedag.exports.covariance import fitted_covariance
from signedag.exports.datacard import datacard
from signedag.exports.datacard_files import write_datacard
from signedag.exports.hepdata import tables, write_submission
from signedag.identity import Identity
from signedag.json_results import read_json, write_json_for_others
from signedag.statistics.interpolation import PYHF_CODES, Interpolation
from signedag.statistics.intervals import Profile
from signedag.statistics.workspace_arguments import add_workspace_arguments, model_from_file
from signedag.statistics.workspace_fit import fitted

log = logging.getLogger("signedag")
FORMATS = ("combine", "hepdata", "covariance")


def work(arguments: argparse.Namespace) -> None:
    """Read, fit, make everything, and write it only then."""
    model = model_from_file(arguments, None if arguments.result is None else _interpolation(arguments.result))
    writers: list[Callable[[], None]] = []
    if "combine" in arguments.formats:
        card = datacard(model.model, model.counts, model.poi, model.source)
        writers.append(partial(write_datacard, card, arguments.output_folder / "combine"))
    if {"hepdata", "covariance"} & set(arguments.formats):
        result = fitted(model)
        if "hepdata" in arguments.formats:
            free = model.poi is not None and bool(result.free[model.model.index(model.poi)])
            interval = Profile(result, model.poi).interval() if model.poi is not None and free else None
            made = tables(result, model.poi, interval, model.auxiliary)
            comment = f"Measurement '{model.measurement}' of {model.source}"
            writers.append(partial(write_submission, made, comment, arguments.output_folder / "hepdata"))
        if "covariance" in arguments.formats:
            described = fitted_covariance(result).as_json() | {"provenance": provenance(None, "export_fit")}
            path = arguments.output_folder / "covariance" / "covariance.json"
            writers.append(partial(write_json_for_others, path, described))
    for write in writers:
        write()
    log.info("%s: exported as %s", arguments.output_folder, ", ".join(arguments.formats))


def _interpolation(result: Path) -> Interpolation:
    """Read how the model of a fit interpolates; the workspace has no place for it."""
    codes = read_json(result, Identity.of("signal strength")).block("pyhf_modifier_settings")
    known = {json.dumps(settings, sort_keys=True): name for name, settings in PYHF_CODES.items()}
    written = json.dumps({kind: block.all_texts() for kind, block in codes.named().items()}, sort_keys=True)
    if written not in known:
        raise codes.error("histosys", "are no known interpolation codes")
    return known[written]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = command_parser(__file__, __doc__)
    add_workspace_arguments(parser)
    parser.add_argument("--result", type=Path, help="the fit's result.json, which says the interpolation instead")
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS), help="what to write")
    parser.add_argument("--output-folder", type=Path, required=True, help="folder to write into")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
