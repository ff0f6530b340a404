"""The table that a sheet is about, as it was recorded, and the files that a sheet is written to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.emit.croissant import Croissant, Field, Records, croissant_text
from mlcycle.emit.sheet import SheetView, sheet_page, sheet_text
from mlcycle.graph.canonical import digest
from mlcycle.kinds.sheets.measure import Measured, measure
from mlcycle.kinds.sources.arrays import dtype_of
from mlcycle.task import Input, Outcome, Task, WorkError


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A table with what was measured of it. sha256, size: of its file."""

    file: str
    sha256: str
    size: int
    frame: pl.DataFrame
    columns: tuple[Measured, ...]

    @property
    def missing_share(self) -> float:
        """The share of all cells that have no value."""
        cells = self.frame.height * self.frame.width
        return sum(column.missing for column in self.columns) / cells if cells else 0.0


def recorded(found: Input, file: str, marks: Sequence[Mapping[str, Any]]) -> Recorded:
    """The table of an input, measured. marks: what the spec says of its columns, each with its `name`.

    Raises WorkError MLC773 where the file is not what was recorded, so that no sheet tells of other data than
    its version.
    """
    path = found.path / file
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    if found.data_version not in (digest({file: sha256}), _whole(found.path)):
        message = (
            f"`{file}` of `{found.node}` is not the table that was recorded as {found.data_version[:12]}"
        )
        raise WorkError("MLC773", message, help="run its node again with `--force`: the file was changed")
    frame = pl.read_parquet(path)
    said = {each["name"]: each for each in marks}
    columns = tuple(
        measure(frame[name], dtype_of(frame.schema[name]), said.get(name, {})) for name in frame.columns
    )
    return Recorded(file=file, sha256=sha256, size=path.stat().st_size, frame=frame, columns=columns)


def _whole(folder: Path) -> str:
    """The version of a folder in which every file counts."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as stream:
            found[path.relative_to(folder).as_posix()] = hashlib.file_digest(stream, "sha256").hexdigest()
    return digest(found)


def records(table: Recorded, name: str, description: str, key: Sequence[str] = ()) -> Records:
    """The table's rows as Croissant tells of them."""
    fields = tuple(
        Field(name=c.name, dtype=c.dtype, description=str(c.marks.get("description", "")))
        for c in table.columns
    )
    return Records(
        name=name,
        description=description,
        file=table.file,
        sha256=table.sha256,
        size=table.size,
        fields=fields,
        key=tuple(key),
    )


def written(task: Task, view: SheetView, croissant: Croissant, answered: str) -> Outcome:
    """Write `data_sheet.md`, `data_sheet.html` and `croissant.json`."""
    texts = {
        "data_sheet.md": sheet_text(view),
        "data_sheet.html": sheet_page(view),
        "croissant.json": croissant_text(croissant),
    }
    for name, text in texts.items():
        (task.out / name).write_text(text, encoding="utf-8")
    return Outcome(
        figures={"answered": answered},
        key_figure=f"data_sheet.html, {answered} questions answered",
        plots=("data_sheet.html", "data_sheet.md"),
    )
