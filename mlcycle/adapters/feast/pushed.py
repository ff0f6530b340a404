"""Values that were pushed into the online store and that the views' tables do not have yet.

They are kept beside the tables: loading a view takes the newest of both for each key, so that a run neither
loses what was pushed nor brings it back once the table knows better.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import polars as pl
from filelock import FileLock

EVENT = "event_timestamp"
_FOLDER = "pushed"
#: Seconds that a push waits for the loading of a view, and the other way round.
_PATIENCE = 600


@contextmanager
def alone(repository: Path) -> Iterator[None]:
    """While nobody else changes what is in the repository's online store. Raises filelock's Timeout."""
    repository.mkdir(parents=True, exist_ok=True)
    with FileLock(repository / ".pushing.lock", timeout=_PATIENCE):
        yield


def file_of(repository: Path, view: str) -> Path:
    """Where the pushed rows of a view are kept, one a key, under the columns of its table."""
    return repository / _FOLDER / f"{view}.parquet"


def waiting(repository: Path, view: str) -> pl.DataFrame | None:
    """The pushed rows that the table does not have yet; None if there are none."""
    path = file_of(repository, view)
    return pl.read_parquet(path) if path.exists() else None


def newer(rows: pl.DataFrame, held: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """The rows that are not older than what `held` (keys and `EVENT`) has for their keys."""
    there = held.select(*keys, pl.col(EVENT).alias("__held"))
    joined = rows.join(there, on=list(keys), how="left", maintain_order="left")
    fresh = pl.col("__held").is_null() | (pl.col(EVENT) >= pl.col("__held"))
    return joined.filter(fresh).drop("__held")


def newest(frames: Sequence[pl.DataFrame], keys: Sequence[str]) -> pl.DataFrame:
    """The newest row of each key; of two of one moment the later one."""
    whole = pl.concat(frames, how="diagonal").sort(EVENT, maintain_order=True)
    return whole.unique(keys, keep="last", maintain_order=True)


def keep(repository: Path, view: str, rows: pl.DataFrame) -> None:
    """Make `rows` what is waiting; an empty table leaves no file. No crash leaves half of one."""
    path = file_of(repository, view)
    if rows.is_empty():
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".rows-")
    os.close(handle)
    draft = Path(name)
    try:
        rows.write_parquet(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def forget_known(repository: Path, view: str, table: Path, keys: Sequence[str], until: datetime) -> None:
    """Drop the waiting rows whose keys have a row in the table that is as new, and known at `until`."""
    rows = waiting(repository, view)
    if rows is None:
        return
    known = pl.scan_parquet(table).filter(pl.col(EVENT) <= until).group_by(keys).agg(pl.col(EVENT).max())
    joined = rows.join(known.rename({EVENT: "__known"}).collect(), on=list(keys), how="left")
    left = joined.filter(pl.col("__known").is_null() | (pl.col("__known") < pl.col(EVENT))).drop("__known")
    keep(repository, view, left)


def prune(repository: Path, views: Sequence[str]) -> None:
    """Forget what was pushed into views that are no longer declared, and what a crash left half done."""
    kept = {file_of(repository, view).name for view in views}
    for path in (repository / _FOLDER).glob("*"):
        if path.name not in kept:
            path.unlink()
