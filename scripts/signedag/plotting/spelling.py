"""Is everything that figures will write and paint spelled as matplotlib spells it? Asked before anything runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from signedag.config.analysis import Analysis
from signedag.errors import UserError


def check_spelling(analysis: Analysis, source: str) -> None:
    """Check labels and colours of a configuration by matplotlib's own parsers, which are imported only if needed.

    Args:
        analysis: the validated configuration.
        source: the configuration file, for messages.

    Raises:
        UserError: one line per label that is no mathematics where it has `$`, and per colour that does not exist.
    """
    problems = [
        f"{source}: {key}: {problem}"
        for key, text in _labels(analysis)
        if (problem := _problem_of_label(text)) is not None
    ]
    for name, process in analysis.processes.items():
        if process.colour and not _is_colour(process.colour):
            problem = f"matplotlib has no colour '{process.colour}'; write it as '#D55E00' or 'tab:blue'"
            problems.append(f"{source}: processes.{name}.colour: {problem}")
    if problems:
        raise UserError("\n".join(problems))


def _labels(analysis: Analysis) -> Iterator[tuple[str, str]]:
    """Give every text of the settings that figures write, with its key."""
    for name, process in analysis.processes.items():
        yield f"processes.{name}.label", process.label
    for name, region in analysis.events.regions.items():
        yield f"events.regions.{name}.label", region.label
    for name, label in analysis.plots.labels.items():
        yield f"plots.labels.{name}", label
    yield "plots.experiment", analysis.plots.experiment
    yield "plots.status", analysis.plots.status


def _problem_of_label(text: str) -> str | None:
    if "$" not in text:
        return None
    if len(re.findall(r"(?<!\\)\$", text)) % 2:  # half a formula would meet another half in the same line
        return f"'{text}' has one $ too few or too many; write \\$ for the sign itself"
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("path").parse(text)
    except ValueError as error:
        cause = str(error).strip().splitlines()[-1] if str(error).strip() else "it does not parse"
        return f"'{text}' is no mathematics that matplotlib draws ({cause}); correct what stands between $ and $"
    except RecursionError:
        return f"'{text}' is nested too deeply for matplotlib; simplify it"
    return None


def _is_colour(text: str) -> bool:
    if re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        return True
    from matplotlib.colors import is_color_like

    return bool(is_color_like(text))
