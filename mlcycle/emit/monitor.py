"""The report of a monitor: one page of HTML that needs nothing beside it, rendered from recorded results."""

from __future__ import annotations

from dataclasses import dataclass

from mlcycle.emit.render import render


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A plot as a data URI."""

    title: str
    caption: str
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A verdict: `verdict` is its class, `text` what is shown, `hint` the sentence behind it."""

    verdict: str
    text: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a table: its head, plain texts, then verdicts."""

    head: str
    texts: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A table with its heads."""

    title: str
    note: str
    heads: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorPage:
    """What the template may show; all values are ready to print.

    state: `fail`, `inconclusive` or `pass`. wrong, unsure, notes: sentences. facts: (name, value) pairs.
    """

    title: str
    subtitle: str
    state: str
    headline: str
    wrong: tuple[str, ...]
    unsure: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    pictures: tuple[Picture, ...]
    parts: tuple[Part, ...]
    notes: tuple[str, ...]


def page_text(view: MonitorPage) -> str:
    """The report as HTML; the same view gives the same text."""
    return render("monitor/report.html.j2", view)
