"""One score over all simulations: means with spread and error, its σ_μ over the baseline's, and whether it passes."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from signedag.config.decorrelation import Effort
from signedag.decorrelation.measured import DibosonPeak, Measured, SculptedMass
from signedag.metrics.seed_spread import SeedSpread

NO_PEAK_CHECK = "the analysis does not look for the peak of a resonant background (block 'diboson_peak')"


@dataclass(frozen=True)
class DecorrelationRow:
    """What the comparison says about one variant."""

    variant: str
    scores_of: str | None
    """The classifier whose score is mapped; None for a classifier."""
    effort: Effort
    """What it takes."""
    by_seed: Mapping[int, Measured]
    """What each simulation says, by its seed."""
    p_value: float
    """Smallest p-value with which it passes."""

    def over_seeds(self, quantity: Callable[[Measured], float | None]) -> SeedSpread:
        """Give a number over the simulations, in their order."""
        return SeedSpread(tuple(quantity(measured) for measured in self.by_seed.values()))

    @property
    def sigma_mu(self) -> SeedSpread:
        """Error of the signal strength, the fit's with the simulation's own in quadrature, mean of both sides."""
        return self.over_seeds(lambda measured: measured.fit.combined.error)

    @property
    def chi2_mean(self) -> SeedSpread:
        """χ²/ndf of the mass in quantiles of the score, mean over the quantiles."""
        return self.over_seeds(lambda measured: measured.headline.chi2_mean)

    @property
    def failures(self) -> dict[int, str]:
        """Why it does not pass, by seed of the simulation; empty text where it does."""
        return {seed: measured.failure(self.p_value) for seed, measured in self.by_seed.items()}

    @property
    def seeds_that_pass(self) -> int:
        """Number of simulations in which it passes."""
        return sum(not failure for failure in self.failures.values())

    @property
    def passes(self) -> bool:
        """Whether it passes in every simulation."""
        return self.seeds_that_pass == len(self.by_seed)

    @property
    def failure(self) -> str:
        """Why it does not pass; empty if it does."""
        failures = {seed: failure for seed, failure in self.failures.items() if failure}
        if not failures:
            return ""
        seed, failure = next(iter(failures.items()))
        return f"passes in {self.seeds_that_pass} of {len(self.by_seed)} simulations; seed {seed}: {failure}"

    def ratio_to(self, other: DecorrelationRow) -> SeedSpread:
        """Give σ_μ over that of another variant, simulation by simulation."""
        return self.sigma_mu.paired_with(other.sigma_mu, operator.truediv)

    def as_json(self, baseline: DecorrelationRow) -> dict[str, Any]:
        """Give the row; numbers over simulations with mean, spread, error and that of each."""
        return {
            "scores_of": self.scores_of,
            "effort": self.effort.model_dump(mode="json"),
            "sigma_mu": self._described(lambda measured: measured.fit.combined.error),
            "sigma_mu_ratio_to_baseline": _by_seed(self.ratio_to(baseline), list(self.by_seed)),
            "sigma_mu_fit": self._described(lambda measured: measured.fit.interval.error),
            "sigma_mu_statistical": self._described(lambda measured: measured.fit.statistical.error),
            "significance": self._described(lambda measured: measured.significance),
            "auc": self._described(lambda measured: measured.auc),
            "sculpting": self._sculpting(lambda measured: measured.headline),
            "sculpting_of_all_background": self._sculpting(lambda measured: measured.all_background),
            "inverse_jensen_shannon": self._described(lambda measured: measured.inverse_jensen_shannon),
            "diboson_peak": self._diboson_peak(),
            "diboson_peak_reason": None if self._peaks() else NO_PEAK_CHECK,
            "passes": {
                "passes": self.passes,
                "seeds_that_pass": self.seeds_that_pass,
                "failure_by_seed": {str(seed): failure or None for seed, failure in self.failures.items()},
            },
            "trainings": {
                kind: [
                    f"simulation {seed}: {text}"
                    for seed, measured in self.by_seed.items()
                    for text in getattr(measured.trainings, kind)
                ]
                for kind in ("failed", "diverged", "warnings")
            },
        }

    def _described(self, quantity: Callable[[Measured], float | None]) -> dict[str, Any]:
        return _by_seed(self.over_seeds(quantity), list(self.by_seed))

    def _sculpting(self, of: Callable[[Measured], SculptedMass]) -> dict[str, Any]:
        """Give what the score does to the mass, with the smallest p-value over quantiles and simulations."""
        quantities: dict[str, Callable[[SculptedMass], float | None]] = {
            "chi2_mean": lambda mass: mass.chi2_mean,
            "chi2_p_smallest": lambda mass: mass.smallest_chi2_p,
            "ks_distance": lambda mass: mass.ks_distance,
            "ks_p_smallest": lambda mass: mass.smallest_ks_p,
            "distance_correlation": lambda mass: mass.distance_correlation,
        }

        def described(quantity: Callable[[SculptedMass], float | None]) -> dict[str, Any]:
            over_seeds = self.over_seeds(lambda measured: quantity(of(measured)))
            return _by_seed(over_seeds, list(self.by_seed)) | {"smallest": _smallest(over_seeds)}

        reasons = {str(seed): of(measured).reason or None for seed, measured in self.by_seed.items()}
        numbers = {name: described(quantity) for name, quantity in quantities.items()}
        return numbers | {"reason_by_seed": reasons}

    def _peaks(self) -> list[DibosonPeak]:
        return [peak for measured in self.by_seed.values() if (peak := measured.diboson_peak) is not None]

    def _diboson_peak(self) -> dict[str, Any] | None:
        peaks = self._peaks()
        if len(peaks) < len(self.by_seed):
            return None
        names = ("significance", "significance_scaled", "sidebands_p_value", "significance_without")
        described = {
            name: _by_seed(SeedSpread(tuple(getattr(peak, name) for peak in peaks)), list(self.by_seed))
            for name in names
        }
        return described | {"luminosity_factor": peaks[0].luminosity_factor}


def _by_seed(over_seeds: SeedSpread, seeds: Sequence[int]) -> dict[str, Any]:
    values = {str(seed): value for seed, value in zip(seeds, over_seeds.per_seed, strict=True)}
    return over_seeds.as_json() | {"by_seed": values}


def _smallest(over_seeds: SeedSpread) -> float | None:
    return float(over_seeds.known.min()) if len(over_seeds.known) else None
