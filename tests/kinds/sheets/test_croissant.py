"""`croissant.json` is what others read a table by: mlcroissant finds no fault and gives the table's rows."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.support.read import Reading

pytestmark = pytest.mark.slow

PYTHON = Path(__file__).resolve().parents[3] / ".tools/croissant/bin/python"

#: Run where mlcroissant is: the findings, and the records as JSON.
READ = """
import json, sys
import mlcroissant
dataset = mlcroissant.Dataset(sys.argv[1])
def plain(value):
    return value.decode() if isinstance(value, bytes) else str(value)
fields = [[f.name, f.id, [str(t) for t in f.data_types]] for f in dataset.metadata.record_sets[0].fields]
found = dataset.metadata.ctx.issues
records = list(dataset.records("rows"))
print(json.dumps([sorted(found.errors), sorted(found.warnings), fields, records], default=plain))
"""
ROWS = """id,at,on,weight (kg),weight [kg],flag,name
1,2024-01-01T10:00:00Z,2024-01-01,1.5,7,true,<b>é</b>
2,2024-01-02T10:00:00Z,,,8,,
3,2024-01-03T10:00:00Z,2024-01-03,3.25,9,false,c
"""
SPEC = """  orders:
    kind: csv
    path: orders.csv
    timestamp: at
    description: "Orders \\"of\\" <b>one</b> shop."
    sheet:
      license: Apache-2.0 OR MIT
      citation: Us (2024)
      url: https://example.com/orders
      creators: A shop
      collection: By hand.
      used_for: [a, b]
      risks: None are known.
      sensitive_content: Names.
      updates: Daily.
    clean: [{kind: drop_duplicates, columns: [id], keep: first}]
    columns:
      id: {unique: true}
      name: {nullable: true, pii: true, description: "Who \\"ordered\\""}
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recorded table and its `croissant.json`, as one would give it away."""
    reading = Reading(tmp_path_factory.mktemp("orders"))
    (reading.root / "orders.csv").write_text(ROWS)
    reading.write(SPEC)
    folder = reading.root / "published"
    folder.mkdir()
    for node, name in (("sources/orders", "data.parquet"), ("sheets/orders", "croissant.json")):
        result = reading.run(node).result
        assert result is not None
        content = (reading.root / ".mlcycle/artifacts" / result.path / name).read_bytes()
        (folder / name).write_bytes(content)
    return folder


def _read(folder: Path) -> tuple[list[str], list[str], list[Any], list[dict[str, Any]]]:
    if not PYTHON.exists():
        raise RuntimeError("this test needs mlcroissant: `make servers` installs it into .tools")
    command = [PYTHON, "-c", READ, folder / "croissant.json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env={"HOME": str(folder)})
    assert done.returncode == 0, done.stderr[-2000:]
    errors, warnings, fields, records = json.loads(done.stdout.splitlines()[-1])
    return errors, warnings, fields, records


def test_mlcroissant_reads_the_rows_of_the_table(published: Path) -> None:
    errors, warnings, fields, records = _read(published)
    assert (errors, warnings) == ([], [])
    table = pl.read_parquet(published / "data.parquet")
    assert [name for name, _, _ in fields] == table.columns
    ids = {id: name for name, id, _ in fields}
    assert list(ids)[3:5] == ["rows/weight_kg_", "rows/weight_kg_-2"]
    types = ["Integer", "DateTime", "Date", "Float", "Integer", "Boolean", "Text"]
    assert [found for _, _, found in fields] == [[f"https://schema.org/{name}"] for name in types]
    values = [{ids[id]: value for id, value in record.items()} for record in records]
    assert values == [_as_json(row) for row in table.iter_rows(named=True)]


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    """A row as the program prints it: times as pandas writes them."""
    times = {"at": lambda at: f"{at:%Y-%m-%d %H:%M:%S}+00:00", "on": lambda on: f"{on} 00:00:00"}
    return {name: times[name](value) if name in times and value else value for name, value in row.items()}


def test_it_says_what_the_spec_says(published: Path) -> None:
    document = json.loads((published / "croissant.json").read_text())
    (file,) = document["distribution"]
    assert file["sha256"] == hashlib.sha256((published / "data.parquet").read_bytes()).hexdigest()
    assert document["license"] == "Apache-2.0 OR MIT"
    assert document["datePublished"] == "2024-01-03"  # of the newest row: nobody says another day
    assert document["rai:personalSensitiveInformation"] == ["Names.", "Marked as personal data: name"]
    assert document["recordSet"][0]["key"] == {"@id": "rows/id"}
