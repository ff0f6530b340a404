"""The requests that a package takes, as a type made from its manifest: as strict as the generated one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, FailFast, Field, create_model

from mlcycle.serving.types import Day, Flag, Instant, Integer, Number, Strict, Text
from mlcycle.steps.manifest import DType, Lookup, Manifest, RequestField

TYPES: Mapping[DType, Any] = {
    "int64": Integer,
    "float64": Number,
    "bool": Flag,
    "string": Text,
    "timestamp": Instant,
    "date": Day,
}

_Fields = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What is let through and ignored, because other versions that answer know it.

    columns: of a row. views: name -> features, of views that the version knows itself too; of others none.
    """

    columns: frozenset[str] = frozenset()
    views: Mapping[str, frozenset[str]] = field(default_factory=dict)


NOTHING = Passed()


def shape(manifest: Manifest) -> tuple[Any, ...]:
    """What two packages have in common if and only if they take the same requests."""
    views = ((lookup.view, lookup.features) for lookup in manifest.lookups)
    return frozenset(manifest.request), frozenset((view, frozenset(features)) for view, features in views)


def passed(manifest: Manifest, others: Iterable[Manifest]) -> Passed:
    """What requests to `manifest` may carry beyond what it knows: whatever the others know."""
    own = {column.name for column in manifest.request}
    known = {lookup.view: {one.name for one in lookup.features} for lookup in manifest.lookups}
    columns: set[str] = set()
    views: dict[str, set[str]] = {}
    for other in others:
        columns |= {column.name for column in other.request} - own
        for lookup in other.lookups:
            beyond = {one.name for one in lookup.features} - known.get(lookup.view, set())
            if beyond or lookup.view not in known:
                views.setdefault(lookup.view, set()).update(beyond if lookup.view in known else ())
    frozen = {view: frozenset(features) for view, features in views.items()}
    return Passed(columns=frozenset(columns), views=frozen)


def request_type(
    manifest: Manifest, *, context: Iterable[tuple[str, DType]], beyond: Passed, max_rows: int
) -> type[BaseModel]:
    """A body's type. Its rows carry the manifest's columns, `context` (optional), and what is let through.

    Names that Python or pydantic could not use stand behind aliases, so that every column can be there.
    """
    row = _Row()
    for column in manifest.request:
        row.add(column.name, _typed(column), None if column.moment else ...)
    for name, dtype in context:
        row.add(name, TYPES[dtype] | None, None)
    for name in sorted(beyond.columns):
        row.add(name, Any, None)
    views = _views(manifest.lookups, beyond.views)
    if views is not None:
        row.fields["lookups"] = (views | None, None)
    return body("Request", "rows", row.model("Row"), max_rows)


def body(name: str, key: str, item: type[BaseModel], most: int) -> type[BaseModel]:
    """A type: a list of `item` under one key, from one to `most`. The first wrong one ends the search."""
    items: Any = Annotated[list[item], Field(min_length=1, max_length=most), FailFast()]  # type: ignore[valid-type]
    fields: _Fields = {key: (items, ...)}
    return create_model(name, __base__=Strict, **fields)


class _Row:
    """Fields under construction: each column once, behind a name of its own."""

    def __init__(self) -> None:
        self.fields: _Fields = {}
        self._columns: set[str] = set()

    def add(self, column: str, annotation: Any, default: Any) -> None:
        if column not in self._columns:
            self._columns.add(column)
            place = f"column_{len(self.fields) + 1}"
            self.fields[place] = (annotation, Field(default, alias=column))

    def model(self, name: str) -> type[BaseModel]:
        return create_model(name, __base__=Strict, **self.fields)


def _typed(column: RequestField) -> Any:
    kind = TYPES[column.dtype]
    return kind | None if column.nullable or column.moment else kind


def _views(lookups: Iterable[Lookup], beyond: Mapping[str, frozenset[str]]) -> Any:
    """The type of `lookups`; None where nothing may be given."""
    given = _Row()
    for lookup in lookups:
        view = _Row()
        for feature in lookup.features:
            view.add(feature.name, TYPES[feature.dtype] | None, ...)
        for name in sorted(beyond.get(lookup.view, ())):
            view.add(name, Any, None)
        given.add(lookup.view, view.model("View") | None, None)
    for name in sorted(beyond):
        given.add(name, Any, None)
    return given.model("Lookups") if given.fields else None
