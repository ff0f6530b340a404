"""Several files as one source, and columns that the names of folders tell."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from mlcycle.kinds.sources.partitions import dtypes, partition
from tests.support.read import Reading

pytestmark = pytest.mark.slow


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """Three months in folders of their own, a note beside them."""
    reading = Reading(tmp_path)
    for year, month, rows in ((2013, 1, 2), (2013, 2, 1), (2014, 1, 1)):
        folder = tmp_path / f"data/year={year}/month={month:02}"
        folder.mkdir(parents=True)
        frame = pl.DataFrame(
            {"id": [year * 100 + month * 10 + n for n in range(rows)], "carrier": ["UA"] * rows}
        )
        frame.write_parquet(folder / "part.parquet")
        frame.write_csv(folder / "part.csv")
    (tmp_path / "data/notes.txt").write_text("none of it")
    return reading


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_all_files_are_one_table(kind: str, reading: Reading) -> None:
    reading.spec(f'kind: {kind}, path: "data/**/*.{kind}"')
    assert reading.table()["id"].to_list() == [201310, 201311, 201320, 201410]
    assert reading.table().columns == ["id", "carrier"]
    (reading.root / f"data/year=2013/month=02/part.{kind}").unlink()
    step = reading.step()
    assert f"data changed: data/**/*.{kind}" in str(step.decision)
    assert reading.table().height == 3


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_folders_are_columns(kind: str, reading: Reading) -> None:
    reading.spec(
        f'kind: {kind}, path: "data/year=*/month=*/*.{kind}", hive: true',
        columns="year: {checks: {in_range: {min_value: 2013, max_value: 2014}}}",
    )
    table = reading.table()
    assert table["year"].to_list() == [2013, 2013, 2013, 2014]
    assert table["month"].to_list() == ["01", "01", "02", "01"]
    reading.spec(
        f'kind: {kind}, path: "data/year=*/month=*/*.{kind}", hive: true', columns="month: {dtype: int64}"
    )
    assert reading.table()["month"].to_list() == [1, 1, 2, 1]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            pl.DataFrame({"id": [1]}),
            "data/year=2014/month=01/part.parquet: there is no column `carrier`",
        ),
        (pl.DataFrame({"id": [1], "carrier": ["UA"], "x": [1]}), "this file has the column `x` besides"),
        (pl.DataFrame({"id": [1], "carrier": ["UA"], "year": [1]}), "`year` is a column of the file and"),
    ],
)
def test_a_file_unlike_the_others(frame: pl.DataFrame, message: str, reading: Reading) -> None:
    reading.spec('kind: parquet, path: "data/**/*.parquet", hive: true')
    reading.run()
    frame.write_parquet(reading.root / "data/year=2014/month=01/part.parquet")
    found = reading.refused()
    assert message in found.message
    assert found.code in ("MLC826", "MLC812")


def test_a_bad_value_names_its_file_and_row(reading: Reading) -> None:
    (reading.root / "data/year=2014/month=01/part.csv").write_text("id,carrier\nfive,UA\n")
    reading.spec('kind: csv, path: "data/**/*.csv"')
    found = reading.refused()
    assert found.code == "MLC813"
    assert found.message.startswith("data/year=2014/month=01/part.csv: column `id` has values")
    assert "'five' in row 2" in found.message


def test_a_pattern_without_a_file_and_one_that_leads_outside(
    reading: Reading, tmp_path_factory: pytest.TempPathFactory
) -> None:
    reading.spec('kind: csv, path: "nothing/*.csv"')
    assert reading.refused().code == "MLC811"
    outside = tmp_path_factory.mktemp("outside") / "part.csv"
    outside.write_text("id,carrier\n1,UA\n")
    (reading.root / "data/link.csv").symlink_to(outside)
    reading.spec('kind: csv, path: "data/*.csv"')
    found = reading.refused()
    assert (found.code, "leads out of the project" in found.message) == ("MLC811", True)


def test_what_paths_tell() -> None:
    path = "data/day=2013-01-31/place=New%20York/n=07/gap=__HIVE_DEFAULT_PARTITION__/a=b.csv"
    assert partition(path) == {"day": "2013-01-31", "place": "New York", "n": "07", "gap": None}
    assert dtypes([path]) == {"day": "date", "place": "string", "n": "string", "gap": "string"}
    assert dtypes(["k=1/a.csv", "k=-20/a.csv"]) == {"k": "int64"}
