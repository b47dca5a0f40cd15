"""Settings of the simulated samples."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from signedag.config.base import Settings
from signedag.config.names import Name
from signedag.config.seed import Seed

MOST_EVENTS, MOST_FILES = 1_000_000_000, 10_000
"""What a simulated sample may be made of."""
MOST_GEV = 100_000.0


def _file_for_each_event(events: int, files: int) -> None:
    if files > events:
        raise ValueError(f"{events} events do not fill {files} files; ask for fewer files")


class SignedWeights(Settings):
    """What the ways to draw signs share: the probability f of a negative weight is ceiling * logistic(...)."""

    ceiling: float = Field(0.45, gt=0, lt=0.5)
    """Largest probability of a negative weight, below one half."""
    extra_jet_slope: float = Field(0.4, ge=-100, le=100)
    """Change of the logit per extra jet."""
    weight_spread: float = Field(0.2, ge=0, lt=1)
    """Standard deviation of ln |w|, drawn independently of the kinematics."""


class NegativeWeights(SignedWeights):
    """How the signs are drawn: an event is negative with probability f = ceiling * logistic(...) of its kinematics.

    f = ceiling * sigmoid(offset + pt_slope * ln(p_T(V) / 200 GeV) + extra_jet_slope * n_extra_jets), and the events
    are drawn from q = rho / (1 - 2 f), so that their signed density is the physical rho. p_T(V) is the missing
    transverse momentum as the ntuple holds it, and the extra jets are those that the default jet selection counts.
    """

    offset: float = Field(0.0, ge=-100, le=100)
    """Logit of f / ceiling at p_T(V) = 200 GeV without extra jets."""
    pt_slope: float = Field(-1.0, ge=-100, le=100)
    """Change of the logit per unit of ln p_T(V)."""


class NegativeWeightsOfMass(SignedWeights):
    """How the signs of top pairs are drawn: as a function of the mass of all that is measured, and of the extra jets.

    f = ceiling * sigmoid(offset + mass_slope * ln(m_WWbb / 500 GeV) + extra_jet_slope * (n_jets - 4)), of the mass and
    the number of jets as the ntuple holds them, and the events are drawn from q = rho / (1 - 2 f).
    """

    ceiling: float = Field(0.35, gt=0, lt=0.5)
    """Largest probability of a negative weight, below one half."""
    offset: float = Field(0.3, ge=-100, le=100)
    """Logit of f / ceiling at m_WWbb = 500 GeV without extra jets."""
    mass_slope: float = Field(-1.0, ge=-100, le=100)
    """Change of the logit per unit of ln m_WWbb."""


class DijetMass(Settings):
    """The mass of the system that decays to the two jets."""

    peak_gev: float | None = Field(None, gt=0, le=MOST_GEV)
    """Pole mass of a resonance (Breit-Wigner); leave out for a continuum."""
    width_gev: float = Field(2.0, gt=0, le=MOST_GEV)
    """Width of the resonance."""
    slope_gev: float = Field(60.0, gt=0, le=MOST_GEV)
    """Continuum: the mass is threshold + a gamma-distributed rest with this scale and shape."""
    shape: float = Field(1.5, gt=0, le=1000)
    """Continuum: shape of the gamma distribution."""
    threshold_gev: float = Field(20.0, ge=0, le=MOST_GEV)
    """Continuum: smallest mass."""


class Flavours(Settings):
    """Probabilities of the flavours of the dijet; they must add up to one."""

    bb: float = Field(0.0, ge=0, le=1)
    """Two b jets."""
    bc: float = Field(0.0, ge=0, le=1)
    """A b and a c jet."""
    bl: float = Field(0.0, ge=0, le=1)
    """A b and a light jet."""
    cc: float = Field(0.0, ge=0, le=1)
    """Two c jets."""
    cl: float = Field(0.0, ge=0, le=1)
    """A c and a light jet."""
    ll: float = Field(0.0, ge=0, le=1)
    """Two light jets."""

    @model_validator(mode="after")
    def _add_up(self) -> Flavours:
        total = self.bb + self.bc + self.bl + self.cc + self.cl + self.ll
        if abs(total - 1) > 1e-9:
            raise ValueError(f"flavour probabilities must add up to 1, they add up to {total}")
        return self


class RecoilSimulation(Settings):
    """A system of mass M recoils against an invisible Z, decays isotropically to two jets and is boosted."""

    model: Literal["recoil"] = "recoil"
    """Name of the simulation."""
    events: int = Field(100_000, ge=1, le=MOST_EVENTS)
    """Events to write, in all files together."""
    files: int = Field(2, ge=1, le=MOST_FILES)
    """ROOT files to write."""
    mass: DijetMass
    """Mass of the dijet system."""
    flavours: Flavours
    """Flavours of the dijet."""
    pt_min_gev: float = Field(120.0, gt=0, le=MOST_GEV)
    """Smallest p_T of the recoiling system at generator level."""
    pt_slope_gev: float = Field(70.0, gt=0, le=MOST_GEV)
    """Scale of the exponential fall of p_T above its minimum."""
    rapidity_spread: float = Field(1.1, gt=0, le=20)
    """Standard deviation of the system's rapidity."""
    extra_jets: float = Field(0.6, ge=0, le=20)
    """Mean number of extra jets (Poisson)."""
    extra_jets_b_fraction: float = Field(0.03, ge=0, le=1)
    """Probability that an extra jet is a b jet."""
    lepton_probability: float = Field(0.01, ge=0, le=1)
    """Probability of an isolated lepton."""
    jet_resolution_stochastic: float = Field(1.1, ge=0, le=100)
    """Relative p_T resolution of a jet: this over sqrt(p_T / GeV), in quadrature with ..."""
    jet_resolution_constant: float = Field(0.06, ge=0, le=10)
    """... this constant."""
    missing_smear_gev: float = Field(15.0, ge=0, le=MOST_GEV)
    """Standard deviation of each component of missing momentum that jets do not explain."""
    extra_missing_gev: float = Field(0.0, ge=0, le=MOST_GEV)
    """Scale of an extra invisible momentum in a random direction (leptonic top decays)."""
    top_like: bool = False
    """Whether the sample carries a top-p_T weight variation of its own size; others get the factor one."""
    negative_weights: NegativeWeights = NegativeWeights()
    """How the signs are drawn."""

    @model_validator(mode="after")
    def _full_files(self) -> RecoilSimulation:
        _file_for_each_event(self.events, self.files)
        return self


class HiggsTopSimulation(Settings):
    """gg to A/H to tt with interference at leading order, dilepton decays with spin correlation."""

    model: Literal["higgs_top"] = "higgs_top"
    """Name of the simulation."""
    events: int = Field(100_000, ge=1, le=MOST_EVENTS)
    """Events to write, in all files together."""
    files: int = Field(1, ge=1, le=MOST_FILES)
    """ROOT files to write."""
    boson: Literal["A", "H", "none"]
    """Pseudoscalar or scalar; `none` is the continuum alone."""
    mass_gev: float = Field(500.0, gt=345, le=MOST_GEV)
    """Mass of the Higgs boson, above the top pair's threshold."""
    relative_width: float = Field(0.03, gt=0, lt=1)
    """Width over mass."""
    coupling: float | None = Field(None, gt=0, le=1000)
    """Yukawa coupling to the top over the Standard Model's; if left out, top pairs make up the whole width."""
    parts: tuple[Literal["signal", "interference", "continuum"], ...]
    """Which terms of the squared amplitude make the signed density."""
    m_tt_min_gev: float = Field(345.0, ge=345)
    """Smallest mass of the top pair; 345 GeV is the threshold."""
    m_tt_max_gev: float = Field(1500.0, gt=345, le=6000)
    """Largest mass of the top pair."""
    negative_fraction: float = Field(0.1, ge=0, lt=0.5)
    """Fraction of events flipped as by a next-to-leading-order generator, on top of the density's own sign ..."""
    negative_fraction_slope: float = Field(0.1, gt=-0.5, lt=0.5)
    """... and its change with beta² sin² θ*, the square of the top's transverse velocity."""
    weight_spread: float = Field(0.2, ge=0, lt=1)
    """Standard deviation of ln |w|, drawn independently of the kinematics."""

    @model_validator(mode="after")
    def _parts_fit_boson(self) -> HiggsTopSimulation:
        if not self.parts:
            raise ValueError("parts must name at least one of signal, interference, continuum")
        if len(set(self.parts)) != len(self.parts):
            raise ValueError(f"parts must differ, got {list(self.parts)}")
        if self.boson == "none" and set(self.parts) != {"continuum"}:
            raise ValueError("without a boson the only part is 'continuum'")
        return self

    @model_validator(mode="after")
    def _ranges(self) -> HiggsTopSimulation:
        if self.m_tt_max_gev <= self.m_tt_min_gev:
            raise ValueError(f"m_tt_max_gev ({self.m_tt_max_gev}) must be above m_tt_min_gev ({self.m_tt_min_gev})")
        _file_for_each_event(self.events, self.files)
        if not 0 <= self.negative_fraction + self.negative_fraction_slope < 0.5:
            raise ValueError("negative_fraction + negative_fraction_slope must be at least 0 and below 0.5")
        return self


class LeptonJetsDetector(Settings):
    """Resolutions and b-tagging of events with a lepton and jets."""

    jet_resolution_stochastic: float = Field(1.0, ge=0, le=100)
    """Relative p_T resolution of a jet: this over sqrt(p_T / GeV), in quadrature with ..."""
    jet_resolution_constant: float = Field(0.06, ge=0, le=10)
    """... this constant."""
    lepton_resolution: float = Field(0.02, ge=0, le=10)
    """Relative p_T resolution of the lepton."""
    missing_smear_gev: float = Field(15.0, ge=0, le=MOST_GEV)
    """Standard deviation of each component of missing momentum that jets and lepton do not explain."""
    btag_efficiency: float = Field(0.70, ge=0, le=1)
    """Probability that a b jet is tagged."""
    charm_mistag: float = Field(0.12, ge=0, le=1)
    """Probability that a c jet is tagged."""
    light_mistag: float = Field(0.01, ge=0, le=1)
    """Probability that any other jet is tagged."""
    btags_min: int = Field(1, ge=0, le=4)
    """Tagged jets that an event needs among its four leading ones to be kept."""


class ResonanceTopSimulation(Settings):
    """X to tt to lepton + jets, and its backgrounds: masses and isotropic decays, then a detector of some resolutions.

    Events that the selection keeps are written: a lepton, four jets, b tags. `cross_section_pb` is of those.
    """

    model: Literal["resonance_top"] = "resonance_top"
    """Name of the simulation."""
    events: int = Field(100_000, ge=1, le=MOST_EVENTS)
    """Events to write, in all files together."""
    files: int = Field(1, ge=1, le=MOST_FILES)
    """ROOT files to write."""
    production: Literal["resonance", "top_pair", "top_w", "w_jets"]
    """X to tt; tt of a falling mass; a single top with a W, of a falling mass; or a W with jets."""
    mass_gev: float = Field(1000.0, gt=345, le=6000)
    """`resonance`: mass of X, above the top pair's threshold."""
    relative_width: float = Field(0.02, gt=0, lt=1)
    """`resonance`: width over mass."""
    mass_power: float = Field(5.0, gt=1, le=20)
    """`top_pair` and `top_w`: the density of the system's mass is beta * m to the minus this power; beta is the
    velocity of what it decays to."""
    jet_pt_slope_gev: float = Field(45.0, gt=0, le=MOST_GEV)
    """`w_jets`: scale of the exponential fall of the p_T of its four hard jets, above 20 GeV."""
    soft_recoil_gev: float = Field(10.0, ge=0, le=MOST_GEV)
    """Scale of the exponential p_T of what recoils against the system beside the extra jets, too soft for jets."""
    extra_jets: float = Field(1.0, ge=0, le=8)
    """Mean number of jets from radiation (Poisson), against which the system recoils."""
    radiation_b_fraction: float = Field(0.03, ge=0, le=1)
    """Probability that a jet that is not from a decay is a b jet."""
    detector: LeptonJetsDetector = LeptonJetsDetector()
    """What is measured of the particles."""
    negative_weights: NegativeWeightsOfMass | None = NegativeWeightsOfMass()
    """How the signs are drawn; `null` for weights of one."""

    @model_validator(mode="after")
    def _full_files(self) -> ResonanceTopSimulation:
        _file_for_each_event(self.events, self.files)
        return self


Simulation = Annotated[RecoilSimulation | HiggsTopSimulation | ResonanceTopSimulation, Field(discriminator="model")]


class PseudoDataComponent(Settings):
    """One sample's share of the pseudo-data."""

    simulation: RecoilSimulation
    """The sample's simulation."""
    expected_events: float = Field(ge=0)
    """Generated events to expect: cross-section times luminosity times the true scale factor or signal strength, which
    may be 0."""


class SimulateNtupleSettings(Settings):
    """Stage settings of `simulate_ntuple`: one of a signed Monte Carlo sample or pseudo-data."""

    seed: Seed
    """The analysis seed."""
    simulation: Simulation | None = None
    """The sample to simulate with signed weights."""
    pseudo_data: dict[Name, PseudoDataComponent] | None = None
    """The samples that pseudo-data is drawn from, unweighted, Poisson around the expectation."""
    pseudo_data_files: int = Field(1, ge=1, le=MOST_FILES)
    """ROOT files that the pseudo-data are spread over."""

    @model_validator(mode="after")
    def _exactly_one(self) -> SimulateNtupleSettings:
        if (self.simulation is None) == (self.pseudo_data is None):
            raise ValueError("give exactly one of 'simulation' and 'pseudo_data'")
        return self
