"""One ONNX graph of preprocessing and model, for serving."""

from __future__ import annotations

from typing import Literal

from mlcycle.language.slots import PackageSpec


class Spec(PackageSpec):
    """One ONNX graph of preprocessing and model, for serving."""

    kind: Literal["onnx"]
