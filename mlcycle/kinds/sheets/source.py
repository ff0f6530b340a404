"""The data sheet of a source: what its authors say, and what was measured of the recorded table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlcycle.emit.card import CardTable
from mlcycle.emit.croissant import Croissant
from mlcycle.emit.sheet import Chart, Section, SheetView
from mlcycle.kinds.sheets import questions
from mlcycle.kinds.sheets.files import Recorded, recorded, records, written
from mlcycle.kinds.sheets.measure import Measured
from mlcycle.kinds.sheets.personal import Personal
from mlcycle.kinds.sheets.promises import promises, verdicts
from mlcycle.kinds.sheets.sections import facts_of, owner, responsible, section, versions
from mlcycle.kinds.sheets.shown import chart
from mlcycle.kinds.sources.snapshot import FILE
from mlcycle.task import Input, Outcome, Task

Config = Mapping[str, Any]


def write(task: Task) -> Outcome:
    """Write `data_sheet.md`, `data_sheet.html` and `croissant.json` of a source's recorded table.

    The same table and the same words give the same bytes. Raises WorkError MLC773 for a file that is not
    what was recorded.
    """
    config, source = task.node.config, task.inputs["source"]
    table = recorded(source, FILE, config.get("columns", ()))
    personal = Personal.of(config)
    steps = cleaning(config, source.figures, personal)
    view = SheetView(
        title=f"Data sheet of {config['title']}",
        subtitle=f"A source of {config['name'].partition('.')[0]}: what is known, and what was measured.",
        description=str(config.get("description", "")),
        facts=facts_of(table, config, source, timespan(table, config)),
        sections=tuple(_sections(config, source, table, personal, steps)),
    )
    return written(task, view, _croissant(config, source, table, steps), questions.answered(config["sheet"]))


def _sections(
    config: Config, source: Input, table: Recorded, personal: Personal, steps: CardTable
) -> Iterator[Section]:
    said = config["sheet"]
    yield section(questions.MOTIVATION, said)
    yield section(
        questions.COMPOSITION,
        said,
        charts=tuple(_charts(table, config)),
        columns=table.columns,
        tables=(promises(config.get("contract"), personal), verdicts(source.checks, personal)),
    )
    yield section(questions.COLLECTION, said, tables=(_read(config, source),))
    yield section(questions.PREPARATION, said, tables=(steps, *_derived(config, personal)))
    yield section(questions.USES, said, tables=(_used(config),))
    yield section(questions.DISTRIBUTION, said, tables=(versions((table, source)),))
    yield section(questions.MAINTENANCE, said, tables=tuple(owner(config)))


def timespan(table: Recorded, config: Config) -> Measured | None:
    """The column with the time of each row, if there is one that may be shown."""
    name = config.get("timestamp")
    return next((c for c in table.columns if c.name == name and c.shape == "times"), None)


def _charts(table: Recorded, config: Config) -> Iterator[Chart]:
    times = timespan(table, config)
    if times is not None:
        yield chart("Rows over time", times.bins, times.note)


def _read(config: Config, source: Input) -> CardTable:
    figures = source.figures
    rows = {
        "read from": f"{config['read']['kind']}: {config['read']['path']}",
        "time of a row": config.get("timestamp") or "none: it is the same at all times",
        "what identifies a row": ", ".join(config.get("key", ())) or "nothing is declared to",
        "rows read": f"{figures['rows_read']:,}" if "rows_read" in figures else "",
        "share of the rows kept": f"{figures['sample']:g}" if "sample" in figures else "",
        "set aside by the contract": f"{(figures.get('quarantine') or {}).get('set_aside', 0):,} rows",
        "infinite numbers, read as missing": f"{sum(figures.get('infinite', {}).values()):,}",
    }
    shown = tuple((name, str(value)) for name, value in rows.items() if value)
    return CardTable(title="How it is read here", columns=("what", "is"), rows=shown)


def cleaning(config: Config, figures: Mapping[str, Any], personal: Personal) -> CardTable:
    """Each cleaning step: what it does and why, rows in and out, and values that are others now."""
    done = {each["step"]: each for each in figures.get("steps", ())}
    rows = []
    for step in config.get("cleaning", ()):
        found = done.get(step["step"], {})
        words = ": ".join(filter(None, (step.get("does"), step.get("why"))))
        rows.append(
            (
                step["kind"],
                personal.shown(words),
                _count(found, "rows_in"),
                _count(found, "rows_out"),
                _changes(found),
            )
        )
    columns = ("step", "what it does, and why", "rows in", "rows out", "values changed")
    note = "" if rows else "No row and no value is changed."
    return CardTable(title="Cleaning", columns=columns, rows=tuple(rows), note=note)


def _count(found: Mapping[str, Any], key: str) -> str:
    return f"{found[key]:,}" if key in found else "not known"


def _changes(found: Mapping[str, Any]) -> str:
    words = {"changed": "changed", "made_null": "made missing", "filled": "filled"}
    totals = {word: sum(found.get(key, {}).values()) for key, word in words.items()}
    return ", ".join(f"{total:,} {word}" for word, total in totals.items() if total)


def _derived(config: Config, personal: Personal) -> Iterator[CardTable]:
    rows = tuple((each["name"], personal.shown(each["sql"])) for each in config.get("derived", ()))
    if rows:
        yield CardTable(title="Derived columns", columns=("column", "is"), rows=rows)


def _used(config: Config) -> CardTable:
    rows = tuple((each,) for each in config.get("used_by", ()))
    note = "" if rows else "Nothing of this project rests on it."
    return CardTable(title="What rests on it here", columns=("what",), rows=rows, note=note)


def _croissant(config: Config, source: Input, table: Recorded, steps: CardTable) -> Croissant:
    said, times = config["sheet"], timespan(table, config)
    newest = str(source.figures.get("newest", ""))[:10] if times is not None else ""
    what = said.get("instances") or f"The rows of {config['title']}."
    return Croissant(
        name=config["name"],
        description=str(config.get("description") or f"The source {config['title']}."),
        digest=source.data_version,
        records=(records(table, "rows", what, config.get("key", ())),),
        license=said.get("license", ""),
        citation=said.get("citation", ""),
        url=said.get("url", ""),
        published=said.get("published") or newest,
        creators=said.get("creators", ""),
        responsible=responsible(said, table, steps),
    )
