"""What is said of personal features after preprocessing, without their values.

Steps may call columns after a category or a word, and libraries quote what they cannot use: where a feature
is `pii`, that would carry its values into reports, cards, messages and the tracker.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is shown of each column that preprocessing gives.

    made_of: column -> the features that its steps were given.
    """

    made_of: Mapping[str, tuple[str, ...]]
    personal: Collection[str] = ()

    def of(self, column: str) -> str:
        """The column, or `<feature> (not shown)` where its name may hold a value of a personal feature.

        A column that is called as a feature is shown. Whatever else a step calls the others: if one of the
        features that it was given is personal, only a name that begins with that of another one is shown.
        """
        given = self.made_of.get(column, tuple(self.personal))
        secret = [name for name in given if name in self.personal]
        if not secret or column in given:
            return column
        nearest = max((name for name in given if column.startswith(name)), key=len, default=secret[0])
        return f"{nearest} (not shown)" if nearest in self.personal else column

    def distinct(self) -> list[str]:
        """All columns as shown, in their order, each once."""
        return list(dict.fromkeys(map(self.of, self.made_of)))

    def summed(self, shares: Mapping[str, float]) -> dict[str, float]:
        """Shares of columns by what is shown of each, the largest first."""
        found: dict[str, float] = {}
        for column, share in shares.items():
            name = self.of(column)
            found[name] = found.get(name, 0.0) + share
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def unquoted(message: str, values: NDArray[Any]) -> str:
    """A message about personal columns [N, columns], unless one of their values is in it."""
    there = (str(value) for value in np.unique(values[values == values]))
    return "its message quotes a value (not shown)" if any(v and v in message for v in there) else message
