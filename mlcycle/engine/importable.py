"""The author's own modules, importable while a project runs, and only then."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

#: mlcycle itself may lie below the root: in its own repository.
_OURS = __name__.partition(".")[0]


@contextmanager
def importable(root: Path) -> Iterator[None]:
    """Let modules be imported from `root`; they are forgotten again at the end.

    A process that lives on, such as Dagster's page, then runs what the files say the next time, which is what
    the digests of the code were made from.
    """
    before = frozenset(sys.modules)
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path.remove(str(root))
        later = sys.modules.keys() - before
        own = [name for name in later if _below(root, name, sys.modules[name])]
        for name in own:  # after all were looked at: a folder's path asks for its parent
            del sys.modules[name]


def _below(root: Path, name: str, module: ModuleType) -> bool:
    places = [module.__file__] if getattr(module, "__file__", None) else list(getattr(module, "__path__", ()))
    files = [Path(place) for place in places if place]
    return name.partition(".")[0] != _OURS and any(
        file.is_relative_to(root) and "site-packages" not in file.parts for file in files
    )
