"""What the tables of an online store are called: no two views of any projects share one."""

from __future__ import annotations

import hashlib

#: What the name of each table in PostgreSQL begins with, before `_`.
POSTGRES_PREFIX = "mlcycle_online"
#: PostgreSQL's names have 63 bytes; Feast appends up to 3 to a table's for its index.
_LONGEST = 60 - len(POSTGRES_PREFIX) - 1


def postgres_name(project: str, view: str) -> str:
    """The name behind the prefix and `_`, with as much of the view's own as there is room for."""
    whole = hashlib.sha256(f"{project}/{view}".encode()).hexdigest()[:12]
    return f"{whole}_{view}"[:_LONGEST]


def sqlite_table(project: str, view: str) -> str:
    """The name that Feast gives a view's table."""
    return f"{project}_{view}"
