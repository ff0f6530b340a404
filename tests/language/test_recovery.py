"""What is read of a document with mistakes, and what is known to be missing."""

from __future__ import annotations

import pytest

from mlcycle.language.kinds import find_kinds
from mlcycle.language.load import Loaded, load_bytes

SPEC = """mlcycle: 1
sources:
  users: {kind: parquet, path: data/users.parquet, timestamp: seen_at}
  visits: {kind: csv, path: data/visits.csv}
feature_views:
  profile: {source: users, columns: [age, country]}
models:
  churn: {task: binary_classification, label: users.churned, features: [profile]}
"""


def _loaded(*changes: tuple[str, str]) -> Loaded:
    text = SPEC
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return load_bytes(text.encode(), "shop.yaml", find_kinds(outside=()))


def test_nothing_is_missing_where_nothing_is_wrong() -> None:
    loaded = _loaded()
    assert loaded.draft is not None
    assert loaded.project is loaded.draft.value
    assert not loaded.draft.gaps | loaded.draft.strays


@pytest.mark.parametrize(
    ("old", "new", "gaps"),
    [
        ("timestamp: seen_at", "timestamp: [[1]]", {("sources", "users", "timestamp")}),
        ("path: data/visits.csv", "path: 3", {("sources", "visits", "path"), ("sources", "visits")}),
        ("[age, country]", "[age, 7]", {("feature_views", "profile", "columns", 1)}),
        ("label: users.churned", "label: 5", {("models", "churn", "label"), ("models", "churn")}),
        ("timestamp: seen_at", "timestamp: *seen", {("sources", "users", "timestamp")}),
        ("{task: binary", "{extends: nobody, task: binary", {("models", "churn")}),
        ("mlcycle: 1", "mlcycle: 2", {("mlcycle",)}),
    ],
)
def test_as_little_as_can_be_is_left_out(old: str, new: str, gaps: set[tuple[str, ...]]) -> None:
    loaded = _loaded((old, new))
    assert loaded.project is None
    assert len(loaded.diagnostics) == 1
    assert loaded.draft is not None
    assert loaded.draft.gaps == gaps
    for gap in gaps:
        if len(gap) == 2:
            assert gap[1] not in getattr(loaded.draft.value, gap[0])


def test_a_slip_is_read_as_what_was_meant() -> None:
    loaded = _loaded(("timestamp:", "timestmp:"), ("kind: csv", "kind: cvs"), ("[age, country]", "age"))
    assert [one.code for one in loaded.diagnostics] == ["MLC101", "MLC103", "MLC104"]
    assert loaded.draft is not None
    assert not loaded.draft.gaps
    draft = loaded.draft.value
    assert draft.sources["users"].timestamp == "seen_at"
    assert draft.sources["visits"].kind == "csv"


def test_a_mistake_below_a_slip_is_one_of_its_own() -> None:
    loaded = _loaded(("kind: csv, path", "kind: cvs, pth"), ("timestamp: seen_at", "timestmp: [[1]]"))
    assert [one.code for one in loaded.diagnostics] == ["MLC101", "MLC104", "MLC103", "MLC101"]
    assert loaded.draft is not None
    assert loaded.draft.gaps == {("sources", "users", "timestamp")}


def test_a_key_like_no_other_leaves_no_gap() -> None:
    loaded = _loaded(("timestamp: seen_at", "timestamp: seen_at, zqxj: 3"))
    assert loaded.draft is not None
    assert not loaded.draft.gaps
    assert loaded.draft.strays == {("sources", "users", "zqxj")}


def test_without_sources_there_is_nothing_to_go_on_with() -> None:
    loaded = _loaded(("sources:", "tables:"))
    assert loaded.draft is None
    assert [one.code for one in loaded.diagnostics] == ["MLC102", "MLC101"]


def test_a_file_full_of_mistakes_is_told_and_not_read_on() -> None:
    many = "".join(f"  b{number}: 1\n" for number in range(300))
    loaded = _loaded(("feature_views:", f"{many}feature_views:"))
    assert len(loaded.diagnostics) == 300
    assert loaded.draft is None
