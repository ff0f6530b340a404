"""Mistakes of form do not hide mistakes of meaning, and make none that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import Span
from mlcycle.language import tree
from tests.support.documents import plain
from tests.support.graphs import EXAMPLE as TABLES
from tests.support.graphs import FixedSchemas, checked, codes, spec_text

EXAMPLE = "specs/flight_delays.yaml"
#: Mistakes of meaning, each with what it does to the example.
PLANTED = {
    "MLC401": ("columns: [carrier, destination, distance]", "columns: [carrier, distance, departure_delay]"),
    "MLC501": ("{kind: metric, metric: roc_auc", "{kind: metric, metric: roc_auk"),
    "MLC301": ("{kind: lag, column: late, rows: 1}", "{kind: lag, column: lates, rows: 1}"),
    "MLC336": ("weather_at_origin.wind_speed *", "weather_at_origin.wind_sped *"),
}


_PEOPLE = (
    "education marital_status relationship disability employment_of_parents citizenship mobility "
    "military_service ancestry nativity hearing_difficulty vision_difficulty cognitive_difficulty sex race"
)
_SCHEMAS = {
    "flight_delays": TABLES,
    "employment": FixedSchemas(
        {
            "data/people.parquet": {
                "person_id": "int64",
                "surveyed_at": "timestamp",
                "age": "float64",
                "employed": "bool",
                **dict.fromkeys(_PEOPLE.split(), "string"),
            }
        }
    ),
    "mail_triage": FixedSchemas(
        {
            "data/mails.parquet": {
                "mail_id": "int64",
                "received_at": "timestamp",
                **dict.fromkeys(("links", "hops"), "int64"),
                **dict.fromkeys(("is_html", "is_list"), "bool"),
                **dict.fromkeys(("sender_domain", "subject", "body", "kind"), "string"),
            }
        }
    ),
}


def planted(repository: Path) -> str:
    text = spec_text(repository)
    for old, new in PLANTED.values():
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_three_slips_of_three_kinds_in_one_run(repository: Path) -> None:
    text = spec_text(repository)
    for old, new in (
        ("kind: drop_duplicates", "kind: drop_dupes"),
        ("    horizon: 2h", "    horizn: 2h"),
        ("{kind: metric, metric: roc_auc", "{kind: metric, metric: roc_auk"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    found = checked(text, EXAMPLE)[1]
    assert [(one.code, one.help) for one in found] == [
        ("MLC103", "did you mean `drop_duplicates`?"),
        ("MLC101", "did you mean `horizon`?"),
        ("MLC501", "did you mean `roc_auc`?"),
    ]


def test_each_kind_of_mistake_at_once(repository: Path) -> None:
    """A misspelt key, an unknown kind, a wrong type, a key twice, an unknown source, and what is planted."""
    text = planted(repository)
    for old, new in (
        ("freshness: {warn_after: 36h", "freshness: {warn_aftr: 36h"),
        ("packages: [ubj, onnx]", "packages: [ubj, zip]"),
        ("source: planes", "source: planets"),
        ("    horizon: 2h", "    horizon: 2h\n    horizon: 3h"),
        ("seed: 7", "seed: seven"),
    ):
        assert old in text, old
        text = text.replace(old, new, 1)
    assert {"MLC101", "MLC103", "MLC104", "MLC007", "MLC201", *PLANTED} == set(codes(text))


def test_what_is_found_elsewhere_of_a_thing_with_a_gap_waits_for_it(repository: Path) -> None:
    """A leak stands at the feature view, and which models it is one of depends on when they predict."""
    text = planted(repository)
    assert "    horizon: 2h" in text
    found = checked(text.replace("    horizon: 2h", "    horizon: soon", 1), EXAMPLE)[1]
    leaks = [one.message for one in found if one.code == "MLC401"]
    assert leaks
    assert all("`arrival_delay` predicts" in leak for leak in leaks)
    assert set(PLANTED) <= {one.code for one in found}


def test_mistakes_of_syntax_hide_nothing_either(repository: Path) -> None:
    text = planted(repository)
    for old, new in (
        ("    label: flights.late", "\tlabel: flights.late"),
        ("description: Hourly weather", "description: Hourly: weather"),
        ("    horizon: 2h", "    horizn: 2h"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    assert sorted(set(codes(text))) == sorted({"MLC005", "MLC006", "MLC101", *PLANTED})


def test_what_is_missing_is_no_mistake_of_those_who_name_it(repository: Path) -> None:
    text = spec_text(repository).replace("    task: binary_classification\n", "    task: 5\n")
    assert "task: 5" in text
    assert codes(text) == ["MLC105"]


def _places(node: tree.Node, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Span, str, bool]]:
    """Every key, with its name, and every value; whether it is a single value or a key."""
    if isinstance(node, tree.Mapping):
        for key, entry in node.entries.items():
            yield entry.key, key, True
            yield entry.value.span, "", isinstance(entry.value, tree.Scalar)
            yield from _places(entry.value, (*path, key))
    elif isinstance(node, tree.Sequence):
        for index, item in enumerate(node.items):
            yield item.span, "", isinstance(item, tree.Scalar)
            yield from _places(item, (*path, index))


def _misspelt(text: str, every: int) -> Iterator[str]:
    """The text with one of its keys misspelt."""
    keys = [(span, key) for span, key, _ in _places(plain(text.encode(), EXAMPLE)) if key]
    for span, key in keys[::every]:
        yield _with(text, span, key[:-2] + key[-1] + "x")


def _of_another_type(text: str, every: int) -> Iterator[str]:
    """The text with one of its values replaced by one of a type that is wrong there."""
    values = [(span, single) for span, key, single in _places(plain(text.encode(), EXAMPLE)) if not key]
    on_one_line = [(span, single) for span, single in values if span.line == span.end_line]
    for number, (span, single) in enumerate(on_one_line[::every]):
        wrong = ("[[7]]", "{qq: 1}", "-3.5", "zqxj")[number % 4] if single else "[[7]]"
        yield _with(text, span, wrong)


def _with(text: str, span: Span, new: str) -> str:
    rows = text.splitlines()
    row = rows[span.line - 1]
    rows[span.line - 1] = row[: span.column - 1] + new + row[span.end_column - 1 :]
    return "\n".join(rows) + "\n"


def _of_form(finding: Diagnostic) -> bool:
    return finding.code < "MLC200" or finding.code in {"MLC224", "MLC344", "MLC380", "MLC381", "MLC382"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["flight_delays", "employment", "mail_triage"])
def test_one_mistake_of_form_makes_none_of_meaning(repository: Path, name: str) -> None:
    file = f"specs/{name}.yaml"
    text = (repository / file).read_text()
    assert checked(text, file, _SCHEMAS[name])[1] == ()
    whole = 0
    for broken in (*_misspelt(text, 11), *_of_another_type(text, 7)):
        found = checked(broken, file, _SCHEMAS[name])[1]
        if any(map(_of_form, found)):
            assert all(map(_of_form, found)), found
            whole += 1
    assert whole > 30


@pytest.mark.slow
def test_no_misspelt_key_hides_a_mistake_of_meaning(repository: Path) -> None:
    for broken in _misspelt(planted(repository), 5):
        found = checked(broken, EXAMPLE)[1]
        if any(map(_of_form, found)):  # and not a name that an author may choose
            assert set(PLANTED) <= {one.code for one in found}


@pytest.mark.slow
def test_few_values_of_a_wrong_type_hide_one(repository: Path) -> None:
    """What is judged by the value is not told before it is mended; that is less than a quarter of it."""
    told = [
        set(PLANTED) & {one.code for one in checked(broken, EXAMPLE)[1]}
        for broken in _of_another_type(planted(repository), 5)
    ]
    assert sum(map(len, told)) > 0.75 * len(PLANTED) * len(told)
