"""A source from file to table: order, cleaning with counts, checks, figures, the same bytes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from mlcycle.store.artifacts import content_digest
from mlcycle.task import Last, WorkError
from tests.support.sources import Made, materialized, promised, step

ORDERS = """id,at,amount,email
a,2014-01-01T00:00:00Z,1,a@x
b,2013-12-30T00:00:00Z,,b@x
c,2013-12-31T00:00:00Z,3,c@x
a,2013-12-31T12:00:00Z,4,d@x
"""
COLUMNS = {"id": "string", "at": "timestamp", "amount": "int64", "email": "string"}
DEDUPLICATE = step("clean.0", "drop_duplicates", {"columns": ["id"], "keep": "last"})
FLIGHTS = {
    "flight_id": "string", "scheduled_departure": "timestamp", "carrier": "string", "flight_number": "int64",
    "tail_number": "string", "origin": "string", "destination": "string", "distance": "float64",
    "departure_delay": "float64", "arrival_delay": "float64", "air_time": "float64",
}  # fmt: skip


def orders(root: Path, text: str = ORDERS, **options: object) -> Made:
    (root / "orders.csv").write_text(text)
    made: Made = materialized(root, COLUMNS, kind="csv", path="orders.csv", **options)  # type: ignore[arg-type]
    return made


def test_rows_are_in_order_of_time_and_figures_tell_of_them(tmp_path: Path) -> None:
    made = orders(tmp_path, timestamp="at")
    assert made.table["id"].to_list() == ["b", "c", "a", "a"]
    assert made.outcome.key_figure == "4 rows"
    assert made.outcome.figures == {
        "rows": 4,
        "rows_read": 4,
        "oldest": "2013-12-30T00:00:00+00:00",
        "newest": "2014-01-01T00:00:00+00:00",
        "steps": [],
        "nulls": {"amount": 1},
    }


def test_last_means_last_in_time(tmp_path: Path) -> None:
    made = orders(tmp_path, timestamp="at", steps=[DEDUPLICATE])
    assert made.table.rows_by_key("id", named=True)["a"][0]["amount"] == 1
    assert made.outcome.figures["steps"] == [
        {"step": "clean.0", "kind": "drop_duplicates", "rows_in": 4, "rows_out": 3}
    ]


def test_a_table_without_a_time_keeps_its_order(tmp_path: Path) -> None:
    made = orders(tmp_path, steps=[DEDUPLICATE])
    assert made.table["amount"].to_list() == [None, 3, 4]
    assert "newest" not in made.outcome.figures


def test_removed_rows_are_counted_and_shown_without_personal_data(tmp_path: Path) -> None:
    drop = step("clean.1", "drop_nulls", {"columns": ["amount"]})
    made = orders(tmp_path, timestamp="at", steps=[DEDUPLICATE, drop], pii=["email"])
    first, second = made.outcome.tables
    assert first.title == "drop_duplicates removed 1 of 4 rows: 1 of them"
    assert first.columns == ("row", "id", "at", "amount", "email")
    assert first.rows == (("3", "a", "2013-12-31 12:00:00.000000+00:00", "4", "(not shown)"),)
    assert second.rows[0][1] == "b"
    assert [done["rows_out"] for done in made.outcome.figures["steps"]] == [3, 2]


def test_changed_values_are_counted_and_shown_without_personal_data(tmp_path: Path) -> None:
    fill = step("clean.0", "fill_nulls", {"columns": ["amount"], "value": 0})
    retype = step("clean.1", "cast", {"columns": [["id", "int64"]], "bad_values": "null"})
    text = ORDERS.replace("c,2013", "7,2013")
    reasons = {"clean.0": "0 where `amount` is null"}
    made = orders(tmp_path, text, steps=[fill, retype], pii=["id"], reasons=reasons)
    filled, lost = made.outcome.figures["steps"]
    assert (filled["why"], filled["filled"]) == ("0 where `amount` is null", {"amount": 1})
    assert lost["made_null"] == {"id": 3}
    assert "changed" not in lost
    shown, hidden = made.outcome.tables
    assert (shown.title, shown.rows) == (
        "fill_nulls changed 1 values: 1 of them",
        ((2, "amount", None, "0"),),
    )
    assert hidden.rows == tuple((row, "id", "(not shown)", "(not shown)") for row in (1, 2, 4))


def test_names_that_are_gone_are_hidden_as_well(tmp_path: Path) -> None:
    rename = step("clean.1", "rename", {"columns": [["email", "mail"]]})
    drop = step("clean.0", "drop_nulls", {"columns": ["amount"]})
    made = orders(tmp_path, steps=[drop, rename], secret=["email"])
    assert "@x" not in repr(made.outcome)
    assert "mail" in made.table.columns


def test_merged_rows_are_no_removed_rows(tmp_path: Path) -> None:
    columns = [{"name": "at", "function": "max", "column": "at"}, {"name": "n", "function": "count"}]
    merge = step("clean.0", "aggregate", {"by": ["id"], "columns": columns})
    made = orders(tmp_path, timestamp="at", steps=[merge])
    assert made.table.select("id", "n").rows() == [("b", 1), ("c", 1), ("a", 2)]
    assert made.outcome.figures["steps"][0]["rows_out"] == 3
    assert made.outcome.tables == ()


def test_personal_data_is_in_no_error(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("phone\n555-0100\n")
    with pytest.raises(WorkError) as caught:
        materialized(tmp_path, {"phone": "int64"}, kind="csv", path="t.csv", pii=["phone"])
    assert caught.value.message == "column `phone` has values that are no `int64`: (not shown) in row 2"


def test_a_row_without_a_time_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WorkError) as caught:
        orders(tmp_path, ORDERS + "d,,5,e@x\n", timestamp="at")
    assert caught.value.code == "MLC815"
    assert caught.value.message == "`at` is missing in 1 of 5 rows"
    assert caught.value.step == "read"


def test_rows_without_a_time_can_be_dropped(tmp_path: Path) -> None:
    drop = step("clean.0.drop_nulls", "drop_nulls", {"columns": ["at"]})
    made = orders(tmp_path, ORDERS + "d,,5,e@x\n", timestamp="at", steps=[drop])
    assert made.table.height == 4
    assert made.outcome.figures["rows_read"] == 5


def test_a_row_without_a_time_that_another_step_leaves_is_an_error(tmp_path: Path) -> None:
    drop = step("clean.0.drop_nulls", "drop_nulls", {"columns": ["amount"]})
    with pytest.raises(WorkError) as caught:
        orders(tmp_path, ORDERS + "d,,5,e@x\n", timestamp="at", steps=[drop])
    assert (caught.value.code, caught.value.step) == ("MLC815", "read")


def test_derive_contract_and_freshness_come_in_that_order(tmp_path: Path) -> None:
    derive = step("derive", "derive", {"columns": [{"name": "big", "sql": "amount > 2", "dtype": "bool"}]})
    contract = step("contract", "contract", promised(id={"unique": True}, big={"nullable": True}))
    made = orders(
        tmp_path,
        timestamp="at",
        steps=[derive, contract],
        freshness={"warn_after_seconds": 3600, "error_after_seconds": 7200},
        now=datetime(2014, 1, 1, 1, 30, tzinfo=UTC),
    )
    assert made.table["big"].to_list() == [None, True, True, False]
    check = made.check("contract")
    assert check.verdict == "fail"
    assert check.table is not None
    assert check.table.rows == ((3, "a", "id", "unique", "a"), (4, "a", "id", "unique", "a"))
    assert (made.check("freshness").verdict, made.check("freshness").severity) == ("fail", "warn")


def test_no_row_left_is_never_a_pass(tmp_path: Path) -> None:
    contract = step("contract", "contract", promised(id={}))
    made = orders(tmp_path, ORDERS.split("\n", 1)[0] + "\n", timestamp="at", steps=[contract],
                  freshness={"warn_after_seconds": 3600})  # fmt: skip
    assert {check.verdict for check in made.outcome.checks} == {"inconclusive"}
    assert made.outcome.figures["rows"] == 0


def test_the_authors_own_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_cleaning.py").write_text(
        "import polars as pl\n"
        "def large(frame, params):\n    return frame.filter(pl.col('amount') >= params['least'])\n"
        "def retyped(frame, params):\n"
        "    at = pl.col('at').dt.replace_time_zone(None).dt.cast_time_unit('ns')\n"
        "    return frame.with_columns(at).reverse()\n"
        "def lazy(frame, params):\n    return frame.lazy()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    own = step("clean.0", "python", {"params": {"least": 3}}, work="own_cleaning:large")
    made = orders(tmp_path, steps=[own])
    assert made.table["amount"].to_list() == [3, 4]
    assert made.outcome.figures["steps"][0] == {
        "step": "clean.0",
        "kind": "python",
        "rows_in": 4,
        "rows_out": 2,
    }
    retyped = orders(
        tmp_path, timestamp="at", steps=[step("clean.0", "python", {}, work="own_cleaning:retyped")]
    )
    assert retyped.table.schema["at"] == pl.Datetime("us", "UTC")
    assert retyped.table["at"].is_sorted()
    with pytest.raises(WorkError, match="raised KeyError: 'least'") as caught:
        orders(tmp_path, steps=[step("clean.0", "python", {}, work="own_cleaning:large")])
    assert "own_cleaning.py:3: return frame.filter" in str(caught.value.help)
    with pytest.raises(WorkError, match="returned LazyFrame, not a Polars DataFrame"):
        orders(tmp_path, steps=[step("clean.0", "python", {}, work="own_cleaning:lazy")])
    with pytest.raises(WorkError, match="`own_cleaning:gone` cannot be loaded"):
        orders(tmp_path, steps=[step("clean.0", "python", {}, work="own_cleaning:gone")])


def test_a_step_on_a_column_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(WorkError, match="`drop_nulls` works on a column that is not there") as caught:
        orders(tmp_path, steps=[step("clean.0", "drop_nulls", {"columns": ["gone"]})])
    assert (caught.value.code, caught.value.step) == ("MLC812", "clean.0")


def test_infinities_are_missing_and_counted(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1.0, float("inf"), float("-inf"), float("nan"), None]})
    frame.write_parquet(tmp_path / "t.parquet")
    made = materialized(tmp_path, {"a": "float64"}, kind="parquet", path="t.parquet")
    assert made.table["a"].to_list() == [1.0, None, None, None, None]
    assert made.outcome.figures["infinite"] == {"a": 2}


def flights(root: Path, **options: object) -> Made:
    made: Made = materialized(  # type: ignore[arg-type]
        root, FLIGHTS, kind="parquet", path="flights.parquet", timestamp="scheduled_departure", **options
    )
    return made


def digest(made: Made) -> str:
    return hashlib.sha256(made.path.read_bytes()).hexdigest()


def test_the_same_flights_give_the_same_bytes_however_the_file_is_cut(
    example_data: Path, tmp_path: Path
) -> None:
    frame = pl.read_parquet(example_data / "flights.parquet", n_rows=20_000)
    steps = [
        step("clean.0", "drop_duplicates", {"columns": ["flight_id"], "keep": "last"}),
        step(
            "derive", "derive", {"columns": [{"name": "late", "sql": "arrival_delay >= 15", "dtype": "bool"}]}
        ),
    ]
    digests = set()
    for size, compression in ((20_000, "zstd"), (777, "lz4")):
        frame.write_parquet(tmp_path / "flights.parquet", row_group_size=size, compression=compression)
        made = flights(tmp_path, steps=steps)
        digests.add(digest(made))
    assert len(digests) == 1
    assert made.table.drop("late").equals(frame)
    assert made.outcome.figures["nulls"]["late"] == frame["arrival_delay"].null_count()


def test_one_changed_value_changes_the_bytes(example_data: Path, tmp_path: Path) -> None:
    frame = pl.read_parquet(example_data / "flights.parquet", n_rows=2_000)
    frame.write_parquet(tmp_path / "flights.parquet")
    before = digest(flights(tmp_path))
    changed = frame.with_columns(
        pl.when(pl.int_range(frame.height) == 1_000).then(0.0).otherwise("distance").alias("distance")
    )
    changed.write_parquet(tmp_path / "flights.parquet")
    assert digest(flights(tmp_path)) != before


def test_a_sample_is_said_to_be_one(example_data: Path, tmp_path: Path) -> None:
    pl.read_parquet(example_data / "flights.parquet", n_rows=60_000).write_parquet(
        tmp_path / "flights.parquet"
    )
    made = flights(tmp_path, sample=0.1)
    assert made.outcome.figures["sample"] == 0.1
    assert made.outcome.figures["rows_read"] == 60_000
    assert made.outcome.figures["rows"] == pytest.approx(6_000, rel=0.1)


def test_failing_rows_are_in_a_file_of_their_own_that_is_no_content(tmp_path: Path) -> None:
    contract = step(
        "contract",
        "contract",
        promised(amount={"nullable": True, "checks": {"isin": {"allowed_values": [1, 3]}}}),
    )
    made = orders(tmp_path, timestamp="at", steps=[contract])
    kept = pl.read_parquet(tmp_path / "out" / "quarantine.parquet")
    assert kept.select("id", "amount", "mlcycle.failed", "mlcycle.set_aside").rows() == [
        ("a", 4, "amount isin([1, 3])", False)
    ]
    assert (made.check("contract").verdict, made.table.height) == ("fail", 4)
    assert made.outcome.figures["quarantine"] == {"rows": 1, "set_aside": 0}
    alone = tmp_path / "alone"
    alone.mkdir()
    made.path.rename(alone / made.path.name)
    assert made.outcome.data_version == content_digest(alone)


def test_rows_in_quarantine_are_not_in_the_table(tmp_path: Path) -> None:
    config = {**promised(amount={}), "quarantine": {"max_share": 0.25}}
    made = orders(tmp_path, timestamp="at", steps=[step("contract", "contract", config)])
    assert made.check("contract").verdict == "pass"
    assert made.table["id"].to_list() == ["c", "a", "a"]
    assert made.outcome.figures["rows"] == 3
    assert made.outcome.figures["quarantine"] == {"rows": 1, "set_aside": 1}


def test_a_version_is_compared_with_the_last_that_kept_the_contract(tmp_path: Path) -> None:
    config = {"columns": {}, "checks": [{"kind": "row_count", "max_drop": 0.3, "severity": "error"}]}
    contract = step("contract", "contract", config)

    def version(text: str, previous: Last | None, sample: float = 1.0) -> tuple[str, Last]:
        made = orders(tmp_path, text, steps=[contract], previous=previous, sample=sample)
        record = made.outcome.record
        found = Last(node="x", path=tmp_path, data_version="1", record=record, whole=True, continues=True)
        return made.check("contract").verdict, found

    verdict, first = version(ORDERS, None)
    assert verdict == "pass"
    two_rows = "\n".join(ORDERS.splitlines()[:3]) + "\n"
    verdict, second = version(two_rows, first)
    assert verdict == "fail"
    assert version(two_rows, second)[0] == "fail"  # a version that failed is no measure
    assert version(ORDERS, second)[0] == "pass"
    assert version(two_rows, first, sample=0.99)[0] == "pass"  # nor is another sample
