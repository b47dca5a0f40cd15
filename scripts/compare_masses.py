"""Compare models of the classifier mass by mass: AUC, precision against recall, significance ratio and size.

Reads what check_masses.py says about each variant, and the stored networks, of which parameters and bytes are counted.
Writes one JSON: by table and model the numbers at each mass and their means over the masses that are trained, held out,
and all, with the spread over seeds; the differences of all models to the first of their table; and those that the
settings ask for. Differences are paired by seed; those of the combined scores by the events that judge both. The means
over seeds are written as tables to read, too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from signedag.command_line import add_settings, command_parser, provenance, run_command
from signedag.config.masses import CompareMassesSettings, in_order
from signedag.errors import UserError
from signedag.files import whole_or_nothing
from signedag.identity import Identity
from signedag.json_results import read_json, write_json
from signedag.metrics.judged_models import JudgedModel, ModelAtMass, differences_of_models
from signedag.metrics.mass_tables import tables_to_read
from signedag.metrics.masses import DEFINITIONS
from signedag.networks.sizes import ModelSize, NetworkSize, sizes_of_variants


def work(arguments: argparse.Namespace) -> None:
    """Read all variants, put the models together, compare, save."""
    settings: CompareMassesSettings = arguments.settings
    variants = {
        path.parent.name: read_json(path, Identity.of("masses", variant=path.parent.name))
        for path in map(Path.absolute, arguments.masses)
    }
    sizes = sizes_of_variants(arguments.models)

    def model(mapping: dict[str, str]) -> JudgedModel:
        for variant in mapping.values():
            if variant not in variants:
                raise UserError(f"--masses: none of classifier '{variant}'; give its masses.json")
        return JudgedModel({name: ModelAtMass.read(variants[variant], name) for name, variant in mapping.items()})

    tables: dict[str, Any] = {}
    judged: dict[str, dict[str, JudgedModel]] = {}
    for table, models in settings.tables.items():
        judged[table] = {label: model(models[label]) for label in in_order(models, settings.order)}
        first, *others = judged[table]
        tables[table] = {
            "models": [
                {"model": label, "size": _size(models[label], sizes).as_json(), **one.as_json()}
                for label, one in judged[table].items()
            ],
            "to_first": [
                {"model": label, **differences_of_models(judged[table][label], judged[table][first])}
                for label in others
            ],
        }
    differences = [
        {"table": table, "model": one, "reference": other}
        | differences_of_models(judged[table][one], judged[table][other])
        for table, one, other in settings.differences
    ]
    content = {
        "provenance": provenance(settings, "compare_masses"),
        "parameter": settings.parameter,
        "definitions": DEFINITIONS,
        "tables": tables,
        "differences": differences,
    }
    write_json(arguments.output, content, Identity.of("mass comparison"))
    with whole_or_nothing(arguments.tables) as temporary:
        temporary.write_text(tables_to_read(tables, differences), encoding="utf-8")


def _size(mapping: Mapping[str, str], sizes: Mapping[str, NetworkSize]) -> ModelSize:
    """Give the size of a model: of all variants that it takes, each once."""
    return ModelSize({variant: sizes.get(variant) for variant in dict.fromkeys(mapping.values())})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see `--help`."""
    parser = command_parser(__file__, __doc__)
    add_settings(parser, CompareMassesSettings)
    parser.add_argument(
        "--masses", required=True, type=Path, nargs="+", help="JSON files of check_masses.py, {variant}/masses.json"
    )
    parser.add_argument(
        "--models",
        type=Path,
        nargs="*",
        default=[],
        help="their networks, {variant}/seed{seed}/fold{fold}/model.safetensors; sizes are unknown without",
    )
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    parser.add_argument("--tables", required=True, type=Path, help="TSV file to write: the tables to read")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
