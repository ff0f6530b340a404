"""Views for the rows of a request: as given in it, or read from the online store by the row's keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from mlcycle.steps.manifest import Lookup, Manifest

Values = Mapping[str, Any]
NOTHING: Values = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the store has for one key of one view; `at` is when the values became available (UTC, naive)."""

    values: Values
    at: datetime


class OnlineStore(Protocol):
    """Reads the newest values of keys; knows nothing of ttl."""

    def read(self, views: Sequence[tuple[Lookup, Sequence[Values]]]) -> Sequence[Sequence[Found | None]]:
        """For each view one `Found` or None for each of its keys (key column -> value). May raise."""

    def ping(self) -> None:
        """Raise if the store cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a request: its own columns, and the views that it gives."""

    columns: Values
    given: Mapping[str, Values]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """The views of all rows, ready for the model.

    views: for each view of the model one mapping of features a row, empty where nothing may be used.
    stale, missing: for each row the views whose value was too old, or was not there.
    """

    views: Mapping[str, list[Values]]
    stale: Sequence[list[str]] = field(default_factory=list)
    missing: Sequence[list[str]] = field(default_factory=list)


def as_given(manifest: Manifest, rows: Sequence[Row]) -> Looked:
    """The views that the rows give themselves; every other one is empty."""
    return Looked(
        views={
            lookup.view: [row.given.get(lookup.view, NOTHING) for row in rows] for lookup in manifest.lookups
        },
        stale=[[] for _ in rows],
        missing=[[] for _ in rows],
    )


def wanted(manifest: Manifest, rows: Sequence[Row]) -> list[tuple[Lookup, list[int]]]:
    """For each view that some rows do not give: those rows."""
    indices = (
        (lookup, [index for index, row in enumerate(rows) if lookup.view not in row.given])
        for lookup in manifest.lookups
    )
    return [(lookup, missing) for lookup, missing in indices if missing]


def look_up(
    store: OnlineStore,
    needed: Sequence[tuple[Lookup, list[int]]],
    rows: Sequence[Row],
    looked: Looked,
    now: datetime,
) -> None:
    """Fill `looked` from the store. A value older than its ttl at `now` counts as missing, and is named.

    A row with a null key has no value: its view is missing, and nothing is read for it.
    """
    asked = []
    for lookup, indices in needed:
        keys = {index: {key: rows[index].columns[key] for key in lookup.keys} for index in indices}
        asked.append((lookup, {i: key for i, key in keys.items() if None not in key.values()}))
    found = store.read([(lookup, list(keys.values())) for lookup, keys in asked])
    for (lookup, indices), (_, keys), answers in zip(needed, asked, found, strict=True):
        values = dict(zip(keys, answers, strict=True))
        for index in indices:
            _use(lookup, index, values.get(index), looked, now)


def _use(lookup: Lookup, index: int, found: Found | None, looked: Looked, now: datetime) -> None:
    """A key without any value is missing, not stale: a stored table begins with such a row for every key."""
    if found is None or all(value is None for value in found.values.values()):
        looked.missing[index].append(lookup.view)
    elif lookup.ttl_seconds is not None and (now - found.at).total_seconds() > lookup.ttl_seconds:
        looked.stale[index].append(lookup.view)
    else:
        looked.views[lookup.view][index] = found.values
