"""A model's ONNX graph, run by onnxruntime on one thread."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort

from mlcycle.steps.manifest import Manifest, PackageError
from mlcycle.steps.words import words

_KINDS = {"numeric": "tensor(float)", "text": "tensor(string)"}


class Stop:
    """Ends one run of a graph from another thread, between two of its nodes or two turns of a loop."""

    def __init__(self) -> None:
        self.options = ort.RunOptions()
        self.options.log_severity_level = 4  # that a run was ended is no news to who ended it

    def set(self) -> None:
        self.options.terminate = True


class Graph:
    """A loaded graph with the inputs and the output that its manifest declares."""

    def __init__(self, content: bytes, manifest: Manifest) -> None:
        """Load a graph from its bytes. Raises PackageError if it cannot run or has other inputs."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own exceptions have no public base
            raise PackageError(f"model.onnx: {str(error).splitlines()[0]}") from error
        self._numeric = manifest.inputs.numeric
        self._text = manifest.inputs.text
        self._words = manifest.words
        self._outputs = [manifest.outputs.score]
        self._check(manifest)

    def _check(self, manifest: Manifest) -> None:
        declared = {"numeric": len(self._numeric), "text": len(self._text)}
        expected = {name: (_KINDS[name], width) for name, width in declared.items() if width}
        found = {given.name: (given.type, given.shape[-1]) for given in self._session.get_inputs()}
        if found != expected:
            raise PackageError(f"model.onnx: its inputs are {found}, the manifest says {expected}")
        if manifest.outputs.score not in [output.name for output in self._session.get_outputs()]:
            raise PackageError(f"model.onnx: no output {manifest.outputs.score}")

    def score(
        self, features: dict[str, np.ndarray[Any, Any]], rows: int, stop: Stop | None = None
    ) -> np.ndarray[Any, Any]:
        """Scores of rows from feature columns: float32 [rows], or [rows, classes]. Raises if stopped."""
        feed: dict[str, np.ndarray[Any, Any]] = {}
        if self._numeric:
            columns = np.concatenate([features[name] for name in self._numeric])
            with np.errstate(over="ignore"):
                feed["numeric"] = columns.reshape(-1, rows).T.astype(np.float32, order="C")
        if self._text:
            text = np.empty((rows, len(self._text)), object)
            for index, name in enumerate(self._text):
                how = self._words.get(name)
                given = features[name]
                text[:, index] = words(given, how) if how else ["" if v is None else v for v in given]
            feed["text"] = text
        scores: np.ndarray[Any, Any] = self._session.run(
            self._outputs, feed, None if stop is None else stop.options
        )[0]
        return scores.reshape(rows) if scores.ndim == 2 and scores.shape[1] == 1 else scores
