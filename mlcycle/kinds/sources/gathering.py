"""The files of a source: one, those of a pattern, or objects brought here for the time of reading."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.kinds.sources.conform import conform
from mlcycle.kinds.sources.declared import declared
from mlcycle.kinds.sources.files import located
from mlcycle.kinds.sources.partitions import partition
from mlcycle.kinds.sources.patterns import is_pattern, matches
from mlcycle.task import WorkError


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file to read. name: as the source has it; partition: columns that its folders tell."""

    path: Path
    name: str
    partition: Mapping[str, str | None] = field(default_factory=dict)


#: A file's table as it stands there, and the number that its first row has for a person.
ReadOne = Callable[[Path], tuple[pl.DataFrame, int]]


@contextmanager
def gathered(config: Mapping[str, Any], root: Path) -> Iterator[tuple[Found, ...]]:
    """The files of `config["path"]`, by name; at least one. Raises WorkError MLC811 and MLC827."""
    if "connect" in config:
        from mlcycle.kinds.sources.objects import fetched

        with tempfile.TemporaryDirectory(prefix="mlcycle-") as folder:
            names = fetched(config, Path(folder))
            yield tuple(_found(path, name, config) for name, path in names.items())
        return
    yield tuple(_found(path, name, config) for name, path in _below(config["path"], root).items())


def together(found: Sequence[Found], read_one: ReadOne, config: Mapping[str, Any]) -> pl.DataFrame:
    """The tables of all files below one another, in our dtypes.

    Raises WorkError MLC826 where one has other columns than the first, and as `conform` does, naming the file
    where there are several.
    """
    frames: list[pl.DataFrame] = []
    for file in found:
        try:
            frame = _one(file, read_one, config)
            frames.append(_alike(frame, frames[0]) if frames else frame)
        except WorkError as error:
            place = "" if len(found) == 1 else f"{file.name}: "
            raise WorkError(error.code, place + error.message, step=error.step, help=error.help) from None
    return pl.concat(frames)


def _one(file: Found, read_one: ReadOne, config: Mapping[str, Any]) -> pl.DataFrame:
    frame, first_row = read_one(file.path)
    twice = sorted(file.partition.keys() & set(frame.columns))
    if twice:
        message = f"`{twice[0]}` is a column of the file and the name of a folder"
        raise WorkError("MLC826", message, step="read", help="take `hive` out, or rename one of them")
    told = [pl.lit(value, dtype=pl.String).alias(name) for name, value in file.partition.items()]
    frame = frame.with_columns(told)
    if "connect" in config and config.get("typed", False):
        return declared(frame, config)
    made = conform(frame, config, first_row=first_row)
    return made.select([column["name"] for column in config["columns"]]) if "connect" in config else made


def _alike(frame: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in first.columns if name not in frame.columns]
    more = [name for name in frame.columns if name not in first.columns]
    if missing or more:
        how = f"lacks the column `{missing[0]}`" if missing else f"has the column `{more[0]}` besides"
        help = "files of one source have the same columns; make two sources, or rewrite the files"
        raise WorkError("MLC826", f"this file {how}, unlike the first of the source", step="read", help=help)
    frame = frame.select(first.columns)
    other = next((n for n in first.columns if frame.schema[n] != first.schema[n]), None)
    if other is not None:
        message = f"`{other}` is {frame.schema[other]} in this file and {first.schema[other]} in the first"
        raise WorkError(
            "MLC826", message, step="read", help=f"declare the dtype of `{other}` under `columns`"
        )
    return frame


def _below(path: str, root: Path) -> dict[str, Path]:
    if not is_pattern(path):
        return {path: located(root, path)}
    home = root.resolve()
    names = [found.relative_to(home).as_posix() for found in matches(root, path)]
    if not names:
        help = "paths are relative to the folder with mlcycle.yaml; `**` stands for any folders"
        raise WorkError("MLC811", f"there is no file like `{path}`", step="read", help=help)
    return {name: located(root, name) for name in names}


def _found(path: Path, name: str, config: Mapping[str, Any]) -> Found:
    return Found(path=path, name=name, partition=partition(name) if config.get("hive") else {})
