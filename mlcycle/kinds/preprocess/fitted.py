"""What a preprocessing step's work gives to be fitted, and what fitting gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mlcycle.kinds.packages.graphs import Fragment
from mlcycle.steps.manifest import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The labels of the training rows: y float64 [N] is 0/1, the index of a class, or the value."""

    task: str
    y: NDArray[np.float64]


class Transformer(Protocol):
    """A fitted step: scikit-learn's methods. Without a `Converts` of its own, skl2onnx has to know it."""

    def transform(self, values: NDArray[Any]) -> NDArray[Any]: ...

    def get_feature_names_out(self, names: NDArray[Any]) -> NDArray[Any]: ...


@runtime_checkable
class Converts(Protocol):
    """A fitted step that writes its part of the graph itself, where skl2onnx has none or a wrong one."""

    def fragment(self, given: str, prefix: str) -> Fragment:
        """The nodes from the value `given` [N, columns] to one output [N, outputs]; `prefix` begins every
        other name."""


class Unfitted(Protocol):
    """A step that has not seen its columns yet."""

    def fit(self, values: NDArray[Any]) -> Transformer:
        """Fitted on `values` [N, columns]: float32, missing is NaN; or str objects, missing is ""."""


@runtime_checkable
class GivesCategories(Protocol):
    """A fitted step whose columns are codes of categories: 0, 1, 2..., missing is NaN."""

    @property
    def gives_categories(self) -> bool: ...


@runtime_checkable
class Supervised(Protocol):
    """A step that learns from the labels, and so gives training rows other values than all others."""

    def fit_target(self, values: NDArray[Any], target: Target) -> tuple[Transformer, NDArray[Any]]:
        """The step, and what the training rows become: from a fit in which they took no part."""


@runtime_checkable
class TakesWords(Protocol):
    """A step that is given texts as `mlcycle.steps.words` leaves them. It is the first of its columns."""

    @property
    def words(self) -> Words: ...
