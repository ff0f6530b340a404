"""What lies in a repository beside what Feast reads."""

from __future__ import annotations

#: The views of the last `apply`.
VIEWS_FILE = "views.json"
LOADED_FOLDER = "loaded"


def loaded_path(view: str) -> str:
    """The note of some keys that the last loading of a view wrote into a Redis, below the repository."""
    return f"{LOADED_FOLDER}/{view}.json"
