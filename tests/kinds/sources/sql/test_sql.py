"""The same source over SQLite, DuckDB and PostgreSQL: rows, versions, cursors, what is refused and hidden."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mlcycle.kinds.sources.sql.work import read
from mlcycle.task import WorkError
from tests.kinds.sources.sql import databases
from tests.kinds.sources.sql.databases import ORDERS, Database
from tests.support.read import Reading
from tests.support.servers import PASSWORD, POSTGRES

pytestmark = pytest.mark.slow

COLUMNS = (
    "id: {dtype: int64, unique: true}, country: {dtype: string}, amount: {dtype: float64, nullable: true},"
    " gift: {dtype: bool, nullable: true}, placed_at: {dtype: timestamp}"
)
SOURCE = "mlcycle.kinds.sources"
QUERY = "SELECT id, country, amount, gift, placed_at FROM orders"


class Shop(Reading):
    """A project over one of the databases."""

    database: Database

    def over(self, query: str = QUERY, *, more: str = "", columns: str = COLUMNS) -> None:
        self.spec(f'kind: sql, database: "{self.database.address}", query: "{query}"{more}', columns=columns)


@pytest.fixture(params=["sqlite", "duckdb", pytest.param("postgres", marks=POSTGRES)])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    shop = Shop(tmp_path)
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres_url")
        shop.environ["SHOP"] = url.partition("://")[2]
        shop.database = databases.postgres(url)
    else:
        shop.database = getattr(databases, request.param)(tmp_path)
    return shop


def rows(shop: Shop) -> list[tuple[Any, ...]]:
    return [(*row[:4], row[4].replace(tzinfo=None).isoformat(" ")) for row in shop.table().rows()]


def test_rows_are_read_and_a_change_is_a_reason(shop: Shop) -> None:
    shop.over(more=", timestamp: placed_at")
    assert shop.table()["placed_at"][0] == datetime(2020, 1, 1, 10, tzinfo=UTC)
    assert rows(shop) == ORDERS
    shop.database.execute("update orders set amount = 7 where id = 3", ())
    ran = shop.run()
    assert str(ran.reasons[0]).startswith("data changed: ")
    assert rows(shop)[2][2] == 7
    assert shop.run().status == "reused"


def test_values_are_bound(shop: Shop) -> None:
    hostile = "DE' OR 'a' = 'a"
    shop.database.add((4, hostile, 1.0, True, "2020-01-04 10:00:00"))
    query = f"{QUERY} WHERE country = :country AND id > :least AND country LIKE '%%'"
    shop.over(query, more=f', parameters: {{country: "{hostile}", least: 1}}')
    assert [row[0] for row in rows(shop)] == [4]


def test_a_cursor_reads_what_came_since_and_another_query_everything(shop: Shop) -> None:
    shop.over(more=", timestamp: placed_at, cursor: id, key: id")
    assert len(rows(shop)) == 3
    shop.database.execute("delete from orders where id = 1", ())
    shop.database.execute("update orders set country = 'IT' where id = 3", ())
    shop.database.add(
        (4, "ES", 2.0, True, "2020-01-04 10:00:00"), (5, "PT", 3.0, False, "2020-01-05 10:00:00")
    )
    assert [row[:2] for row in rows(shop)] == [(1, "DE"), (2, "FR"), (3, "IT"), (4, "ES"), (5, "PT")]
    shop.over(f"{QUERY} WHERE id < 100", more=", timestamp: placed_at, cursor: id, key: id")
    assert [row[0] for row in rows(shop)] == [2, 3, 4, 5]


def test_a_cursor_without_a_value(shop: Shop) -> None:
    shop.database.add((None, "DE", 1.0, True, "2020-01-04 10:00:00"))
    shop.over(more=", cursor: id")
    found = shop.refused()
    assert (found.code, found.span.line) == ("MLC825", 3)


def test_what_the_database_or_the_declaration_refuses(shop: Shop) -> None:
    shop.over()
    shop.run()
    kept = shop.kept()
    for query, columns, code, message in (
        ("SELECT id FROM nothing", "id: {dtype: int64}", "MLC823", "nothing"),
        (
            "SELECT country AS id FROM orders",
            "id: {dtype: int64}",
            "MLC820",
            "int64, and the data has string",
        ),
        ("SELECT * FROM orders", "colour: {dtype: string}", "MLC812", "no column `colour`"),
    ):
        shop.over(query, columns=columns)
        found = shop.refused()
        assert (found.code, found.span.line) == (code, 3)
        assert message in found.message
    assert shop.kept() == kept


def test_a_query_without_an_end_is_stopped(shop: Shop) -> None:
    many = ", ".join(f"orders AS o{n}" for n in range(24))
    query = f"SELECT COUNT(*) AS n FROM {many} WHERE o1.id + o2.id + o3.id > o4.id * o5.id"
    dialect = {"sqlite": "sqlite", "duckdb": "duckdb"}.get(
        shop.database.address.partition(":")[0], "postgres"
    )
    address = shop.database.address.replace("${env:SHOP}", shop.environ.get("SHOP", ""))
    config = {"dialect": dialect, "query": query, "parameters": {}, "timeout_seconds": 0.1}
    with pytest.raises(WorkError) as caught:
        read({**config, "connect": {"database": address}, "columns": []}, shop.root)
    assert caught.value.code == "MLC824"


def test_a_column_of_decimals_is_a_float(shop: Shop) -> None:
    shop.over(
        "SELECT CAST(amount AS DECIMAL(9, 2)) AS amount FROM orders WHERE id = 1",
        columns="amount: {dtype: float64}",
    )
    assert shop.table()["amount"].to_list() == [9.5]


def test_rows_at_the_greatest_cursor_are_not_there_twice(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.database = databases.sqlite(tmp_path)
    shop.over(more=", cursor: id", columns=COLUMNS.replace(", unique: true", ""))
    shop.run()
    shop.database.add((3, "IT", 1.0, True, "2020-01-03 11:00:00"))
    assert [row[:2] for row in rows(shop)] == [(1, "DE"), (2, "FR"), (3, "DE"), (3, "IT")]


@pytest.mark.parametrize("reason", ["forced", "damaged"])
def test_everything_is_read_again_where_the_last_time_is_no_part_of_it(tmp_path: Path, reason: str) -> None:
    shop = Shop(tmp_path)
    shop.database = databases.sqlite(tmp_path)
    shop.over(more=", cursor: id")
    ran = shop.run()
    assert ran.result is not None
    shop.database.execute("update orders set country = 'IT' where id = 1", ())
    shop.database.add((4, "ES", 2.0, True, "2020-01-04 10:00:00"))
    if reason == "damaged":
        (shop.root / ".mlcycle/artifacts" / ran.result.path / "read.parquet").write_bytes(b"cut off")
    shop.run(force=reason == "forced")
    assert [row[:2] for row in rows(shop)] == [(1, "IT"), (2, "FR"), (3, "DE"), (4, "ES")]


def test_a_column_that_is_given_twice(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.database = databases.sqlite(tmp_path)
    shop.over("SELECT id, amount AS id FROM orders", columns="id: {dtype: int64}")
    assert shop.refused().message == "the query gives `id` more than once"


def test_a_column_of_several_types(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.database = databases.sqlite(tmp_path)
    shop.database.execute("update orders set amount = 'much' where id = 2", ())
    shop.over("SELECT amount FROM orders", columns="amount: {dtype: float64}")
    found = shop.refused()
    assert (found.code, found.message) == (
        "MLC820",
        "column `amount` has values of the types float and str (row 2)",
    )


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    for address in ("sqlite:///gone.db", "duckdb:///gone.db"):
        shop.spec(f'kind: sql, database: "{address}", query: "{QUERY}"', columns=COLUMNS)
        assert shop.refused().code == "MLC811"
    assert not (tmp_path / "gone.db").exists()


@pytest.mark.parametrize("url", [pytest.param("postgresql://${env:SHOP}", marks=POSTGRES)])
def test_no_message_and_no_file_has_the_password(url: str, postgres_url: str, tmp_path: Path) -> None:
    shop = Shop(tmp_path, environ={"SHOP": postgres_url.partition("://")[2]})
    shop.database = databases.postgres(postgres_url)
    shop.over()
    shop.run()
    shop.environ["SHOP"] = postgres_url.partition("://")[2].replace("mlcycle:", "mlcycle:wrong")
    found = shop.refused()
    assert found.code == "MLC823"
    held = shop.environ["SHOP"]
    assert PASSWORD not in found.message
    assert held not in found.message
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    secret = postgres_url.partition("mlcycle:")[2].partition("@")[0]
    assert secret.encode() not in written
    assert PASSWORD.encode() not in written
    assert b"${env:SHOP}" in written


def test_a_variable_that_is_not_set(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.spec(f'kind: sql, database: "postgresql://${{env:SHOP}}", query: "{QUERY}"', columns=COLUMNS)
    assert shop.refused().code == "MLC892"


def test_even_a_statement_that_came_through_could_not_write(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.over()
    for statement in ("delete from orders", "insert into orders(id) values (9)", "create table x(a int)"):
        monkeypatch.setattr(f"{SOURCE}.sql.statement.Statement.sql", lambda self, since=None, s=statement: s)
        monkeypatch.setattr("mlcycle.engine.observe.version", lambda session, node: "another")
        assert shop.refused().code == "MLC823"
    monkeypatch.undo()
    assert len(rows(shop)) == 3


def test_duckdb_sees_nothing_but_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.csv").write_text("id\n1\n")
    shop = Shop(tmp_path)
    shop.database = databases.duckdb(tmp_path)
    shop.over(columns="id: {dtype: int64}")
    monkeypatch.setattr("mlcycle.engine.observe.version", lambda session, node: "another")
    for query in (
        "SELECT * FROM read_csv('secret.csv')",
        "SELECT * FROM 'secret.csv'",
        "SELECT getenv('HOME')",
    ):
        monkeypatch.setattr(f"{SOURCE}.sql.statement.Statement.sql", lambda self, since=None, q=query: q)
        assert shop.refused().code == "MLC823"
