"""Workspaces of others: every kind of modifier against pyhf, what a measurement says, and what is refused."""

from __future__ import annotations

import copy
import re
from typing import Any

import numpy as np
import pyhf
import pytest

from signedag.errors import UserError
from signedag.statistics.data_sets import asimov_data, pseudo_experiment
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import fit, goodness_of_fit
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.limits import upper_limits
from signedag.statistics.workspace_file import workspace_content
from signedag.statistics.workspace_fit import fit_workspace, fitted
from signedag.statistics.workspace_import import ImportedModel, imported

Json = dict[str, Any]
MU = {"name": "mu", "type": "normfactor", "data": None}


def modifier(kind: str, name: str, data: Any = None) -> Json:
    return {"name": name, "type": kind, "data": data}


def workspace(
    channels: dict[str, dict[str, tuple[list[float], list[Json]]]],
    observed: dict[str, list[float]],
    *parameters: Json,
    poi: str = "mu",
) -> Json:
    return {
        "version": "1.0.0",
        "channels": [
            {
                "name": channel,
                "samples": [
                    {"name": name, "data": data, "modifiers": modifiers} for name, (data, modifiers) in samples.items()
                ],
            }
            for channel, samples in channels.items()
        ],
        "observations": [{"name": name, "data": data} for name, data in observed.items()],
        "measurements": [{"name": "all", "config": {"poi": poi, "parameters": list(parameters)}}],
    }


SIGNAL = ([5.0, 12.0, 3.0], [MU])
TILT = modifier("histosys", "tilt", {"hi_data": [66.0, 50.0, 22.0], "lo_data": [54.0, 51.0, 30.0]})
RATE = modifier("normsys", "rate", {"hi": 1.1, "lo": 0.93})
LUMI = modifier("lumi", "lumi")
LUMI_SETTING = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.04], "inits": [1.0], "bounds": [[0.5, 1.5]]}
BACKGROUND = [60.0, 50.0, 25.0]
COUNTS = {"sr": [67.0, 66.0, 21.0]}


def one_channel(*modifiers: Json, signal: tuple[Json, ...] = (), settings: tuple[Json, ...] = ()) -> Json:
    samples = {
        "signal": (SIGNAL[0], [MU, *signal]),
        "background": (BACKGROUND, list(modifiers)),
        "other": ([4.0, 0.0, 3.0], [RATE]),
    }
    return workspace({"sr": samples}, COUNTS, *settings)


def stat(*errors: float, name: str = "mc") -> Json:
    return modifier("staterror", name, list(errors))


def control(factor: str) -> Json:
    """A shapefactor or normfactor that two channels share."""
    kind = "shapefactor" if factor == "shape" else "normfactor"
    return workspace(
        {
            "sr": {"signal": SIGNAL, "background": (BACKGROUND, [modifier(kind, factor), TILT])},
            "cr": {"background": ([600.0, 520.0, 270.0], [modifier(kind, factor)]), "other": ([9.0, 8.0, 7.0], [RATE])},
        },
        COUNTS | {"cr": [640.0, 500.0, 280.0]},
    )


def channel_wide() -> Json:
    content = one_channel(TILT, stat(6.0, 4.0, 5.0), signal=(stat(0.5, 0.0, 1.0),))
    content["channels"][0]["samples"][2]["modifiers"].append(stat(1.0, 0.0, 2.0))
    return content


WORKSPACES = {
    "normsys and histosys of one name": one_channel(TILT, modifier("normsys", "tilt", {"hi": 0.9, "lo": 1.2})),
    "lumi": one_channel(TILT, LUMI, signal=(LUMI,), settings=(LUMI_SETTING,)),
    "shapesys": one_channel(TILT, RATE, modifier("shapesys", "unc", [5.0, 0.0, 6.0])),
    "staterror of all samples": channel_wide(),
    "staterror of some samples": one_channel(TILT, stat(6.0, 0.0, 5.0), signal=(stat(0.5, 0.0, 1.0),)),
    "two staterrors": one_channel(stat(6.0, 4.0, 5.0), signal=(stat(0.5, 0.3, 1.0, name="signal_mc"),)),
    "staterror and shapesys": one_channel(
        stat(6.0, 4.0, 5.0), modifier("shapesys", "unc", [5.0, 3.0, 6.0]), signal=(stat(0.5, 0.3, 1.0),)
    ),
    "shapefactor of two channels": control("shape"),
    "normfactor of two channels": control("sf"),
    "staterror that the measurement says something of": one_channel(
        stat(6.0, 4.0, 5.0), settings=({"name": "mc", "sigmas": [0.2, 0.1, 0.3], "auxdata": [1.0, 1.1, 0.9]},)
    ),
    "moved and narrower auxiliary measurements": one_channel(
        TILT, RATE, settings=({"name": "tilt", "auxdata": [0.5]}, {"name": "rate", "bounds": [[-0.1, 0.2]]})
    ),
    "fixed parameters": one_channel(
        TILT, LUMI, settings=(LUMI_SETTING | {"fixed": True, "inits": [1.03]}, {"name": "tilt", "fixed": True})
    ),
    "a shapesys whose counts are given": one_channel(
        modifier("shapesys", "unc", [5.0, 3.0, 6.0]), settings=({"name": "unc", "auxdata": [140.0, 280.0, 18.0]},)
    ),
    "staterror of one name in two channels": workspace(
        {
            "b": {"signal": SIGNAL, "background": (BACKGROUND, [stat(6.0, 4.0, 5.0), TILT])},
            "a": {"background": ([600.0, 520.0], [stat(16.0, 44.0)]), "flat": ([9.0, 8.0], [RATE])},
        },
        {"b": COUNTS["sr"], "a": [640.0, 500.0]},
    ),
}


class Pair:
    """A workspace here and in pyhf."""

    def __init__(self, content: Json) -> None:
        self.imported: ImportedModel = imported(workspace_content(content, "w.json"))
        self.likelihood = Likelihood(Expectation(self.imported.model), self.imported.counts)
        config = content["measurements"][0]["config"]
        specification = {"channels": content["channels"], "parameters": config["parameters"]}
        self.model = pyhf.Model(specification, poi_name=config["poi"], validate=False)
        observed = {item["name"]: item["data"] for item in content["observations"]}
        counts = [count for channel in self.model.config.channels for count in observed[channel]]
        self.data = [*counts, *self.model.config.auxdata]

    def parameters(self, values: np.ndarray) -> list[float]:
        """Give pyhf's parameters, the factors of bins that are solved for here among them."""
        known = dict(zip(self.imported.model.names, values.tolist(), strict=True))
        factors = self.likelihood.bin_factors(values).value.tolist()
        known |= {f"mc[{number}]": factor for number, factor in enumerate(factors) if f"mc[{number}]" not in known}
        names, initial = self.model.config.par_names, self.model.config.suggested_init()
        fixed = self.model.config.suggested_fixed()
        return [start if stays else known[name] for name, start, stays in zip(names, initial, fixed, strict=True)]

    def nll(self, values: np.ndarray) -> float:
        return -float(self.model.logpdf(self.parameters(values), self.data)[0])


def random_points(likelihood: Likelihood, count: int) -> list[np.ndarray]:
    generator = np.random.default_rng(5)
    start = likelihood.expectation.model.initial()
    low, high = np.maximum(likelihood.lower, start - 1), np.minimum(likelihood.upper, start + 1)
    points = [np.clip(start + generator.normal(0, 0.3, start.size), low + 1e-3, high - 1e-3) for _ in range(count)]
    return [np.where(low < high, point, start) for point in points]


@pytest.mark.parametrize("name", WORKSPACES)
def test_differences_of_the_likelihood_are_those_of_pyhf(name: str) -> None:
    pair = Pair(WORKSPACES[name])
    first, *others = random_points(pair.likelihood, 6)
    for point in others:
        here = pair.likelihood.value(point) - pair.likelihood.value(first)
        assert here == pytest.approx(pair.nll(point) - pair.nll(first), rel=1e-9, abs=1e-10)


@pytest.mark.parametrize("name", WORKSPACES)
def test_derivatives_are_those_of_the_value(name: str) -> None:
    likelihood = Pair(WORKSPACES[name]).likelihood
    point = random_points(likelihood, 1)[0]
    gradient, hessian = likelihood.derivatives(point)
    for number in range(point.size):
        step = np.zeros(point.size)
        step[number] = 1e-5
        up, down = likelihood.at(point + step), likelihood.at(point - step)
        assert gradient[number] == pytest.approx((up.value - down.value) / 2e-5, rel=1e-5, abs=1e-5)
        assert hessian[number] == pytest.approx((up.gradient() - down.gradient()) / 2e-5, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize(
    "name", ["shapesys", "staterror of some samples", "shapefactor of two channels", "lumi", "fixed parameters"]
)
def test_fits_end_where_minuit_ends(name: str) -> None:
    pair = Pair(WORKSPACES[name])
    result = fitted(pair.imported)
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-5))
    best, twice = pyhf.infer.mle.fit(pair.data, pair.model, return_fitted_val=True)
    assert pair.nll(result.values) == pytest.approx(float(twice) / 2, abs=1e-5)
    assert pair.nll(result.values) <= float(twice) / 2 + 1e-9
    assert pair.parameters(result.values) == pytest.approx(np.asarray(best).tolist(), abs=3e-3)


def test_limits_are_those_of_pyhf() -> None:
    pair = Pair(WORKSPACES["shapesys"])
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-4))
    limits = upper_limits(pair.likelihood)
    for limit, which in ((limits.observed, None), (limits.expected[2], 2)):
        assert limit.value is not None
        cls, bands = pyhf.infer.hypotest(limit.value, pair.data, pair.model, return_expected_set=True)
        assert float(cls if which is None else bands[which]) == pytest.approx(0.05, rel=1e-3)


def test_bounds_hold_a_fit_where_the_likelihood_would_go_on() -> None:
    content = one_channel(TILT)
    content["observations"][0]["data"] = [60.0, 30.0, 21.0]
    content["measurements"][0]["config"]["parameters"] = [{"name": "tilt", "bounds": [[-0.2, 0.1]]}]
    result = fit_workspace(imported(workspace_content(content, "w.json")))
    pair = Pair(content)
    assert set(result.at_bounds) == {"mu", "tilt"}
    assert result.result.values[0] == 0.0 and result.interval is not None
    assert result.interval.down is None and "the bound 0 of mu" in result.interval.reason
    gradient = pair.likelihood.at(result.result.values).gradient()
    model = pair.imported.model
    assert gradient[model.index("mu")] > 0
    at_top = result.result.values[model.index("tilt")] == 0.1
    assert (gradient[model.index("tilt")] < 0) == at_top
    assert gradient[model.index("rate")] == pytest.approx(0.0, abs=1e-6)
    assert result.discovery is not None and result.discovery.q0 == 0.0


def test_degrees_of_freedom_count_auxiliary_measurements_with_their_parameters() -> None:
    # three bins, one strength; the factor of each of two bins comes with a count of its own
    result = fitted(imported(workspace_content(WORKSPACES["shapesys"], "w.json")))
    assert goodness_of_fit(result).ndf == 2
    assert result.likelihood.counts.size == 5


def test_asimov_data_and_pseudo_experiments_know_the_auxiliary_measurements() -> None:
    model = imported(workspace_content(WORKSPACES["lumi"], "w.json")).model
    expectation = Expectation(model)
    truth = model.initial()
    truth[model.index("lumi")] = 1.02
    data = asimov_data(expectation, truth)
    assert fit(data.likelihood(expectation)).values == pytest.approx(truth, abs=1e-7)
    generator = np.random.default_rng(1)
    drawn = [pseudo_experiment(expectation, truth, generator).auxiliary for _ in range(400)]
    scattered = np.array(drawn)[:, model.index("lumi")]
    assert scattered.mean() == pytest.approx(1.02, abs=4 * 0.04 / 20)
    assert scattered.std() == pytest.approx(0.04, rel=0.15)


def test_pulls_are_relative_to_the_auxiliary_measurement() -> None:
    result = fit_workspace(imported(workspace_content(WORKSPACES["lumi"], "w.json")), with_impacts=True)
    pull = result.pulls()["lumi"]
    value = result.result.parameters()["lumi"]
    assert pull.pull == pytest.approx((value.value - 1) / 0.04)
    assert value.error is not None and pull.constraint == pytest.approx(value.error / 0.04)
    assert result.impacts is not None
    lumi = next(item for item in result.impacts if item.parameter == "lumi")
    assert lumi.pre_fit.up is not None and abs(lumi.pre_fit.up) < 2.0  # for ± 0.04, not for ± 1
    assert "mc" not in result.pulls() and set(result.yields()) == {"sr"}


def test_empty_bins_say_nothing_and_are_left_out() -> None:
    content = one_channel(TILT, stat(6.0, 4.0, 5.0))
    padded = copy.deepcopy(content)
    for sample in padded["channels"][0]["samples"]:
        sample["data"] = [*sample["data"], 0.0]
        for item in sample["modifiers"]:
            if item["type"] == "staterror":
                item["data"] = [*item["data"], 0.0]
            if item["type"] == "histosys":
                item["data"] = {key: [*values, 0.0] for key, values in item["data"].items()}
    padded["observations"][0]["data"] = [*COUNTS["sr"], 0.0]
    one, other = (imported(workspace_content(item, "w.json")) for item in (content, padded))
    assert other.without_prediction == {"sr": (3,)}
    assert fitted(one).values == pytest.approx(fitted(other).values)
    padded["observations"][0]["data"][-1] = 1.0
    with pytest.raises(UserError, match="channel 'sr' has data in bin 3, where no sample has any events"):
        imported(workspace_content(padded, "w.json"))


def test_a_workspace_without_parameter_of_interest_is_fitted() -> None:
    content = one_channel(TILT)
    content["measurements"][0]["config"]["poi"] = ""
    result = fit_workspace(imported(workspace_content(content, "w.json")))
    assert result.interval is None and result.limits is None and result.no_discovery
    assert result.as_json()["parameters"]["mu"]["value"] > 0


def changed(path: list[Any], value: Any) -> Json:
    content = copy.deepcopy(one_channel(TILT, RATE, stat(1.0, 1.0, 1.0)))
    place: Any = content
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return content


BACKGROUND_MODIFIERS = ["channels", 0, "samples", 1, "modifiers"]
REFUSED = {
    "unknown modifier": (
        changed([*BACKGROUND_MODIFIERS, 0, "type"], "shapesis"),
        "channel 'sr', sample 'background': modifier 'tilt' is of the unknown type 'shapesis'",
    ),
    "other binning": (
        changed(["channels", 0, "samples", 2, "data"], [1.0]),
        "channel 'sr', sample 'other' has 1 bins in 'data', expected 3",
    ),
    "template of another binning": (
        changed([*BACKGROUND_MODIFIERS, 0, "data", "hi_data"], [1.0]),
        "sample 'background', histosys 'tilt' has 1 bins in 'hi_data', expected 3",
    ),
    "no numbers": (
        changed(["channels", 0, "samples", 0, "data"], [None, 1.0, 1.0]),
        "sample 'signal' must have a list",
    ),
    "no observations": (changed(["observations", 0, "name"], "cr"), "channel 'sr' has no observations"),
    "observations of nothing": (
        changed(["observations"], [{"name": "sr", "data": [1.0] * 3}, {"name": "cr", "data": [1.0]}]),
        "has observations of 'cr', but no such channel",
    ),
    "negative count": (changed(["observations", 0, "data"], [1.0, -1.0, 0.0]), "a negative count in bin 1"),
    "factor without logarithm": (
        changed([*BACKGROUND_MODIFIERS, 1, "data", "lo"], 0),
        "normsys 'rate' has a factor that",
    ),
    "negative error": (changed([*BACKGROUND_MODIFIERS, 2, "data"], [1.0, -1.0, 1.0]), "a negative error in bin 1"),
    "name of two kinds": (
        changed([*BACKGROUND_MODIFIERS, 1, "name"], "mu"),
        "normfactor 'mu': the name is used for normfactor and normsys",
    ),
    "no such parameter": (
        changed(["measurements", 0, "config", "poi"], "muu"),
        "has no parameter 'muu'; did you mean 'mu'?",
    ),
    "strength per bin": (
        changed(["measurements", 0, "config", "poi"], "mc"),
        "'mc' is one parameter per bin",
    ),
    "lumi without error": (
        changed([*BACKGROUND_MODIFIERS, 1], LUMI),
        "sample 'background', lumi 'lumi': its measurement must say 'auxdata' and 'sigmas'",
    ),
    "values of another number": (
        changed(["measurements", 0, "config", "parameters"], [{"name": "mc", "inits": [1.0]}]),
        "staterror 'mc': the measurement has 1 values in 'inits' of it, expected 3",
    ),
    "constraint of a free factor": (
        changed(["measurements", 0, "config", "parameters"], [{"name": "mu", "sigmas": [1.0]}]),
        "normfactor 'mu': has no constraint",
    ),
    "bounds upside down": (
        changed(["measurements", 0, "config", "parameters"], [{"name": "mu", "bounds": [[1.0, 0.0]]}]),
        "parameter 'mu' must have pairs of numbers, the lower one first",
    ),
    "another version": (changed(["version"], "2.0.0"), "is of version '2.0.0'; version 1.0.0 can be read"),
    "no workspace": ({"patches": []}, "is no pyhf workspace"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_by_name(case: str) -> None:
    content, message = REFUSED[case]
    with pytest.raises(UserError, match=re.escape(message)) as refused:
        imported(workspace_content(content, "w.json"))
    assert str(refused.value).startswith("w.json: ") and "\n" not in str(refused.value)


def test_a_measurement_that_is_not_there() -> None:
    with pytest.raises(UserError, match="has no measurement 'al'; did you mean 'all'"):
        workspace_content(one_channel(TILT), "w.json", "al")


def test_a_parameter_that_nothing_constrains_is_named() -> None:
    content = one_channel(TILT, modifier("normfactor", "sf"), modifier("shapefactor", "shape"))
    with pytest.raises(UserError, match=r"the data do not determine .*shape.*'fixed': true"):
        fitted(imported(workspace_content(content, "w.json")))


def test_a_name_that_looks_like_that_of_a_bin_is_refused() -> None:
    content = one_channel(modifier("shapefactor", "a"), modifier("normfactor", "a[1]"))
    with pytest.raises(UserError, match=re.escape("two parameters would be called 'a[1]' here")):
        imported(workspace_content(content, "w.json"))
