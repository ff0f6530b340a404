"""Splits of categories as ONNX: a chain of equalities for each, which a converter cannot write in time.

onnxmltools expands such a split too, and walks what is below it once for each category: nested splits of a
hundred categories take for ever. So it is given the trees with numbers that stand for the splits, and the
chains are put in afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import onnx
import xgboost as xgb
from onnx import helper

_PER_NODE = ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids")
_MISSING = "missing_value_tracks_true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """Trees in which split i of `sets` reads `column < i`; its right side is for the codes in the set."""

    booster: xgb.Booster
    sets: Sequence[tuple[int, ...]]


def numbered(booster: xgb.Booster) -> Numbered:
    """The booster with a number for each set of categories that it splits by."""
    model = json.loads(booster.save_raw("json"))
    sets: list[tuple[int, ...]] = []
    for tree in model["learner"]["gradient_booster"]["model"]["trees"]:
        begins, sizes = tree["categories_segments"], tree["categories_sizes"]
        for node, begin, size in zip(tree["categories_nodes"], begins, sizes, strict=True):
            tree["split_type"][node], tree["split_conditions"][node] = 0, float(len(sets))
            sets.append(tuple(tree["categories"][begin : begin + size]))
        tree |= {name: [] for name in tree if name.startswith("categories")}
    model["learner"]["feature_types"] = []
    plain = xgb.Booster()
    plain.load_model(bytearray(json.dumps(model).encode()))
    return Numbered(booster=plain, sets=sets)


def expand(model: onnx.ModelProto, categorical: Sequence[int], sets: Sequence[tuple[int, ...]]) -> None:
    """Put the sets back into the converted trees, in place.

    A code that is in the set goes right, any other left, a missing one where the tree's default says.
    """
    for node in model.graph.node:
        if node.op_type.startswith("TreeEnsemble"):
            _expand(node, frozenset(categorical), sets)


def _expand(node: onnx.NodeProto, categorical: frozenset[int], sets: Sequence[tuple[int, ...]]) -> None:
    names = [f"nodes_{name}" for name in (*_PER_NODE, _MISSING)]
    given = {a.name: helper.get_attribute_value(a) for a in node.attribute if a.name.startswith("nodes_")}
    following: dict[int, int] = {}
    for tree, number in zip(given["nodes_treeids"], given["nodes_nodeids"], strict=True):
        following[tree] = max(following.get(tree, 0), number + 1)
    made: dict[str, list[Any]] = {name: [] for name in names}
    for row in zip(*(given[name] for name in names), strict=True):
        for part in _chain(row, categorical, sets, following):
            for name, value in zip(names, part, strict=True):
                made[name].append(value)
    kept = [a for a in node.attribute if not a.name.startswith("nodes_")]
    del node.attribute[:]
    node.attribute.extend([*kept, *(helper.make_attribute(name, values) for name, values in made.items())])


def _chain(
    row: tuple[Any, ...],
    categorical: frozenset[int],
    sets: Sequence[tuple[int, ...]],
    following: dict[int, int],
) -> Iterator[tuple[Any, ...]]:
    """The node as it is, or one equality after another for the codes of its set."""
    tree, number, column, mode, value, left, right, missing_left = row
    if mode == b"LEAF" or column not in categorical:
        yield row
        return
    codes = sets[int(value)]
    for place, code in enumerate(codes):
        last = place == len(codes) - 1
        after = left if last else following[tree]
        following[tree] += not last
        yield tree, number, column, b"BRANCH_EQ", float(code), right, after, int(not missing_left)
        number = after
