"""Cross-checks of tables: do samples, columns and selections fit the CSV files that events are taken from?"""

from __future__ import annotations

from collections.abc import Iterable

from signedag.config.analysis import Analysis
from signedag.config.base import suggestion
from signedag.config.table_source import available_columns, table_files_are_named
from signedag.config.tables import Tables
from signedag.events.expressions import names_in


def table_problems(analysis: Analysis) -> Iterable[str]:
    """Give one line per sample or key that tables need or that needs tables, with key, value and fix."""
    tables, from_tables = analysis.tables, table_files_are_named(analysis)
    for name, sample in analysis.samples.items():
        if sample.table is not None and tables is None:
            yield f"samples.{name}.table: there is no block 'tables' that says what columns are called; add it"
        elif sample.table is not None and not (sample.files or sample.simulation or from_tables):
            yield f"samples.{name}: has rows of tables alone, and tables.files names none; name the CSV files there"
    if tables is None:
        return
    for name in tables.regions:
        if name not in analysis.events.regions:
            yield f"tables.regions: no region '{name}'{suggestion(name, analysis.events.regions)}"
    if from_tables:
        if analysis.data is not None and analysis.data.pseudo_data is not None:
            yield "data.pseudo_data: is drawn from simulated samples, and tables have none; remove 'data'"
        yield from _column_problems(analysis, tables)


def _column_problems(analysis: Analysis, tables: Tables) -> Iterable[str]:
    """Find columns of events that need a branch which no table gives."""
    events = analysis.events
    used = [(f"events.{key}", name) for key in ("features", "spectators") for name in getattr(events, key)]
    for name, region in events.regions.items():
        key = f"tables.regions.{name}" if name in tables.regions else f"events.regions.{name}.selection"
        used += [(key, column) for column in sorted(names_in(region.selection))]
    used += [("tables.selection", column) for column in sorted(names_in(events.selection))]
    available = available_columns(analysis, tables)
    for key, column in used:
        if column in analysis.columns() and column not in available:
            fix = f"; replace it under tables.regions.{key.split('.')[2]}" if key.endswith(".selection") else ""
            yield (
                f"{key}: '{column}' needs a branch that no table gives; name its column in tables.columns.features or "
                f"leave it out{fix}"
            )
