"""Networks of other variants that a phase starts from: the same fold and seed, trained before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from signedag.config.classifier import Variant
from signedag.config.phases import CLASSIFIER
from signedag.errors import UserError
from signedag.identity import Identity
from signedag.networks.device import choose_device
from signedag.networks.network import Network
from signedag.networks.saved import load_networks


def load_checkpoints(paths: Sequence[Path], variant: Variant, seed: int, fold: int) -> dict[str, Mapping[str, Network]]:
    """Load the networks that a variant's phases start from.

    Args:
        paths: one file per variant that a phase names; each says itself which variant it is.
        variant: the variant to train.
        seed: number of its initialisation.
        fold: the fold that it leaves out.

    Returns:
        by variant and role; of the other variant's networks only those that this variant has, too.

    Raises:
        UserError: a file is missing, is not one of ours, has another seed or saw the fold that is left out, or sees
            other inputs.
    """
    wanted = {phase.starts_from for phase in variant.phases if phase.starts_from is not None}
    loaded: dict[str, Mapping[str, Network]] = {}
    for path in paths:
        saved = load_networks(path, choose_device(), Identity.of("classifier", seed=seed, fold=fold))
        if saved.identity.names["variant"] not in wanted:
            raise UserError(
                f"{path}: holds {saved.identity}, expected variant {' or '.join(sorted(wanted))}, which a phase starts "
                "from; give its file"
            )
        networks = {CLASSIFIER: saved.members[0], **saved.others}
        if saved.inputs != variant.inputs:
            raise UserError(f"{path}: sees {', '.join(saved.inputs)}; this variant sees {', '.join(variant.inputs)}")
        roles = (CLASSIFIER, *variant.networks)
        loaded[saved.identity.names["variant"]] = {role: network for role, network in networks.items() if role in roles}
    for name in sorted(wanted - set(loaded)):
        raise UserError(f"--checkpoints: no networks of the variant '{name}', which a phase starts from; give its file")
    return loaded
