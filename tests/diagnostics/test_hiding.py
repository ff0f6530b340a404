"""A written password is shown nowhere: not in text, JSON or annotations."""

from __future__ import annotations

import pytest

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.hiding import hidden
from mlcycle.diagnostics.render import as_github, as_json, as_text
from mlcycle.diagnostics.span import Span


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:hunter2@db/shop", "postgresql://me:*******@db/shop"),
        ("redis://:hunter2@h:6379/0 x", "redis://:*******@h:6379/0 x"),
        ("a://h/db?user=me&password=hunter2&x=1", "a://h/db?user=me&password=*******&x=1"),
        ("postgresql://me:${env:SHOP}@db", "postgresql://me:${env:SHOP}@db"),
        ("https://${env:TOKEN}@git.example", "https://${env:TOKEN}@git.example"),
        ("at 12:30, me:you@there", "at 12:30, me:you@there"),
    ],
)
def test_stars_stand_for_it_and_nothing_else(text: str, shown: str) -> None:
    assert hidden(text) == shown


def test_no_form_of_output_has_it() -> None:
    row = 'a: {databse: "postgresql://me:hunter2@db", secret: hunter3}'
    at = row.index("hunter3")
    found = (
        Diagnostic(
            code="MLC101", message="not `postgresql://me:hunter2@db`", span=Span("a.yaml", 1, 5, 1, 12)
        ),
        Diagnostic(code="MLC114", message="a secret", span=Span("a.yaml", 1, at + 1, 1, at + 8)),
    )
    for shown in (as_text(found, {"a.yaml": row}), as_json(found), as_github(found)):
        assert "hunter" not in shown
        assert "postgresql://me:*******@db" in shown
