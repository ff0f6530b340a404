"""A service as its templates see it: names that Python can use, types of the generated request module."""

from __future__ import annotations

import hashlib
import json
import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mlcycle import __version__

_PLAIN = re.compile(r"[a-z][a-z0-9_]{0,60}")

#: Names a pydantic model has itself, which a field must not take.
_TAKEN = frozenset(
    {"lookups", "construct", "copy", "dict", "fields", "from_orm", "json", "schema", "validate"}
)

#: Class names of the generated module.
_CLASSES = frozenset({"Request", "Row", "Lookups", "Annotated", "Field", "FailFast", "Strict"})

TYPES: Mapping[str, str] = {
    "int64": "Integer",
    "float64": "Number",
    "bool": "Flag",
    "string": "Text",
    "timestamp": "Instant",
    "date": "Day",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The declared limits of a service."""

    timeout_seconds: float
    max_concurrency: int
    max_body_bytes: int
    max_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """A field of a generated class: `name` in Python, `column` as requests have it. An optional one may be
    left out of a request: one of the model is then the moment of the request, any other is null."""

    name: str
    column: str
    type: str
    dtype: str
    nullable: bool
    optional: bool = False

    @property
    def alias(self) -> str | None:
        return None if self.name == self.column else self.column


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupView:
    """A generated class for one looked-up view, and the field of `Lookups` that holds it."""

    type: str
    field: FieldView
    fields: tuple[FieldView, ...]
    keys: tuple[str, ...]
    ttl_seconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogView:
    """What is kept of predictions: the share of requests whose rows are, and columns that never are."""

    sample: float
    redact: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceView:
    """Everything the templates of a service show. `digest` is that of the declaration: all other fields.

    context: columns that a request may carry and no model reads.
    """

    service: str
    project: str
    model: str
    task: str
    spec_file: str
    digest: str
    limits: Limits
    fields: tuple[FieldView, ...]
    context: tuple[FieldView, ...]
    log: LogView
    lookups: tuple[LookupView, ...]
    types: tuple[str, ...]
    wheel: str
    outer_timeout: float
    example: str


def service_view(
    *, project: str, spec_file: str, service: Mapping[str, Any], declared: Mapping[str, Any]
) -> ServiceView:
    """The view of a service node's config and of what its model declares: the package node's config, or
    the manifest (`model`, `task`, `request`, `lookups`)."""
    requested = [(c["name"], c["dtype"], c["nullable"]) for c in declared["request"]]
    beside = [(c["name"], c["dtype"], True) for c in service.get("context", ())]
    every = _fields([*requested, *beside])
    moments = {c["name"] for c in declared["request"] if c.get("moment")}
    fields = tuple(
        replace(field, optional=True, nullable=True) if field.column in moments else field
        for field in every[: len(requested)]
    )
    context = tuple(replace(field, optional=True) for field in every[len(requested) :])
    log = service.get("log", {})
    lookups = _lookups(declared.get("lookups", ()))
    used = {field.type for field in every} | {f.type for lookup in lookups for f in lookup.fields}
    meaning = {
        "project": project,
        "service": {key: service[key] for key in sorted(service) if key != "rollout"},
        "declared": {key: declared.get(key) for key in ("model", "task", "request", "lookups")},
    }
    return ServiceView(
        service=service["name"],
        project=project,
        model=declared["model"],
        task=declared["task"],
        spec_file=spec_file,
        digest=hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()[:12],
        limits=Limits(**service["limits"]),
        fields=fields,
        context=context,
        log=LogView(sample=log.get("sample", 1.0), redact=tuple(log.get("redact", ()))),
        lookups=lookups,
        types=tuple(sorted({*used, "Strict"})),
        wheel=f"./wheels/mlcycle_serving-{__version__}-py3-none-any.whl",
        outer_timeout=service["limits"]["timeout_seconds"] + 60.0,
        example=json.dumps({"rows": [_example(fields, lookups)]}),
    )


def _fields(columns: Sequence[tuple[str, str, bool]]) -> tuple[FieldView, ...]:
    return tuple(
        FieldView(
            name=column if _usable(column) else f"column_{index}",
            column=column,
            type=TYPES[dtype],
            dtype=dtype,
            nullable=nullable,
        )
        for index, (column, dtype, nullable) in enumerate(columns, start=1)
    )


def _usable(column: str) -> bool:
    """Whether a column's name can be a field's: plain, and neither a keyword nor pydantic's."""
    reserved = keyword.iskeyword(column) or column in _TAKEN
    generated = re.fullmatch(r"column_\d+", column)
    return bool(_PLAIN.fullmatch(column)) and not (reserved or generated or column.startswith("model_"))


def _lookups(lookups: Sequence[Mapping[str, Any]]) -> tuple[LookupView, ...]:
    views = _fields([(lookup["view"], "float64", True) for lookup in lookups])
    made = []
    for index, (lookup, view) in enumerate(zip(lookups, views, strict=True), start=1):
        camel = "".join(word.capitalize() for word in view.name.split("_"))
        taken = keyword.iskeyword(camel) or camel in _CLASSES or camel in TYPES.values()
        name = f"View{index}" if taken or view.alias is not None else camel
        made.append(
            LookupView(
                type=name,
                field=view,
                fields=_fields([(f["name"], f["dtype"], True) for f in lookup["features"]]),
                keys=tuple(lookup["keys"]),
                ttl_seconds=lookup.get("ttl_seconds"),
            )
        )
    if len({lookup.type for lookup in made}) == len(made):
        return tuple(made)
    return tuple(_numbered(lookup, index) for index, lookup in enumerate(made, start=1))


def _numbered(lookup: LookupView, index: int) -> LookupView:
    """Two views whose class names fell together (`a_b`, `ab`) are numbered instead."""
    return replace(lookup, type=f"View{index}")


_EXAMPLES: Mapping[str, Any] = {
    "int64": 1,
    "float64": 1.0,
    "bool": True,
    "string": "text",
    "timestamp": "2013-11-28T15:00:00Z",
    "date": "2013-11-28",
}


def _example(fields: Sequence[FieldView], lookups: Sequence[LookupView]) -> dict[str, Any]:
    row: dict[str, Any] = {field.column: _EXAMPLES[field.dtype] for field in fields}
    if lookups:
        row["lookups"] = {
            lookup.field.column: {field.column: _EXAMPLES[field.dtype] for field in lookup.fields}
            for lookup in lookups
        }
    return row
