from __future__ import annotations

import pytest

from mlcycle.cli.console import colorful, count, duration, table


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
    ],
)
def test_durations_have_no_more_digits_than_mean_something(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_counts_have_their_plural() -> None:
    assert [count(1, "node"), count(0, "node"), count(1000, "node")] == ["1 node", "0 nodes", "1,000 nodes"]


def test_a_table_pads_every_column_but_the_last() -> None:
    assert table([("a", "bb", "c"), ("aaa", "b", "")], indent="") == "a    bb  c\naaa  b"


def test_an_empty_table_is_empty() -> None:
    assert table([]) == ""


@pytest.mark.parametrize(
    ("terminal", "no_color", "term", "expected"),
    [
        (True, "", "xterm", True),
        (False, "", "xterm", False),
        (True, "1", "xterm", False),
        (True, "", "dumb", False),
    ],
)
def test_color_only_on_a_terminal_that_wants_it(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, no_color: str, term: str, expected: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", term)
    assert colorful(terminal) is expected
