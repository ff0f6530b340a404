"""The data sheet of a model's dataset: made of what, split how, with which labels, groups and warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from mlcycle.emit.card import CardTable
from mlcycle.emit.croissant import Croissant, Records
from mlcycle.emit.sheet import Chart, Section, SheetView
from mlcycle.kinds.registration.tables import duration
from mlcycle.kinds.sheets import balance, questions
from mlcycle.kinds.sheets.files import Recorded, recorded, records, written
from mlcycle.kinds.sheets.measure import Measured
from mlcycle.kinds.sheets.personal import Personal
from mlcycle.kinds.sheets.sections import facts_of, owner, responsible, section, versions
from mlcycle.kinds.sheets.shown import chart
from mlcycle.kinds.training.dataset import AT, DATASET_FILE, EVENT, ROW
from mlcycle.task import Input, Outcome, Task

Config = Mapping[str, Any]

_SPLIT = "split.parquet"
_SHOWN = 20
#: What columns are that the dataset has of its own.
_OWN = {
    ROW: "The row's number.",
    EVENT: "When what the row tells of happens.",
    AT: "When the row is predicted.",
    "label": "What is predicted.",
    "weight": "How much the row counts in training.",
}
_ROLES = {"key": "Identifies the row", "request": "Comes with a request", "by": "Rows are grouped by it"}


def write(task: Task) -> Outcome:
    """Write `data_sheet.md`, `data_sheet.html` and `croissant.json` of a model's dataset.

    The same table and the same words give the same bytes. Raises WorkError MLC773 for a file that is not
    what was recorded.
    """
    config, dataset, split = task.node.config, task.inputs["dataset"], task.inputs["split"]
    table = recorded(dataset, DATASET_FILE, [_described(each) for each in config.get("columns", ())])
    sides = recorded(split, _SPLIT, [{"name": "row_id", "description": "The row of the dataset."}])
    rows = table.frame.join(sides.frame, on=ROW, how="left", maintain_order="left")
    view = SheetView(
        title=f"Data sheet of the {config['title']}",
        subtitle=f"What {config['name'].rpartition('.')[0]} learns from and is judged by.",
        description=str(config.get("description", "")),
        facts=facts_of(table, config, dataset, _times(table, config)),
        sections=tuple(_sections(task, table, sides, rows)),
    )
    croissant = _croissant(config, dataset, table, sides)
    return written(task, view, croissant, questions.answered(config["sheet"]))


def _described(column: Mapping[str, Any]) -> dict[str, Any]:
    """The column with a description: its own, else what it is for."""
    name = str(column["name"])
    role, dot, origin = name.partition(".")
    made_of = f"Made of {', '.join(column['sources'])}." if column.get("sources") else ""
    words = _OWN.get(name) or (f"{_ROLES[role]}: {origin}." if dot and role in _ROLES else made_of)
    return {"description": words, **column} if words else dict(column)


def _times(table: Recorded, config: Config) -> Measured | None:
    """When rows happen; None where they have no time, or one that must not be shown."""
    if "timestamp" not in config:
        return None
    return next((c for c in table.columns if c.name == EVENT and c.shape == "times"), None)


def _sections(task: Task, table: Recorded, sides: Recorded, rows: pl.DataFrame) -> Iterator[Section]:
    config, dataset, split = task.node.config, task.inputs["dataset"], task.inputs["split"]
    said, personal = config["sheet"], Personal.of(config)
    secret = personal.about("label")
    classes = dataset.figures.get("classes", ())
    yield section(questions.MOTIVATION, said)
    yield section(
        questions.COMPOSITION,
        said,
        charts=tuple(_charts(table, config)),
        columns=table.columns,
        tables=(
            *balance.sides(dataset.figures, split.figures, personal),
            *balance.labels(rows, classes, secret=secret),
            *balance.groups(rows, table.columns, secret=secret),
            *_drift(split),
        ),
    )
    yield section(
        questions.COLLECTION, said, tables=(_made_of(task), _predicted(config, personal), *_found(dataset))
    )
    yield section(questions.PREPARATION, said, tables=(_left_out(config, dataset, split),))
    yield section(questions.USES, said, tables=(_warnings(split), *_allowed(config)))
    yield section(questions.DISTRIBUTION, said, tables=(versions((table, dataset), (sides, split)),))
    yield section(questions.MAINTENANCE, said, tables=tuple(owner(config)))


def _charts(table: Recorded, config: Config) -> Iterator[Chart]:
    times = _times(table, config)
    if times is not None:
        yield chart("Rows over time", times.bins, times.note)


def _drift(split: Input) -> Iterator[CardTable]:
    drifted = list(split.figures.get("drift", {}).items())[:_SHOWN]
    if drifted:
        yield CardTable(
            title="Drift from train to test",
            columns=("feature", "population stability index"),
            rows=tuple((name, f"{index:.3f}") for name, index in drifted),
            note="By rule of thumb under 0.1 is little, over 0.25 a lot. The most drifted come first.",
        )


def _made_of(task: Task) -> CardTable:
    rows = []
    for source in task.node.config.get("sources", ()):
        found = task.inputs[f"source:{source['name']}"]
        licence = source.get("license", "not said in the spec")
        rows.append((source["name"], licence, source.get("citation", ""), found.data_version))
    columns = ("source", "licence", "cited as", "data version")
    note = "Each source has a data sheet of its own."
    return CardTable(title="What it is made of", columns=columns, rows=tuple(rows), note=note)


def _predicted(config: Config, personal: Personal) -> CardTable:
    ahead = duration(config.get("horizon_seconds", 0))
    facts = {
        "task": str(config["task"]).replace("_", " "),
        "label": config.get("label", ""),
        "predicted": f"{ahead} before the time of a row" if ahead else "at the time of a row",
        **config.get("rows", {}),
    }
    if "predicted at" in facts:
        del facts["predicted"]
    rows = tuple((name, personal.shown(str(value))) for name, value in facts.items() if value)
    note = "Features hold what was known at that time, by the rules of time."
    return CardTable(title="What is predicted, and when", columns=("what", "is"), rows=rows, note=note)


def _found(dataset: Input) -> Iterator[CardTable]:
    nothing = dataset.figures.get("nothing_found", {})
    if nothing:
        rows = tuple((view, f"{count:,}") for view, count in nothing.items())
        columns = ("feature view", "rows for which it had nothing")
        yield CardTable(title="Lookups", columns=columns, rows=rows)


def _left_out(config: Config, dataset: Input, split: Input) -> CardTable:
    counts = {
        "without a time": dataset.figures.get("rows_without_time", 0),
        "left out by the filter": dataset.figures.get("filtered_out", 0),
        "without a label": split.figures.get("unlabelled", 0),
        "in a gap between sides": split.figures.get("gap", 0),
        "on no side": split.figures.get("unused", 0),
    }
    rows = tuple((why, f"{count:,}") for why, count in counts.items())
    note = f"The split is by `{config['split']}`."
    return CardTable(title="Rows that are not learned from", columns=("why", "rows"), rows=rows, note=note)


def _warnings(split: Input) -> CardTable:
    rows = tuple(
        (check.name.replace("_", " "), check.verdict.replace("_", " "), check.message)
        for check in split.checks
    )
    note = "These warn: a failed one is known, and stops nothing." if rows else "None was looked for."
    return CardTable(title="Signs of leakage", columns=("sign", "verdict", "found"), rows=rows, note=note)


def _allowed(config: Config) -> Iterator[CardTable]:
    rows = tuple((name, why) for name, why in config.get("allowed", {}).items())
    if rows:
        columns = ("column", "why it is allowed")
        yield CardTable(title="Sensitive columns that are inputs", columns=columns, rows=rows)


def _croissant(config: Config, dataset: Input, table: Recorded, sides: Recorded) -> Croissant:
    said, times = config["sheet"], _times(table, config)
    newest = dict(times.facts)["to"][:10] if times is not None else ""
    what = said.get("instances") or "What is known of each row at the time of its prediction, and its label."
    side = "The side of each row: train, validation, test, or none."
    parts: tuple[Records, ...] = (
        records(table, "rows", what, (ROW,)),
        records(sides, "sides", side, (ROW,)),
    )
    return Croissant(
        name=config["name"],
        description=str(config.get("description") or f"The {config['title']}."),
        digest=dataset.data_version,
        records=parts,
        license=said.get("license", ""),
        citation=said.get("citation", ""),
        url=said.get("url", ""),
        published=said.get("published") or newest,
        creators=said.get("creators", ""),
        responsible=responsible(said, table),
    )
