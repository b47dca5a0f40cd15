"""Smoothing of a template's change: closed forms, sums kept, signed weights, and fluctuations around a known shape."""

import numpy as np
import pytest

from signedag.statistics.local_smoothing import smoother
from signedag.statistics.templates import Floats, Template, find_bins

EDGES = (np.linspace(0.0, 1.0, 11), np.linspace(0.0, 1.0, 9))
CENTRES = np.meshgrid(*[(edges[1:] + edges[:-1]) / 2 for edges in EDGES], indexing="ij")


def signed_template(generator: np.random.Generator, events: int, negative: float = 0.3) -> Template:
    """Fill a falling shape with weights of both signs."""
    coordinates = [generator.beta(2.0, 3.0, events), generator.beta(1.5, 2.5, events)]
    weights = np.where(generator.random(events) < negative, -1.0, 1.0) * generator.lognormal(0.0, 0.3, events)
    return find_bins(coordinates, EDGES).fill(weights / (1 - 2 * negative))


@pytest.mark.parametrize("relative_error", [0.5, 0.1, 0.04])
def test_a_relative_change_that_is_a_plane_is_kept_whatever_the_windows(relative_error: float) -> None:
    """With bins whose contents are negative, too, and with others that are empty."""
    template = signed_template(np.random.default_rng(1), 8000)
    values, variances = template.values.copy(), template.variances.copy()
    values[-1, -3:] = variances[-1, -3:] = 0.0
    assert (values < 0).any()
    smooth = smoother(values, variances, relative_error)
    assert smooth.method == "local_linear" and smooth.windows.max() > 0
    plane = values * (0.03 - 0.2 * CENTRES[0] + 0.1 * CENTRES[1])
    np.testing.assert_allclose(smooth(plane), plane, atol=1e-9 * np.abs(values).max())


def test_sums_are_kept_exactly_and_smoothing_is_linear() -> None:
    generator = np.random.default_rng(2)
    template = signed_template(generator, 8000)
    smooth = smoother(template.values, template.variances, 0.05)
    one, other = generator.normal(size=(2, *template.values.shape))
    assert smooth(one).sum() == pytest.approx(one.sum(), abs=1e-12)
    np.testing.assert_allclose(smooth(one - 2 * other), smooth(one) - 2 * smooth(other), atol=1e-12)


def test_bins_that_are_known_well_enough_stay_as_they_are() -> None:
    nominal = np.array([1000.0, 400.0, 399.0, 1000.0])
    smooth = smoother(nominal, nominal, 0.05)
    assert (smooth.windows > 0).tolist() == [False, False, True, False]
    assert (smooth.errors <= 0.05).all()
    unweighted = smooth.matrix[[0, 1, 3]] * nominal[[0, 1, 3], None]
    np.testing.assert_allclose(unweighted, np.eye(4)[[0, 1, 3]], atol=1e-12)


def test_a_window_of_three_equal_bins_is_a_kernel_average() -> None:
    """Symmetric, so that the slope has no part in the middle: K(0) = 1 and K(1/1.5) = (1 - (2/3)³)³ there."""
    nominal = np.full(9, 100.0)
    kernel = np.zeros(9)
    kernel[3:6] = [(1 - (2 / 3) ** 3) ** 3, 1.0, (1 - (2 / 3) ** 3) ** 3]
    error = np.sqrt(np.square(kernel).sum() * 100.0) / (kernel.sum() * 100.0)
    smooth = smoother(nominal, nominal, error * (1 + 1e-12))
    np.testing.assert_allclose(smooth.matrix[4], kernel / kernel.sum() / 100.0, atol=1e-15)
    assert smooth.errors[4] == pytest.approx(error)
    assert smooth.windows[4] == pytest.approx(1.5 / 9)
    assert smoother(nominal, nominal, error * (1 - 1e-12)).windows[4] > 1.5 / 9


def test_where_all_bins_together_are_not_known_the_yield_alone_varies() -> None:
    nominal = np.array([[30.0, -5.0], [40.0, 10.0]])
    smooth = smoother(nominal, np.abs(nominal), 0.1)
    assert smooth.method == "constant"
    change = np.array([[7.0, 0.0], [-3.0, 3.5]])
    np.testing.assert_allclose(smooth(change), nominal * 7.5 / 75.0, rtol=1e-12)


def test_what_has_no_events_or_one_bin_is_left_as_it_is() -> None:
    empty = smoother(np.zeros((2, 2)), np.zeros((2, 2)), 0.1)
    change = np.array([[1.0, 0.0], [2.0, -1.0]])
    assert empty.method == "none"
    np.testing.assert_array_equal(empty(change), change)
    for events in (1.0, 1e6):
        one = smoother(np.array([events]), np.array([events]), 0.1)
        np.testing.assert_allclose(one(np.array([0.3])), [0.3], rtol=1e-12)


def test_an_axis_of_one_bin_makes_no_difference() -> None:
    template = signed_template(np.random.default_rng(3), 4000)
    values, variances = template.values.sum(axis=1), template.variances.sum(axis=1)
    flat, deep = smoother(values, variances, 0.05), smoother(values[:, None], variances[:, None], 0.05)
    np.testing.assert_array_equal(flat.matrix, deep.matrix)


def relative_change(x: Floats, y: Floats) -> Floats:
    return np.asarray(0.03 + 0.1 * (x - 0.3) + 0.2 * np.square(x - 0.4) - 0.06 * np.sin(3 * y), dtype=np.float64)


@pytest.mark.parametrize("negative", [0.0, 0.3])
def test_fluctuations_around_a_known_shape_become_smaller(negative: float) -> None:
    """Nominal and varied template of independent events: the error of the change is less than half of what it was."""
    generator, experiments, events = np.random.default_rng(4), 20, 10_000

    def fill(varied: bool, count: int = events) -> Template:
        x, y = generator.beta(2.0, 3.0, count), generator.beta(1.5, 2.5, count)
        weights = np.where(generator.random(count) < negative, -1.0, 1.0) / (1 - 2 * negative)
        return find_bins([x, y], EDGES).fill(weights * (1 + relative_change(x, y) * varied))

    x, y = generator.beta(2.0, 3.0, 2_000_000), generator.beta(1.5, 2.5, 2_000_000)
    truth = find_bins([x, y], EDGES).fill(relative_change(x, y)).values * events / x.size
    squares = np.zeros(2)
    for _ in range(experiments):
        nominal, varied = fill(False), fill(True)
        change = varied.values - nominal.values
        smoothed = smoother(nominal.values, nominal.variances, 0.05)(change)
        squares += [np.square(change - truth).sum(), np.square(smoothed - truth).sum()]
    assert np.sqrt(squares[1] / squares[0]) < 0.6


def test_a_shift_of_the_same_events_comes_out_with_a_fraction_of_its_error() -> None:
    """A mass that moves by 3 % in a falling spectrum of signed weights."""
    generator, events = np.random.default_rng(6), 10_000
    edges = (np.linspace(50.0, 200.0, 11), EDGES[1])

    def change(count: int, weights: Floats) -> tuple[Template, Floats]:
        mass, score = 30.0 + generator.gamma(2.2, 45.0, count), generator.beta(2.0, 2.5, count)
        nominal, shifted = (find_bins([mass * scale, score], edges).fill(weights) for scale in (1.0, 1.03))
        return nominal, shifted.values - nominal.values

    truth = change(2_000_000, np.ones(2_000_000))[1] * events / 2_000_000
    squares = np.zeros(2)
    for _ in range(20):
        nominal, raw = change(events, np.where(generator.random(events) < 0.3, -1.0, 1.0) / 0.4)
        smoothed = smoother(nominal.values, nominal.variances, 0.05)(raw)
        squares += [np.square(raw - truth).sum(), np.square(smoothed - truth).sum()]
    assert np.sqrt(squares[1] / squares[0]) < 0.25


def test_the_stated_error_is_the_scatter_of_the_relative_change() -> None:
    """With changes that scatter by the template's own errors, as `Smoother.errors` assumes."""
    generator = np.random.default_rng(5)
    template = signed_template(generator, 20_000)
    smooth = smoother(template.values, template.variances, 0.05)
    changes = generator.normal(0.0, np.sqrt(template.variances).ravel(), size=(4000, template.values.size))
    scatter = (changes @ smooth.matrix.T).std(axis=0)
    np.testing.assert_allclose(scatter / smooth.errors, 1.0, atol=0.06)
