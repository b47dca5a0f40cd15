"""The headline numbers of an analysis with their uncertainties: the content of `summary.json`.

Numbers are `{"value", "error"}` or `{"value", "down", "up"}`; what is undefined is null with a `reason` beside it.
Test statistics (χ², p-values, KS) stand as they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from signedag.config.plotting import WriteReportSettings
from signedag.report.classifier_results import Performance
from signedag.report.fit_results import ScaleFactors, StrengthFit
from signedag.report.grading_fit import refusal
from signedag.report.limit_results import UpperLimit
from signedag.report.mass_results import ByMass
from signedag.report.results import Results
from signedag.report.values import EXACT, Estimate
from signedag.report.verdict import Line
from signedag.report.weights_results import CALIBRATED, Calibration, Closure, Comparisons, Diagnostics

REASONS = (
    "several variants are judged and report.recommended names none: all stand beside each other",
    "the configuration names it, or it is the only one",
)
NO_LIMIT = "upper limits are computed for the recommended variant"


def summary(
    results: Results, verdict: Sequence[Line], settings: WriteReportSettings, code_version: str
) -> dict[str, Any]:
    """Collect every headline number.

    Args:
        results: what the stages wrote.
        verdict: the graded lines, the worst first.
        settings: names of samples, variants, binnings and treatments.
        code_version: digest of the code that writes the report.
    """
    by_binning = {
        variant: {
            binning: {
                treatment: strength(fit, results.limits.get((variant, binning, treatment)))
                for treatment, fit in fits.items()
            }
            for binning, fits in binnings.items()
        }
        for variant, binnings in results.fits.items()
    }
    return {
        "analysis": settings.analysis,
        "code_version": code_version,
        "config_hash": settings.config_hash,
        "recommended_variant": settings.recommended,
        "recommended_variant_reason": REASONS[settings.recommended is not None],
        "verdict": [line.as_json() for line in verdict],
        "weights": {
            sample: _weights(results.calibrations[sample], results.closures[sample]) for sample in settings.samples
        },
        "closure_of_other_strategies": {
            strategy: {sample: _comparisons(closure.kinds) for sample, closure in closures.items()}
            for strategy, closures in results.other_closures.items()
        },
        "diagnostics": {sample: _diagnostics(diagnosed) for sample, diagnosed in results.diagnostics.items()},
        "classifiers": {
            name: _classifier(performance, results.by_mass.get(name))
            for name, performance in results.performances.items()
        },
        "classifier_differences": [difference.as_json() for difference in results.differences],
        "sculpting": {name: sculpting.as_json() for name, sculpting in results.sculpting.items()},
        "diboson_peak": {name: peak.as_json() for name, peak in results.diboson_peaks.items()},
        "scale_factors": _scale_factors(results.scale_factors),
        "signal_strength": {variant: next(iter(binnings.values())) for variant, binnings in by_binning.items()},
        "signal_strength_by_binning": by_binning,
    }


def _weights(calibration: Calibration, closure: Closure) -> dict[str, Any]:
    share = calibration.clipped_signed_share
    errors = closure.yield_error
    return {
        "negative_fraction": negative_fraction(calibration, closure).as_json(),
        "effective_size_factor": {
            kind: Estimate.exact(value).as_json() for kind, value in calibration.effective_size_factor.items()
        },
        "largest_over_median": Estimate.exact(calibration.largest_over_median).as_json(),
        "renormalisation": renormalisation(calibration, closure).as_json(),
        "clipped_fraction": Estimate.exact(calibration.clipped_fraction).as_json(),
        "clipped_signed_share": None if share is None else share.as_json(),
        "yield_bias": {
            kind: Estimate(bias, errors[kind]).as_json()
            for kind, bias in calibration.yield_bias.items()
            if kind in errors
        },
        "closure": _comparisons(closure.kinds),
        "closure_by_region": {region: _comparisons(kinds) for region, kinds in closure.regions.items()},
        "region_yields": {
            region: {kind: ratio.as_json() for kind, ratio in ratios.items()}
            for region, ratios in closure.region_yields.items()
        },
        "ensemble": None if closure.ensemble is None else closure.ensemble.as_json(),
        "truth": {kind: test.as_json() for kind, test in closure.truth.items()},
    }


def _comparisons(kinds: Mapping[str, Comparisons]) -> dict[str, Any]:
    return {
        kind: {
            variable: item.test.as_json() | {"is_input": item.is_input, "scale": item.scale}
            for variable, item in comparisons.items()
        }
        for kind, comparisons in kinds.items()
    }


def negative_fraction(calibration: Calibration, closure: Closure) -> Estimate:
    """Give the negative share f of |w| with its binomial error √(Σw² f (1 - f)) / Σ|w|, where Σw = Σ|w| (1 - 2f)."""
    fraction = calibration.negative_fraction
    error = closure.relative_error * math.sqrt(fraction * (1 - fraction)) * abs(1 - 2 * fraction)
    return Estimate(fraction, error)


def renormalisation(calibration: Calibration, closure: Closure) -> Estimate:
    """Give the factor that restored the signed sum, with the error of the difference of the two sums."""
    factor = calibration.renormalisation
    return Estimate(factor, factor * closure.yield_error[CALIBRATED])


def _diagnostics(diagnosed: Diagnostics) -> dict[str, Any]:
    share = diagnosed.clipped_signed_share
    return {
        "negative_fraction": Estimate.exact(diagnosed.negative_fraction).as_json(),
        "sign_auc": diagnosed.sign_auc.as_json() | {"verdict": diagnosed.signs},
        "smallest_safe_batch": {
            "value": diagnosed.smallest_safe_batch,
            "error": None,
            "reason": diagnosed.batch_reason or EXACT,
        },
        "transformable": {
            "clipped_fraction": diagnosed.clipped_fraction,
            "clipped_signed_share": None if share is None else share.as_json(),
            "limit": diagnosed.clipped_limit,
            "verdict": diagnosed.transformable,
        },
    }


def _classifier(performance: Performance, by_mass: ByMass | None) -> dict[str, Any]:
    numbers = performance.combined.as_json() | {
        "per_seed": {seed: score.as_json() for seed, score in performance.seeds.items()}
    }
    return numbers if by_mass is None else numbers | {"by_mass": {mass: at.as_json() for mass, at in by_mass.items()}}


def _scale_factors(fitted: ScaleFactors | None) -> dict[str, Any]:
    """Give the scale factor of each process that has one."""
    factors = () if fitted is None else fitted.factors
    return {process: factor.as_json() for factor in factors for process in factor.processes}


def strength(fit: StrengthFit, limit: UpperLimit | None = None) -> dict[str, Any]:
    """Give one signal strength.

    `down`, `up` and the significance hold the simulation's own statistical error in quadrature; the fit without it
    stands beside them. A result that the simulation's error dominates is null.
    """
    refused = refusal(fit)
    combined, z = fit.combined, fit.combined_significance
    numbers = combined.as_json() if refused is None else {"value": None, "down": None, "up": None, "reason": refused}
    return numbers | {
        "binning": fit.binning,
        "template_statistical": fit.template_statistical,
        "fit_alone": {
            "value": fit.interval.value,
            "down": fit.interval.down,
            "up": fit.interval.up,
            "significance": fit.significance,
        },
        "statistical": {"down": fit.statistical.down, "up": fit.statistical.up},
        "systematic": {"down": fit.systematic.down, "up": fit.systematic.up},
        "significance": {
            "value": z if refused is None else None,
            "error": None,
            "reason": refused or fit.significance_reason or "expected, on Asimov data",
        },
        **({"limit": None, "limit_reason": NO_LIMIT} if limit is None else {"limit": limit.as_json()}),
        "nonpositive_bins": sum(region.not_positive for region in fit.bins.values()),
    }
