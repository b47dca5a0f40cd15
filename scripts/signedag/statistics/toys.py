"""CLs by pseudo-experiments, where asymptotic formulae may be off: few events, boundaries, odd likelihoods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from signedag.seeds import stream
from signedag.statistics.asymptotics import SIGMAS
from signedag.statistics.data_sets import asimov_data, pseudo_experiment
from signedag.statistics.expectation import Expectation
from signedag.statistics.intervals import ConditionalFitError
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.likelihood_ratio import LikelihoodRatio, Statistic
from signedag.statistics.model import SIGNAL_STRENGTH
from signedag.statistics.pulls import Failure, Measured
from signedag.statistics.templates import Floats


@dataclass(frozen=True)
class ToyStatistics:
    """A test statistic over pseudo-experiments, in the order of their numbers."""

    numbers: NDArray[np.int64]
    """Of the pseudo-experiments that could be fitted, shape (n,)."""
    values: Floats
    """Shape (n,)."""
    failures: tuple[Failure, ...]

    def fraction_above(self, q: float) -> Measured:
        """Give how often the statistic is at least `q`, with its binomial error.

        Where it is never or always, the error is that of one more pseudo-experiment. Failures count neither way.
        """
        count = self.values.size
        fraction = float((self.values >= q).mean())
        return Measured(fraction, max(float(np.sqrt(fraction * (1 - fraction) / count)), 1 / count))

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "numbers": self.numbers,
            "values": self.values,
            "failures": [failure.as_json() for failure in self.failures],
        }


def in_order(
    numbers: Sequence[NDArray[np.int64]], failures: Iterable[Failure]
) -> tuple[NDArray[np.intp], list[Failure]]:
    """Give the order of pseudo-experiments that several jobs did, and their failures in order.

    Raises:
        ValueError: two jobs did the same one.
    """
    fitted = np.concatenate(numbers)
    ordered = sorted(failures, key=lambda failure: failure.pseudo_experiment)
    every = [*fitted.tolist(), *(failure.pseudo_experiment for failure in ordered)]
    if len(set(every)) != len(every):
        raise ValueError("a pseudo-experiment is there twice")
    return np.argsort(fitted), ordered


def joined(parts: Sequence[ToyStatistics]) -> ToyStatistics:
    """Put together what jobs have drawn, whatever their order.

    Raises:
        ValueError: two parts have the same pseudo-experiment.
    """
    order, failures = in_order([part.numbers for part in parts], (item for part in parts for item in part.failures))
    return ToyStatistics(
        np.concatenate([part.numbers for part in parts])[order],
        np.concatenate([part.values for part in parts])[order],
        tuple(failures),
    )


def toy_statistics(
    expectation: Expectation,
    truth: Floats,
    tested: float,
    numbers: Sequence[int],
    seed: int,
    *names: str | int,
    parameter: str = SIGNAL_STRENGTH,
    statistic: Statistic = "q_tilde",
    factors: Floats | None = None,
) -> ToyStatistics:
    """Draw pseudo-experiments and compute the statistic of each; docs/physics.md, "Pseudo-experiments".

    Args:
        expectation: of the model.
        truth: what they are drawn with, shape (parameters,).
        tested: the value that the statistic tests.
        numbers: which pseudo-experiments; a job may do some of them.
        seed: the analysis seed.
        *names: what else tells this sequence of pseudo-experiments from others.
        parameter: the parameter that is tested.
        statistic: which one.
        factors: true factors of the bins with template statistics, shape (bins,); ones if left out.
    """
    hessian = asimov_data(expectation, truth, factors).likelihood(expectation).hessian(truth)
    fitted: list[int] = []
    values: list[float] = []
    failures: list[Failure] = []
    for number in numbers:
        drawn = pseudo_experiment(expectation, truth, stream(seed, "toy_statistics", *names, number), factors)
        try:
            ratio = LikelihoodRatio(drawn.likelihood(expectation), parameter, statistic, truth, hessian)
            values.append(ratio.at(tested))
            fitted.append(number)
        except ConditionalFitError as error:
            failures.append(Failure(number, str(error)))
    return ToyStatistics(np.array(fitted, dtype=np.int64), np.array(values, dtype=np.float64), tuple(failures))


@dataclass(frozen=True)
class ToyCLs:
    """CLs and what it is made of, with the errors that the number of pseudo-experiments gives them."""

    signal_plus_background: Measured
    background: Measured

    @property
    def ratio(self) -> Measured:
        """CLs; the errors of the two add up in quadrature, relatively."""
        both, background = self.signal_plus_background, self.background
        # CLb is at least one over the number of pseudo-experiments where it comes from one of them
        below = max(background.value, background.error)
        value = both.value / below
        return Measured(value, float(np.hypot(both.error, value * background.error)) / below)

    def as_json(self) -> dict[str, Any]:
        """Give all three."""
        return {
            "cls": self.ratio.as_json(),
            "clsb": self.signal_plus_background.as_json(),
            "clb": self.background.as_json(),
        }


@dataclass(frozen=True)
class ToyTest:
    """The test of one value by pseudo-experiments; docs/physics.md, "CLs by pseudo-experiments"."""

    tested: float
    q: float
    """The statistic of the data."""
    signal_plus_background: ToyStatistics
    """With the tested value true."""
    background: ToyStatistics
    """Without signal."""

    def cls(self, q: float) -> ToyCLs:
        """Give CLs if the data had the statistic `q`."""
        return ToyCLs(self.signal_plus_background.fraction_above(q), self.background.fraction_above(q))

    @property
    def observed(self) -> ToyCLs:
        """CLs of the data."""
        return self.cls(self.q)

    @property
    def expected(self) -> tuple[ToyCLs, ...]:
        """CLs for each of `SIGMAS`: quantiles of the pseudo-experiments without signal."""
        # an upward fluctuation of the background is less like no signal, that is a smaller q
        quantiles = np.quantile(self.background.values, norm.cdf([-item for item in SIGMAS]), method="inverted_cdf")
        return tuple(self.cls(float(q)) for q in quantiles)

    def as_json(self) -> dict[str, Any]:
        """Give the results and the distributions."""
        return {
            "tested": self.tested,
            "q": self.q,
            "observed": self.observed.as_json(),
            "expected": {str(sigmas): item.as_json() for sigmas, item in zip(SIGMAS, self.expected, strict=True)},
            "signal_plus_background": self.signal_plus_background.as_json(),
            "background": self.background.as_json(),
        }


def cls_by_toys(
    likelihood: Likelihood,
    tested: float,
    count: int,
    seed: int,
    parameter: str = SIGNAL_STRENGTH,
    start: Floats | None = None,
) -> ToyTest:
    """Test a value with `count` pseudo-experiments of each hypothesis.

    They are drawn with all other parameters where a fit of the data has them under that hypothesis.

    Raises:
        ConditionalFitError: a fit to the data failed.
    """
    data = LikelihoodRatio(likelihood, parameter, "q_tilde", start)
    q = data.at(tested)
    with_signal = _drawn(data, tested, tested, count, seed, "signal plus background")
    return ToyTest(tested, q, with_signal, _drawn(data, 0.0, tested, count, seed, "background"))


def _drawn(data: LikelihoodRatio, true: float, tested: float, count: int, seed: int, hypothesis: str) -> ToyStatistics:
    """Draw the statistic of the data with a true value, everything else as the data have it then."""
    truth, factors = data.hypothesis(true)
    return toy_statistics(
        data.likelihood.expectation,
        truth,
        tested,
        range(count),
        seed,
        hypothesis,
        parameter=data.name,
        statistic=data.statistic,
        factors=factors,
    )


@dataclass(frozen=True)
class ToyDiscovery:
    """The test of no signal by pseudo-experiments; docs/physics.md, "CLs by pseudo-experiments"."""

    q0: float
    """The statistic of the data."""
    background: ToyStatistics
    """Without signal."""
    signal: ToyStatistics
    """With the expected signal."""

    @property
    def p0(self) -> Measured:
        """Probability of a larger statistic without signal."""
        return self.background.fraction_above(self.q0)

    @property
    def expected(self) -> tuple[Measured, ...]:
        """The same expected with signal, for each of `SIGMAS`: data that fluctuate upwards have a larger statistic."""
        quantiles = np.quantile(self.signal.values, norm.cdf(SIGMAS), method="inverted_cdf")
        return tuple(self.background.fraction_above(float(q)) for q in quantiles)

    def as_json(self) -> dict[str, Any]:
        """Give the results and the distributions."""
        return {
            "q0": self.q0,
            "p0": self.p0.as_json(),
            "expected_p0": {str(sigmas): item.as_json() for sigmas, item in zip(SIGMAS, self.expected, strict=True)},
            "background": self.background.as_json(),
            "signal": self.signal.as_json(),
        }


def discovery_by_toys(
    likelihood: Likelihood,
    count: int,
    seed: int,
    parameter: str = SIGNAL_STRENGTH,
    expected_value: float = 1.0,
    start: Floats | None = None,
) -> ToyDiscovery:
    """Test the absence of a signal with `count` pseudo-experiments without and as many with the expected one.

    Raises:
        ConditionalFitError: a fit to the data failed.
    """
    data = LikelihoodRatio(likelihood, parameter, "q0", start)
    q0 = data.at()
    background = _drawn(data, 0.0, 0.0, count, seed, "discovery background")
    return ToyDiscovery(q0, background, _drawn(data, expected_value, 0.0, count, seed, "discovery signal"))
