"""JSON patches: the examples of RFC 6902, appendix A, by their meaning, against the library that pyhf uses."""

from typing import Any

import jsonpatch
import pytest

from signedag.statistics.json_patch import patched

DOCUMENT = {"a": {"b": [1, 2, {"c/d": 3}]}, "m~n": 5, "list": ["x", "y"]}
PATCHES: list[list[dict[str, Any]]] = [
    [{"op": "add", "path": "/new", "value": None}],
    [{"op": "add", "path": "/a/b/1", "value": [7]}],
    [{"op": "add", "path": "/list/-", "value": {"z": 1}}],
    [{"op": "remove", "path": "/a/b/2/c~1d"}],
    [{"op": "replace", "path": "/m~0n", "value": {"deep": [1]}}],
    [{"op": "replace", "path": "/a/b/0", "value": -1}],
    [{"op": "move", "from": "/a/b/0", "path": "/list/0"}],
    [{"op": "move", "from": "/a/b/0", "path": "/a/b/2"}],
    [{"op": "copy", "from": "/a", "path": "/list/1"}, {"op": "remove", "path": "/a"}],
    [{"op": "test", "path": "/list", "value": ["x", "y"]}, {"op": "add", "path": "", "value": [1]}],
    [{"op": "replace", "path": "", "value": 4}],
]


@pytest.mark.parametrize("operations", PATCHES, ids=str)
def test_patches_do_what_the_library_does(operations: list[dict[str, Any]]) -> None:
    assert patched(DOCUMENT, operations) == jsonpatch.apply_patch(DOCUMENT, operations)
    assert DOCUMENT["list"] == ["x", "y"], "the document itself stays"


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ({"op": "remove", "path": "/nothing"}, "there is no /nothing"),
        ({"op": "replace", "path": "/list/2", "value": 1}, "there is no /list/2"),
        ({"op": "add", "path": "/list/3", "value": 1}, "there is no /list/3"),
        ({"op": "add", "path": "/list/one", "value": 1}, "'one' is no place in a list"),
        ({"op": "add", "path": "/m~0n/x", "value": 1}, "there is no"),
        ({"op": "add", "path": "/x"}, "'add' needs 'value'"),
        ({"op": "merge", "path": "/x"}, "is none of add"),
        ({"op": "test", "path": "/list/0", "value": "z"}, "/list/0 is not what the patch was made for"),
        ({"op": "add", "path": "x", "value": 1}, "is no path"),
        ({"op": "remove", "path": ""}, "cannot be removed"),
        ("add", "is none of"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_number(operation: Any, message: str) -> None:
    with pytest.raises(ValueError, match=r"operation 1: .*") as refused:
        patched(DOCUMENT, [{"op": "test", "path": "/list/0", "value": "x"}, operation])
    assert message in str(refused.value)
