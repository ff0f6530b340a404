"""What a document with mistakes says apart from them, so that the same run finds the other mistakes too.

A slip of the keyboard is read as what was meant; whatever else is wrong is left out, with as little around it
as can be. `Draft.gaps` are what is missing then: nothing that hangs on one may be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import Span
from mlcycle.language.edits import Edit, LeftOut, Renamed, edited, place
from mlcycle.language.kinds import Kinds
from mlcycle.language.places import Path, Places, within
from mlcycle.language.shape import Told
from mlcycle.language.tree import Data, Node, Place
from mlcycle.language.validation import M, Misshapen, attach, shaped

#: What is left out may show as a mistake of what is around it: as often as a spec is deep, and not more.
_MOST_ROUNDS = 16
#: A document with more mistakes is not read on: it would take long, and nobody reads that many.
_MOST_MISTAKES = 200
_NOTHING: Mapping[str, Data] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(Generic[M]):
    """What could be read of a document.

    whole: the document as it was meant, nothing left out. gaps: paths in it of what was left out. strays:
    those of keys that are like none of the language's, so that nobody can say what is missing.
    """

    value: M
    whole: Node
    gaps: frozenset[Path] = frozenset()
    strays: frozenset[Path] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered(Generic[M]):
    """Every mistake of form in a document, and what the rest of it says; no draft if nothing can be made."""

    mistakes: tuple[Diagnostic, ...]
    draft: Draft[M] | None


def recover(
    model: type[M],
    root: Node,
    kinds: Kinds,
    *,
    filled: Mapping[str, Data] = _NOTHING,
    stand_ins: Mapping[str, Data] = _NOTHING,
    broken: tuple[Span, ...] = (),
) -> Recovered[M]:
    """Read a document as a model, leaving out what is wrong.

    filled: values of keys of the document itself that need not be written. stand_ins: those of keys that have
    to be written. broken: keys or items that are known to be wrong already.
    """
    reading = _Reading(root=root, whole=root, filled=dict(filled))
    known = [reading.around(span) for span in broken]
    value, wrong = reading.value(model, kinds)
    told = {one.diagnostic: None for one in wrong if not _in_one_of(known, one)}
    changed = len(wrong) <= _MOST_MISTAKES and reading.mend(wrong, stand_ins, broken)
    for _ in range(_MOST_ROUNDS):
        if not changed:
            break
        value, wrong = reading.value(model, kinds)
        told |= {one.diagnostic: None for one in wrong if _in_one_of(reading.corrected, one)}
        changed = reading.mend(wrong, stand_ins)
    if value is None:
        return Recovered(mistakes=tuple(told), draft=None)
    empty = tuple(attach(value, reading.root))
    gaps = reading.paths((*reading.left_out, *(one.span for one in empty)))
    draft = Draft(value=value, whole=reading.whole, gaps=gaps, strays=reading.paths(reading.unknown))
    return Recovered(mistakes=(*told, *empty), draft=draft)


def _in_one_of(regions: Iterable[Span], told: Told) -> bool:
    return any(within(told.diagnostic.span, region) for region in regions)


@dataclass(slots=True, kw_only=True)
class _Reading:
    """A document that is being mended. A mistake in what was `corrected` is one of its own."""

    root: Node
    whole: Node
    filled: dict[str, Data]
    left_out: list[Span] = field(default_factory=list)
    unknown: list[Span] = field(default_factory=list)
    corrected: list[Span] = field(default_factory=list)

    def value(self, model: type[M], kinds: Kinds) -> tuple[M | None, tuple[Told, ...]]:
        """The document as it is now, or what is wrong with it."""
        try:
            return shaped(model, self.root, kinds, **self.filled), ()
        except Misshapen as misshapen:
            return None, misshapen.told

    def mend(
        self, wrong: tuple[Told, ...], stand_ins: Mapping[str, Data], broken: tuple[Span, ...] = ()
    ) -> bool:
        """Do what the mistakes ask for; false if nothing can be done."""
        edits: dict[Place, Edit] = {place(span): LeftOut() for span in broken}
        self.left_out += broken
        before = dict(self.filled)
        for one in wrong:
            if one.path:
                edits.setdefault(place(self.root.key_span(one.path)), self._noted(one))
            else:
                unwritten = (key for key in stand_ins if self.root.child(key) is None)
                self.filled |= {key: stand_ins[key] for key in unwritten if key not in self.filled}
        if not edits:
            return self.filled != before
        corrections = {at: edit for at, edit in edits.items() if not isinstance(edit, LeftOut)}
        self.whole = edited(self.whole, corrections)
        self.root = edited(self.root, edits)
        return True

    def _noted(self, one: Told) -> Edit:
        if not isinstance(one.edit, LeftOut):
            self.corrected.append(self._region(one))
        else:
            where = self.left_out if one.edit.known else self.unknown
            where.append(self.root.key_span(one.path))
        return one.edit

    def _region(self, one: Told) -> Span:
        """The value under a key that was renamed; what a kind decides about; the value itself."""
        decides = not isinstance(one.edit, Renamed) and one.path[-1] == "kind"
        return self.root.find(one.path[:-1] if decides else one.path).span

    def around(self, span: Span) -> Span:
        """A key with its value, an item."""
        value = self.root.find(Places(self.root).path(span)).span
        return replace(span, end_line=value.end_line, end_column=value.end_column)

    def paths(self, spans: Iterable[Span]) -> frozenset[Path]:
        """Places as paths in the document as it was meant."""
        return frozenset(map(Places(self.whole).path, spans))
