"""The data sheet of a source, from its spec and its recorded table."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.engine.plan import Plan
from tests.support.read import Reading

pytestmark = pytest.mark.slow

#: Twelve orders of two shops, with a repeated one; what must never be seen is in the columns of a person.
ORDERS = [
    f"{n},2024-01-0{1 + n // 4}T1{n % 4}:00:00Z,{'north' if n < 7 else 'south'},{amount},"
    f"planted{n % 2}@example.com,{90_000 + n % 3},a planted remark of some customer with many words {n}"
    for n, amount in enumerate([5, 7, 7, "", 9, 12, 5, 8, 8, 1000, 6, 7])
]
PLANTED = re.compile(r"planted|9000\d|90,00\d")
SPEC = """  orders:
    kind: csv
    path: orders.csv
    description: "What was <b>ordered</b> | in *two* shops."
    timestamp: at
    sheet:
      purpose: "<script>alert(1)</script> billing"
      creators: Two shops
      instances: An order.
      consent: Customers agreed.
      used_for: ["a | b", "**bold**"]
      license: cc-by-4.0
      citation: "Shops (2024) [x](https://evil.example)"
      published: 2024-02-01
    clean:
      - {kind: drop_duplicates, columns: [id], keep: first, description: Sent twice.}
      - {kind: filter, expression: "mail <> 'planted0@example.com' OR id >= 0"}
      - {kind: rename, columns: {phone: number}}
    derive:
      large: {expression: "amount > 100", dtype: bool, description: "Over <100>"}
      who: {expression: "mail || '/planted'"}
    columns:
      id: {unique: true}
      shop: {sensitive: true, checks: {isin: {allowed_values: [north, south]}}}
      amount: {nullable: true, available_after: 1h, checks: {in_range: {min_value: 0, max_value: 5000}}}
      mail: {pii: true, checks: {str_matches: {pattern: "planted.*"}}}
      number: {pii: true}
      remark: {description: Anything.}
    checks:
      - {kind: row_count, min: 10}
      - {kind: statistic, column: amount, statistic: max, max: 900, severity: warn}
      - {kind: expression, expression: "mail <> 'planted9@example.com'"}
"""


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    reading = Reading(tmp_path)
    lines = ["id,at,shop,amount,mail,phone,remark", *ORDERS, ORDERS[-1]]
    (tmp_path / "orders.csv").write_text("\n".join(lines) + "\n")
    reading.write(SPEC)
    reading.run()
    return reading


def _written(reading: Reading) -> dict[str, str]:
    """What the sheet's node wrote, by name."""
    result = reading.run("sheets/orders").result
    assert result is not None
    folder = reading.root / ".mlcycle/artifacts" / result.path
    return {file.name: file.read_text() for file in folder.iterdir()}


def _planned(plan: Plan) -> dict[str, str]:
    return {each.node.name.partition("/")[2]: type(each.decision).__name__ for each in plan.steps}


def test_the_sheet_of_a_small_source(reading: Reading, golden: Callable[[Path, str], None]) -> None:
    written = _written(reading)
    assert sorted(written) == ["croissant.json", "data_sheet.html", "data_sheet.md"]
    expected = Path(__file__).parent / "expected"
    for name, text in written.items():
        golden(expected / name, _without_digests(text))


def _without_digests(text: str) -> str:
    """What depends on how a library writes Parquet is not looked at."""
    text = re.sub(r"[0-9a-f]{64}", "<sha256>", text)
    text = re.sub(r"(version(?:</dt><dd>| \| ))[0-9a-f]{12}", r"\1<version>", text)
    return re.sub(r"[\d,]+ (bytes|B)\b", r"<size> \1", text)


def test_nothing_of_a_person_is_in_it(reading: Reading) -> None:
    for name, text in _written(reading).items():
        assert PLANTED.findall(text) == [], name


def test_what_an_author_writes_is_text_and_never_markup(reading: Reading) -> None:
    written = _written(reading)
    page, text = written["data_sheet.html"], written["data_sheet.md"]
    assert "<script" not in page
    assert not re.search(r"(?<!\\)<", text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; billing" in page
    assert "What was \\<b\\>ordered\\</b\\> \\| in \\*two\\* shops." in text
    assert "- a \\| b\n- \\*\\*bold\\*\\*\n" in text
    assert "[x](" not in text
    assert not re.findall(r"(?:src|href)=\"(?!#)[^\"]*", page)


def test_the_same_data_and_words_give_the_same_bytes(reading: Reading, tmp_path: Path) -> None:
    first = _written(reading)
    reading.run(force=True)
    reading.run("sheets/orders", force=True)
    assert _written(reading) == first


def test_other_words_rewrite_the_sheet_and_nothing_else(reading: Reading) -> None:
    reading.run("sheets/orders")
    assert set(_planned(reading.plan()).values()) == {"Reuse"}
    reading.write(SPEC.replace("Two shops", "Three shops").replace("Anything.", "What they wrote."))
    assert _planned(reading.plan()) == {"sources/orders": "Reuse", "sheets/orders": "Rebuild"}
    assert "Three shops" in _written(reading)["data_sheet.md"]


def test_what_nobody_said_is_said_to_be_unsaid(reading: Reading) -> None:
    (reading.root / "orders.csv").write_text("id\n1\n2\n")
    reading.write("  orders: {kind: csv, path: orders.csv}\n")
    reading.run()
    written = _written(reading)
    text, croissant = written["data_sheet.md"], json.loads(written["croissant.json"])
    assert "| questions answered | 0 of 26 |" in text
    assert "| licence | not said in the spec |" in text
    assert "*Not said in the spec:*\n\n- Under which licence?\n- How is it cited?" in text
    assert "The spec promises nothing of it." in text
    assert "No row and no value is changed." in text
    unsaid = {"license", "citeAs", "url", "datePublished", "creator"}
    assert unsaid.isdisjoint(croissant)
    assert not any(key.startswith("rai:data") for key in croissant)


def test_a_table_that_was_changed_afterwards_gets_no_sheet(reading: Reading) -> None:
    (table,) = reading.root.rglob("sources/orders/*/data.parquet")
    content = table.read_bytes()
    table.write_bytes(content[:-5] + bytes([content[-5] ^ 1]) + content[-4:])
    with pytest.raises(Refused) as refused:
        reading.run("sheets/orders")
    assert refused.value.diagnostics[0].code == "MLC773"


def test_a_source_without_rows_has_a_sheet(reading: Reading) -> None:
    (reading.root / "orders.csv").write_text("id,name\n")
    reading.write("  orders: {kind: csv, path: orders.csv}\n")
    reading.run()
    assert "| rows | 0 |" in _written(reading)["data_sheet.md"]
