"""The headline numbers of an analysis with their uncertainties: the content of `summary.json`.

Numbers are `{"value", "error"}` or `{"value", "down", "up"}`; what is undefined is null with a `reason` beside it.
Test statistics (χ², p-values, KS) stand as they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from signedag.config.plotting import WriteReportSettings
from signedag.report.results import Json, Results

EXACT = "exact for this sample, no estimate"
CLOSURE_KEYS = ("chi2", "ndf", "p_value", "is_input")
SCULPTING_KEYS = ("chi2_per_quantile", "chi2_mean", "ks_distance", "ks_probability")


def summary(results: Results, settings: WriteReportSettings, code_version: str) -> dict[str, Any]:
    """Collect every headline number.

    Args:
        results: what the stages wrote.
        settings: names of samples, variants, binnings and treatments.
        code_version: digest of the code that writes the report.
    """
    return {
        "analysis": settings.analysis,
        "code_version": code_version,
        "config_hash": settings.config_hash,
        "weights": {
            sample: _weights(results.calibrations[sample], results.closures[sample]) for sample in settings.samples
        },
        "diagnostics": {sample: _diagnostics(found) for sample, found in results.diagnostics.items()},
        "classifiers": {name: _classifier(found) for name, found in results.performances.items()},
        "sculpting": {name: _sculpting(found) for name, found in results.sculpting.items()},
        "scale_factors": _scale_factors(results.scale_factors),
        "signal_strength": {
            variant: {treatment: _strength(fit, next(iter(binnings))) for treatment, fit in _first(binnings).items()}
            for variant, binnings in results.fits.items()
        },
        "signal_strength_by_binning": {
            variant: {
                binning: {treatment: _strength(fit, binning) for treatment, fit in fits.items()}
                for binning, fits in binnings.items()
            }
            for variant, binnings in results.fits.items()
        },
    }


def _first(binnings: Mapping[str, Mapping[str, Json]]) -> Mapping[str, Json]:
    return next(iter(binnings.values()))


def _weights(calibration: Json, closure: Json) -> dict[str, Any]:
    compared = closure["closure"]
    fraction = calibration["negative_fraction"]
    errors = {kind: _relative_difference_error(variables) for kind, variables in compared.items()}
    bias = calibration["yield_bias"]
    return {
        "negative_fraction": {
            "value": fraction,
            "error": _negative_fraction_error(fraction, next(iter(compared["calibrated"].values()))),
        },
        "effective_size_factor": {
            kind: {"value": value, "error": None, "reason": EXACT}
            for kind, value in calibration["effective_size_factor"].items()
        },
        "largest_over_median": {"value": calibration["largest_over_median"], "error": None, "reason": EXACT},
        "renormalisation": {
            "value": calibration["renormalisation"],
            "error": calibration["renormalisation"] * errors["calibrated"],
        },
        "clipped_fraction": {"value": calibration["clipped_fraction"], "error": None, "reason": EXACT},
        "yield_bias": {kind: {"value": bias[kind], "error": errors[kind]} for kind in errors},
        "closure": {
            kind: {variable: _test(found, CLOSURE_KEYS) for variable, found in variables.items()}
            for kind, variables in compared.items()
        },
        "truth": {kind: _test(found, ("chi2", "ndf", "p_value")) for kind, found in closure["truth"].items()},
    }


def _diagnostics(found: Json) -> dict[str, Any]:
    area, batches = found["sign_auc"], found["batches"]
    return {
        "negative_fraction": {"value": found["negative_fraction"], "error": None, "reason": EXACT},
        "sign_auc": _estimate(area) | {"verdict": area["verdict"]},
        "smallest_safe_batch": {
            "value": batches["smallest_safe_size"],
            "error": None,
            "reason": batches.get("reason", EXACT),
        },
        "transformable": found["transformable"],
    }


def _test(found: Json, keys: tuple[str, ...]) -> dict[str, Any]:
    """Pick the headline of a test, with the reason where it is undefined."""
    picked = {key: found[key] for key in keys}
    return picked | ({"reason": found["reason"]} if found.get("reason") else {})


def _relative_difference_error(variables: Mapping[str, Json]) -> float:
    """Give √Σ(w' - w)² / |Σw|: by how much a sample's transformed yield scatters around its signed one."""
    any_variable = next(iter(variables.values()))
    return math.sqrt(math.fsum(any_variable["difference_variance"])) / abs(math.fsum(any_variable["signed"]))


def _negative_fraction_error(fraction: float, any_variable: Json) -> float:
    """Give the binomial error √(Σw² f (1 - f)) / Σ|w| of the negative share f of |w|, where Σw = Σ|w| (1 - 2f)."""
    squares, total = math.fsum(any_variable["signed_variance"]), math.fsum(any_variable["signed"])
    return math.sqrt(squares * fraction * (1 - fraction)) * abs((1 - 2 * fraction) / total)


def _classifier(performance: Json) -> dict[str, Any]:
    return _discrimination(performance) | {
        "per_seed": {seed: _discrimination(found) for seed, found in performance["per_seed"].items()}
    }


def _discrimination(found: Json) -> dict[str, Any]:
    return {key: _estimate(found[key]) for key in ("auc", "binned_significance", "significance_ratio")}


def _estimate(found: Json) -> dict[str, Any]:
    shown: dict[str, Any] = {"value": found["value"], "error": found["error"]}
    return shown | ({"reason": found["reason"]} if found.get("reason") else {})


def _sculpting(found: Json) -> dict[str, Any]:
    reasons = {key: found[key] for key in ("chi2_reason", "ks_reason") if found[key]}
    return {key: found[key] for key in SCULPTING_KEYS} | reasons


def _scale_factors(fitted: Json | None) -> dict[str, Any]:
    """Give the scale factor of each process that has one."""
    if fitted is None:
        return {}
    return {
        process: {"scale_factor": name}
        | {key: factor[key] for key in ("value", "down", "up", "truth", "reason") if key in factor}
        for name, factor in fitted["scale_factors"].items()
        for process in fitted["processes"][name]
    }


def _strength(fit: Json, binning: str) -> dict[str, Any]:
    interval = {key: fit["interval"][key] for key in ("value", "down", "up", "reason") if key in fit["interval"]}
    significance = fit["significance"]
    reason = significance["reason"] or "expected, on Asimov data"
    return interval | {
        "binning": binning,
        "statistical": fit["statistical"],
        "systematic": fit["systematic"],
        "significance": {"value": significance["z"], "error": None, "reason": reason},
        "nonpositive_bins": len(fit["nonpositive_bins"]),
    }


def smallest_p_value(closure: Mapping[str, Json]) -> tuple[float, str, int] | None:
    """Give the smallest p-value, its variable and the number of comparisons; None if nothing was tested.

    >>> smallest_p_value({"x": {"p_value": 0.2}, "y": {"p_value": 0.01}, "z": {"p_value": None}})
    (0.01, 'y', 2)
    """
    tested = {variable: found["p_value"] for variable, found in closure.items() if found["p_value"] is not None}
    if not tested:
        return None
    worst = min(tested, key=lambda variable: (tested[variable], variable))
    return tested[worst], worst, len(tested)
