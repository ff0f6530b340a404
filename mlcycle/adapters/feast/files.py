"""What lies in a repository beside what Feast reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

#: The views of the last `apply`.
VIEWS_FILE = "views.json"
LOADED_FOLDER = "loaded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The last loading of a view: up to which moment, how many keys, and of a Redis some keys of its own."""

    until: datetime
    keys: int
    redis: tuple[bytes, ...] = ()

    def text(self) -> str:
        """As it is kept."""
        some = [key.hex() for key in self.redis]
        return json.dumps({"until": self.until.isoformat(), "keys": self.keys, "redis": some}) + "\n"


def loaded_path(view: str) -> str:
    """Where the last loading of a view is noted, below the repository."""
    return f"{LOADED_FOLDER}/{view}.json"


def last_loaded(folder: Path, view: str) -> Loaded | None:
    """What was noted of a view; None if it was never loaded from this repository."""
    note = folder / loaded_path(view)
    if not note.is_file():
        return None
    found = json.loads(note.read_bytes())
    return Loaded(
        until=datetime.fromisoformat(found["until"]),
        keys=found["keys"],
        redis=tuple(map(bytes.fromhex, found["redis"])),
    )
