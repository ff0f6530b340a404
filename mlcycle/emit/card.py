"""The model card: a page in Markdown, rendered from recorded results."""

from __future__ import annotations

from dataclasses import dataclass

from mlcycle.emit.render import render


@dataclass(frozen=True, slots=True, kw_only=True)
class CardTable:
    """A table of texts; every row has as many cells as there are columns."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardText:
    """A section in the author's own words; `items` is a list below it."""

    title: str
    text: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """What the card's template may show; all values are ready to print. `facts` are (name, value) pairs."""

    title: str
    description: str
    facts: tuple[tuple[str, str], ...]
    texts: tuple[CardText, ...]
    tables: tuple[CardTable, ...]


def card_text(view: CardView) -> str:
    """The card as Markdown; the same view gives the same text."""
    return render("card/model_card.md.j2", view)
