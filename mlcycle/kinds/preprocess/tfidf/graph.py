"""Counting and weighting words as ONNX, one text after another.

All texts at once would be one matrix as wide as the longest text: one long mail in a request of a thousand
rows would take gigabytes. In a loop the memory is that of one text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from mlcycle.kinds.packages.graphs import MICROSOFT
from mlcycle.kinds.preprocess.nodes import Nodes

#: What no word is: onnxruntime gives it for a text without one.
_PAD = "#"
#: Keeps a text without a known word at zeros where its length divides.
_TINY = 1e-30


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighting:
    """Words (with spaces: several neighbours) in the order of their columns, and what their counts become.

    idf: [words]. norm: l1, l2 or None. components: [k, words], or None to keep the words' own columns.
    """

    words: tuple[str, ...]
    idf: NDArray[np.float64]
    sublinear: bool
    norm: str | None
    components: NDArray[np.float64] | None

    @property
    def width(self) -> int:
        return len(self.words) if self.components is None else len(self.components)


def rows_of_words(nodes: Nodes, texts: str, how: Weighting) -> str:
    """Add to `nodes` what turns `texts` [N] into [N, `how.width`]; gives the name of that."""
    one, count = nodes.integers([1]), nodes.add("Shape", texts)
    rows = nodes.add("Squeeze", count)
    body = Nodes(f"{nodes.prefix}_l{len(nodes.nodes)}")
    turn, going, still = (f"{body.prefix}_{name}" for name in ("turn", "going", "still"))
    text = body.add("Reshape", body.add("Gather", texts, turn, axis=0), one)
    row = _weighted(body, nodes, _counts(body, text, how.words), how)
    row = body.add("Reshape", row, nodes.integers([how.width]))
    body.nodes.append(helper.make_node("Identity", [going], [still], name=still))
    graph = helper.make_graph(
        body.nodes,
        body.prefix,
        [
            helper.make_tensor_value_info(turn, TensorProto.INT64, []),
            helper.make_tensor_value_info(going, TensorProto.BOOL, []),
        ],
        [
            helper.make_tensor_value_info(still, TensorProto.BOOL, []),
            helper.make_tensor_value_info(row, TensorProto.FLOAT, [how.width]),
        ],
    )
    return nodes.add("Loop", rows, nodes.constant(np.array(True)), body=graph)


def _counts(body: Nodes, text: str, words: tuple[str, ...]) -> str:
    """How often each of `words` is in `text` [1], as [1, words]."""
    tokens = body.add(
        "Tokenizer", text, domain=MICROSOFT, mark=0, mincharnum=1, pad_value=_PAD, separators=[" "]
    )
    sizes = [word.count(" ") + 1 for word in words]
    pool: list[str] = []
    starts, indexes = [], []
    for size in range(1, max(sizes) + 1):
        starts.append(len(pool))
        for index in (i for i, length in enumerate(sizes) if length == size):
            pool += words[index].split(" ")
            indexes.append(index)
    return body.add(
        "TfIdfVectorizer",
        tokens,
        mode="TF",
        min_gram_length=min(sizes),
        max_gram_length=max(sizes),
        max_skip_count=0,
        ngram_counts=starts,
        ngram_indexes=indexes,
        pool_strings=pool,
    )


def _weighted(body: Nodes, outside: Nodes, counts: str, how: Weighting) -> str:
    """The formulas of scikit-learn's TfidfTransformer, then the components; constants go to `outside`."""
    if how.sublinear:
        one = outside.floats(1.0)
        logged = body.add("Add", body.add("Log", body.add("Max", counts, one)), one)
        counts = body.add("Mul", logged, body.add("Min", counts, one))
    row = body.add("Mul", counts, outside.floats(how.idf))
    if how.norm is not None:
        length = body.add("ReduceL2" if how.norm == "l2" else "ReduceL1", row, axes=[1], keepdims=1)
        row = body.add("Div", row, body.add("Max", length, outside.floats(_TINY)))
    if how.components is not None:
        row = body.add("MatMul", row, outside.floats(how.components.T))
    return row
