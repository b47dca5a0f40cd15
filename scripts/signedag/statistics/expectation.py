"""Expected events of a model and their derivatives, all in closed form.

Every term of λ_b is a function of the parameters times a fixed row of bins (`rows.py`): λ = c(θ) · D with D of shape
(rows, bins). A sum over the bins of any function of λ and its derivatives need one pass over D, block by block: λ of a
block, the function, and the products of the function's slopes with the same block, still in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from signedag.statistics.interpolation import Curve, LogFactors, shape_weights
from signedag.statistics.model import Contribution, Model
from signedag.statistics.rows import KINK_TOLERANCE, NOMINAL, Precision, Rows
from signedag.statistics.templates import Floats

BinFunction = Callable[[slice, Floats], Curve]
"""A function of λ in each bin: bins of the model and their λ > 0, to value, slope and curvature in each."""


@dataclass(frozen=True)
class Point:
    """The model's dependence on its parameters at one point; contributions and rows are numbered over all channels."""

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


@dataclass(frozen=True)
class Sums:
    """Sums over all bins of a function of λ."""

    value: float
    """Sum of the function; infinite where some λ is not positive."""
    by_row: Floats
    """Sum of each row times the function's slope, shape (rows,); empty if the value is infinite."""
    squares: Floats | None = None
    """Sum of the function's curvature times ∂λ ∂λᵀ, shape (parameters, parameters); `None` if not asked for."""


class Expectation:
    """Expected events of a model as a function of its parameters; docs/physics.md, "Binned model".

    Args:
        model: the model.
        precision: how templates are stored here; `single` takes half the memory and rounds each of them by up to
            6e-8 of itself. Sums are in double precision.

    At θ = 0, where `piecewise` interpolations have a kink, a derivative is the upward one, the downward one or, by
    default, their mean, as the argument `sides` (+1, -1, 0 for each parameter, shape (parameters,)) says.
    """

    def __init__(self, model: Model, precision: Precision = "double") -> None:
        self.model = model
        self.kinked = np.zeros(len(model.parameters), dtype=bool)
        """Which parameters have different slopes on the two sides of zero, shape (parameters,)."""
        self._bins = tuple(model.slices().values())
        self._collect_contributions()
        self._collect_rows(precision)
        if model.interpolation == "smooth":
            self.kinked[:] = False

    def _collect_contributions(self) -> None:
        contributions = [item for channel in self.model.channels for item in channel.contributions]
        shape = (len(contributions), len(self.model.parameters))
        self._scaled_by = np.zeros(shape, dtype=bool)
        log_up, log_down = np.zeros(shape), np.zeros(shape)
        index_of = {name: index for index, name in enumerate(self.model.names)}
        factors = [[index_of[name] for name in dict.fromkeys(item.factors)] for item in contributions]
        # the factors of each contribution, filled up with -1
        self._factors = np.full((len(contributions), max(map(len, factors), default=0)), -1, dtype=np.intp)
        for number, contribution in enumerate(contributions):
            self._factors[number, : len(factors[number])] = factors[number]
            self._scaled_by[number, factors[number]] = True
            for item in contribution.normalisations:
                index = index_of[item.nuisance]
                log_up[number, index] += np.log(item.up)
                log_down[number, index] += np.log(item.down)
        self._log_factors = LogFactors(self.model.interpolation, log_up, log_down)
        self.kinked |= (np.abs(log_up + log_down) > KINK_TOLERANCE * np.abs(log_up)).any(axis=0)
        self._scaling = np.flatnonzero((self._scaled_by | (log_up != 0) | (log_down != 0)).any(axis=0))
        _, self._alike = np.unique(np.hstack((self._scaled_by, log_up, log_down)), axis=0, return_inverse=True)

    def _collect_rows(self, precision: Precision) -> None:
        self._rows: list[Rows] = []
        self._channel_rows: list[slice] = []
        self._channel_groups: list[slice] = []
        owners: list[int] = []
        table: list[tuple[int, int, int]] = []
        first = 0
        for channel in self.model.channels:
            members = self._alike[first : first + len(channel.contributions)]
            groups = [np.flatnonzero(members == kind).tolist() for kind in dict.fromkeys(members.tolist())]
            rows = Rows(channel, groups, precision)
            for name in rows.kinked:
                self.kinked[self.model.index(name)] = True
            self._rows.append(rows)
            self._channel_rows.append(slice(len(table), len(table) + len(rows.labels)))
            self._channel_groups.append(slice(len(owners), len(owners) + len(groups)))
            table.extend(
                (len(owners) + label.group, self.model.index(label.nuisance) if label.nuisance else 0, label.kind)
                for label in rows.labels
            )
            owners.extend(first + group[0] for group in groups)
            first += len(channel.contributions)
        self._group_owner = np.array(owners, dtype=np.intp)
        labels = np.array(table, dtype=np.intp).reshape(-1, 3)
        self._row_group, self._row_nuisance, self._row_kind = labels[:, 0], labels[:, 1], labels[:, 2]
        self._row_owner = self._group_owner[self._row_group]
        self._varied = np.flatnonzero(self._row_kind != NOMINAL)
        self._slopes = [self._slope_matrix(own) for own in self._channel_rows]

    def _slope_matrix(self, own: slice) -> tuple[csr_array, Floats]:
        """Prepare the sparse matrix that takes a channel's rows to their nuisances, and the rows of its entries."""
        entries = own.start + np.flatnonzero(self._row_kind[own] != NOMINAL)
        entries = entries[np.argsort(self._row_nuisance[entries], kind="stable")]
        ends = np.searchsorted(self._row_nuisance[entries], np.arange(len(self.model.parameters) + 1))
        shape = (len(self.model.parameters), own.stop - own.start)
        return csr_array((np.zeros(entries.size), entries - own.start, ends), shape=shape), entries

    def expected(self, parameters: Floats) -> Floats:
        """Give the expected events λ, shape (bins,)."""
        return self.expected_at(self.at(parameters))

    def expected_at(self, point: Point) -> Floats:
        """Give the expected events λ at a point, shape (bins,)."""
        expected = np.empty(self._bins[-1].stop)
        coefficients = self._coefficients(point)
        for number, bins, block in self._blocks():
            np.matmul(coefficients[self._channel_rows[number]], block, out=expected[bins])
        return expected

    def expected_at_points(self, points: Sequence[Floats]) -> Floats:
        """Give the expected events at many parameter points in one pass over the templates, shape (points, bins)."""
        expected = np.empty((len(points), self._bins[-1].stop))
        coefficients = np.stack([self._coefficients(self.at(parameters)) for parameters in points])
        for number, bins, block in self._blocks():
            expected[:, bins] = coefficients[:, self._channel_rows[number]] @ block
        return expected

    def by_process(self, parameters: Floats) -> dict[str, dict[str, Floats]]:
        """Give the expected events of each process in each region, each of shape (bins of the region,)."""
        up, down = shape_weights(self.model.interpolation, parameters)
        factors = iter(self.at(parameters).factors.tolist())

        def content(item: Contribution) -> Floats:
            total: Floats = item.nominal.astype(np.float64)
            for shape in item.shapes:
                index = self.model.index(shape.nuisance)
                total += up.value[index] * (shape.up - item.nominal) + down.value[index] * (item.nominal - shape.down)
            total *= next(factors)
            return total

        return {
            channel.region: {item.process: content(item) for item in channel.contributions}
            for channel in self.model.channels
        }

    def factors_by_process(self, point: Point) -> dict[str, dict[str, float]]:
        """Give the product of all factors that multiply each process in each region."""
        factors = iter(point.factors.tolist())
        return {
            channel.region: {item.process: next(factors) for item in channel.contributions}
            for channel in self.model.channels
        }

    def at(self, parameters: Floats, sides: Floats | None = None) -> Point:
        """Evaluate what does not depend on the bins."""
        side = 0.0 if sides is None else sides
        logs = self._log_factors.at(parameters, side)
        exponentials = np.exp(logs.value.sum(axis=1))
        products, product_gradients = self._products(parameters)
        factors = products * exponentials
        gradients = product_gradients * exponentials[:, None] + factors[:, None] * logs.slope
        return Point(factors, gradients, self._row_curves(parameters, side), logs, exponentials, product_gradients)

    def _row_curves(self, parameters: Floats, sides: Floats | float) -> Curve:
        if not self._varied.size:
            return Curve(np.ones(self._row_kind.size), *np.zeros((2, self._row_kind.size)))
        up, down = shape_weights(self.model.interpolation, parameters, sides)
        # one table per derivative, its rows in the order of NOMINAL, UPWARD, DOWNWARD, BOTH
        tables = (
            np.stack((np.full(parameters.shape, constant), upward, downward, upward + downward))
            for constant, upward, downward in (
                (1.0, up.value, down.value),
                (0.0, up.slope, down.slope),
                (0.0, up.curvature, down.curvature),
            )
        )
        return Curve(*(table[self._row_kind, self._row_nuisance] for table in tables))

    def _products(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Give the product of free factors of each contribution and its derivatives (which exist at zero too)."""
        present = np.where(self._factors >= 0, parameters[self._factors], 1.0)
        gradients = np.zeros(self._scaled_by.shape)
        for position in range(present.shape[1]):
            own = np.flatnonzero(self._factors[:, position] >= 0)
            gradients[own, self._factors[own, position]] = _product_without(present[own], position)
        return present.prod(axis=1), gradients

    def _coefficients(self, point: Point) -> Floats:
        coefficients: Floats = point.rows.value * point.factors[self._row_owner]
        return coefficients

    def _blocks(self) -> Iterator[tuple[int, slice, Floats]]:
        """Give the channel, the bins and the rows of each block."""
        for number, (rows, bins) in enumerate(zip(self._rows, self._bins, strict=True)):
            for own, block in rows.blocks():
                yield number, slice(bins.start + own.start, bins.start + own.stop), block

    def sums(self, point: Point, function: BinFunction, squares: bool = False) -> Sums:
        """Sum a function of λ over the bins, with what its gradient and, on request, its Hessian are made of.

        One pass over the templates.
        """
        coefficients = self._coefficients(point)
        jacobians = self._block_jacobians(point) if squares else None
        value, by_row = 0.0, np.zeros(coefficients.size)
        total = np.zeros((len(self.model.parameters),) * 2) if squares else None
        for number, bins, block in self._blocks():
            own = self._channel_rows[number]
            expected = coefficients[own] @ block
            if not expected.min() > 0:
                return Sums(np.inf, np.zeros(0))
            curve = function(bins, expected)
            value += float(curve.value.sum())
            by_row[own] += block @ curve.slope
            if total is not None and jacobians is not None:
                total += _squares(jacobians(number, block), curve.curvature)
        return Sums(value, by_row, total)

    def _block_jacobians(self, point: Point) -> Callable[[int, Floats], Floats]:
        """Give what makes ∂λ/∂θ of a block, shape (parameters, bins), from the channel's number and its rows."""
        own_slopes = point.rows.slope * point.factors[self._row_owner]
        totals, matrices = [], []
        for (matrix, entries), rows, groups in zip(self._slopes, self._channel_rows, self._channel_groups, strict=True):
            own_groups = self._row_group[rows] - groups.start
            by_group = np.zeros((groups.stop - groups.start, own_groups.size))
            by_group[own_groups, np.arange(own_groups.size)] = point.rows.value[rows]
            totals.append(by_group)
            filled = matrix.copy()
            filled.data = own_slopes[entries]
            matrices.append(filled)
        gradients = point.gradients[self._group_owner]

        def jacobian(number: int, block: Floats) -> Floats:
            result: Floats = matrices[number] @ block
            scaled = gradients[self._channel_groups[number]][:, self._scaling]
            result[self._scaling] += scaled.T @ (totals[number] @ block)
            return result

        return jacobian

    def template_squares(self, point: Point, function: BinFunction) -> Floats:
        """Give Σ Σw² r rᵀ over bins and contributions, with r = ∂/∂T of the gradient of Σ_b function(λ_b).

        A template's variations move with it: r = F f'' ∂λ + f' ∂F for a contribution of factor F.

        Returns:
            shape (parameters, parameters).
        """
        coefficients, jacobians = self._coefficients(point), self._block_jacobians(point)
        total = np.zeros((len(self.model.parameters),) * 2)
        firsts = np.cumsum([0, *(len(channel.contributions) for channel in self.model.channels)]).tolist()
        for number, bins, block in self._blocks():
            channel, start = self.model.channels[number], self._bins[number].start
            inside = slice(bins.start - start, bins.stop - start)
            variances = np.stack([item.variances[inside] for item in channel.contributions])
            own = slice(firsts[number], firsts[number + 1])
            factors, gradients = point.factors[own], point.gradients[own]
            curve = function(bins, coefficients[self._channel_rows[number]] @ block)
            jacobian = jacobians(number, block)
            total += _squares(jacobian, np.square(curve.curvature) * (np.square(factors) @ variances))
            mixed = jacobian @ (curve.curvature * curve.slope * factors[:, None] * variances).T @ gradients
            total += mixed + mixed.T + (gradients.T * (variances @ np.square(curve.slope))) @ gradients
        return total

    def row_sums(self, bin_values: Floats) -> Floats:
        """Sum each row times `bin_values` over the bins, shape (rows,)."""
        by_row = np.zeros(self._row_kind.size)
        for number, bins, block in self._blocks():
            by_row[self._channel_rows[number]] += block @ bin_values[bins]
        return by_row

    def gradient(self, point: Point, row_sums: Floats) -> Floats:
        """Give Σ_b v_b ∂λ_b/∂θ, shape (parameters,), from the row sums of v."""
        groups = self._group_owner.size
        weights = np.bincount(self._row_group, point.rows.value * row_sums, minlength=groups)
        varied = self._varied
        own = point.rows.slope[varied] * point.factors[self._row_owner[varied]] * row_sums[varied]
        gradient: Floats = weights @ point.gradients[self._group_owner]
        gradient += np.bincount(self._row_nuisance[varied], own, minlength=gradient.size)
        return gradient

    def jacobian(self, point: Point) -> Floats:
        """Give ∂λ_b/∂θ, shape (parameters, bins)."""
        result = np.empty((len(self.model.parameters), self._bins[-1].stop))
        jacobians = self._block_jacobians(point)
        for number, bins, block in self._blocks():
            result[:, bins] = jacobians(number, block)
        return result

    def curvature(self, point: Point, parameters: Floats, row_sums: Floats) -> Floats:
        """Give Σ_b v_b ∂²λ_b/∂θ∂θ', shape (parameters, parameters), from the row sums of v."""
        groups = self._group_owner.size
        summed = np.bincount(self._row_group, point.rows.value * row_sums, minlength=groups)
        weights = np.asarray(summed, dtype=np.float64)
        total = np.zeros((parameters.size, parameters.size))
        total[np.ix_(self._scaling, self._scaling)] = self._second_factors(point, weights)
        self._add_pairs(total, point, parameters, weights)
        varied = self._varied
        nuisances = self._row_nuisance[varied]
        # per nuisance and group first: few groups, many rows
        by_group = np.bincount(
            nuisances * groups + self._row_group[varied],
            point.rows.slope[varied] * row_sums[varied],
            minlength=parameters.size * groups,
        ).reshape(parameters.size, groups)
        mixed = by_group @ point.gradients[self._group_owner]
        total += mixed + mixed.T
        own = point.rows.curvature[varied] * point.factors[self._row_owner[varied]] * row_sums[varied]
        total[np.diag_indices_from(total)] += np.bincount(nuisances, own, minlength=total.shape[0])
        return total

    def _second_factors(self, point: Point, weights: Floats) -> Floats:
        """Sum the second derivatives of the groups' factors but those by two different parameters that multiply.

        Args:
            point: where.
            weights: of the groups, shape (groups,).

        Returns:
            by the parameters that scale something, shape (scaling parameters, scaling parameters).
        """
        chosen = np.ix_(self._group_owner, self._scaling)
        slopes, exponentials = point.logs.slope[chosen], point.exponentials[self._group_owner]
        products = point.product_gradients[chosen] * (weights * exponentials)[:, None]
        mixed: Floats = products.T @ slopes
        weighted = weights * point.factors[self._group_owner]
        total: Floats = mixed + mixed.T + (slopes.T * weighted) @ slopes
        total[np.diag_indices_from(total)] += weighted @ point.logs.curvature[chosen]
        return total

    def _add_pairs(self, total: Floats, point: Point, parameters: Floats, weights: Floats) -> None:
        """Add the second derivatives by two different parameters that multiply, shape (parameters, parameters)."""
        factors = self._factors[self._group_owner]
        present = np.where(factors >= 0, parameters[factors], 1.0)
        scale = weights * point.exponentials[self._group_owner]
        for first in range(factors.shape[1]):
            for other in range(first + 1, factors.shape[1]):
                both = np.flatnonzero(factors[:, other] >= 0)  # factors are filled up at the end
                rest = _product_without(present[both], first, other) * scale[both]
                np.add.at(total, (factors[both, first], factors[both, other]), rest)
                np.add.at(total, (factors[both, other], factors[both, first]), rest)


def _squares(jacobian: Floats, weights: Floats) -> Floats:
    """Give Σ_b w_b J_b J_bᵀ; without negative weights as a square, which takes half the operations."""
    if weights.min() >= 0:
        scaled = jacobian * np.sqrt(weights)
        square: Floats = scaled @ scaled.T
        return square
    mixed: Floats = (jacobian * weights) @ jacobian.T
    return mixed


def _product_without(present: Floats, *left_out: int) -> Floats:
    """Multiply the columns but some, which keeps derivatives exact where a left out factor is zero."""
    others = present.copy()
    others[:, left_out] = 1.0
    product: Floats = others.prod(axis=1)
    return product
