"""What columns the files of sources have: looked up once, remembered as long as a file stays the same."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from mlcycle.graph.column import DType
from mlcycle.graph.imports import find
from mlcycle.graph.remembered import Remembered
from mlcycle.kinds.interface import SourceKind
from mlcycle.language.paths import inside

_FILE = "schemas.json"


class FileSchemas:
    """A schema provider over the files below `root`; `state` is the folder that remembers.

    Call it with a source; `save` afterwards. What cannot be remembered is looked up again: the memory only
    saves time. It is kept below `root` or not at all.
    """

    def __init__(self, root: Path, state: Path) -> None:
        self._root = root
        self._known = Remembered(root, state / _FILE)

    def __call__(self, source: SourceKind) -> Mapping[str, DType] | None:
        """Column -> dtype; None where the file is not there or is not what it is declared to be."""
        try:
            paths = source.looked_at(self._root)
            found = [path.stat() for path in paths]
        except (OSError, ValueError):
            return None
        if not found:
            return None
        key = json.dumps([source.kind, source.config()], sort_keys=True, default=str)
        stamp = [[stat.st_size, stat.st_mtime_ns] for stat in found]
        entry = self._known.get(key)
        if entry is not None and entry.get("stamp") == stamp and isinstance(entry.get("columns"), dict):
            return cast(Mapping[str, DType], entry["columns"])
        try:
            columns = dict(source.columns_in(self._root, paths))
        except (OSError, ValueError):
            return None
        self._known.put(key, {"stamp": stamp, "columns": columns})
        return columns

    def has_module(self, name: str) -> bool:
        """Whether a module is in the project's root or installed. Not even its package is imported.

        One that a link takes out of the root is not there.
        """
        home = self._root.resolve()
        if not home.joinpath(*name.split(".")).resolve().is_relative_to(home):
            return False
        own = find(name, [str(home)])
        return find(name) is not None if own is None else own.resolve().is_relative_to(home)

    def save(self) -> None:
        """Remember what was looked up."""
        self._known.save()


def first_look(root: Path, path: str) -> tuple[Mapping[str, str], Mapping[str, DType]]:
    """The keys of a source that reads a data file, and its columns: for a first draft of a spec.

    Raises ValueError for a file that is neither CSV nor Parquet or leads out of `root`, OSError where it
    cannot be read.
    """
    kind = kind_of(path)
    keys = {"kind": kind, "path": path}
    if kind == "csv":
        from mlcycle.kinds.sources.csv.sniff import delimiter

        found = delimiter(inside(root, path))
        keys |= {"delimiter": found} if found != "," else {}
    module = importlib.import_module(f"mlcycle.kinds.sources.{kind}.spec")
    source = cast(SourceKind, module.Spec(**keys))
    return keys, source.peek(inside(root, path))


def kind_of(path: str) -> str:
    """The kind of source that a file name stands for. Raises ValueError for one of neither."""
    kinds = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".tsv": "csv"}
    kind = kinds.get(Path(path).suffix.lower())
    if kind is None:
        raise ValueError(f"`{path}` is neither a CSV file nor a Parquet file")
    return kind
