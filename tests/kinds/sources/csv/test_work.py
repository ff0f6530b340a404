"""Reading text strictly: a cell is a value of its dtype, missing as declared, or an error with its place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mlcycle.kinds.sources.csv.work import read
from mlcycle.task import WorkError


def table(root: Path, text: str | bytes, columns: dict[str, str], **config: Any) -> pl.DataFrame:
    (root / "t.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    typed = [{"name": name, "dtype": dtype} for name, dtype in columns.items()]
    return read({"path": "t.csv", "columns": typed, **config}, root)


def refused(root: Path, text: str | bytes, columns: dict[str, str], **config: Any) -> WorkError:
    with pytest.raises(WorkError) as caught:
        table(root, text, columns, **config)
    return caught.value


def values(root: Path, dtype: str, *cells: str, **config: Any) -> list[Any]:
    text = "a,b\n" + "".join(f"{cell},1\n" for cell in cells)
    return table(root, text, {"a": dtype, "b": "int64"}, **config)["a"].to_list()


def test_each_dtype(tmp_path: Path) -> None:
    assert values(tmp_path, "int64", "1", " -2 ", "", "+3") == [1, -2, None, 3]
    assert values(tmp_path, "float64", "1", "2.5", "-1e3", "") == [1.0, 2.5, -1000.0, None]
    assert values(tmp_path, "bool", "true", "FALSE", "1", "no", "") == [True, False, True, False, None]
    assert values(tmp_path, "date", "2013-01-31", "") == [date(2013, 1, 31), None]
    assert values(tmp_path, "string", "x", " y ", "") == ["x", " y ", None]


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("2013-01-31T12:30:15Z", datetime(2013, 1, 31, 12, 30, 15, tzinfo=UTC)),
        ("2013-01-31 12:30", datetime(2013, 1, 31, 12, 30, tzinfo=UTC)),
        ("2013-01-31", datetime(2013, 1, 31, tzinfo=UTC)),
        ("2013-01-31T12:30:15.25+02:00", datetime(2013, 1, 31, 10, 30, 15, 250_000, tzinfo=UTC)),
        ("2013-01-31T00:30:00-0130", datetime(2013, 1, 31, 2, tzinfo=UTC)),
    ],
)
def test_times_are_iso_8601_and_utc_unless_they_say_otherwise(
    tmp_path: Path, cell: str, wanted: datetime
) -> None:
    assert values(tmp_path, "timestamp", cell) == [wanted]


def test_a_declared_format_reads_the_timestamp_column_only(tmp_path: Path) -> None:
    text = "at,seen\n31/01/2013 12:30,2013-02-01T00:00:00Z\n"
    columns = {"at": "timestamp", "seen": "timestamp"}
    found = table(tmp_path, text, columns, timestamp="at", timestamp_format="%d/%m/%Y %H:%M")
    assert found.row(0) == (datetime(2013, 1, 31, 12, 30, tzinfo=UTC), datetime(2013, 2, 1, tzinfo=UTC))
    offset = table(
        tmp_path,
        "at\n2013-01-31 12:30 +0200\n",
        {"at": "timestamp"},
        timestamp="at",
        timestamp_format="%Y-%m-%d %H:%M %z",
    )
    assert offset.row(0) == (datetime(2013, 1, 31, 10, 30, tzinfo=UTC),)


@pytest.mark.parametrize(
    ("dtype", "cell"),
    [
        ("int64", "x"),
        ("int64", "1.0"),
        ("int64", "99999999999999999999"),
        ("float64", "1,5x"),
        ("float64", "nan"),
        ("float64", "inf"),
        ("bool", "maybe"),
        ("date", "2013-02-30"),
        ("timestamp", "2013-02-30T00:00:00Z"),
        ("timestamp", "31/01/2013"),
        ("timestamp", "2013-01-31+02:00"),
        ("int64", "NA"),
    ],
)
def test_a_cell_that_is_no_such_value_is_an_error_with_column_value_and_row(
    tmp_path: Path, dtype: str, cell: str
) -> None:
    error = refused(tmp_path, f'a,b\n,1\n"{cell}",2\n', {"a": dtype, "b": "int64"})
    assert error.code == "MLC813"
    assert error.message == f"column `a` has values that are no `{dtype}`: '{cell}' in row 3"
    assert error.step == "read"


def test_many_bad_cells_are_counted(tmp_path: Path) -> None:
    error = refused(tmp_path, "a\n" + "x\n" * 10, {"a": "int64"})
    assert error.message.endswith("'x' in row 2, 'x' in row 3, 'x' in row 4 and 7 more")
    assert "null_values" in str(error.help)


def test_null_values_replace_the_empty_field(tmp_path: Path) -> None:
    assert values(tmp_path, "int64", "1", "NA", "-", null_values=["NA", "-"]) == [1, None, None]
    assert values(tmp_path, "string", "", "NA", null_values=["NA"]) == ["", None]
    assert refused(tmp_path, "a,b\n,1\n", {"a": "int64"}, null_values=["NA"]).code == "MLC813"


def test_quotes_line_ends_and_delimiters(tmp_path: Path) -> None:
    text = b'\xef\xbb\xbfname;note\r\n"Ann; B";"two\nlines"\r\n"say ""hi""";x\r\n'
    found = table(tmp_path, text, {"name": "string", "note": "string"}, delimiter=";")
    assert found.rows() == [("Ann; B", "two\nlines"), ('say "hi"', "x")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n3\n", "Expected 2 columns, got 1"),
        ("a,b\n1,2\n3,4,5\n", "Expected 2 columns, got 3"),
        ("a,a\n1,2\n", "the header has `a` more than once"),
        ("", "is empty"),
        (b"a,b\n\xff\xfe,1\n", "UTF"),
    ],
)
def test_a_broken_file_is_an_error(tmp_path: Path, text: str | bytes, says: str) -> None:
    error = refused(tmp_path, text, {"a": "string"})
    assert error.code == "MLC814"
    assert says in error.message


def test_a_column_that_is_missing_is_named_with_its_neighbour(tmp_path: Path) -> None:
    error = refused(tmp_path, "distnace\n1\n", {"distance": "int64"})
    assert (error.code, error.help) == ("MLC812", "did you mean `distnace`?")


def test_a_column_that_nobody_declared_is_kept_as_text(tmp_path: Path) -> None:
    assert table(tmp_path, "a,new\n1,2\n", {"a": "int64"}).row(0) == (1, "2")


def test_a_header_without_rows_is_an_empty_table_of_the_right_types(tmp_path: Path) -> None:
    found = table(tmp_path, "a,b\n", {"a": "int64", "b": "timestamp"})
    assert found.height == 0
    assert found.schema == {"a": pl.Int64, "b": pl.Datetime("us", "UTC")}


@pytest.mark.parametrize(
    "path", ["../t.csv", "link.csv", "folder/../../t.csv", "/etc/hostname", "nothing.csv", "."]
)
def test_what_is_not_a_file_inside_the_root_is_never_opened(tmp_path: Path, path: str) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "t.csv").write_text("a\n1\n")
    (root / "link.csv").symlink_to(tmp_path / "t.csv")
    with pytest.raises(WorkError) as caught:
        read({"path": path, "columns": []}, root)
    assert caught.value.code == "MLC811"


def test_a_link_inside_the_root_is_followed(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "t.csv")
    assert read({"path": "link.csv", "columns": []}, tmp_path).height == 1
