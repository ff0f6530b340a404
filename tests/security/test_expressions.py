"""Expressions that want files, variables, time or other tables: each is refused, and nothing happens."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.targets import SPEC, target, watched

_STATEMENTS = """
read_csv('{file}')
read_csv_auto('{file}')
read_parquet('{file}')
read_json('{file}')
read_text('{file}')
read_blob('{file}')
glob('{folder}/*')
parquet_metadata('{file}')
(SELECT count(*) FROM read_csv('{file}'))
(SELECT content FROM read_text('{file}'))
(SELECT 1)
(SELECT count(*) FROM '{file}')
(SELECT distance FROM flights LIMIT 1)
(WITH x AS (SELECT 1) SELECT * FROM x)
EXISTS (SELECT 1)
distance IN (SELECT 1)
distance = ANY (SELECT 1)
distance; DROP TABLE flights
distance; COPY flights TO '{folder}/x.csv'
COPY (SELECT 1) TO '{folder}/x.csv'
ATTACH '{folder}/x.db'
INSTALL httpfs
LOAD '{folder}/x.so'
SET enable_external_access = true
PRAGMA database_list
CALL pragma_version()
CREATE TABLE x AS SELECT 1
UPDATE flights SET distance = 0
DELETE FROM flights
INSERT INTO flights VALUES (1)
EXPORT DATABASE '{folder}'
getenv('HOME')
current_setting('secret_directory')
pg_sleep(10)
sleep_ms(10000)
query('SELECT 1')
query_table('flights')
random()
now()
current_user
version()
nextval('x')
lpad('x', 1000000000, 'y')
repeat('x', 1000000000)
regexp_matches(carrier, '^(a+)+$')
list_transform([1, 2], x -> x + 1)
count(*) OVER ()
sum(distance)
unnest([1, 2])
distance::STRUCT(a INTEGER)
$1
?
{{distance}}
${{env:HOME}}
distance /* comment */ ; SELECT 1
__import__('os').system('touch {file}')
""".strip().splitlines()


@pytest.mark.slow
def test_no_statement_has_an_effect(tmp_path: Path) -> None:
    made = target(tmp_path)
    for number, statement in enumerate(_STATEMENTS):
        text = json.dumps(statement.format(file=made.outside / "secret.csv", folder=made.outside))
        made.write(f"specs/hostile_{number}.yaml", _everywhere(text))
    (done,) = watched([made], ("check --format json",))
    found = json.loads(done["check --format json"].output.rpartition("]")[0] + "]")
    places = {(d["file"], d["line"]) for d in found if re.fullmatch("MLC33[0-9]|MLC340|MLC817", d["code"])}
    for number, statement in enumerate(_STATEMENTS):
        lines = {line for file, line in places if file == f"specs/hostile_{number}.yaml"}
        assert len(lines) == 4, (statement, lines)
    assert done["check --format json"].forbidden == ()
    assert made.untouched()


def _everywhere(expression: str) -> str:
    """The spec with an expression in each of the places that take one."""
    text = SPEC.replace(
        "    columns: {flight_id",
        f"    derive:\n      bad: {{expression: {expression}, dtype: int64}}\n"
        f"    checks:\n      - {{kind: expression, expression: {expression}}}\n"
        "    columns: {flight_id",
    )
    feature = f"{{kind: expression, expression: {expression}, dtype: int64}}"
    text = text.replace(
        "[carrier, distance]}", f"[carrier, distance], features: {{\n    x: {feature}\n  }}}}"
    )
    return text.replace("features: [schedule]}", f"features: [schedule],\n    filter: {expression}\n  }}")
