"""Messages of libraries show no secret, whole, quoted or in parts."""

from __future__ import annotations

import pytest

from mlcycle.language.secrets import fill, hide

WRITTEN = {"query": "SELECT '${env:SHOP}'", "connect": {"database": "postgresql://${env:SHOP}", "port": 1}}
ENVIRON = {"SHOP": "reader:s3cret%40word/with@h/db", "OTHER": "other"}


def test_only_what_lies_below_connect_is_filled_in() -> None:
    filled = fill(WRITTEN, ENVIRON)
    assert filled["connect"] == {"database": f"postgresql://{ENVIRON['SHOP']}", "port": 1}
    assert filled["query"] == "SELECT '${env:SHOP}'"
    assert fill({"path": "${env:NO}"}, {}) == {"path": "${env:NO}"}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("cannot open postgresql://reader:s3cret%40word/with@h/db", "cannot open postgresql://***"),
        ("no host s3cret@word", "no host ***"),
        ("no host word/with@h: s3cret%40word", "no host word/***@h: ***"),
        ("relation other does not exist", "relation other does not exist"),
    ],
)
def test_no_part_of_a_secret_is_shown(said: str, shown: str) -> None:
    assert hide(said, WRITTEN, ENVIRON) == shown
