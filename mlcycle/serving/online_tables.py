"""What the tables of an online store are called: no two views of any projects share one."""

from __future__ import annotations

import hashlib

#: Feast's type of a SQLite file that projects may share.
SQLITE_TYPE = "mlcycle.serving.sqlite_store.OwnSqliteOnlineStore"
#: What the name of each table in PostgreSQL begins with, before `_`.
POSTGRES_PREFIX = "mlcycle_online"
#: PostgreSQL's names have 63 bytes; Feast appends up to 3 to a table's for its index.
_LONGEST = 60 - len(POSTGRES_PREFIX) - 1


def postgres_name(project: str, view: str) -> str:
    """The name behind the prefix and `_`, with as much of the view's own as there is room for."""
    whole = hashlib.sha256(f"{project}/{view}".encode()).hexdigest()[:12]
    return f"{whole}_{view}"[:_LONGEST]


def sqlite_owner(project: str) -> str:
    """What stands before `_` and the view in the name of a table of a file that projects share.

    No name of a project ends with `_` or has two of them together: the first two end it.
    """
    return f"{project}_"


def sqlite_table(project: str, view: str, *, shared: bool) -> str:
    """A view's table in a file that projects may share, or under Feast's own name in one of its project's."""
    return f"{sqlite_owner(project) if shared else project}_{view}"
