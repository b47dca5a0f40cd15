"""Blocks of settings of which one key names the kind: every module of a package is one kind.

A new objective or architecture is a new module; nothing that exists has to name it, so nothing that exists reruns.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Discriminator, Tag

from signedag.config.base import Settings


def kinds_of(package: str) -> dict[str, type[Settings]]:
    """Give the settings model of each module of a package, by the module's name, which is the name of the kind.

    Args:
        package: e.g. `signedag.config.objectives`; each of its modules has one model, `Kind`.
    """
    folder = importlib.import_module(package).__path__
    names = sorted(module.name for module in pkgutil.iter_modules(folder))
    return {name: importlib.import_module(f"{package}.{name}").Kind for name in names}


def chosen_by(key: str, package: str, default: str | None = None, without: str | None = None) -> Any:
    """Give the type of a block whose `key` names one module of the package.

    Args:
        key: the key that names the kind; each model has it as a literal.
        package: where the models are.
        default: the kind of a block that does not name any; without it the key must be there.
        without: a kind that makes no sense here.
    """

    def kind(block: Any) -> Any:
        return block.get(key, default) if isinstance(block, dict) else getattr(block, key, None)

    tagged = [Annotated[model, Tag(name)] for name, model in kinds_of(package).items() if name != without]
    return Annotated[reduce(or_, tagged), Discriminator(kind)] if len(tagged) > 1 else tagged[0]
