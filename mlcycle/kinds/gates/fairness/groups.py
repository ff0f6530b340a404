"""Groups of rows with their counts of decisions and outcomes, and the figures that compare them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcycle.kinds.gates.scores import Scores
from mlcycle.kinds.gates.statistics import Floats, effective

Table2 = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """Rows of a group. cells: int64 [N], 2 * outcome + decision of each. weights: None if all count alike."""

    name: str
    cells: NDArray[np.int64]
    weights: Floats | None = None

    @property
    def rows(self) -> int:
        return len(self.cells)

    @property
    def evidence(self) -> int:
        """How many rows its rates rest on: of weighted ones as many as they tell of."""
        return self.rows if self.weights is None else int(effective(self.weights))

    @property
    def selection_rate(self) -> float:
        return float(_selection(self.table()))

    @property
    def true_positive_rate(self) -> float:
        return float(_hits(self.table()))

    @property
    def false_positive_rate(self) -> float:
        return float(_false_alarms(self.table()))

    def table(self) -> Table2:
        """Counts, or sums of weights, [outcome, decision], each false before true."""
        return _table(self.cells, self.weights)

    def drawn(self, source: np.random.Generator, draws: int) -> Table2:
        """Tables [draws, 2, 2] of as many rows, drawn again."""
        if self.weights is None:
            shares = self.table().ravel() / self.rows
            return source.multinomial(self.rows, shares, size=draws).reshape(-1, 2, 2)
        picks = (source.integers(0, self.rows, self.rows) for _ in range(draws))
        return np.array([_table(self.cells[rows], self.weights[rows]) for rows in picks])


def _table(cells: NDArray[np.int64], weights: Floats | None) -> Table2:
    return np.bincount(cells, weights=weights, minlength=4).reshape(2, 2)


def counted(scores: Scores, by: Sequence[str]) -> list[Group]:
    """The groups that the columns `by` make together, sorted by name; a missing value is `(missing)`."""
    columns = [np.where(scores.groups[name] == "", "(missing)", scores.groups[name]) for name in by]
    names = np.array([", ".join(map(str, row)) for row in zip(*columns, strict=True)], dtype=object)
    cells = (2 * (scores.labels == 1) + (scores.judged().decisions() == 1)).astype(np.int64)
    found = []
    for name in sorted(set(names.tolist())):
        mine = names == name
        weights = None if scores.weights is None else scores.weights[mine]
        found.append(Group(name=name, cells=cells[mine], weights=weights))
    return found


def _share(part: Any, whole: Any) -> float:
    return float(part) / float(whole) if whole else math.nan


def _selection(table: Table2) -> float:
    return _share(table[:, 1].sum(), table.sum())


def _hits(table: Table2) -> float:
    return _share(table[1, 1], table[1].sum())


def _false_alarms(table: Table2) -> float:
    return _share(table[0, 1], table[0].sum())


def _spread(tables: Sequence[Table2], rate: Callable[[Table2], float]) -> float:
    rates = np.array([rate(table) for table in tables])
    return float(rates.max() - rates.min())  # NaN in any group makes it NaN


def _parity_ratio(tables: Sequence[Table2]) -> float:
    rates = np.array([_selection(table) for table in tables])
    return float(rates.min() / rates.max()) if rates.max() > 0 else math.nan


#: As fairlearn defines them: differences between the largest and the smallest rate, or their ratio.
FIGURES: dict[str, Callable[[Sequence[Table2]], float]] = {
    "demographic_parity_difference": lambda tables: _spread(tables, _selection),
    "demographic_parity_ratio": _parity_ratio,
    "equalized_odds_difference": lambda tables: max_or_nan(
        _spread(tables, _hits), _spread(tables, _false_alarms)
    ),
}


def max_or_nan(first: float, second: float) -> float:
    """The larger of two, NaN if either is."""
    return math.nan if math.isnan(first) or math.isnan(second) else max(first, second)
