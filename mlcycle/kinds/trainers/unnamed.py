"""Names of columns after preprocessing, without the values of personal features that are in them.

`one_hot` and `tfidf` make columns that are called after a category or a word: where a feature is `pii`,
those names would carry its values into reports, cards and the tracker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def shown(column: str, personal: Iterable[str]) -> str:
    """`column`, or `<feature> (not shown)` where it is made of a personal feature and called otherwise."""
    made_of = [name for name in personal if column != name and column.startswith(name)]
    return f"{max(made_of, key=len)} (not shown)" if made_of else column


def distinct(columns: Iterable[str], personal: Sequence[str]) -> list[str]:
    """The columns as shown, in their order, each once."""
    return list(dict.fromkeys(shown(column, personal) for column in columns))


def summed(shares: Mapping[str, float], personal: Sequence[str]) -> dict[str, float]:
    """Shares of columns by what is shown of each, the largest first."""
    found: dict[str, float] = {}
    for column, share in shares.items():
        name = shown(column, personal)
        found[name] = found.get(name, 0.0) + share
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
