"""The verdict on the events themselves: does any count twice, in the files or in two regions of one likelihood?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from signedag.report.limits import REPEATED_EVENTS, SHARED_EVENTS
from signedag.report.numbers import percent
from signedag.report.results import Results
from signedag.report.sample_results import SampleCounts
from signedag.report.verdict import Line, held_against


def sample_lines(results: Results) -> Iterator[Line]:
    """Judge every sample, data too, and every pair of fitted regions."""
    for sample, counts in results.samples.items():
        yield _repeated(sample, counts)
    regions = sorted(results.fitted_regions)
    sharing = [pair for pair in combinations(regions, 2) if any(pair in one.shared for one in results.samples.values())]
    for pair in sharing:
        yield _shared(pair, results.samples)
    if len(regions) > 1 and not sharing:
        yield _overlap(", ".join(regions), 0.0, "no event in two of them")


def _repeated(sample: str, counts: SampleCounts) -> Line:
    line = held_against(
        REPEATED_EVENTS, counts.repeated_events / counts.events if counts.events else 0.0, "events", sample,
        f"{counts.repeated_events} of {counts.events} are there again",
        {
            "good": "no event is in the files more than once",
            "marginal": "events are in the files more than once, equal in every column, and count as often",
            "bad": "events are in the files more than once, equal in every column, and count as often: name each file "
            "once, and remove from data sets what another one has",
        },
    )  # fmt: skip
    others = counts.repeated_numbers - counts.repeated_events
    if line.grade == "good" and others:
        return replace(
            line,
            grade="marginal",
            result=f"{others} of {counts.events} share a number",
            reason="different events with one event number are in one fold; make events.event_number unique",
        )
    return line


def _shared(pair: tuple[str, str], samples: Mapping[str, SampleCounts]) -> Line:
    """Judge two regions by the largest share that they have in common, in the simulation or in data."""
    kinds = {
        "simulated": [counts for name, counts in samples.items() if name != "data"],
        "data": [counts for name, counts in samples.items() if name == "data"],
    }
    shares, texts = [], []
    for kind, members in kinds.items():
        shared = sum(counts.shared.get(pair, 0) for counts in members)
        if shared:
            smaller = min(sum(counts.regions.get(name, 0) for counts in members) for name in pair)
            shares.append(shared / smaller)
            texts.append(f"{shared} {kind} events in both, {percent(shared / smaller)} of the smaller")
    return _overlap(" and ".join(pair), max(shares), "; ".join(texts))


def _overlap(of: str, share: float, result: str) -> Line:
    return held_against(
        SHARED_EVENTS, share, "regions", of, result,
        {
            "good": "their events are independent, as a likelihood takes them",
            "marginal": "these events count twice in one likelihood",
            "bad": "these events count twice in one likelihood, whose intervals are too short: make the selections in "
            "events.regions exclude each other",
        },
    )  # fmt: skip
