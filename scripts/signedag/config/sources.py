"""Where an analysis comes from: its one configuration file and the ROOT or CSV files that it names."""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from signedag.config.analysis import Analysis
from signedag.config.file_checksums import by_file
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
        UserError: a path or pattern matches no file, or events would count twice: a file is named twice, in a sample or
            in two of them, under whatever name.
    """
    sources = [
        _Source(f"samples.{name}", name, sample.files, sample.tree, sample.branches)
        for name, sample in analysis.samples.items()
    ]
    if analysis.data is not None:
        sources.append(_Source("data", "data", analysis.data.files, analysis.data.tree, analysis.data.branches))
    by_sample: dict[str, tuple[str, ...]] = {}
    known: dict[object, str] = {}
    for one in sources:
        for pattern in one.patterns:
            matching = matching_files(pattern)
            if not matching:
                where = f"{source}: {one.key}.files: '{pattern}'"
                raise UserError(f"{where} matches no file in {Path.cwd()}; correct the path")
            for file in matching:
                named = f"{one.key}.files: '{file}'" + (f" ({pattern})" if file != pattern else "")
                events = one.events_of(file)
                if events in known:
                    raise UserError(
                        f"{source}: {named} is the same file as {known[events]}, so its events would count twice; name "
                        "it once"
                    )
                known[events] = named
            by_sample[one.sample] = (*by_sample.get(one.sample, ()), *matching)
    return by_sample


def table_files(analysis: Analysis, source: str) -> tuple[str, ...]:
    """Give the CSV files that events are taken from, glob patterns expanded; nothing where none is named.

    Args:
        analysis: the validated configuration.
        source: the configuration file, for messages.

    Raises:
        UserError: a path or pattern matches no file, or a file is named twice, under whatever name.
    """
    known: dict[object, str] = {}
    for pattern in analysis.tables.files if analysis.tables is not None else ():
        matching = matching_files(pattern)
        if not matching:
            raise UserError(f"{source}: tables.files: '{pattern}' matches no file in {Path.cwd()}; correct the path")
        for file in matching:
            status = Path(file).stat()
            other = known.setdefault((status.st_dev, status.st_ino), file)
            if other is not file:
                raise UserError(
                    f"{source}: tables.files: '{file}' is the same file as '{other}', so its events would count twice; "
                    "name it once"
                )
    return tuple(known.values())


def matching_files(pattern: str) -> list[str]:
    """Give the files of a pattern, sorted; a file that has just this name is meant, whatever its brackets."""
    if Path(pattern).is_file():
        return [pattern]
    return sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - patterns may be absolute


def file_checksums(analysis: Analysis, files: Mapping[str, Sequence[str]], source: str) -> dict[str, dict[str, str]]:
    """Give the checksums that the configuration names, by sample and path.

    Args:
        analysis: the validated configuration.
        files: each sample's files; see `input_files`.
        source: the configuration file, for messages.

    Raises:
        UserError: a checksum is of no file, or of two.
    """
    named = {f"samples.{name}": (name, sample.checksums) for name, sample in analysis.samples.items()}
    if analysis.data is not None:
        named["data"] = ("data", analysis.data.checksums)
    return {
        sample: by_file(checksums, files.get(sample, ()), f"{source}: {key}.checksums")
        for key, (sample, checksums) in named.items()
    }


class _Source(NamedTuple):
    """A sample's files, and what of them it reads."""

    key: str
    sample: str
    patterns: tuple[str, ...]
    tree: str | None
    branches: Mapping[str, str]

    def events_of(self, file: str) -> object:
        """Tell the events of a file apart: two samples may share one where they read other trees or branches of it."""
        status = Path(file).stat()  # of what a link points at
        return status.st_dev, status.st_ino, self.tree, tuple(sorted(self.branches.items()))
