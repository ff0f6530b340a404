"""Measured columns as the page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlcycle.emit.sheet import Bar, Category, Chart, ColumnView
from mlcycle.kinds.registration.tables import duration
from mlcycle.kinds.sheets.measure import Bin, Measured
from mlcycle.kinds.sheets.words import share

_WIDTH, _HEIGHT = 600.0, 100.0
_LEVELS = "▁▂▃▄▅▆▇█"
_MOST_LEVELS = 30
_SHORT = 5


def column(found: Measured) -> ColumnView:
    """A column's card and its row of the table."""
    return ColumnView(
        name=found.name,
        dtype=found.dtype,
        marks=tuple(_marks(found.marks)),
        description=str(found.marks.get("description", "")),
        missing=_missing(found),
        missing_width=f"{100 * found.missing_share:.2f}",
        facts=found.facts,
        charts=(chart(found.name, found.bins, found.note, found.ends),) if found.bins else (),
        categories=_categories(found),
        note=found.note,
        line=_line(found),
        spark=spark(found.bins),
    )


def chart(title: str, bins: Sequence[Bin], note: str = "", ends: tuple[str, str] | None = None) -> Chart:
    """Bars in the order of the bins, the tallest as high as the picture. ends: names for its two sides."""
    first, last = ends or (bins[0].label, bins[-1].label)
    most = max(each.rows for each in bins)
    step = _WIDTH / len(bins)
    return Chart(
        title=title,
        bars=tuple(_bar(i, each, step, most) for i, each in enumerate(bins) if each.rows),
        first=first,
        last=last,
        most=_rows(most),
        note=note,
    )


def spark(bins: Sequence[Bin]) -> str:
    """The same picture as a text, thinned out where it has many bars; nothing where there are none."""
    if not bins:
        return ""
    together = -(-len(bins) // _MOST_LEVELS)
    heights = [sum(each.rows for each in bins[i : i + together]) for i in range(0, len(bins), together)]
    most = max(*heights, 1)
    return "".join(_LEVELS[-(-height * (len(_LEVELS) - 1) // most)] for height in heights)


def _bar(place: int, bin: Bin, step: float, most: int) -> Bar:
    height = max(_HEIGHT * bin.rows / most, 0.5)
    return Bar(
        x=f"{place * step:.2f}",
        y=f"{_HEIGHT - height:.2f}",
        width=f"{step * 0.88:.2f}",
        height=f"{height:.2f}",
        hint=f"{bin.label}: {_rows(bin.rows)}",
    )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def gaps(columns: Sequence[Measured]) -> tuple[Category, ...]:
    """The columns that lack values, the most first."""
    lacking = sorted((c for c in columns if c.missing), key=lambda c: -c.missing)
    return tuple(_category(c.name, c.missing, c.rows, lacking[0].missing) for c in lacking)


def _categories(found: Measured) -> tuple[Category, ...]:
    known = found.rows - found.missing
    most = max((each.rows for each in found.top if not each.rest), default=1)
    return tuple(_category(each.label, each.rows, known, 0 if each.rest else most) for each in found.top)


def _category(label: str, rows: int, of: int, most: int) -> Category:
    width = f"{100 * rows / most:.1f}" if most else "0"
    return Category(label=label, rows=_rows(rows), share=share(rows / of), width=width)


def _marks(marks: Mapping[str, Any]) -> list[str]:
    words = [word for key, word in (("pii", "personal data"), ("sensitive", "sensitive")) if marks.get(key)]
    if marks.get("never_known"):
        words.append("never known beforehand")
    late = marks.get("available_after_seconds")
    return [*words, f"known {duration(late)} after"] if late else words


def _missing(found: Measured) -> str:
    if not found.missing:
        return "none"
    return f"{found.missing:,} ({share(found.missing_share)})"


def _line(found: Measured) -> str:
    """Its figures in a few words."""
    if found.top:
        known = found.rows - found.missing
        listed = [f"{each.label} {share(each.rows / known)}" for each in found.top[:_SHORT]]
        return ", ".join(listed) + (", ..." if len(found.top) > _SHORT else "")
    said = ", ".join(f"{name} {figure}" for name, figure in found.facts)
    if found.shape in ("hidden", "text", "empty"):
        return f"{said}. {found.note}" if said else found.note
    return said
