"""Text with excerpts, JSON, GitHub's annotations; nothing in a spec can move the cursor or forge a line."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from mlcycle.diagnostics.diagnostic import Diagnostic, Related
from mlcycle.diagnostics.render import as_github, as_json, as_text, summary
from mlcycle.diagnostics.span import NOWHERE, Span

SPEC = "mlcycle: 1\nsources:\n  users: {kind: parqet, path: u}\n"
KIND = Span("specs/shop.yaml", 3, 17, 3, 23)
FOUND = Diagnostic(
    code="MLC103", message="`parqet` is not a kind of source", span=KIND, help="did you mean `parquet`?"
)


def test_text() -> None:
    assert as_text([FOUND], {"specs/shop.yaml": SPEC}) == (
        "error[MLC103]: `parqet` is not a kind of source\n"
        " --> specs/shop.yaml:3:17\n"
        "  |\n"
        "3 |   users: {kind: parqet, path: u}\n"
        "  |                 ^^^^^^\n"
        "  = help: did you mean `parquet`?\n"
    )


def test_related_places_are_marked_otherwise_and_share_the_margin() -> None:
    lines = "".join(f"key{number}: 1\n" for number in range(1, 13))
    other = Related(span=Span("a.yaml", 2, 1, 2, 5), message="it was given here first")
    found = Diagnostic(code="MLC007", message="twice", span=Span("a.yaml", 12, 1, 12, 6), related=(other,))
    assert as_text([found], {"a.yaml": lines}) == (
        "error[MLC007]: twice\n"
        "  --> a.yaml:12:1\n"
        "   |\n"
        "12 | key12: 1\n"
        "   | ^^^^^\n"
        "  ::: a.yaml:2:1\n"
        "   |\n"
        " 2 | key2: 1\n"
        "   | ---- it was given here first\n"
    )


def test_a_place_without_a_file_or_without_its_text() -> None:
    assert (
        as_text([Diagnostic(code="MLC890", message="no root", span=NOWHERE)], {})
        == "error[MLC890]: no root\n"
    )
    assert as_text([FOUND], {}) == (
        "error[MLC103]: `parqet` is not a kind of source\n"
        " --> specs/shop.yaml:3:17\n"
        "  = help: did you mean `parquet`?\n"
    )


def test_findings_are_sorted_by_place() -> None:
    first = Diagnostic(code="MLC101", message="earlier", span=Span("specs/shop.yaml", 1, 1, 1, 8))
    shown = as_text([FOUND, first], {"specs/shop.yaml": SPEC})
    assert shown.index("earlier") < shown.index("parqet")
    assert [one["code"] for one in json.loads(as_json([FOUND, first]))] == ["MLC101", "MLC103"]


def test_wide_characters_keep_the_marks_in_place() -> None:
    text = "name: 東京 x\n"
    shown = as_text([Diagnostic(code="MLC104", message="m", span=Span("a", 1, 10, 1, 11))], {"a": text})
    line, marks = shown.splitlines()[3:5]
    assert line == "1 | name: 東京 x"
    assert marks == "  |" + " " * 12 + "^"


def test_a_long_line_is_cut_around_the_mark() -> None:
    text = "a: [" + "x, " * 500 + "bad, " + "x, " * 500 + "]"
    column = text.index("bad") + 1
    span = Span("a", 1, column, 1, column + 3)
    line, marks = as_text([Diagnostic(code="MLC104", message="m", span=span)], {"a": text}).splitlines()[3:5]
    assert len(line) < 130
    start = marks.index("^")
    assert line[start : start + 3] == "bad"
    assert marks.count("^") == 3


@given(st.text(max_size=60), st.text(max_size=60), st.integers(1, 70), st.integers(0, 9))
def test_nothing_in_a_spec_controls_the_terminal(line: str, message: str, column: int, length: int) -> None:
    span = Span("a\x1b[2J", 1, column, 1, column + length)
    found = Diagnostic(code="MLC104", message=message, span=span, help=message)
    shown = as_text([found], {"a\x1b[2J": line})
    assert all(one.isprintable() or one == "\n" for one in shown)


def test_color_only_when_asked() -> None:
    assert "\x1b" not in as_text([FOUND], {"specs/shop.yaml": SPEC})
    colored = as_text([FOUND], {"specs/shop.yaml": SPEC}, color=True)
    assert colored.startswith("\x1b[1;31merror[MLC103]\x1b[0m")


def test_json() -> None:
    assert json.loads(as_json([FOUND])) == [
        {
            "code": "MLC103",
            "severity": "error",
            "message": "`parqet` is not a kind of source",
            "help": "did you mean `parquet`?",
            "file": "specs/shop.yaml",
            "line": 3,
            "column": 17,
            "end_line": 3,
            "end_column": 23,
            "related": [],
        }
    ]
    assert json.loads(as_json([])) == []


def test_github() -> None:
    assert as_github([FOUND]) == (
        "::error file=specs/shop.yaml,line=3,endLine=3,col=17,endColumn=23,title=MLC103"
        "::`parqet` is not a kind of source%0Adid you mean `parquet`?\n"
    )


@given(st.text(max_size=40), st.text(max_size=40))
def test_github_commands_cannot_be_forged(message: str, file: str) -> None:
    found = Diagnostic(code="MLC104", message=message, span=Span(file, 1, 1, 1, 2), severity="warning")
    shown = as_github([found])
    assert shown.count("\n") == 1
    assert "\r" not in shown
    assert shown.startswith("::warning ")
    head = shown[len("::warning ") :].split("::")[0]
    assert sorted(pair.split("=")[0] for pair in head.split(",")) == sorted(
        [*(["file", "line", "endLine", "col", "endColumn"] if file else []), "title"]
    )


def test_summary() -> None:
    warning = Diagnostic(code="MLC101", message="m", span=KIND, severity="warning")
    assert summary([]) == "no mistakes found"
    assert summary([FOUND, FOUND, warning]) == "2 errors, 1 warning"
