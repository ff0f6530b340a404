"""The sha256 of files, remembered while path, size, time of change and inode stay the same."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from mlcycle.store.database import FILES


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigests:
    """Digests of declared files, cached in the state database."""

    engine: Engine

    def sha256(self, file: Path) -> str:
        """The file's sha256 in hexadecimal; raises OSError when it cannot be read."""
        stat = file.stat()
        stamp = f"{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ino}"
        key = str(file.resolve())
        known = select(FILES.c.sha256).where(FILES.c.path == key, FILES.c.stamp == stamp)
        with self.engine.connect() as connection:
            found = connection.execute(known).scalar()
        if found:
            return str(found)
        digest = sha256(file)
        with suppress(IntegrityError), self.engine.begin() as connection:  # another process was as quick
            connection.execute(delete(FILES).where(FILES.c.path == key))
            connection.execute(insert(FILES).values(path=key, stamp=stamp, sha256=digest))
        return digest


def sha256(file: Path) -> str:
    """The sha256 of a file's bytes in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
