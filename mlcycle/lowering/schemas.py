"""What columns the files of sources have: looked up once, remembered as long as a file stays the same."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from mlcycle.graph.column import DType
from mlcycle.graph.imports import find
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
        self._file = state / _FILE
        self._known = _remembered(root, self._file)
        self._changed = False

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
        if entry is not None and entry.get("stamp") == stamp:
            return cast(Mapping[str, DType], entry["columns"])
        try:
            columns = dict(source.columns_in(self._root, paths))
        except (OSError, ValueError):
            return None
        self._known[key] = {"stamp": stamp, "columns": columns}
        self._changed = True
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
        """Remember what was looked up; a folder that cannot be written is no error."""
        if not self._changed or not self._file.resolve().is_relative_to(self._root.resolve()):
            return
        draft = self._file.with_suffix(".part")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft.unlink(missing_ok=True)
            with draft.open("x", encoding="utf-8") as file:  # through no link that waits there
                file.write(json.dumps(self._known))
            draft.replace(self._file)
        except OSError:
            return


def _remembered(root: Path, file: Path) -> dict[str, dict[str, Any]]:
    if not file.resolve().is_relative_to(root.resolve()):
        return {}
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    entries = known.items() if isinstance(known, dict) else ()
    return {k: v for k, v in entries if isinstance(v, dict) and isinstance(v.get("columns"), dict)}


def read_columns(root: Path, path: str) -> Mapping[str, DType]:
    """The columns of a data file, for a first draft of a spec.

    Raises ValueError for a file that is neither CSV nor Parquet or leads out of `root`, OSError where it
    cannot be read.
    """
    kind = kind_of(path)
    module = importlib.import_module(f"mlcycle.kinds.sources.{kind}.spec")
    source = cast(SourceKind, module.Spec(kind=kind, path=path))
    return source.peek(inside(root, path))


def kind_of(path: str) -> str:
    """The kind of source that a file name stands for. Raises ValueError for one of neither."""
    kinds = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv"}
    kind = kinds.get(Path(path).suffix.lower())
    if kind is None:
        raise ValueError(f"`{path}` is neither a CSV file nor a Parquet file")
    return kind
