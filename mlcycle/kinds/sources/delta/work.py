"""Read a Delta table at one version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import deltalake
import polars as pl
from deltalake.exceptions import DeltaError, TableNotFoundError

from mlcycle.kinds.sources.conform import conform
from mlcycle.kinds.sources.declared import declared
from mlcycle.kinds.sources.files import folder
from mlcycle.task import WorkError


def read(config: Mapping[str, Any], root: Path) -> pl.DataFrame:
    """The table at its pinned or newest version, in our dtypes.

    Raises WorkError MLC811 and MLC814, MLC822 for a version that is not there, and as `conform` does.
    """
    table = _table(config, root)
    if "connect" not in config:
        _refuse_outside(table, config, root)
    try:
        frame = pl.from_arrow(table.to_pyarrow_table())
    except (DeltaError, OSError, ValueError) as error:
        raise _unreadable(config, error) from None
    assert isinstance(frame, pl.DataFrame)
    ordered = frame.select(field.name for field in table.schema().fields)
    return declared(ordered, config) if "connect" in config else conform(ordered, config)


def version(config: Mapping[str, Any], root: Path) -> str:
    """The number of the version that would be read, and what tells the table from one made in its place."""
    table = _table(config, root)
    return f"{table.version()} of {table.metadata().id[:8]}"


def _table(config: Mapping[str, Any], root: Path) -> deltalake.DeltaTable:
    path = config["path"] if "connect" in config else str(folder(root, config["path"]))
    options = _options(config.get("connect", {}))
    try:
        if "at_time" in config:
            table = deltalake.DeltaTable(path, storage_options=options)
            return _as_of(table, datetime.fromisoformat(config["at_time"]))
        return deltalake.DeltaTable(path, version=config.get("at_version"), storage_options=options)
    except TableNotFoundError:
        help = "a Delta table is a folder with a `_delta_log`"
        message = f"`{config['path']}` is no Delta table"
        raise WorkError("MLC811", message, step="read", help=help) from None
    except (DeltaError, OSError, ValueError) as error:
        if "at_version" in config or "at_time" in config:
            wanted = config.get("at_version", config.get("at_time"))
            message = f"`{config['path']}` cannot be read at {wanted}: {_first_line(error)}"
            help = "an old version goes when the table is vacuumed or its log is cleaned"
            raise WorkError("MLC822", message, step="read", help=help) from None
        raise _unreadable(config, error) from None


def _as_of(table: deltalake.DeltaTable, time: datetime) -> deltalake.DeltaTable:
    """The table as it was; delta-rs would give its first version for a time before that."""
    oldest = min((entry["timestamp"] for entry in table.history()), default=0)
    if time.timestamp() * 1000 < oldest:
        raise ValueError("its log begins later")
    table.load_as_version(time)
    return table


def _options(connect: Mapping[str, str]) -> dict[str, str]:
    """What delta-rs calls the keys of an object store."""
    names = {
        "endpoint": "AWS_ENDPOINT_URL",
        "region": "AWS_REGION",
        "key": "AWS_ACCESS_KEY_ID",
        "secret": "AWS_SECRET_ACCESS_KEY",
    }
    options = {names[key]: value for key, value in connect.items()}
    if connect.get("endpoint", "").startswith("http://"):
        options["AWS_ALLOW_HTTP"] = "true"
    return options


def _refuse_outside(table: deltalake.DeltaTable, config: Mapping[str, Any], root: Path) -> None:
    """A log may name any file; those of a table below the project have to be there as well."""
    home = root.resolve()
    for uri in table.file_uris():
        path = Path(unquote(urlparse(uri).path) if "://" in uri else uri).resolve()
        if not path.is_relative_to(home):
            message = f"the log of `{config['path']}` names a file outside of the project"
            raise WorkError("MLC811", message, step="read", help="copy the table into the project's folder")


def _unreadable(config: Mapping[str, Any], error: Exception) -> WorkError:
    message = f"`{config['path']}` cannot be read: {_first_line(error)}"
    return WorkError("MLC814", message, step="read")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
