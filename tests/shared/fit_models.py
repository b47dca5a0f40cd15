"""Small models of fits, and pyhf's specifications as models of this project."""

from __future__ import annotations

from typing import Any

import numpy as np

from signedag.statistics.expectation import Expectation
from signedag.statistics.interpolation import Interpolation
from signedag.statistics.model import Channel, Contribution, Model, Normalisation, Parameter, Shape

MU = Parameter("mu", "signal_strength", 1.0, False)


def counting(signal: float, background: float, uncertainty: float | None = None) -> Expectation:
    """One bin; the background has a symmetric Gaussian uncertainty if any."""
    shapes = () if uncertainty is None else (shape("b", np.array([background]), uncertainty),)
    nuisances = () if uncertainty is None else (Parameter("b", "nuisance", 0.0, True),)
    contributions = (
        Contribution("zh", np.array([signal]), np.array([1.0]), ("mu",)),
        Contribution("tt", np.array([background]), np.array([1.0]), (), shapes),
    )
    return Expectation(Model((Channel("sr", contributions),), (MU, *nuisances)))


def shape(name: str, nominal: np.ndarray, relative: float | np.ndarray) -> Shape:
    return Shape(name, nominal * (1 + relative), nominal * (1 - relative))


def peak_on_slope(bins: int = 20, nuisances: int = 10, scale: float = 1.0) -> Expectation:
    """A peak on a falling background with shape and normalisation nuisances, one of them on the signal."""
    position = np.arange(bins) / bins
    signal = scale * 300 / bins * np.exp(-0.5 * ((position - 0.5) / 0.1) ** 2)
    background = scale * 4000 / bins * np.exp(-2 * position)
    names = [f"n{number}" for number in range(nuisances)]
    shapes, norms = [], []
    for number, name in enumerate(names[1:], start=1):
        if number % 3:
            relative = 0.02 * np.cos(np.pi * number * position + number)
            shapes.append(Shape(name, background * (1 + relative), background * (1 - 0.8 * relative)))
        else:
            norms.append(Normalisation(name, 1 + 0.01 * number, 1 / (1 + 0.01 * number)))
    on_signal = (Normalisation(names[0], 1.05, 0.96),) if names else ()
    contributions = (
        Contribution("zh", signal, signal, ("mu",), (), on_signal),
        Contribution("tt", background, background, (), tuple(shapes), tuple(norms)),
    )
    parameters = (MU, *(Parameter(name, "nuisance", 0.0, True) for name in names))
    return Expectation(Model((Channel("sr", contributions),), parameters))


def specification(model_channels: dict[str, dict[str, tuple[list[float], list[dict[str, Any]]]]]) -> dict[str, Any]:
    """Give pyhf's specification of channels → samples → (data, modifiers)."""
    return {
        "channels": [
            {
                "name": channel,
                "samples": [
                    {"name": name, "data": data, "modifiers": modifiers} for name, (data, modifiers) in samples.items()
                ],
            }
            for channel, samples in model_channels.items()
        ]
    }


class FromPyhf:
    """A pyhf specification as a model of this project, exactly.

    Per-bin modifiers need a contribution per bin. `shapesys`, constrained by a Poisson count τ, is a free factor with a
    channel of its own in which τγ events are expected and τ are seen; `lumi` is a Gaussian factor, linear as a
    symmetric `histosys`.
    """

    def __init__(self, spec: dict[str, Any], interpolation: Interpolation = "smooth", lumi: float = 0.1) -> None:
        self.extra: dict[str, float] = {}
        self.kinds: dict[str, Parameter] = {"mu": MU}
        self.lumi = lumi
        channels = [self._channel(channel) for channel in sorted(spec["channels"], key=lambda item: item["name"])]
        controls = [
            Channel(f"auxiliary_{name}", (Contribution("tau", np.array([tau]), np.array([0.0]), (name,)),))
            for name, tau in self.extra.items()
        ]
        model = Model((*channels, *controls), tuple(self.kinds.values()), interpolation)
        self.expectation = Expectation(model)

    def counts(self, data: list[float]) -> np.ndarray:
        """Append the auxiliary counts."""
        return np.array([*data, *self.extra.values()])

    def _channel(self, channel: dict[str, Any]) -> Channel:
        contributions = []
        for sample in channel["samples"]:
            contributions += self._contributions(sample)
        return Channel(channel["name"], tuple(contributions))

    def _contributions(self, sample: dict[str, Any]) -> list[Contribution]:
        data = np.array(sample["data"], dtype=float)
        factors: list[str] = []
        per_bin: list[list[str]] = [[] for _ in data]
        shapes: list[Shape] = []
        norms: list[Normalisation] = []
        for modifier in sample["modifiers"]:
            name, kind, content = modifier["name"], modifier["type"], modifier["data"]
            if kind == "normfactor":
                factors.append(name)
            elif kind == "normsys":
                norms.append(Normalisation(name, content["hi"], content["lo"]))
                self.kinds[name] = Parameter(name, "nuisance", 0.0, True)
            elif kind == "histosys":
                shapes.append(Shape(name, np.array(content["hi_data"], float), np.array(content["lo_data"], float)))
                self.kinds[name] = Parameter(name, "nuisance", 0.0, True)
            elif kind == "lumi":
                shapes.append(shape(name, data, self.lumi))
                self.kinds[name] = Parameter(name, "nuisance", 0.0, True)
            else:
                assert kind in ("shapesys", "shapefactor")
                for number, nominal in enumerate(data):
                    one = f"{name}_{number}"
                    per_bin[number].append(one)
                    self.kinds[one] = Parameter(one, "scale_factor", 1.0, False)
                    if kind == "shapesys":
                        self.extra[one] = (nominal / content[number]) ** 2
        if not any(per_bin):
            return [Contribution(sample["name"], data, data, tuple(factors), tuple(shapes), tuple(norms))]
        assert not shapes
        pieces = []
        for number, own in enumerate(per_bin):
            alone = np.where(np.arange(data.size) == number, data, 0.0)
            pieces.append(Contribution(f"{sample['name']}_{number}", alone, alone, (*factors, *own), (), tuple(norms)))
        return pieces
