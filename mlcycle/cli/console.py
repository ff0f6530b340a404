"""Where output goes and how it looks there; everything that a command prints goes through here."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import click

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.language.paths import inside


class OutputClosed(Exception):
    """Nobody reads standard output any more: `mlcycle plan | head`."""


def say(text: str = "") -> None:
    """A line of result, to standard output. Raises OutputClosed."""
    try:
        click.echo(text)
    except BrokenPipeError as error:
        raise OutputClosed from error


def note(text: str) -> None:
    """A line about the work itself, to standard error."""
    click.echo(text, err=True)


def colorful(stream_is_terminal: bool | None = None) -> bool:
    """Whether to color: on a terminal, unless NO_COLOR says no (https://no-color.org)."""
    terminal = sys.stderr.isatty() if stream_is_terminal is None else stream_is_terminal
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show_findings(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> None:
    """Findings with their excerpts, to standard error."""
    from mlcycle.diagnostics.render import as_text

    found = sorted(diagnostics, key=lambda d: d.order)
    if found:
        note(as_text(found, sources, color=colorful()).rstrip() + "\n")


def sources_of(diagnostics: Iterable[Diagnostic], root: Path | None) -> dict[str, str]:
    """The text of every file that the findings name, for their excerpts, as far as it can be read."""
    texts: dict[str, str] = {}
    for name in {span.file for d in diagnostics for span in (d.span, *(r.span for r in d.related))}:
        with suppress(OSError, ValueError):  # what a link outside the project leads to is shown to nobody
            texts[name] = inside(root or Path(), name).read_text(encoding="utf-8", errors="replace")
    return texts


def table(rows: Iterable[tuple[str, ...]], indent: str = "  ") -> str:
    """Rows in columns as wide as their widest cell; the last column is not padded."""
    cells = [tuple(row) for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))] if cells else []
    return "\n".join(
        (indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip()
        for row in cells
    )


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 node`, `1,000 nodes`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def all_stand(nodes: int) -> str:
    """`the node stands`, `all 7 nodes stand`."""
    return "the node stands" if nodes == 1 else f"all {nodes:,} nodes stand"


def number(value: float | None) -> str:
    """A figure with as many digits as help: three behind the point, or two that count for a tiny one."""
    if value is None:
        return ""
    if value == 0 or abs(value) >= 0.001:
        return f"{value:,.3f}"
    return f"{value:.1e}"
