"""HEPData records: tables of YAML and the submission that lists them (schema 1 of HEPData's submission format)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from signedag.exports.covariance import FittedCovariance, fitted_covariance
from signedag.files import whole_or_nothing
from signedag.statistics.fits import Fit
from signedag.statistics.intervals import Interval
from signedag.statistics.templates import Floats

SUBMISSION = "submission.yaml"
OBSERVABLES = {"signal strength": ["MU"], "events": ["N"]}


@dataclass(frozen=True)
class Column:
    """A variable of a table."""

    name: str
    values: Sequence[Any]
    units: str = ""
    errors: Sequence[Sequence[Mapping[str, Any]]] | None = None
    """Of each value, as HEPData has them."""
    qualifiers: Mapping[str, str] | None = None

    def as_yaml(self, dependent: bool) -> dict[str, Any]:
        """Give the column; only a dependent one has qualifiers and errors."""
        header = {"name": self.name} | ({"units": self.units} if self.units else {})
        values = [{"value": value} for value in self.values]
        if not dependent:
            return {"header": header, "values": values}
        if self.errors is not None:
            pairs = zip(values, self.errors, strict=True)
            values = [value | {"errors": [dict(one) for one in own]} if own else value for value, own in pairs]
        named = [{"name": name, "value": value} for name, value in (self.qualifiers or {}).items()]
        return {"header": header, **({"qualifiers": named} if named else {}), "values": values}


@dataclass(frozen=True)
class Table:
    """A table of a record."""

    name: str
    description: str
    observables: Sequence[str]
    independent: Sequence[Column]
    dependent: Sequence[Column]

    @property
    def file(self) -> str:
        """Name of its file."""
        return re.sub(r"\W+", "_", self.name.lower(), flags=re.ASCII).strip("_") + ".yaml"

    def as_yaml(self) -> dict[str, Any]:
        """Give its content."""
        return {
            "independent_variables": [column.as_yaml(False) for column in self.independent],
            "dependent_variables": [column.as_yaml(True) for column in self.dependent],
        }

    def entry(self) -> dict[str, Any]:
        """Give what the submission says of it."""
        return {
            "name": self.name,
            "description": self.description,
            "keywords": [{"name": "observables", "values": list(self.observables)}],
            "data_file": self.file,
        }


def tables(result: Fit, interest: str | None, interval: Interval | None, hidden: Sequence[str] = ()) -> list[Table]:
    """Make the tables of a fit: signal strength, parameters, covariance, correlations, events of every region.

    Args:
        result: a fit that converged.
        interest: parameter of interest, if there is one.
        interval: its interval.
        hidden: regions that are none, such as auxiliary measurements.
    """
    covariance = fitted_covariance(result)
    made = [] if interest is None or interval is None else [_strength(interest, interval)]
    made += [_parameters(covariance)]
    made += [
        _matrix("Covariance", "Covariance of the fitted parameters", covariance.names, covariance.covariance),
        _matrix("Correlations", "Correlations of the fitted parameters", covariance.names, covariance.correlations),
    ]
    return made + _events(result, hidden)


def _strength(name: str, interval: Interval) -> Table:
    errors: list[dict[str, Any]] = []
    if interval.down is not None and interval.up is not None:
        errors = [{"asymerror": {"minus": -interval.down, "plus": interval.up}, "label": "68% interval"}]
    qualifiers = {"Interval": interval.reason} if interval.reason else None
    return Table(
        "Signal strength",
        "Fitted parameter of interest with the interval of its profile likelihood",
        OBSERVABLES["signal strength"],
        [Column("Parameter", [name])],
        [Column("Fitted value", [interval.value], errors=[errors], qualifiers=qualifiers)],
    )


def _parameters(covariance: FittedCovariance) -> Table:
    errors = [[{"symerror": error, "label": "Hessian"}] for error in covariance.errors.tolist()]
    return Table(
        "Fitted parameters",
        "All parameters of the fit; nuisances in units of their error before the fit",
        OBSERVABLES["signal strength"],
        [Column("Parameter", list(covariance.names))],
        [Column("Fitted value", covariance.values.tolist(), errors=errors)],
    )


def _matrix(name: str, description: str, names: Sequence[str], matrix: Floats) -> Table:
    return Table(
        name,
        description,
        OBSERVABLES["signal strength"],
        [
            Column("First parameter", np.repeat(names, len(names)).tolist()),
            Column("Second parameter", list(names) * len(names)),
        ],
        [Column(name, matrix.ravel().tolist())],
    )


def _events(result: Fit, hidden: Sequence[str]) -> list[Table]:
    likelihood, values = result.likelihood, result.values
    bin_factors = likelihood.bin_factors(values).value
    contents = likelihood.expectation.by_process(values)
    made = []
    for region, bins in likelihood.expectation.model.slices().items():
        if region in hidden:
            continue
        fitted = {process: content * bin_factors[bins] for process, content in contents[region].items()}
        total: Floats = np.sum(list(fitted.values()), axis=0)
        named = {"Data": likelihood.counts[bins], "Fitted total": total, **fitted}
        made.append(
            Table(
                f"Events in {region}",
                f"Data and fitted expectation in the bins of region {region}",
                OBSERVABLES["events"],
                [Column("Bin", list(range(total.size)))],
                [
                    Column(name, content.tolist(), "events", qualifiers={"Region": region})
                    for name, content in named.items()
                ],
            )
        )
    return made


def write_submission(made: Sequence[Table], comment: str, folder: Path) -> None:
    """Write the tables and, when they are all there, the submission that lists them.

    Raises:
        UserError: a file could not be written.
    """
    for table in made:
        _write(folder / table.file, [table.as_yaml()])
    _write(folder / SUBMISSION, [{"comment": comment}, *(table.entry() for table in made)])


def _write(path: Path, documents: Sequence[Mapping[str, Any]]) -> None:
    text = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True)
    with whole_or_nothing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
