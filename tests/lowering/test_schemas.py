"""Columns of files: the readers without libraries agree with the libraries, and a file is looked at once."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlcycle.kinds.interface import SourceKind
from mlcycle.kinds.sources.csv import sniff
from mlcycle.kinds.sources.parquet import footer
from mlcycle.language.kinds import find_kinds
from mlcycle.lowering.schemas import FileSchemas, first_look

COLUMNS = {
    "int64": pl.Series([1, None]),
    "int64_small": pl.Series([1, 2], dtype=pl.UInt8),
    "float64": pl.Series([1.5, None]),
    "float64_small": pl.Series([1.5, 2.0], dtype=pl.Float32),
    "float64_decimal": pl.Series(["1.20", None]).cast(pl.Decimal(10, 2)),
    "bool": pl.Series([True, None]),
    "string": pl.Series(["a", "ü"]),
    "string_category": pl.Series(["a", "b"], dtype=pl.Categorical),
    "date": pl.Series([date(2020, 1, 1), None]),
    "timestamp": pl.Series([datetime(2020, 1, 1), None]),
    "timestamp_utc": pl.Series([datetime(2020, 1, 1, tzinfo=UTC), None]),
    "unknown_time": pl.Series([time(1), None]),
    "unknown_bytes": pl.Series([b"x", None]),
    "unknown_list": pl.Series([[1, 2], None]),
    "unknown_struct": pl.Series([{"x": 1, "y": {"z": "s"}}, None]),
    "unknown_null": pl.Series([None, None]),
}


def _expected(name: str) -> str:
    return name.partition("_")[0]


@pytest.mark.parametrize("version", ["1.0", "2.4", "2.6"])
def test_a_footer_says_what_arrow_wrote(tmp_path: Path, version: str) -> None:
    path = tmp_path / "table.parquet"
    pq.write_table(pl.DataFrame(COLUMNS).to_arrow(), path, version=version)
    found = footer.columns(path)
    assert list(found) == list(COLUMNS)
    assert found == {name: _expected(name) for name in COLUMNS}


def test_a_footer_says_what_polars_wrote(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pl.DataFrame(COLUMNS).write_parquet(path, row_group_size=1)
    assert footer.columns(path) == {name: _expected(name) for name in COLUMNS}


@given(names=st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=300, unique=True))
@settings(max_examples=25, deadline=None)
def test_any_names_of_columns(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    path = tmp_path_factory.mktemp("names") / "table.parquet"
    try:
        pl.DataFrame({name: [1] for name in names}).write_parquet(path)
    except (UnicodeEncodeError, pl.exceptions.PolarsError):
        return
    assert list(footer.columns(path)) == names


@given(data=st.binary(max_size=200))
@example(data=b"\x08\x04\x00")  # a schema that is no list
@example(data=b")\x11\x00")  # a schema whose root is no element
@settings(deadline=None)
def test_a_damaged_footer_is_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("damaged") / "table.parquet"
    path.write_bytes(b"PAR1" + data + len(data).to_bytes(4, "little") + b"PAR1")
    with pytest.raises(footer.NotParquet):
        footer.columns(path)


def test_a_text_file(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(
        "id,zip,price,open,day,at,note,none,mixed\n"
        "1,01234,1.5,true,2020-01-01,2020-01-01T10:00:00Z,a,,1\n"
        '2,99999,-2,False,2020-01-02,2020-01-01 10:00:00.123+02:00,"b, c",,2.5\n'
    )
    assert sniff.columns(path) == {
        "id": "int64",
        "zip": "string",
        "price": "float64",
        "open": "bool",
        "day": "date",
        "at": "timestamp",
        "note": "string",
        "none": "string",
        "mixed": "float64",
    }


def test_null_values_are_no_values(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a;b\n1;NA\nNA;2.5\n")
    assert sniff.columns(path, delimiter=";", null_values=("NA",)) == {"a": "int64", "b": "float64"}


@pytest.mark.parametrize(
    ("stray", "rows", "dtype"),
    [
        ("NA", 1, "int64"),  # reading says which rows hold it, and that `null_values` is missing
        ("1o", 100, "int64"),  # a slip of the pen
        ("1o", 10, "string"),
        ("2,5", 100, "int64"),
        ("01234", 1000, "string"),  # a postal code
    ],
)
def test_a_stray_value_makes_no_text_of_numbers(tmp_path: Path, stray: str, rows: int, dtype: str) -> None:
    path = tmp_path / "table.csv"
    for values in ([stray, *["7"] * rows], [*["7"] * rows, stray]):
        path.write_text("a;b\n" + "".join(f"{value};x\n" for value in values))
        assert sniff.columns(path, delimiter=";") == {"a": dtype, "b": "string"}


@pytest.mark.parametrize("data", [b"", b"a,b\n", b"\xff\xfe\x00", b'a,b\n"1,2\n'])
def test_what_is_no_text_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "table.csv").write_bytes(data)
    with pytest.raises(sniff.NotCsv):
        sniff.columns(tmp_path / "table.csv")


def _source(path: str) -> SourceKind:
    kinds = find_kinds(outside=())
    made = kinds.make("sources", {"kind": path.rpartition(".")[2], "path": path})
    assert isinstance(made, SourceKind)
    return made


def test_a_file_is_looked_at_once_for_each_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    schemas = FileSchemas(tmp_path, tmp_path / "state")
    assert schemas(_source("a.csv")) == {"x": "int64"}
    schemas.save()
    again = FileSchemas(tmp_path, tmp_path / "state")
    with monkeypatch.context() as patch:
        patch.setattr(sniff, "columns", None)
        assert again(_source("a.csv")) == {"x": "int64"}
    (tmp_path / "a.csv").write_text("x\nb\n")
    os.utime(tmp_path / "a.csv", ns=(1, 1))
    assert again(_source("a.csv")) == {"x": "string"}


def test_the_order_of_columns_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("z,a,m\n1,2,3\n")
    schemas = FileSchemas(tmp_path, tmp_path)
    schemas(_source("a.csv"))
    schemas.save()
    found = FileSchemas(tmp_path, tmp_path)(_source("a.csv"))
    assert found is not None
    assert list(found) == ["z", "a", "m"]


def test_a_broken_memory_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "schemas.json").write_text("[1")
    assert FileSchemas(tmp_path, tmp_path)(_source("a.csv")) == {"x": "int64"}


def test_what_is_not_there_or_leads_out_is_not_known(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret.csv").write_text("x\n1\n")
    (root / "link.csv").symlink_to(tmp_path / "secret.csv")
    (root / "no.parquet").write_text("no parquet")
    schemas = FileSchemas(root, root / "state")
    for path in ("none.csv", "link.csv", "no.parquet"):
        assert schemas(_source(path)) is None


def test_a_module_is_found_without_importing_it(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("raise SystemExit('imported')")
    (tmp_path / "shop" / "cleaning.py").write_text("raise SystemExit('imported')")
    schemas = FileSchemas(tmp_path, tmp_path)
    assert schemas.has_module("shop.cleaning")
    assert not schemas.has_module("shop.training")
    assert not schemas.has_module("shop.cleaning.deeper")
    assert schemas.has_module("email.message")


def test_a_first_look_goes_by_the_name_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    assert first_look(tmp_path, "a.csv") == ({"kind": "csv", "path": "a.csv"}, {"x": "int64"})
    with pytest.raises(ValueError, match="neither"):
        first_look(tmp_path, "a.json")


@pytest.mark.parametrize(
    ("name", "header", "delimiter"),
    [
        ("a.csv", 'x;"y, z;";w', ";"),
        ("a.tsv", "x\ty\tz", "\t"),
        ("a.csv", "x|y|z", "|"),
        ("a.csv", "x,y;z,w", None),
    ],
)
def test_a_first_look_finds_what_divides_fields(
    tmp_path: Path, name: str, header: str, delimiter: str | None
) -> None:
    (tmp_path / name).write_text(f"{header}\n" + (delimiter or ",").join("123") + "\n")
    keys, columns = first_look(tmp_path, name)
    assert keys.get("delimiter") == delimiter
    assert list(columns.values()) == ["int64"] * 3


def test_durations_have_no_dtype_of_their_own(tmp_path: Path) -> None:
    """Parquet has no duration: arrow writes a whole number, which is what one gets."""
    pl.DataFrame({"d": [timedelta(days=1)]}).write_parquet(tmp_path / "d.parquet")
    assert footer.columns(tmp_path / "d.parquet") == {"d": "int64"}


def test_a_module_in_folders_without_init(tmp_path: Path) -> None:
    (tmp_path / "shop" / "deep").mkdir(parents=True)
    (tmp_path / "shop" / "deep" / "work.py").touch()
    schemas = FileSchemas(tmp_path, tmp_path)
    assert schemas.has_module("shop.deep.work")
    assert not schemas.has_module("shop.deep.other")
    assert not schemas.has_module("shop.shallow.work")
