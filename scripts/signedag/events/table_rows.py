"""Which sample each row of a table is of: every row has one, is passed over on purpose, or is a mistake."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from signedag.config.base import suggestion
from signedag.config.tables import ReadTableSettings, same_mass
from signedag.errors import UserError
from signedag.events.tables import TableBatch

SKIPPED = -1
"""Number of the sample of a row that is passed over."""
_UNKNOWN = -2
MOST_NAMES = 20


class RowSorter:
    """Gives each row its sample.

    Args:
        settings: which rows are whose; samples are numbered in their order there.
    """

    def __init__(self, settings: ReadTableSettings) -> None:
        self._settings = settings
        numbered = list(enumerate(settings.samples.values()))
        signal = [(number, table) for number, table in numbered if table.label == 1]
        background = [(number, table) for number, table in numbered if table.label == 0]
        self._all_signal = next((number for number, table in signal if table.mass_gev is None), None)
        self._masses = [(number, table.mass_gev) for number, table in signal if table.mass_gev is not None]
        self._all_background = next((number for number, table in background if table.process is None), None)
        self._processes = {table.process: number for number, table in background if table.process is not None}

    def samples_of(self, batch: TableBatch) -> NDArray[np.int64]:
        """Give the number of each row's sample, or `SKIPPED`, shape (rows,).

        Raises:
            UserError: a row is neither signal nor background, or has a mass or a process of no sample, or none, or a
                background row has a mass and the settings say that it has none.
        """
        samples = np.full(batch.rows, SKIPPED, dtype=np.int64)
        signal = batch.label == 1
        wrong = ~signal & (batch.label != 0)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise UserError(
                f"{batch.line(row)}: column '{batch.columns.label}' {_said(batch.label[row])}, expected 1 for signal "
                "or 0 for background; correct or remove the row, or name another column in tables.columns.label"
            )
        samples[signal] = self._of_signal(batch, np.flatnonzero(signal))
        self._check_mass_of_background(batch, ~signal)
        samples[~signal] = self._of_background(batch, np.flatnonzero(~signal))
        return samples

    def _of_signal(self, batch: TableBatch, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        if self._all_signal is not None or not rows.size:
            return np.full(rows.size, self._all_signal if self._all_signal is not None else SKIPPED)
        if batch.mass is None:
            raise UserError(
                f"{batch.line(int(rows[0]))}: is signal, and the file has no column '{batch.columns.mass}' with its "
                "mass; name it in tables.columns.mass, or have one sample with table: {label: 1}"
            )
        mass = batch.mass[rows]
        if not np.isfinite(mass).all():
            row = int(rows[np.argmin(np.isfinite(mass))])
            raise UserError(
                f"{batch.line(row)}: is signal, and its mass in column '{batch.columns.mass}' "
                f"{_said(batch.mass[row])}; correct or remove the row"
            )
        samples = np.full(rows.size, _UNKNOWN, dtype=np.int64)
        known = [*self._masses, *((SKIPPED, skipped) for skipped in self._settings.skip_masses_gev)]
        for value in np.unique(mass):
            for number, listed in known:
                if same_mass(float(value), listed):
                    samples[mass == value] = number
                    break
        if (samples == _UNKNOWN).any():
            index = int(np.argmax(samples == _UNKNOWN))
            masses = ", ".join(f"{listed:g}" for _, listed in self._masses) or "(none)"
            raise UserError(
                f"{batch.line(int(rows[index]))}: is signal of mass {mass[index]:.9g}, which no sample has (known are: "
                f"{masses}); add a sample with table: {{label: 1, mass_gev: {mass[index]:.6g}}}, or list the mass in "
                "tables.skip_masses_gev"
            )
        return samples

    def _check_mass_of_background(self, batch: TableBatch, background: NDArray[np.bool_]) -> None:
        if self._settings.background_mass == "assigned" or batch.mass is None:
            return
        wrong = background & ~np.isnan(batch.mass)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise UserError(
                f"{batch.line(row)}: is background and has the mass {batch.mass[row]:.9g}; tables.background_mass: "
                "none says that it has none; set it to assigned if masses were drawn for the background"
            )

    def _of_background(self, batch: TableBatch, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        if self._all_background is not None or not rows.size:
            return np.full(rows.size, self._all_background if self._all_background is not None else SKIPPED)
        if batch.process is None:
            column = batch.columns.process
            lacks = "the settings name no column" if column is None else f"the file has no column '{column}'"
            raise UserError(
                f"{batch.line(int(rows[0]))}: is background, and {lacks} with its process; name it in "
                "tables.columns.process, or have one sample with table: {label: 0}"
            )
        coded = pc.dictionary_encode(pc.utf8_trim_whitespace(batch.process.take(rows)))
        codes, names = coded.indices.to_numpy(zero_copy_only=False), coded.dictionary.to_pylist()
        skipped = dict.fromkeys(self._settings.skip_processes, SKIPPED)
        numbers = np.array([{**skipped, **self._processes}.get(name, _UNKNOWN) for name in names], dtype=np.int64)
        samples: NDArray[np.int64] = numbers[codes]
        if (samples == _UNKNOWN).any():
            index = int(np.argmax(samples == _UNKNOWN))
            name = names[int(codes[index])]
            raise UserError(
                f"{batch.line(int(rows[index]))}: is background of process '{name[:100]}', which no sample has"
                f"{suggestion(name, list(self._processes)[:MOST_NAMES])}; add a sample with table: {{label: 0, "
                "process: ...}, or list it in tables.skip_processes"
            )
        return samples


def _said(value: float) -> str:
    """Say what a number field holds."""
    return "is empty" if np.isnan(value) else f"is {value:.9g}"
