"""Expected events of a model and their derivatives, all in closed form.

Every term of λ_b is a function of the parameters times a fixed row of bins: the nominal template, its upward and its
downward difference. So per channel λ = a(θ) · D with D of shape (rows, bins); a gradient of any function of λ costs
one more product with D, and nothing is ever interpolated bin by bin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signedag.statistics.interpolation import Curve, LogFactors, shape_weights
from signedag.statistics.model import Channel, Model
from signedag.statistics.templates import Floats

NOMINAL, UPWARD, DOWNWARD = 0, 1, 2

KINK_TOLERANCE = 1e-9
"""Relative difference of upward and downward slope above which a nuisance has a kink at zero."""


@dataclass(frozen=True)
class Point:
    """The model at one parameter point; contributions and rows are numbered over all channels."""

    factors: Floats
    """Product of all factors of each contribution, shape (contributions,)."""
    gradients: Floats
    """Its derivatives, shape (contributions, parameters)."""
    rows: Curve
    """What multiplies each row besides, as a function of its own nuisance, shape (rows,)."""
    logs: Curve
    """Logarithms of the `normsys` factors, shape (contributions, parameters)."""
    exponentials: Floats
    """Product of the `normsys` factors, shape (contributions,)."""
    product_gradients: Floats
    """Derivatives of the product of free factors alone, shape (contributions, parameters)."""
    expected: Floats
    """Expected events λ, shape (bins,)."""


class Expectation:
    """Expected events of a model as a function of its parameters; docs/physics.md, "Binned model".

    Args:
        model: the model.

    At θ = 0, where `piecewise` interpolations have a kink, a derivative is the upward one, the downward one or, by
    default, their mean, as the argument `sides` (+1, -1, 0 for each parameter, shape (parameters,)) says.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.kinked = np.zeros(len(model.parameters), dtype=bool)
        """Which parameters have different slopes on the two sides of zero, shape (parameters,)."""
        self._factor_indices = [index for index, parameter in enumerate(model.parameters) if not parameter.constrained]
        self._blocks: list[Floats] = []
        self._block_rows: list[slice] = []
        self._block_bins = tuple(model.slices().values())
        self._collect_contributions()
        self._collect_rows()
        if model.interpolation == "smooth":
            self.kinked[:] = False

    def _collect_contributions(self) -> None:
        contributions = [item for channel in self.model.channels for item in channel.contributions]
        shape = (len(contributions), len(self.model.parameters))
        self._scaled_by = np.zeros(shape, dtype=bool)
        log_up, log_down = np.zeros(shape), np.zeros(shape)
        for number, contribution in enumerate(contributions):
            for name in contribution.factors:
                self._scaled_by[number, self.model.index(name)] = True
            for item in contribution.normalisations:
                index = self.model.index(item.nuisance)
                log_up[number, index] += np.log(item.up)
                log_down[number, index] += np.log(item.down)
        self._log_factors = LogFactors(self.model.interpolation, log_up, log_down)
        self.kinked |= (np.abs(log_up + log_down) > KINK_TOLERANCE * np.abs(log_up)).any(axis=0)

    def _collect_rows(self) -> None:
        labels: list[tuple[int, int, int]] = []
        number = 0
        for channel in self.model.channels:
            first = len(labels)
            self._blocks.append(np.ascontiguousarray(np.stack(self._rows_of(channel, number, labels))))
            self._block_rows.append(slice(first, len(labels)))
            number += len(channel.contributions)
        table = np.array(labels, dtype=np.intp)
        self._row_contribution, self._row_nuisance, self._row_kind = table[:, 0], table[:, 1], table[:, 2]
        self._varied = np.flatnonzero(self._row_kind != NOMINAL)

    def _rows_of(self, channel: Channel, number: int, labels: list[tuple[int, int, int]]) -> list[Floats]:
        rows: list[Floats] = []
        for offset, contribution in enumerate(channel.contributions):
            rows.append(contribution.nominal)
            labels.append((number + offset, 0, NOMINAL))
            for shape in contribution.shapes:
                index = self.model.index(shape.nuisance)
                upward, downward = shape.up - contribution.nominal, contribution.nominal - shape.down
                scale = np.abs(upward).sum() + np.abs(downward).sum()
                self.kinked[index] |= bool(np.abs(upward - downward).sum() > KINK_TOLERANCE * scale)
                rows.extend((upward, downward))
                labels.extend(((number + offset, index, UPWARD), (number + offset, index, DOWNWARD)))
        return rows

    def expected(self, parameters: Floats) -> Floats:
        """Give the expected events λ, shape (bins,)."""
        return self.at(parameters).expected

    def by_process(self, parameters: Floats) -> dict[str, dict[str, Floats]]:
        """Give the expected events of each process in each region, each of shape (bins of the region,)."""
        point = self.at(parameters)
        coefficients = point.rows.value * point.factors[self._row_contribution]
        result: dict[str, dict[str, Floats]] = {}
        first = 0
        for channel, rows, block in zip(self.model.channels, self._block_rows, self._blocks, strict=True):
            owners = self._row_contribution[rows] - first
            result[channel.region] = {
                item.process: coefficients[rows][owners == number] @ block[owners == number]
                for number, item in enumerate(channel.contributions)
            }
            first += len(channel.contributions)
        return result

    def factors_by_process(self, point: Point) -> dict[str, dict[str, float]]:
        """Give the product of all factors that multiply each process in each region."""
        factors = iter(point.factors.tolist())
        return {
            channel.region: {item.process: next(factors) for item in channel.contributions}
            for channel in self.model.channels
        }

    def at(self, parameters: Floats, sides: Floats | None = None) -> Point:
        """Evaluate everything that derivatives are made of."""
        side = 0.0 if sides is None else sides
        logs = self._log_factors.at(parameters, side)
        exponentials = np.exp(logs.value.sum(axis=1))
        products, product_gradients = self._products(parameters)
        factors = products * exponentials
        gradients = product_gradients * exponentials[:, None] + factors[:, None] * logs.slope
        rows = self._row_curves(parameters, side)
        coefficients = rows.value * factors[self._row_contribution]
        expected = np.concatenate(
            [coefficients[own] @ block for own, block in zip(self._block_rows, self._blocks, strict=True)]
        )
        return Point(factors, gradients, rows, logs, exponentials, product_gradients, expected)

    def _row_curves(self, parameters: Floats, sides: Floats | float) -> Curve:
        if not self._varied.size:
            return Curve(np.ones(self._row_kind.size), *np.zeros((2, self._row_kind.size)))
        up, down = shape_weights(self.model.interpolation, parameters, sides)
        # one table per derivative, its rows in the order of NOMINAL, UPWARD, DOWNWARD
        tables = (
            np.stack((np.full(parameters.shape, constant), upward, downward))
            for constant, upward, downward in (
                (1.0, up.value, down.value),
                (0.0, up.slope, down.slope),
                (0.0, up.curvature, down.curvature),
            )
        )
        return Curve(*(table[self._row_kind, self._row_nuisance] for table in tables))

    def _products(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Give the product of free factors of each contribution and its derivatives (which exist at zero too)."""
        present = np.where(self._scaled_by, parameters, 1.0)
        gradients = np.zeros(present.shape)
        for index in self._factor_indices:
            gradients[:, index] = self._scaled_by[:, index] * _product_without(present, index)
        return present.prod(axis=1), gradients

    def row_sums(self, bin_values: Floats) -> Floats:
        """Sum each row times `bin_values` over the bins, shape (rows,)."""
        blocks = zip(self._blocks, self._block_bins, strict=True)
        return np.concatenate([block @ bin_values[bins] for block, bins in blocks])

    def gradient(self, point: Point, bin_values: Floats) -> Floats:
        """Give Σ_b bin_values_b ∂λ_b/∂θ, shape (parameters,)."""
        sums = self.row_sums(bin_values)
        weights = np.bincount(self._row_contribution, point.rows.value * sums, minlength=point.factors.size)
        varied = self._varied
        own = point.rows.slope[varied] * point.factors[self._row_contribution[varied]] * sums[varied]
        gradient: Floats = weights @ point.gradients
        gradient += np.bincount(self._row_nuisance[varied], own, minlength=gradient.size)
        return gradient

    def jacobian(self, point: Point) -> Floats:
        """Give ∂λ_b/∂θ, shape (parameters, bins)."""
        rows = (point.gradients[self._row_contribution] * point.rows.value[:, None]).T.copy()
        varied = self._varied
        rows[self._row_nuisance[varied], varied] += (
            point.rows.slope[varied] * point.factors[self._row_contribution[varied]]
        )
        return np.concatenate(
            [rows[:, own] @ block for own, block in zip(self._block_rows, self._blocks, strict=True)], axis=1
        )

    def curvature(self, point: Point, parameters: Floats, bin_values: Floats) -> Floats:
        """Give Σ_b bin_values_b ∂²λ_b/∂θ∂θ', shape (parameters, parameters)."""
        sums = self.row_sums(bin_values)
        weights = np.bincount(self._row_contribution, point.rows.value * sums, minlength=point.factors.size)
        total: Floats = np.einsum("s,sij->ij", weights, self._second_factors(point, parameters))
        varied = self._varied
        owners, nuisances = self._row_contribution[varied], self._row_nuisance[varied]
        mixed = np.zeros(total.shape)
        np.add.at(mixed, nuisances, (point.rows.slope[varied] * sums[varied])[:, None] * point.gradients[owners])
        total += mixed + mixed.T
        own = point.rows.curvature[varied] * point.factors[owners] * sums[varied]
        total[np.diag_indices_from(total)] += np.bincount(nuisances, own, minlength=total.shape[0])
        return total

    def _second_factors(self, point: Point, parameters: Floats) -> Floats:
        """Give the second derivatives of the contributions' factors, shape (contributions, parameters, parameters)."""
        slopes = point.logs.slope
        products = point.product_gradients * point.exponentials[:, None]
        crossed = products[:, :, None] * slopes[:, None, :]
        squares = slopes[:, :, None] * slopes[:, None, :]
        diagonal = np.arange(slopes.shape[1])
        squares[:, diagonal, diagonal] += point.logs.curvature
        second: Floats = crossed + crossed.transpose(0, 2, 1) + point.factors[:, None, None] * squares
        present = np.where(self._scaled_by, parameters, 1.0)
        for position, first in enumerate(self._factor_indices):
            for other in self._factor_indices[position + 1 :]:
                both = self._scaled_by[:, first] & self._scaled_by[:, other]
                if both.any():
                    rest = both * _product_without(present, first, other) * point.exponentials
                    second[:, first, other] += rest
                    second[:, other, first] += rest
        return second


def _product_without(present: Floats, *left_out: int) -> Floats:
    """Multiply the columns but some, which keeps derivatives exact where a left out factor is zero."""
    others = present.copy()
    others[:, left_out] = 1.0
    product: Floats = others.prod(axis=1)
    return product
