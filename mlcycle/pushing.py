"""Fresh values for a view, from lines of JSON into the online store: strict, recorded, at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import Span

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl
    from pydantic import BaseModel

    from mlcycle.graph.node import Node
    from mlcycle.language.workspace import Environment

#: Since when a row's values hold; not a name that a feature may have.
EVENT = "event_timestamp"
#: Wrong lines that are shown.
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What became of the rows of one push; the others were older than what the store had."""

    rows: int
    written: int


def push(view: Node, lines: Sequence[str], file: str, environment: Environment, root: Path) -> Pushed:
    """Write rows into the online store of `environment`, recorded in its audit trail before.

    view: the node of the view's table. lines: one row each: every key, `event_timestamp` and every feature;
    empty ones are passed over. Raises Refused: MLC756 if any row is wrong (then nothing is written), MLC757
    for a view that no run has declared there.
    """
    from mlcycle.composition import clock, ports, user
    from mlcycle.composition import rollouts as trail
    from mlcycle.store.database import writing

    rows = _read(view, lines, file, datetime.now(UTC))
    store = ports(environment, root).feature_store
    project, name = view.group, view.config["store_name"]
    if name not in {one.name for one in store.declared(project)}:
        raise _undeclared(view, environment)
    audit = trail(environment, root).audit
    with writing(audit.engine) as connection:
        audit.append(
            connection,
            at=clock(environment)(),
            actor=user(),
            subject=f"view:{project}/{view.name.rpartition('/')[2]}",
            operation=f"push/{uuid.uuid4()}",
            event={"event": "push", "store_name": name, "rows": rows.height, "newest": _newest(rows)},
        )
    return Pushed(rows=rows.height, written=store.push(project, name, rows))


def _read(view: Node, lines: Sequence[str], file: str, now: datetime) -> pl.DataFrame:
    """The rows, in the types of the view's table. No value of a row is in a message."""
    import polars as pl

    from mlcycle.kinds.sources.arrays import polars_type

    row = _row(view)
    found: list[dict[str, Any]] = []
    wrong: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            values, mistakes = _line(row, line, now)
            found.append(values)
            wrong += ((number, mistake) for mistake in mistakes)
    if wrong:
        raise Refused(tuple(_mistake(file, *one) for one in wrong[:_SHOWN]))
    columns = [*view.config["keys"], {"name": EVENT, "dtype": "timestamp"}, *view.config["features"]]
    naive = {one["name"]: _naive(polars_type(one["dtype"])) for one in columns}
    typed = (pl.col(one["name"]).cast(polars_type(one["dtype"])) for one in columns)
    return pl.DataFrame(found, schema=naive, orient="row").select(typed)


def _naive(dtype: Any) -> Any:
    """Times come as naive UTC."""
    import polars as pl

    return pl.Datetime("us") if isinstance(dtype, pl.Datetime) else dtype


def _row(view: Node) -> type[BaseModel]:
    """A row's type: unknown and missing fields are mistakes, and so is a value of another type."""
    from pydantic import Field, create_model

    from mlcycle.serving.schema import TYPES
    from mlcycle.serving.types import Instant, Strict

    needed = [*((key["name"], TYPES[key["dtype"]]) for key in view.config["keys"]), (EVENT, Instant)]
    known = [(one["name"], TYPES[one["dtype"]] | None) for one in view.config["features"]]
    fields: dict[str, Any] = {
        f"column_{place}": (annotation, Field(..., alias=name))
        for place, (name, annotation) in enumerate((*needed, *known))
    }
    return create_model("Row", __base__=Strict, **fields)


def _line(row: type[BaseModel], line: str, now: datetime) -> tuple[dict[str, Any], list[str]]:
    """The values of a line, and what is wrong with it."""
    from pydantic import ValidationError

    try:
        values = row.model_validate_json(line).model_dump(by_alias=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return {}, [_said(one) for one in found]
    if values[EVENT] > now.replace(tzinfo=None):
        return {}, [f"`{EVENT}` has not come yet"]
    return values, []


def _said(error: Any) -> str:
    place = ".".join(map(str, error["loc"]))
    message = error["msg"].removeprefix("Value error, ")
    return f"`{place}`: {message}" if place else message


def _newest(rows: pl.DataFrame) -> str | None:
    moment = rows.get_column(EVENT).max()
    return moment.isoformat() if isinstance(moment, datetime) else None


def _mistake(file: str, number: int, said: str) -> Diagnostic:
    return Diagnostic(
        code="MLC756",
        message=f"line {number} is no row of the view: {said}",
        span=Span(file, number, 1, number, 2),
        help="a line is one JSON object with every key, `event_timestamp` and every feature of the view",
    )


def _undeclared(view: Node, environment: Environment) -> Refused:
    name = view.name.rpartition("/")[2]
    message = f"the view `{name}`, as the spec has it, is not in the online store of `{environment.name}`"
    help_line = f"mlcycle run {view.span.file} --until online/{name}"
    return Refused((Diagnostic(code="MLC757", message=message, span=view.span, help=help_line),))
