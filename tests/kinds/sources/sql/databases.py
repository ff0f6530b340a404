"""The same table of orders in each database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ORDERS = [
    (1, "DE", 9.5, True, "2020-01-01 10:00:00"),
    (2, "FR", None, False, "2020-01-02 10:00:00"),
    (3, "DE", 4.0, None, "2020-01-03 10:00:00"),
]
_COLUMNS = "id bigint, country text, amount double precision, gift boolean, placed_at timestamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An address as a spec has it, and what changes the database behind it."""

    address: str
    execute: Callable[[str, Sequence[Any]], None]

    def add(self, *orders: tuple[Any, ...]) -> None:
        for order in orders:
            self.execute("insert into orders values (?, ?, ?, ?, ?)", order)


def sqlite(root: Path) -> Database:
    def execute(statement: str, values: Sequence[Any] = ()) -> None:
        connection = sqlite3.connect(root / "shop.db")
        connection.execute(statement, values)
        connection.commit()
        connection.close()

    return _filled(Database(address="sqlite:///shop.db", execute=execute))


def duckdb(root: Path) -> Database:
    import duckdb as library

    def execute(statement: str, values: Sequence[Any] = ()) -> None:
        with library.connect(str(root / "shop.duckdb")) as connection:
            connection.execute(statement, list(values))

    return _filled(Database(address="duckdb:///shop.duckdb", execute=execute))


def postgres(url: str) -> Database:
    """Its address in the spec names the variable SHOP, which has user, password, host and database."""
    import psycopg

    def execute(statement: str, values: Sequence[Any] = ()) -> None:
        with psycopg.connect(url) as connection:
            connection.execute(statement.replace("?", "%s").encode(), values)

    return _filled(Database(address="postgresql://${env:SHOP}", execute=execute))


def _filled(database: Database) -> Database:
    database.execute(f"create table orders ({_COLUMNS})", ())
    database.add(*ORDERS)
    return database
