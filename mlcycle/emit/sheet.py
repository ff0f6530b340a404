"""A data sheet: a text in Markdown, and one page of HTML that needs nothing beside it."""

from __future__ import annotations

from dataclasses import dataclass

from mlcycle.emit.card import CardTable, CardText
from mlcycle.emit.render import render


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar of a picture that is 600 wide and 100 high; `hint` says what it stands for."""

    x: str
    y: str
    width: str
    height: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars in a row. first, last: what the ends stand for; most: the rows of the tallest bar."""

    title: str
    bars: tuple[Bar, ...]
    first: str
    last: str
    most: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A value with its rows; `width` is its bar's, in percent of the longest, 0 where it has none."""

    label: str
    rows: str
    share: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnView:
    """A column: what it means, what is missing, and what its values are like.

    marks: words such as `personal data`. line: its figures in a few words, for a table. spark: its picture
    as a text.
    """

    name: str
    dtype: str
    marks: tuple[str, ...]
    description: str
    missing: str
    missing_width: str
    facts: tuple[tuple[str, str], ...]
    charts: tuple[Chart, ...]
    categories: tuple[Category, ...]
    note: str
    line: str
    spark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the sheet: what was said, what nobody has said, and what was measured.

    missing: the columns that lack values, the most first.
    """

    title: str
    anchor: str
    about: str
    answers: tuple[CardText, ...] = ()
    unsaid: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[CardTable, ...] = ()
    missing: tuple[Category, ...] = ()
    columns: tuple[ColumnView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetView:
    """What the templates may show; all values are ready to print. `facts` are (name, value) pairs."""

    title: str
    subtitle: str
    description: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


def sheet_text(view: SheetView) -> str:
    """The sheet as Markdown; the same view gives the same text."""
    return render("sheet/data_sheet.md.j2", view)


def sheet_page(view: SheetView) -> str:
    """The sheet as HTML; the same view gives the same text."""
    return render("sheet/data_sheet.html.j2", view)
