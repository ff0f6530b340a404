"""What was found out once, kept in a file of JSON: it saves time, and nothing is lost with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

#: The newest entries are kept, so that no file grows for ever.
_MOST = 5_000


class Remembered:
    """Entries by name, read from `file` and written back by `save`.

    The file lies below `root` or is not there at all, whatever links say. One that is damaged, or that
    somebody else writes at the same time, costs its entries.
    """

    def __init__(self, root: Path, file: Path) -> None:
        self._root = root
        self._file = file
        self._entries = self._load()
        self._changed = False

    def get(self, name: str) -> dict[str, Any] | None:
        return self._entries.get(name)

    def put(self, name: str, entry: dict[str, Any]) -> None:
        """entry: plain JSON."""
        self._entries[name] = entry
        self._changed = True

    def save(self) -> None:
        """Write the file if there is anything new; a folder that cannot be written is no error."""
        if not self._changed or not self._inside():
            return
        draft = self._file.with_suffix(".part")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft.unlink(missing_ok=True)
            with draft.open("x", encoding="utf-8") as file:  # through no link that waits there
                file.write(json.dumps(dict(list(self._entries.items())[-_MOST:])))
            draft.replace(self._file)
        except OSError:
            return
        self._changed = False

    def _load(self) -> dict[str, dict[str, Any]]:
        if not self._inside():
            return {}
        try:
            known = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        entries = known.items() if isinstance(known, dict) else ()
        return {name: entry for name, entry in entries if isinstance(entry, dict)}

    def _inside(self) -> bool:
        return self._file.resolve().is_relative_to(self._root.resolve())
