"""Asymptotic p-values and CLs of a signal strength, observed and expected, from the Asimov data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from signedag.statistics.intervals import ConditionalFitError
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.likelihood_ratio import LikelihoodRatio, Statistic
from signedag.statistics.model import SIGNAL_STRENGTH
from signedag.statistics.templates import Floats

SIGMAS = (-2, -1, 0, 1, 2)
"""Expected bands: standard deviations by which background alone fluctuates upwards."""


@dataclass(frozen=True)
class CLs:
    """Probabilities of data at least as far from signal plus background."""

    signal_plus_background: float
    """If the tested value is true."""
    background: float
    """If there is no signal."""

    @property
    def ratio(self) -> float:
        """CLs, their ratio: above the limit's 0.05 nothing is excluded."""
        return self.signal_plus_background / self.background

    def as_json(self) -> dict[str, float]:
        """Give all three."""
        return {"cls": self.ratio, "clsb": self.signal_plus_background, "clb": self.background}


def log_cls(q: float, q_asimov: float, statistic: Statistic) -> tuple[float, float]:
    """Give the logarithms of CLs+b and CLb; docs/physics.md, "Asymptotic CLs" (arXiv:1007.1727, eq. 57-67).

    Args:
        q: the statistic on the data.
        q_asimov: the statistic on the Asimov data without signal.
        statistic: `q` or `q_tilde`; they differ where q > q_asimov, that is where μ̂ < 0.

    Raises:
        ConditionalFitError: the data exclude the value, but are not expected to tell it from zero.
    """
    root, width = np.sqrt(q), np.sqrt(q_asimov)
    if statistic == "q" or root <= width:
        distance = root - width
    elif width > 0:
        distance = (q - q_asimov) / (2 * width)
    else:
        raise ConditionalFitError("CLs is undefined: the expected data do not tell this value from zero")
    return float(norm.logsf(distance + width)), float(norm.logsf(distance))


def expected_log_cls(q_asimov: float, sigmas: float) -> tuple[float, float]:
    """Give the logarithms of CLs+b and CLb where background alone has fluctuated upwards by `sigmas`."""
    return float(norm.logsf(np.sqrt(q_asimov) - sigmas)), float(norm.logsf(-sigmas))


@dataclass(frozen=True)
class AsymptoticResult:
    """The test of one value."""

    tested: float
    fitted: float
    """Fitted value; 0 where q̃ has it negative."""
    q: float
    q_asimov: float
    observed: CLs
    expected: tuple[CLs, ...]
    """For each of `SIGMAS`."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        return {
            "tested": self.tested,
            "fitted": self.fitted,
            "q": self.q,
            "q_asimov": self.q_asimov,
            "observed": self.observed.as_json(),
            "expected": {str(sigmas): item.as_json() for sigmas, item in zip(SIGMAS, self.expected, strict=True)},
        }


class AsymptoticTest:
    """Tests of values of one parameter by q or q̃; docs/physics.md, "Asymptotic CLs".

    The Asimov data are made without signal and with everything else as the data have it then.

    Args:
        likelihood: of the data; for expected results alone, of Asimov data.
        name: the parameter to test.
        statistic: `q` or `q_tilde`.
        start: where fits begin, shape (parameters,); the model's initial values if left out.

    Raises:
        ConditionalFitError: the fit to the data failed, or the one without signal.
    """

    def __init__(
        self,
        likelihood: Likelihood,
        name: str = SIGNAL_STRENGTH,
        statistic: Statistic = "q_tilde",
        start: Floats | None = None,
    ) -> None:
        assert statistic != "q0"
        self.observed = LikelihoodRatio(likelihood, name, statistic, start)
        without_signal = self.observed.conditional(0.0).parameters
        data = self.observed.asimov(0.0)
        # its minimum is where it was made, so that this costs next to nothing
        self.asimov = LikelihoodRatio(data.likelihood(likelihood.expectation), name, "q_tilde", without_signal)

    def log_cls(self, value: float) -> tuple[float, float]:
        """Give the logarithms of the observed CLs+b and CLb."""
        return log_cls(self.observed.at(value), self.asimov.at(value), self.observed.statistic)

    def at(self, value: float) -> AsymptoticResult:
        """Test a value.

        Raises:
            ConditionalFitError: a conditional fit failed.
        """
        q_asimov = self.asimov.at(value)
        return AsymptoticResult(
            value,
            self.observed.value,
            self.observed.at(value),
            q_asimov,
            _cls(self.log_cls(value)),
            tuple(_cls(expected_log_cls(q_asimov, sigmas)) for sigmas in SIGMAS),
        )


def _cls(logarithms: tuple[float, float]) -> CLs:
    return CLs(float(np.exp(logarithms[0])), float(np.exp(logarithms[1])))


@dataclass(frozen=True)
class Discovery:
    """How improbable the data are without signal."""

    q0: float
    p0: float
    expected_q0: float
    """On the Asimov data at the expected strength."""

    @property
    def significance(self) -> float:
        """Standard deviations Z = √q₀."""
        return float(np.sqrt(self.q0))

    @property
    def expected(self) -> tuple[float, ...]:
        """Significance expected for each of `SIGMAS`, upward fluctuations of the data; not below 0."""
        return tuple(max(float(np.sqrt(self.expected_q0)) + sigmas, 0.0) for sigmas in SIGMAS)

    def as_json(self) -> dict[str, Any]:
        """Give the fields."""
        bands = {str(sigmas): value for sigmas, value in zip(SIGMAS, self.expected, strict=True)}
        return {"q0": self.q0, "p0": self.p0, "z": self.significance, "expected_z": bands}


def discovery(
    likelihood: Likelihood,
    name: str = SIGNAL_STRENGTH,
    expected_value: float = 1.0,
    start: Floats | None = None,
) -> Discovery:
    """Test the absence of a signal; docs/physics.md, "Asymptotic CLs" (arXiv:1007.1727, eq. 12, 52 and 53).

    Raises:
        ConditionalFitError: a fit failed.
    """
    observed = LikelihoodRatio(likelihood, name, "q0", start)
    data = observed.asimov(expected_value)
    with_signal = observed.conditional(expected_value).parameters
    expected = LikelihoodRatio(data.likelihood(likelihood.expectation), name, "q0", with_signal)
    q0 = observed.at()
    return Discovery(q0, float(norm.sf(np.sqrt(q0))), expected.at())
