"""Settings of the study of parametric networks: one network for all points, at those it is trained at and between."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from signedag.config.base import Settings
from signedag.config.classifier import Variant
from signedag.config.drawing import StrataKind
from signedag.config.fitting import Treatment
from signedag.config.names import Name, Names, SomeNames, different
from signedag.config.parameters import BackgroundParameters
from signedag.config.score_maps import ScoreMap

LeftOut = Literal["one", "half", "all_but_one"]

ASSIGNMENTS = tuple(
    BackgroundParameters(values=values, drawn=drawn)
    for values in ("identical", "uniform")
    for drawn in ("sampled", "fixed")
)
"""All ways to give background events parameters."""
BALANCES: tuple[Literal["none"] | StrataKind, ...] = ("none", "class", "background", "signal", "full")
"""Which events a batch holds equal numbers of."""


class ParametricScan(Settings):
    """The score of a fixed set of events at many values of the parameter."""

    low: float
    """The smallest value."""
    high: float
    """The largest value."""
    values: int = Field(101, ge=3, le=10_001)
    """How many, evenly spread."""
    events_per_process: int = Field(2000, ge=1, le=10_000_000)
    """Events of each process, the first ones of the region."""


class ParametricStudy(Settings):
    """Networks for all points of the signal beside one for each (`snakemake parametric`)."""

    parameter: Name
    """The parameter of signal processes that figures have on their axis."""
    classifiers: SomeNames
    """Classifiers to compare at every point, with parameters or without; differences are taken to the first one."""
    individual: Name | None = None
    """A classifier without parameters that is trained once more for each signal process alone, as
    `<classifier>_for_<process>`."""
    left_out: Annotated[tuple[LeftOut, ...], AfterValidator(different)] = ()
    """What networks are trained without, to be judged there: `one` point after the other, every second point (`half`),
    or all points but one, one after the other (`all_but_one`)."""
    left_out_of: Names = ()
    """Classifiers with parameters that are trained again without these points, as `<classifier>_without_<process>`,
    `<classifier>_without_half` and `<classifier>_only_<process>`."""
    varied: Name | None = None
    """A classifier with parameters that is trained again with all other ways to give background events parameters and
    with every balance of batches."""
    fitted: Names = ()
    """Classifiers with parameters whose score at each point is fitted, as the score map `<classifier>_at_<process>`,
    beside the individual ones: upper limits against the parameter."""
    treatment: Treatment | None = None
    """Which fit that is; the first of `fit.treatments` if left out."""
    binning: Name | None = None
    """In which binning; the first of `fit.binnings` if left out."""
    scan: ParametricScan | None = None
    """The score of a fixed set of events against the parameter, of the classifiers whose parameter it is alone; not
    looked at if left out."""


Points = Sequence[str]
"""Signal processes in the order of their parameters."""


def ordered_points(parameters: Mapping[str, Mapping[str, float]], first: str) -> tuple[str, ...]:
    """Give signal processes in the order of their parameters; none where fewer than two have the same ones.

    Args:
        parameters: of each signal process.
        first: the parameter that counts first; the others follow by name.

    >>> ordered_points({"heavy": {"mass_gev": 900.0}, "light": {"mass_gev": 500.0}}, "mass_gev")
    ('light', 'heavy')
    """
    names = sorted({name for values in parameters.values() for name in values}, key=lambda name: (name != first, name))
    if len(parameters) < 2 or not names or any(set(values) != set(names) for values in parameters.values()):
        return ()
    return tuple(sorted(parameters, key=lambda process: (*(parameters[process][name] for name in names), process)))


def individual_name(classifier: str, process: str) -> str:
    """Name the classifier that is trained for one signal process alone."""
    return f"{classifier}_for_{process}"


def at_point(classifier: str, process: str) -> str:
    """Name the score of a classifier at the parameters of a signal process."""
    return f"{classifier}_at_{process}"


def trained_points(variant: Variant, points: Points) -> tuple[str, ...]:
    """Give the points that a classifier is trained at."""
    return tuple(
        name
        for name in points
        if name not in variant.without_processes and (not variant.signals or name in variant.signals)
    )


def without_points(classifier: str, variant: Variant, points: Points, kind: LeftOut) -> dict[str, tuple[str, ...]]:
    """Give the trainings without some points: variant name to the points that it is trained without.

    >>> from signedag.config.classifier import Variant
    >>> without_points("pnn", Variant(region="all"), ["X1", "X2", "X3"], "one")
    {'pnn_without_X1': ('X1',), 'pnn_without_X2': ('X2',), 'pnn_without_X3': ('X3',)}
    >>> without_points("pnn", Variant(region="all"), ["X1", "X2", "X3"], "half")
    {'pnn_without_half': ('X2',)}
    """
    trained = trained_points(variant, points)
    if kind == "one":
        return {f"{classifier}_without_{name}": (name,) for name in trained}
    if kind == "half":
        return {f"{classifier}_without_half": trained[1::2]}
    return {f"{classifier}_only_{name}": tuple(one for one in trained if one != name) for name in trained}


def assignment_name(classifier: str, variant: Variant, assignment: BackgroundParameters) -> str:
    """Name the classifier with an assignment of background parameters; its own one needs no other training."""
    own = variant.background_parameters == assignment
    return classifier if own else f"{classifier}_{assignment.values}_{assignment.drawn}"


def balance_name(classifier: str, variant: Variant, balance: str) -> str:
    """Name the classifier with a balance of its batches; its own one needs no other training."""
    batch = variant.batch
    own = balance == (batch.strata if batch.drawing == "stratified" else "none") and batch.drawing != "full"
    return classifier if own else f"{classifier}_balance_{balance}"


def study_variants(study: ParametricStudy, classifiers: Mapping[str, Variant], points: Points) -> dict[str, Variant]:
    """Give the classifiers that the study trains beside those of the configuration, by name."""
    variants: dict[str, Variant] = {}
    template = classifiers.get(study.individual or "")
    if study.individual is not None and template is not None:
        for name in points:
            alone = template.model_copy(
                update={"signals": (name,), "without_processes": _backgrounds(template, points)}
            )
            variants[individual_name(study.individual, name)] = alone
    for classifier in study.left_out_of:
        template = classifiers.get(classifier)
        for kind in study.left_out if template is not None else ():
            assert template is not None
            for name, left_out in without_points(classifier, template, points, kind).items():
                without = (*template.without_processes, *left_out)
                variants[name] = template.model_copy(update={"without_processes": without})
    template = classifiers.get(study.varied or "")
    if study.varied is not None and template is not None:
        variants |= _varied(study.varied, template)
    return variants


def _backgrounds(variant: Variant, points: Points) -> tuple[str, ...]:
    """Give the processes that a classifier leaves out and that are no points."""
    return tuple(name for name in variant.without_processes if name not in points)


def _varied(classifier: str, template: Variant) -> dict[str, Variant]:
    variants = {
        assignment_name(classifier, template, one): template.model_copy(update={"background_parameters": one})
        for one in ASSIGNMENTS
    }
    for balance in BALANCES:
        drawing = {"drawing": "shuffled"} if balance == "none" else {"drawing": "stratified", "strata": balance}
        batch = template.batch.model_copy(update=drawing)
        phases = tuple(phase.model_copy(update={"batch": None}) for phase in template.phases)
        name = balance_name(classifier, template, balance)
        variants[name] = template.model_copy(update={"batch": batch, "phases": phases})
    return {name: variant for name, variant in variants.items() if name != classifier}


def study_maps(study: ParametricStudy, classifiers: Collection[str], points: Points) -> dict[str, ScoreMap]:
    """Give the score maps that the study fits with, by name: the score of a classifier at a point."""
    return {
        at_point(classifier, name): ScoreMap(scores_of=classifier, point=name)
        for classifier in study.fitted
        if classifier in classifiers
        for name in points
    }
