"""The reader gives what plain YAML loading gives, with places, for the part of YAML that it accepts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.diagnostics.span import Span
from mlcycle.language.scalars import NotANumber, resolve
from mlcycle.language.text import lines
from mlcycle.language.tree import Mapping, Scalar, Sequence, YamlNode
from tests.support.documents import plain

_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"], exclude_characters="\ufeff\ufffe\uffff"),
    max_size=12,
)
_NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
_SCALARS = st.none() | st.booleans() | _NUMBERS | _TEXT
_DOCUMENTS = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=25,
)


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _means_the_same_in_1_1(value: Any) -> bool:
    """Whether YAML 1.1, as it is written here, and 1.2 agree about the plain texts inside."""
    if isinstance(value, dict):
        return all(_means_the_same_in_1_1(one) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return all(map(_means_the_same_in_1_1, value))
    return not isinstance(value, str) or _is_text(value)


def _is_text(text: str) -> bool:
    try:
        return resolve(text) == text
    except NotANumber:
        return False


@given(_DOCUMENTS, st.booleans(), st.sampled_from([None, '"', "'"]))
def test_reads_what_plain_loading_reads(document: Any, flow: bool, quotes: str | None) -> None:
    quoted = quotes is not None
    assume(document is not None and (quoted or _means_the_same_in_1_1(document)))
    style = {"default_flow_style": flow, "allow_unicode": True, "sort_keys": False, "width": 40}
    text = yaml.safe_dump(_quoted(document) if quoted else document, **style)
    assert plain(text.encode()).data() == _tuples(yaml.safe_load(text))


def _quoted(document: Any) -> Any:
    """Texts as the dumper must quote them, so that both versions of YAML agree."""
    if isinstance(document, dict):
        return {f"k {key} :": _quoted(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_quoted(value) for value in document]
    return f"t: {document}" if isinstance(document, str) else document


@given(st.text(max_size=200))
@settings(max_examples=200)
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    try:
        plain(data)
    except Refused as refused:
        told = refused.diagnostics
    else:
        return
    assert told
    for found in told:
        assert found.code.startswith("MLC0")
        assert found.span.line >= 1
        assert found.span.column >= 1


@given(st.text("ab:-[]{},&*!|>'\"%@`#?\n\t 01.~<", max_size=60))
@settings(max_examples=300)
def test_any_arrangement_of_signs_is_read_or_refused(text: str) -> None:
    rows = lines(text)
    try:
        root = plain(text.encode())
    except Refused as refused:
        told, root = refused.diagnostics, None
    if root is None:
        assert told
        assert all(found.span.line <= len(rows) + 1 for found in told)
        return
    for node in _all(root):
        _check_place(node, rows)


@given(_DOCUMENTS, st.booleans())
def test_spans_slice_back_to_the_text(document: Any, flow: bool) -> None:
    assume(document is not None and _means_the_same_in_1_1(document))
    text = yaml.safe_dump(document, default_flow_style=flow, allow_unicode=True, width=10_000)
    rows = lines(text)
    for node in _all(plain(text.encode())):
        _check_place(node, rows)


def _check_place(node: YamlNode, rows: list[str]) -> None:
    written = _slice(rows, node.span)
    if isinstance(node, Scalar) and node.plain and "\n" not in written:
        assert resolve(written) == node.value
    elif isinstance(node, Scalar) and not node.plain and written[:1] in ('"', "'"):
        assert written[-1] == written[0]
    elif isinstance(node, Mapping) and node.flow:
        assert (written[0], written[-1]) in (("{", "}"), (written[0], written[-1]))
    for key, entry in node.entries.items() if isinstance(node, Mapping) else ():
        shown = _slice(rows, entry.key)
        assert shown == key or shown[:1] in ('"', "'", "|", ">") or "\n" in shown


def _slice(rows: list[str], span: Span) -> str:
    if span.line > len(rows):
        return ""  # a value that was left out, after the last line
    if span.line == span.end_line:
        return rows[span.line - 1][span.column - 1 : span.end_column - 1]
    between = rows[span.line : span.end_line - 1]
    last = rows[span.end_line - 1] if span.end_line <= len(rows) else ""
    return "\n".join([rows[span.line - 1][span.column - 1 :], *between, last[: span.end_column - 1]])


def _all(node: YamlNode) -> list[YamlNode]:
    if isinstance(node, Mapping):
        return [node, *(one for entry in node.entries.values() for one in _all(entry.value))]
    return (
        [node, *(one for item in node.items for one in _all(item))] if isinstance(node, Sequence) else [node]
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("true", True), ("FALSE", False), ("3", 3), ("-3", -3),
        ("+3", 3), ("0", 0), ("0x1F", 31), ("0o17", 15), ("1.5", 1.5), (".5", 0.5), ("5.", 5.0),
        ("1e3", 1000.0), ("1.0e-5", 1e-5), ("no", "no"), ("on", "on"), ("yes", "yes"), ("y", "y"),
        ("12:30", "12:30"), ("0777", "0777"), ("1_000", "1_000"), ("2024-05-01", "2024-05-01"), ("-", "-"),
        (".", "."), ("1.2.3", "1.2.3"), ("0x", "0x"), ("tRue", "tRue"), ("5%", "5%"), ("007.5", "007.5"),
        ("+", "+"), ("9223372036854775807", 2**63 - 1),
    ],
)  # fmt: skip
def test_plain_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize(
    "text", [".inf", "-.Inf", ".nan", "1e999", "9223372036854775808", "9" * 5000, "0x" + "f" * 17]
)
def test_numbers_that_64_bits_cannot_hold(text: str) -> None:
    with pytest.raises(NotANumber):
        resolve(text)


def test_nodes_are_found_by_path() -> None:
    root = plain(Path("specs/flight_delays.yaml").read_bytes())
    weather = ("sources", "weather", "checks", 0, "columns", 1)
    assert root.find(weather).data() == "observed_at"
    assert root.find((*weather, "more")).data() == "observed_at"
    assert root.find(("entities", "airport", "key", 0)).data() == "origin"
    assert root.find(("sources", "absent", "x")) is root.find(("sources",))
    assert root.key_span(("sources", "weather")).column == 3
    assert root.key_span(("sources", "weather", "checks", 0)).column == 9
    assert root.key_span(()) == root.span


def test_a_block_ends_with_its_last_value() -> None:
    root = plain(b"a:\n  b: 1\n\n# about c\nc: 2\n")
    assert root.find(("a",)).span == Span("a.yaml", 2, 3, 2, 7)
    assert root.span == Span("a.yaml", 1, 1, 5, 5)


def test_a_byte_order_mark_and_windows_line_ends_move_nothing() -> None:
    root = plain(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert root.data() == {"a": 1, "b": 2}
    assert root.find(("b",)).span == Span("a.yaml", 2, 4, 2, 5)
