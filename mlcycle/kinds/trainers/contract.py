"""What a trainer is given and what it gives back; the signature for a trainer of the author's own too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of one side.

    x: float32 [N, columns] after preprocessing, missing is NaN.
    y: float64 [N]: 0/1, class index or value.
    weights: float64 [N], how much each row counts in training; None if all count alike.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float64]
    weights: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One training job. Rows are sorted by event time and key; `classes` is 0 for regression.

    categorical: the places of the columns that are codes of categories (0, 1, 2...) and no numbers.
    """

    task: str
    classes: int
    names: tuple[str, ...]
    train: Rows
    validation: Rows | None
    progress: Callable[[str, float | None], None] = lambda message, share: None
    categorical: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What a trainer found.

    graph: an ONNX model (opset 15, ai.onnx.ml 2 at most) from `x` float32 [N, columns] to `score` float32:
        [N] probability of true or the predicted value, or [N, C] probabilities.
    ubj: the same model as XGBoost's UBJ file, where there is one.
    params: what it was trained with. history: metric by round, `validation.logloss` for example.
    importance: share of the total gain by column name.
    """

    graph: bytes
    ubj: bytes | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    best_round: int | None = None
    history: Mapping[str, Sequence[float]] = field(default_factory=dict)
    importance: Mapping[str, float] = field(default_factory=dict)
    libraries: tuple[str, ...] = ()
