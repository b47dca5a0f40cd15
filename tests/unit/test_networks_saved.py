"""Networks on disk, and cross-evaluation: no event is judged by a network that was trained on it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file

from signedag.checksums import checksum_of_json
from signedag.config.architectures.dense import Kind as Dense
from signedag.errors import UserError
from signedag.identity import Identity
from signedag.networks.network import Network
from signedag.networks.saved import SavedNetworks, cross_evaluate, load_networks, save_networks

CPU = torch.device("cpu")


def identity(fold=0):
    return Identity.of("classifier", variant="plain", seed=1, fold=fold)


@pytest.fixture
def features():
    return np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)


def network(seed, hidden_layers=(8, 6), dropout=0.0):
    torch.manual_seed(seed)
    made = Network(Dense(hidden_layers=hidden_layers, dropout=dropout), ("a", "b", "c"))
    made.standardise_by(np.random.default_rng(seed).normal(3, 2, (100, 3)).astype(np.float32), np.ones(100))
    return made


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("hidden_layers", [(8, 6), (5,), ()])
def test_round_trip(tmp_path, features, hidden_layers, dropout):
    members = [network(seed, hidden_layers, dropout) for seed in (1, 2)]
    path = tmp_path / "deep" / "model.safetensors"
    save_networks(path, members, identity(1), {"provenance": {"seed": "4"}, "unit": 0.5})
    loaded = load_networks(path, CPU, identity(1))
    assert loaded.inputs == ("a", "b", "c") and loaded.fold == 1 and loaded.identity == identity(1)
    assert loaded.description == {"provenance": {"seed": "4"}, "unit": 0.5}
    assert not any(member.training for member in loaded.members)
    expected = np.stack([member.probability(features) for member in members])
    assert not np.array_equal(expected[0], expected[1])
    np.testing.assert_array_equal(loaded.probabilities(features), expected)


def test_networks_beside_a_member_are_kept_with_their_own_inputs(tmp_path, features):
    beside = {"adversary": Network(Dense(hidden_layers=(4,)), ("classifier", "pt"), 6)}
    path = tmp_path / "model.safetensors"
    save_networks(path, [network(1)], identity(), {}, beside)
    loaded = load_networks(path, CPU, identity()).others["adversary"]
    assert loaded.inputs == ("classifier", "pt") and loaded.outputs == 6
    np.testing.assert_array_equal(loaded.probability(features[:, :2]), beside["adversary"].probability(features[:, :2]))


def test_several_outputs_are_cross_evaluated_together():
    models = []
    for fold in (0, 1):
        torch.manual_seed(fold)
        models.append(SavedNetworks((Network(Dense(hidden_layers=(3,)), ("a",), 3),), identity(fold), {}))
    features = np.linspace(-1, 1, 6, dtype=np.float32)[:, np.newaxis]
    folds = np.array([0, 1, 0, 1, 0, 1], dtype=np.int8)
    shares = cross_evaluate(models, features, folds)
    assert shares.shape == (1, 6, 3)
    for fold in (0, 1):
        expected = models[fold].probabilities(features[folds == fold])
        np.testing.assert_array_equal(shares[:, folds == fold], expected)


def test_the_same_networks_give_the_same_bytes(tmp_path):
    for name in ("first", "second"):
        save_networks(tmp_path / name, [network(3)], identity(), {"b": 1, "a": 2})
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def refused(path, *words):
    with pytest.raises(UserError) as caught:
        load_networks(path, CPU, identity())
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and "\n" not in message
    for word in words:
        assert word in message


def test_a_missing_file_is_named(tmp_path):
    refused(tmp_path / "none.safetensors", "no such network; run the rule that trains it first")


def test_a_truncated_file_is_named(tmp_path):
    path = tmp_path / "model.safetensors"
    save_networks(path, [network(1)], identity(), {})
    whole = path.read_bytes()
    for length in (0, 4, 100, len(whole) - 1):
        path.write_bytes(whole[:length])
        refused(path, "not a network of this workflow", "delete it and run train_classifier again")


def header_of(members=1, inputs=("a",), architecture=None):
    network = {"architecture": architecture or {"kind": "dense", "hidden_layers": []}, "inputs": inputs, "outputs": 1}
    return json.dumps({"network": network, "members": members, "others": {}, "fold": 0, "description": {}})


@pytest.mark.parametrize(
    "header",
    [
        None,
        "{not json",
        "{}",
        header_of(members=2),
        header_of(inputs=["a", "b"]),
        header_of(architecture={"kind": "tree"}),
        header_of(architecture={"kind": "dense", "hidden_layers": "many"}),
    ],
    ids=["no header", "no JSON", "empty", "too few members", "other shapes", "other kind", "other settings"],
)
def test_a_foreign_file_is_named(tmp_path, header):
    path = tmp_path / "foreign.safetensors"
    tensors = {f"0.{name}": tensor for name, tensor in Network(Dense(hidden_layers=()), ("a",)).state_dict().items()}
    save_file(tensors, path, metadata=None if header is None else {"signedag": header})
    refused(path, "not a network of this workflow")


def test_a_file_that_cannot_be_written_is_named_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(UserError, match=r"model\.safetensors: could not be written \(No space left on device\)"):
        save_networks(tmp_path / "model.safetensors", [network(1)], identity(), {})
    assert list(tmp_path.iterdir()) == []


def marker(fold, value, members=1, inputs=("a",)):
    """Networks that answer sigmoid(value) whatever they are asked."""
    made = []
    for member in range(members):
        plain = Network(Dense(hidden_layers=()), inputs)
        last = plain.body.last
        with torch.no_grad():
            last.weight.zero_()
            last.bias.fill_(value + 10 * member)
        made.append(plain)
    return SavedNetworks(tuple(made), identity(fold), {})


def sigmoid(value):
    return 1 / (1 + np.exp(-np.asarray(value, dtype=float)))


@given(st.integers(1, 5), st.lists(st.integers(0, 4), max_size=40), st.randoms())
@settings(deadline=None)
def test_every_event_is_evaluated_by_the_network_that_left_out_its_fold(models, folds, random):
    """The network that was not trained on fold k is the one whose `fold` is k."""
    folds = np.array([fold % models for fold in folds], dtype=np.int8)
    marked = [marker(fold, fold - 2.0, members=2) for fold in range(models)]
    random.shuffle(marked)  # the order of the files does not matter
    found = cross_evaluate(marked, np.zeros((len(folds), 1), dtype=np.float32), folds)
    np.testing.assert_allclose(found, sigmoid([folds - 2.0, folds + 8.0]), rtol=1e-6)


@pytest.mark.parametrize(
    ("left_out", "folds"),
    [([0], [0, 1]), ([0, 0], [0, 1]), ([0, 2], [0, 1]), ([1], [1]), ([0, 1], [2]), ([3], [])],
)
def test_models_that_do_not_fit_the_folds_are_refused(left_out, folds):
    models = [marker(fold, 0.0) for fold in left_out]
    with pytest.raises(UserError, match="the networks leave out the folds"):
        cross_evaluate(models, np.zeros((len(folds), 1), dtype=np.float32), np.array(folds, dtype=np.int8))


@pytest.mark.parametrize("other", [{"inputs": ("b",)}, {"members": 2}])
def test_models_that_differ_are_refused(other):
    models = [marker(0, 0.0), marker(1, 0.0, **other)]
    with pytest.raises(UserError, match="differ in inputs, outputs or ensemble size"):
        cross_evaluate(models, np.zeros((2, 1), dtype=np.float32), np.array([0, 1]))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_score_that_is_no_number_is_refused(value):
    features = np.zeros((4, 1), dtype=np.float32)
    features[2] = value
    with pytest.raises(UserError, match="no number for 1 events, the first in row 2"):
        cross_evaluate([marker(0, 0.0), marker(1, 0.0)], features, np.array([0, 1, 0, 1]))


def rewritten(path, change):
    """Write a file of networks again with another header, and the checksum that it should have."""
    with safe_open(str(path), framework="pt") as file:
        header = json.loads(file.metadata()["signedag"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    header = change(header)
    if isinstance(header, dict):
        header["checksum"] = checksum_of_json(header)
    save_file(tensors, path, metadata={"signedag": json.dumps(header)})


@pytest.mark.parametrize(
    "change",
    [
        lambda header: [header],
        lambda header: header | {"members": 0},
        lambda header: header | {"members": "two"},
        lambda header: header | {"members": 10**12},
        lambda header: header | {"tensors": []},
        lambda header: header | {"others": 3},
        lambda header: header | {"network": None},
        lambda header: header | {"network": header["network"] | {"inputs": 5}},
        lambda header: header | {"network": header["network"] | {"outputs": -1}},
        *(
            lambda header, layers=layers: (
                header | {"network": header["network"] | {"architecture": {"kind": "dense", "hidden_layers": layers}}}
            )
            for layers in ([10**12], [10**9, 10**9], [8, -6], [8] * 500)
        ),
    ],
)
def test_a_description_that_does_not_fit_is_one_line_and_fills_no_memory(tmp_path, change):
    path = tmp_path / "model.safetensors"
    save_networks(path, [network(1)], identity(), {})
    rewritten(path, change)
    refused(path, "not a network of this workflow", "delete it and run train_classifier again")


def test_networks_of_another_fold_seed_variant_or_kind_are_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    save_networks(path, [network(1)], identity(), {})
    for expected in (
        *(identity().of_more(**{name: 7}) for name in ("fold", "seed", "variant")),
        Identity.of("sign networks", sample="tt", fold=0),
    ):
        with pytest.raises(UserError) as caught:
            load_networks(path, CPU, expected)
        words = f"{path}: holds classifier (variant plain, seed 1, fold 0), expected {expected}; delete it and run"
        assert str(caught.value).startswith(words)


def test_every_byte_matters(tmp_path, features):
    """A changed byte is refused, or changes nothing that is read."""
    path = tmp_path / "model.safetensors"
    save_networks(path, [network(1)], identity(), {"note": "x"})
    whole, expected = path.read_bytes(), load_networks(path, CPU, identity()).probabilities(features)
    refusals = []
    for place in range(0, len(whole), 7):
        content = bytearray(whole)
        content[place] ^= 1 << place % 8
        path.write_bytes(content)
        try:
            np.testing.assert_array_equal(load_networks(path, CPU, identity()).probabilities(features), expected)
        except UserError as error:
            refusals.append(str(error))
    assert len(refusals) > 0.98 * len(whole) / 7
    for line in refusals:
        assert line.startswith(f"{path}: ") and "\n" not in line
        assert line.endswith("delete it and run train_classifier again")
