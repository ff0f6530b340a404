"""The one SELECT of a source: what is let through, how it is written anew, and forty that are not."""

from __future__ import annotations

import pytest

from mlcycle.kinds.sources.sql.statement import StatementError, parse

ALLOWED = [
    "SELECT id, amount FROM orders",
    "SELECT * FROM shop.orders AS o LEFT JOIN users AS u USING (id) WHERE o.amount > 1 ORDER BY 1 LIMIT 5",
    "WITH t AS (SELECT id, MAX(x) OVER (PARTITION BY a ORDER BY b) AS m FROM orders) SELECT id, m FROM t",
    "SELECT COUNT(*) AS n, COUNT(DISTINCT a) AS d, AVG(b) AS m FROM orders GROUP BY c HAVING COUNT(*) > 3",
    "SELECT CASE WHEN a IN (1, 2) THEN 'x' ELSE 'y' END AS k FROM orders WHERE NOT b IS NULL AND c LIKE 'a%'",
    "SELECT CAST(a AS DOUBLE PRECISION) AS a, COALESCE(b, 0) AS b, EXTRACT(YEAR FROM c) AS y FROM orders",
    "SELECT id FROM a UNION ALL SELECT id FROM b",
    "SELECT id FROM a WHERE EXISTS(SELECT 1 FROM b WHERE b.id = a.id) AND a.n BETWEEN 1 AND 2",
]
HOSTILE = [
    "DELETE FROM orders",
    "DROP TABLE orders",
    "INSERT INTO orders VALUES (1)",
    "UPDATE orders SET id = 1",
    "COPY orders TO '/tmp/x'",
    "COPY orders FROM PROGRAM 'id'",
    "ATTACH 'other.db'",
    "PRAGMA database_list",
    "SET statement_timeout = 0",
    "CREATE TABLE x AS SELECT 1",
    "EXPLAIN ANALYZE SELECT 1",
    "CALL something()",
    "VACUUM",
    "SELECT 1; DROP TABLE orders",
    "SELECT id INTO other FROM orders",
    "SELECT id FROM orders FOR UPDATE",
    "WITH x AS (DELETE FROM orders RETURNING id) SELECT id FROM x",
    "WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x) SELECT n FROM x",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_parquet('s3://x/y')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM '/etc/passwd'",
    'SELECT * FROM "data/secret.parquet"',
    "SELECT pg_read_file('/etc/passwd') AS a",
    "SELECT pg_sleep(60) AS a",
    "SELECT lo_import('/etc/passwd') AS a",
    "SELECT dblink('host=x', 'select 1') AS a",
    "SELECT query_to_xml('drop table x', true, true, '') AS a",
    "SELECT current_setting('data_directory') AS a",
    "SELECT set_config('a', 'b', false) AS a",
    "SELECT getenv('HOME') AS a",
    "SELECT load_extension('x') AS a",
    "SELECT writefile('x', 'y') AS a",
    "SELECT version() AS a",
    "SELECT current_user AS a",
    "SELECT random() AS a",
    "SELECT now() AS a",
    "SELECT * FROM generate_series(1, 100000000)",
    "SELECT * FROM pg_catalog.pg_authid",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM pragma_table_info('x')",
    "SELECT * FROM duckdb_settings()",
    "SELECT 'x'::regclass AS a",
    "SELECT ? AS a",
    "VALUES (1)",
    "TRUNCATE orders",
]


@pytest.mark.parametrize("dialect", ["postgres", "sqlite", "duckdb"])
@pytest.mark.parametrize("query", ALLOWED)
def test_a_query_over_tables_is_let_through_in_every_dialect(query: str, dialect: str) -> None:
    again = parse(query, dialect).sql()
    assert parse(again.replace("%%", "%"), dialect).sql() == again


@pytest.mark.parametrize("dialect", ["postgres", "sqlite", "duckdb"])
@pytest.mark.parametrize("query", HOSTILE)
def test_anything_else_is_refused_in_every_dialect(query: str, dialect: str) -> None:
    with pytest.raises(StatementError) as refused:
        parse(query, dialect)
    assert refused.value.code in ("MLC225", "MLC226")


@pytest.mark.parametrize(
    ("dialect", "written"),
    [
        ("postgres", "SELECT a FROM b WHERE a LIKE '100%%' AND c = %(limit)s AND d = %(limit_2)s"),
        ("sqlite", "SELECT a FROM b WHERE a LIKE '100%' AND c = :limit AND d = :limit_2"),
        ("duckdb", "SELECT a FROM b WHERE a LIKE '100%' AND c = $limit AND d = $limit_2"),
    ],
)
def test_values_are_bound_as_each_driver_wants_it(dialect: str, written: str) -> None:
    found = parse("select a from b where a like '100%' and c = :limit and d = :limit_2 -- why", dialect)
    assert found.sql() == written
    assert found.parameters == {"limit", "limit_2"}
    assert "mlcycle_since" in found.sql(since="c")


def test_what_a_query_gives() -> None:
    assert parse("SELECT a, b AS c, COUNT(*) AS n FROM t GROUP BY 1, 2", "postgres").gives == ("a", "c", "n")
    assert parse("SELECT * FROM t", "postgres").gives is None
    assert parse("SELECT t.*, 1 AS one FROM t", "postgres").gives is None


@pytest.mark.parametrize(
    "query", ["SELECT " + "(" * 60 + "1" + ")" * 60, "SELECT '" + "x" * 10_000 + "'", "", "("]
)
def test_what_is_too_much_is_refused_before_it_is_parsed(query: str) -> None:
    with pytest.raises(StatementError, match="query"):
        parse(query, "postgres")
