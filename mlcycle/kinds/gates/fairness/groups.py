"""Groups of rows with their counts of decisions and outcomes, and the figures that compare them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcycle.kinds.gates.scores import Scores

Table2 = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows of one group by outcome (first word) and decision."""

    name: str
    true_positive: int
    false_negative: int
    false_positive: int
    true_negative: int

    @property
    def rows(self) -> int:
        return self.true_positive + self.false_negative + self.false_positive + self.true_negative

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
        """Counts [outcome, decision], each false before true."""
        return np.array(
            [[self.true_negative, self.false_positive], [self.false_negative, self.true_positive]]
        )


def counted(scores: Scores, by: Sequence[str]) -> list[Group]:
    """The groups that the columns `by` make together, sorted by name; a missing value is `(missing)`."""
    columns = [np.where(scores.groups[name] == "", "(missing)", scores.groups[name]) for name in by]
    names = np.array([", ".join(map(str, row)) for row in zip(*columns, strict=True)], dtype=object)
    decided = scores.judged().decisions() == 1
    labels = scores.labels == 1
    found = []
    for name in sorted(set(names.tolist())):
        mine = names == name
        found.append(
            Group(
                name=name,
                true_positive=int((mine & labels & decided).sum()),
                false_negative=int((mine & labels & ~decided).sum()),
                false_positive=int((mine & ~labels & decided).sum()),
                true_negative=int((mine & ~labels & ~decided).sum()),
            )
        )
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
