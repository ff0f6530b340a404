"""Mistakes of syntax of one line hide nothing else, and what is behind them keeps its place."""

from __future__ import annotations

import pytest

from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.language.reader import Document, read

TEXT = """a:
  b: 1
  c:
    - d: x
      e: [y, z]
f: last
"""


def _document(old: str, new: str) -> Document:
    assert old in TEXT
    return read(TEXT.replace(old, new, 1).encode(), "a.yaml")


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("  b: 1", "\tb: 1", "MLC006", 2),
        ("  c:", "\tc:", "MLC006", 3),
        ("    - d: x", "\t\t- d: x", "MLC006", 4),
        ("  b: 1", "  b: two: 3", "MLC005", 2),
        ("  b: 1", "  b: @two", "MLC005", 2),
        ("d: x", 'd: "x', "MLC005", 4),
        ("e: [y, z]", "e: [y, z", "MLC005", 5),
        ("e: [y, z]", "e: {y, z", "MLC005", 5),
        ("d: x", r'd: "\x"', "MLC005", 4),
    ],
)
def test_what_is_around_a_mistake_is_read(old: str, new: str, code: str, line: int) -> None:
    document = _document(old, new)
    (found,) = document.mistakes
    assert (found.code, found.span.line) == (code, line)
    assert document.root.find(("f",)).data() == "last"
    if code == "MLC006":
        assert document.root.data() == read(TEXT.encode(), "a.yaml").root.data()
        assert not document.broken
    else:
        (broken,) = document.broken
        assert broken.line == line


def test_a_line_that_was_moved_has_the_places_of_its_own_text() -> None:
    document = _document("    - d: x", "\t- d: [x, y]")
    assert document.root.key_span(("a", "c", 0, "d")).column == 4
    assert document.root.find(("a", "c", 0, "d", 1)).span.column == 11
    assert document.root.find(("f",)).span.column == 4


def test_a_line_that_may_belong_to_one_neighbour_or_the_other_is_not_moved() -> None:
    with pytest.raises(Refused) as caught:
        _document("      e: [y, z]", "\te: [y, z]")
    assert [one.code for one in caught.value.diagnostics] == ["MLC006"]


def test_several_of_them_at_once_in_order() -> None:
    text = TEXT.replace("  b: 1", "\tb: 1").replace("d: x", "d: x: y").replace("f: last", "f: 'last")
    found = read(text.encode(), "a.yaml").mistakes
    assert [(one.code, one.span.line) for one in found] == [("MLC006", 2), ("MLC005", 4), ("MLC005", 6)]


def test_where_no_line_is_to_blame_the_rest_is_not_guessed() -> None:
    with pytest.raises(Refused) as caught:
        read(TEXT.replace("  c:", "   c:").encode(), "a.yaml")
    assert [one.code for one in caught.value.diagnostics] == ["MLC005"]


def test_no_more_than_a_number_of_readings() -> None:
    text = "".join(f"k{number}: a: b\n" for number in range(100))
    with pytest.raises(Refused) as caught:
        read(text.encode(), "a.yaml")
    assert len(caught.value.diagnostics) == 20
