"""What the sheets of sources and of datasets have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlcycle.emit.card import CardTable
from mlcycle.emit.sheet import Chart, Section
from mlcycle.kinds.sheets.files import Recorded
from mlcycle.kinds.sheets.measure import Measured
from mlcycle.kinds.sheets.questions import Part, answered, answers, unsaid
from mlcycle.kinds.sheets.shown import column, gaps
from mlcycle.kinds.sheets.words import share
from mlcycle.task import Input

Config = Mapping[str, Any]

#: Property of Croissant's vocabulary for responsible AI -> the key of the spec that says it.
_RESPONSIBLE = {
    "dataCollection": "collection",
    "dataCollectionTimeFrame": "period",
    "dataCollectionRawData": "raw_data",
    "dataAnnotationProtocol": "labeling",
    "dataLimitations": "known_errors",
    "dataUseCases": "used_for",
    "dataSocialImpact": "risks",
    "dataReleaseMaintenancePlan": "updates",
}
_MARKS = (("pii", "Marked as personal data"), ("sensitive", "Marked as sensitive"))


def section(
    part: Part,
    said: Config,
    *,
    charts: tuple[Chart, ...] = (),
    columns: Sequence[Measured] = (),
    tables: tuple[CardTable, ...] = (),
) -> Section:
    """A section: what was said, what nobody has said, and what was measured."""
    return Section(
        title=part.title,
        anchor=part.anchor,
        about=part.about,
        answers=answers(part, said),
        unsaid=unsaid(part, said),
        charts=charts,
        missing=gaps(columns),
        columns=tuple(map(column, columns)),
        tables=tables,
    )


def facts_of(
    table: Recorded, config: Config, found: Input, times: Measured | None
) -> tuple[tuple[str, str], ...]:
    """The figures on top. times: the column with the time of each row, if there is one that may be shown."""
    span = dict(times.facts) if times is not None else {}
    personal = sum(bool(column.marks.get("pii")) for column in table.columns)
    facts = {
        "rows": f"{table.frame.height:,}",
        "columns": f"{table.frame.width:,}",
        "from": span.get("from", ""),
        "to": span.get("to", ""),
        "cells without a value": share(table.missing_share),
        "columns with personal data": str(personal) if personal else "none is marked",
        "licence": config["sheet"].get("license") or "not said in the spec",
        "questions answered": answered(config["sheet"]),
        "version": found.data_version[:12],
    }
    return tuple((name, value) for name, value in facts.items() if value)


def versions(*recorded: tuple[Recorded, Input]) -> CardTable:
    """The data version of each table and the digest of its file."""
    rows = tuple(
        (table.file, found.data_version, table.sha256, f"{table.size:,} bytes") for table, found in recorded
    )
    note = "`croissant.json` beside this page describes the same for other tools."
    columns = ("file", "data version", "sha256", "size")
    return CardTable(title="This version", columns=columns, rows=rows, note=note)


def owner(config: Config) -> Iterator[CardTable]:
    """Who answers for it here, where the spec says so."""
    found = config.get("owner") or {}
    rows = tuple((name, str(value)) for name, value in found.items() if value)
    if rows:
        yield CardTable(title="Who answers for it here", columns=("what", "is"), rows=rows)


def responsible(
    said: Config, table: Recorded, steps: CardTable | None = None
) -> Mapping[str, str | list[str]]:
    """What Croissant's vocabulary for responsible AI has a place for."""
    found: dict[str, Any] = {name: said[key] for name, key in _RESPONSIBLE.items() if said.get(key)}
    done = [": ".join(filter(None, row[:2])) for row in (steps.rows if steps is not None else ())]
    lacking = "; ".join(f"{c.name}: {share(c.missing_share)}" for c in table.columns if c.missing)
    marked = [f"{words}: {c.name}" for key, words in _MARKS for c in table.columns if c.marks.get(key)]
    personal = [*([said["sensitive_content"]] if said.get("sensitive_content") else []), *marked]
    lists = {"dataPreprocessingProtocol": done, "personalSensitiveInformation": personal}
    found |= {name: values for name, values in lists.items() if values}
    return {**found, "dataCollectionMissingData": lacking} if lacking else found
