"""What is written for other programs, read back by what they document: cards, templates, HEPData tables, covariance."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uproot
import yaml

from signedag.errors import UserError
from signedag.exports.covariance import fitted_covariance
from signedag.exports.datacard import datacard
from signedag.exports.datacard_files import write_datacard
from signedag.exports.hepdata import tables, write_submission
from signedag.statistics.expectation import Expectation
from signedag.statistics.fits import Fit, fit
from signedag.statistics.intervals import Interval
from signedag.statistics.likelihood import Likelihood
from signedag.statistics.model import Channel, Contribution, Model, Normalisation, Parameter, Shape


def values(*numbers: float) -> np.ndarray:
    return np.array(numbers)


def two_regions() -> Model:
    """A signal region with template statistics, and a control region of one scale factor."""
    signal = Contribution("ZH", values(4, 9, 2), values(1, 2, 1), ("mu",), (), (Normalisation("xs", 1.1, 1 / 1.1),))
    top = Contribution(
        "tt",
        values(50, 40, 30),
        values(60, 50, 40),
        ("sf_tt",),
        (Shape("jes", values(52, 40, 27), values(48, 41, 32)),),
        (Normalisation("lumi", 1.02, 0.97),),
    )
    other = Contribution("VV 2l", values(5, 0, 1), values(1, 0, 1), ("eff",), (), (Normalisation("jes", 1.05, 0.9),))
    control = Contribution("tt", values(700), values(800), ("sf_tt",), (), (Normalisation("lumi", 1.02, 0.97),))
    parameters = (
        Parameter("mu", "signal_strength", 1.0, False, lower=-5.0, upper=10.0),
        Parameter("sf_tt", "scale_factor", 1.1, False, lower=0.1, upper=10.0),
        Parameter("eff", "nuisance", 1.0, True, 1.0, 0.2, 0.0, 3.0),
        *(Parameter(name, "nuisance", 0.0, True, lower=-5.0, upper=5.0) for name in ("xs", "jes", "lumi")),
    )
    return Model((Channel("sr", (signal, top, other), True), Channel("cr", (control,))), parameters)


class Card:
    """A datacard as Combine's documentation has it, and its templates."""

    def __init__(self, folder: Path) -> None:
        lines = (folder / "datacard.txt").read_text(encoding="utf-8").splitlines()
        self.comments = [line for line in lines if line.startswith("#")]
        rows = [line.split() for line in lines if line and line[0] not in "#-"]
        self.counts = {row[0]: row[1] for row in rows if row[0] in ("imax", "jmax", "kmax")}
        bins = [row[1:] for row in rows if row[0] == "bin"]
        names, ids = [row[1:] for row in rows if row[0] == "process"]
        rates = next(row[1:] for row in rows if row[0] == "rate")
        observed = next(row[1:] for row in rows if row[0] == "observation")
        self.regions = bins[0]
        self.observations = dict(zip(bins[0], map(float, observed), strict=True))
        self.columns = list(zip(bins[1], names, map(int, ids), map(float, rates), strict=True))
        self.shapes = {row[2]: row[3:] for row in rows if row[0] == "shapes"}
        kinds = ("lnN", "shape", "shape?")
        self.systematics = {row[0]: (row[1], row[2:]) for row in rows if row[1] in kinds and row[0] != "shapes"}
        self.rates = [row for row in rows if row[1] == "rateParam"]
        self.params = {row[0]: (float(row[2]), float(row[3])) for row in rows if row[1] == "param"}
        self.statistics = {row[0]: row[2:] for row in rows if row[1] == "autoMCStats"}
        self.frozen = [row[3] for row in rows if row[:3] == ["nuisance", "edit", "freeze"]]
        self._file = uproot.open(folder / self.shapes[self.regions[0]][0])

    def template(self, region: str, process: str, systematic: str = "") -> Any:
        path = self.shapes[region][2] if systematic else self.shapes[region][1]
        return self._file[path.replace("$PROCESS", process).replace("$SYSTEMATIC", systematic)]

    def data(self, region: str) -> np.ndarray:
        counts: np.ndarray = self.template(region, "data_obs").values()
        return counts

    def expected(
        self, region: str, strength: float, scale: dict[str, float], moved: tuple[str, int] | None
    ) -> np.ndarray:
        """Expected events with at most one nuisance away from 0, at +1 or -1, where no interpolation is needed."""
        total: Any = 0.0
        for number, (where, process, identity, rate) in enumerate(self.columns):
            if where != region:
                continue
            nominal = self.template(region, process).values()
            assert nominal.sum() == pytest.approx(rate)
            content = nominal
            if moved is not None:
                cell = self.systematics[moved[0]][1][number]
                kind = self.systematics[moved[0]][0]
                side = "Up" if moved[1] > 0 else "Down"
                if cell != "-" and kind != "lnN" and f"{where}/{process}_{moved[0]}{side};1" in self._file:
                    content = self.template(region, process, f"{moved[0]}{side}").values()
                elif cell != "-":
                    down, up = cell.split("/") if "/" in cell else (str(1 / float(cell)), cell)
                    content = nominal * float(up if moved[1] > 0 else down)
            own = [row[0] for row in self.rates if row[2:4] == [where, process]]
            factor = np.prod([scale[name] for name in own]) * (strength if identity <= 0 else 1.0)
            total = total + factor * content
        result: np.ndarray = total
        return result


COUNTS = values(57, 52, 30, 705)


@pytest.fixture
def card(tmp_path: Path) -> Card:
    write_datacard(datacard(two_regions(), COUNTS, "mu", "workspace.json"), tmp_path)
    return Card(tmp_path)


@pytest.mark.parametrize("moved", [None, *((name, side) for name in ("xs", "jes", "lumi") for side in (1, -1))])
def test_a_card_expects_what_the_model_expects(card: Card, moved: tuple[str, int] | None) -> None:
    model = two_regions()
    parameters = model.initial()
    scale = {"sf_tt": 0.8, "eff": 1.3}
    for name, value in (("mu", 2.5), *scale.items(), *(() if moved is None else (moved,))):
        parameters[model.index(name)] = value
    expected = Expectation(model).expected(parameters)
    for region, bins in model.slices().items():
        assert card.expected(region, 2.5, scale, moved) == pytest.approx(expected[bins], rel=1e-12)


def test_a_card_names_what_the_model_has(card: Card) -> None:
    assert card.counts == {"imax": "2", "jmax": "2", "kmax": "*"}
    assert card.observations == {"sr": 139.0, "cr": 705.0}
    assert card.data("sr").tolist() == [57, 52, 30] and card.data("cr").tolist() == [705]
    assert {(process, identity) for _, process, identity, _ in card.columns} == {("ZH", 0), ("tt", 1), ("VV_2l", 2)}
    assert {name: kind for name, (kind, _) in card.systematics.items()} == {"xs": "lnN", "jes": "shape?", "lumi": "lnN"}
    assert card.systematics["xs"][1] == ["1.1", "-", "-", "-"], "a symmetric factor is one number"
    assert card.systematics["lumi"][1] == ["-", "0.97/1.02", "-", "0.97/1.02"]
    assert [row[2:] for row in card.rates if row[0] == "sf_tt"] == [
        ["sr", "tt", "1.1", "[0.1,10.0]"],
        ["cr", "tt", "1.1", "[0.1,10.0]"],
    ]
    assert card.params == {"eff": (1.0, 0.2)}
    assert card.statistics == {"sr": ["0", "1", "1"]} and not card.frozen
    assert card.template("sr", "tt").variances().tolist() == [60, 50, 40]
    said = " ".join(card.comments)
    assert "mu, here r" in said and all(word in said for word in ("lnN", "shape", "autoMCStats"))


def test_two_writings_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_datacard(datacard(two_regions(), COUNTS, "mu", "w"), tmp_path / name)
    for file in ("datacard.txt", "shapes.root"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()


def changed(number: int, **changes: Any) -> Model:
    model = two_regions()
    items = list(model.channels[0].contributions)
    items[number] = replace(items[number], **changes)
    return replace(model, channels=(replace(model.channels[0], contributions=tuple(items)), *model.channels[1:]))


def with_parameter(name: str, **changes: Any) -> Model:
    model = two_regions()
    parameters = tuple(replace(item, **changes) if item.name == name else item for item in model.parameters)
    return replace(model, parameters=parameters)


@pytest.mark.parametrize(
    ("model", "interest", "message"),
    [
        (
            changed(1, nominal=values(50, -1, 30)),
            "mu",
            "process 'tt' in region 'sr' is negative in bin 1",
        ),
        (changed(1, nominal=values(50, np.nan, 30)), "mu", "process 'tt' in region 'sr' has a bin that is no number"),
        (
            changed(1, shapes=(Shape("jes", values(1, 2, -3), values(1, 2, 3)),)),
            "mu",
            "the 'jes' up template of process 'tt' in region 'sr' is negative in bin 2",
        ),
        (
            changed(1, normalisations=(Normalisation("jes", 1.1, 0.9),)),
            "mu",
            "'jes' changes shape and yield of process 'tt' in region 'sr' separately",
        ),
        (changed(1, factors=("sf_tt", "mu")), "mu", "process 'tt' is scaled by mu in some regions only"),
        (changed(1, process="ZH."), "mu", "the process 'ZH' has another one's name"),
        (changed(0, factors=()), "mu", "mu scales no process"),
        (with_parameter("lumi", width=0.5), "mu", "nuisance 'lumi' has a constraint of 0 +- 0.5"),
        (
            with_parameter("lumi", lower=1.0, upper=1.0),
            "mu",
            "nuisance 'lumi' is fixed at 1, not at",
        ),
        (two_regions(), "lumi", "it has no free signal strength"),
        (two_regions(), None, "it has no free signal strength"),
    ],
)
def test_what_combine_cannot_express_is_refused_by_name(model: Model, interest: str | None, message: str) -> None:
    with pytest.raises(UserError) as refused:
        datacard(model, COUNTS, interest, "w.json")
    said = str(refused.value)
    assert message in said and said.startswith("w.json: is no model that a Combine datacard can express: ")


def fitted_model() -> Fit:
    model = two_regions()
    result = fit(Likelihood(Expectation(model), COUNTS), fixed=["lumi"])
    assert result.problem is None
    return result


def test_the_covariance_is_that_of_the_fitted_parameters() -> None:
    result = fitted_model()
    exported = fitted_covariance(result).as_json()
    assert exported["parameters"] == ["mu", "sf_tt", "eff", "xs", "jes"]
    hessian = result.likelihood.hessian(result.values)
    kept = [result.likelihood.expectation.model.index(name) for name in exported["parameters"]]
    assert np.array(exported["covariance"]) @ hessian[np.ix_(kept, kept)] == pytest.approx(np.eye(5), abs=1e-9)
    assert exported["errors"][0] == result.error("mu")
    assert np.diag(exported["correlation"]) == pytest.approx(np.ones(5))
    with pytest.raises(UserError, match="no covariance to export"):
        fitted_covariance(replace(result, covariance=None))


def test_tables_hold_the_fit(tmp_path: Path) -> None:
    result = fitted_model()
    made = tables(result, "mu", Interval(1.0, 0.5, 0.75), hidden=["cr"])
    write_submission(made, "a comment", tmp_path)
    first, *entries = list(yaml.safe_load_all((tmp_path / "submission.yaml").read_text(encoding="utf-8")))
    assert first == {"comment": "a comment"}
    assert [entry["name"] for entry in entries] == [
        "Signal strength",
        "Fitted parameters",
        "Covariance",
        "Correlations",
        "Events in sr",
    ]
    read = {}
    for entry in entries:
        assert entry["description"] and entry["keywords"][0]["values"]
        content = yaml.safe_load((tmp_path / entry["data_file"]).read_text(encoding="utf-8"))
        lengths = {len(column["values"]) for columns in content.values() for column in columns}
        assert len(lengths) == 1 and set(content) == {"independent_variables", "dependent_variables"}
        read[entry["name"]] = content["dependent_variables"]
    value = read["Signal strength"][0]["values"][0]
    assert value["value"] == 1.0 and value["errors"][0]["asymerror"] == {"minus": -0.5, "plus": 0.75}
    matrix = np.array([item["value"] for item in read["Covariance"][0]["values"]]).reshape(5, 5)
    assert (matrix == fitted_covariance(result).covariance).all()
    events = {column["header"]["name"]: [item["value"] for item in column["values"]] for column in read["Events in sr"]}
    assert events["Data"] == [57, 52, 30]
    factors = result.likelihood.bin_factors(result.values).value[:3]
    expected = result.likelihood.expectation.expected(result.values)[:3] * factors
    assert events["Fitted total"] == pytest.approx(expected)
    assert np.sum([events[name] for name in ("ZH", "tt", "VV 2l")], axis=0) == pytest.approx(expected)


def test_an_interval_without_an_end_has_no_errors_but_its_reason() -> None:
    table = tables(fitted_model(), "mu", Interval(0.0, None, 0.5, "down: at the bound"))[0].as_yaml()
    column = copy.deepcopy(table["dependent_variables"][0])
    assert "errors" not in column["values"][0]
    assert column["qualifiers"] == [{"name": "Interval", "value": "down: at the bound"}]
