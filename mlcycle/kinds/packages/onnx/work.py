"""The `onnx` format: preprocessing and model as one graph."""

from __future__ import annotations

import onnx

from mlcycle.kinds.packages.graphs import Fragment, model, renamed, to_bytes


def merge(preprocess: bytes, estimator: bytes) -> bytes:
    """One graph from `numeric` and `text` to `score`, out of the two that training wrote."""
    first, second = onnx.load_from_string(preprocess), onnx.load_from_string(estimator)
    keep = {value.name: value.name for value in first.graph.input}
    head = renamed(first, "p", {**keep, "features": "features"})
    tail = renamed(second, "e", {"x": "features", "score": "score"})
    whole = Fragment(
        nodes=(*head.nodes, *tail.nodes),
        initializers=(*head.initializers, *tail.initializers),
        inputs=tuple(keep),
        outputs=("score",),
    )
    return to_bytes(model("model", whole, inputs=first.graph.input, outputs=second.graph.output))
