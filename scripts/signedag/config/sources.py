"""Where an analysis comes from: its one configuration file and the ROOT files that it names."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from signedag.config.analysis import Analysis
from signedag.config.yaml_files import read_yaml
from signedag.errors import UserError


def one_configuration(files: Sequence[str | Path]) -> str:
    """Give the name of the configuration file that describes the analysis.

    Further files may override keys, but must not describe another analysis: Snakemake merges files key by key, and
    two analyses would mix.

    Raises:
        UserError: none of the files, or more than one, has the key `analysis`, or one is no YAML or has a key twice.
    """
    describing = []
    for file in files:
        content = read_yaml(Path(file))
        if isinstance(content, dict) and "analysis" in content:
            describing.append(str(file))
    if len(describing) > 1:
        raise UserError(f"{' and '.join(describing)} each describe an analysis and would mix; give one --configfile")
    if not describing:
        raise UserError(f"{', '.join(map(str, files))}: no key 'analysis'; give the analysis a name")
    return describing[0]


def input_files(analysis: Analysis, source: str) -> dict[str, tuple[str, ...]]:
    """Give the ROOT files of every sample that is not simulated, glob patterns expanded and sorted.

    Args:
        analysis: the validated configuration.
        source: the configuration file, for messages.

    Raises:
        UserError: a path or pattern matches no file.
    """
    named = {f"samples.{name}.files": (name, sample.files) for name, sample in analysis.samples.items()}
    if analysis.data is not None:
        named["data.files"] = ("data", analysis.data.files)
    found = {}
    for key, (name, patterns) in named.items():
        files: list[str] = []
        for pattern in patterns:
            matching = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - patterns may be absolute
            if not matching:
                raise UserError(f"{source}: {key}: '{pattern}' matches no file in {Path.cwd()}; correct the path")
            files.extend(matching)
        if files:
            found[name] = tuple(files)
    return found
