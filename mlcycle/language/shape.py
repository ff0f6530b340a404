"""Pydantic's errors -> diagnostics on the line and column where the mistake was written, each with what its
author most likely meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import Span
from mlcycle.diagnostics.suggest import nearest, told
from mlcycle.language.base import SpecModel
from mlcycle.language.edits import Edit, LeftOut, Renamed, Replaced
from mlcycle.language.kinds import Kinds
from mlcycle.language.tree import Data, YamlNode
from mlcycle.language.tree import Mapping as MappingNode
from mlcycle.language.unions import Mistake, Path, mistakes
from mlcycle.language.walk import choices_at, keys, model_at
from mlcycle.language.words import choice, found, short, shown

#: Pydantic's type of an error -> what should have been there.
_EXPECTED: Mapping[str, str] = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "`true` or `false`",
    "dict_type": "a mapping of `key: value` lines",
    "model_type": "a mapping of `key: value` lines",
    "model_attributes_type": "a mapping of `key: value` lines",
    "tuple_type": "a list",
}
_LIMITS: Mapping[str, tuple[str, str]] = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}
_LENGTHS: Mapping[str, tuple[str, str]] = {
    "too_short": ("min_length", "at least {} item(s)"),
    "too_long": ("max_length", "at most {} items"),
    "string_too_short": ("min_length", "at least {} character(s)"),
    "string_too_long": ("max_length", "at most {} characters"),
}


_LEFT_OUT = LeftOut()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A mistake, the path of what would have to change in the document, and how."""

    diagnostic: Diagnostic
    path: Path
    edit: Edit = _LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A document and what it was validated as: everything that wording an error needs."""

    model: type[SpecModel]
    root: YamlNode
    data: Data
    kinds: Kinds

    def told(self, error: ValidationError) -> tuple[Told, ...]:
        """Each mistake once, in the order of their places."""
        found = mistakes((dict(details) for details in error.errors(include_url=False)), self.data)
        worded = {told.diagnostic: told for told in map(self._one, found) if told is not None}
        return tuple(sorted(worded.values(), key=lambda told: told.diagnostic.order))

    def _one(self, mistake: Mistake) -> Told | None:
        details, path = mistake.details, mistake.path
        kind: str = details["type"]
        if kind.startswith("MLC"):
            return self._with_choices(self._own(kind, details["ctx"], path), mistake)
        for codes, word in _WORDERS:
            if kind in codes:
                return word(self, details, path)
        raise AssertionError(f"no wording for pydantic's {kind}: {details['msg']}")

    def _with_choices(self, told: Told, mistake: Mistake) -> Told:
        """Name the words that could have been written instead, where a value may be one of those too."""
        if mistake.union is None or mistake.path != mistake.union[0]:
            return told
        names = choices_at(self.model, self.data, mistake.path, self.kinds)
        if not names:
            return told
        found = told.diagnostic
        words = f"{found.help}, or {choice(names)}" if found.help else f"{choice(names)} may stand here too"
        return replace(told, diagnostic=replace(found, help=words))

    def _own(self, code: str, context: dict[str, Any], path: Path) -> Told:
        at_key = path[-1:] == ("[key]",)
        whole = (*(path[:-1] if at_key else path), *context["path"])
        of_key = at_key or code == "MLC101"
        span = self.root.key_span(whole) if of_key else self._place(whole)
        found = Diagnostic(code=code, message=context["message"], span=span, help=context["help"])
        if context["meant"] is None:
            return Told(diagnostic=found, path=whole)
        mend = Renamed if of_key else Replaced
        return Told(diagnostic=found, path=whole, edit=mend(context["meant"]))

    def _unknown_key(self, details: dict[str, Any], path: Path) -> Told:
        *above, last = path
        key, model = str(last), model_at(self.model, self.data, above, self.kinds)
        noun = model.noun if model else "mapping"
        known = sorted(keys(model)) if model else []
        near = nearest(key, known)
        hint = told(near, known)
        found = Diagnostic(
            code="MLC101",
            message=f"`{short(key)}` is not a key of this {noun}",
            span=self.root.key_span(path),
            help=hint.replace("there are", "its keys are") if hint else None,
        )
        return Told(
            diagnostic=found, path=path, edit=Renamed(near) if near is not None else LeftOut(known=False)
        )

    def _missing_key(self, details: dict[str, Any], path: Path) -> Told | None:
        *above, key = path
        model = model_at(self.model, self.data, above, self.kinds)
        noun = model.noun if model else "mapping"
        if self._misspelt(above, str(key), model):
            return None
        found = Diagnostic(
            code="MLC102",
            message=f"this {noun} has no `{key}`",
            span=self._place(above),
            help=f"add `{key}:`",
        )
        return Told(diagnostic=found, path=tuple(above))

    def _misspelt(self, above: Sequence[str | int], key: str, model: type[SpecModel] | None) -> bool:
        """Whether the key is there with a slip: that is one mistake, which MLC101 tells."""
        written = self.root.find(above)
        known = keys(model) if model else ()
        others = written.entries if isinstance(written, MappingNode) else ()
        return any(nearest(name, known) == key for name in others if name not in known)

    def _wrong_type(self, details: dict[str, Any], path: Path) -> Told:
        value = self.root.find(path).data()
        expected = _EXPECTED[details["type"]]
        message = f"{_subject(path)} must be {expected}; found {found(value)}"
        help_line, edit = _remedy(details["type"], value) or (None, _LEFT_OUT)
        span = self._place(path)
        return Told(
            diagnostic=Diagnostic(code="MLC104", message=message, span=span, help=help_line),
            path=path,
            edit=edit,
        )

    def _not_a_choice(self, details: dict[str, Any], path: Path) -> Told:
        value = self.root.find(path).data()
        names = choices_at(self.model, self.data, path, self.kinds)
        near = nearest(value, names) if isinstance(value, str) else None
        found = Diagnostic(
            code="MLC105",
            message=f"{_subject(path)} cannot be {shown(value)}",
            span=self._place(path),
            help=f"did you mean `{near}`?" if near else f"write {choice(names)}",
        )
        return Told(diagnostic=found, path=path, edit=Replaced(near) if near else _LEFT_OUT)

    def _pattern(self, details: dict[str, Any], path: Path) -> Told:
        value, form = self.root.find(path).data(), details["ctx"]["pattern"]
        message = f"{_subject(path)} cannot be {shown(value)}"
        help_line = f"write what has the form `{form}`"
        return self._wrong("MLC105", message, path, help_line)

    def _limit(self, details: dict[str, Any], path: Path) -> Told:
        key, word = _LIMITS[details["type"]]
        value = self.root.find(path).data()
        message = f"{_subject(path)} must be {word} {details['ctx'][key]}; found {value}"
        return self._wrong("MLC106", message, path)

    def _length(self, details: dict[str, Any], path: Path) -> Told | None:
        key, words = _LENGTHS[details["type"]]
        limit = details["ctx"][key]
        value = self.root.find(path).data()
        if key == "min_length" and isinstance(value, str | tuple | dict) and len(value) >= limit:
            return None  # too short only because items that have a mistake of their own were left out
        needs = words.format(limit).replace("item(s)", "item" if limit == 1 else "items")
        needs = needs.replace("character(s)", "character" if limit == 1 else "characters")
        return self._wrong("MLC112", f"{_subject(path)} needs {needs}", path)

    def _wrong(self, code: str, message: str, path: Path, help_line: str | None = None) -> Told:
        """A value of which nobody knows what it should have been."""
        found = Diagnostic(code=code, message=message, span=self._place(path), help=help_line)
        return Told(diagnostic=found, path=path)

    def _place(self, path: Sequence[str | int]) -> Span:
        """The value; the key that names it where it is a block of lines, so that one line is marked."""
        node = self.root.find(path)
        block = isinstance(node, MappingNode) and not node.flow
        if path and (block or node.span.line != node.span.end_line):
            return self.root.key_span(path)
        return node.span


def _subject(path: Path) -> str:
    named = [step for step in path if isinstance(step, str) and step != "[key]"]
    if not named:
        return "the spec"
    return f"an item of `{named[-1]}`" if isinstance(path[-1], int) else f"`{named[-1]}`"


def _remedy(kind: str, value: Data) -> tuple[str, Edit] | None:
    """What to write for a value of the wrong type, where that is plain."""
    if kind == "tuple_type" and isinstance(value, str | int | float):
        return f"write `[{short(str(value))}]`", Replaced((value,))
    if kind == "string_type" and isinstance(value, bool | int | float):
        return "put it in quotes", _LEFT_OUT  # it may well be a slip for a name
    if kind == "bool_type" and isinstance(value, str) and value.lower() in {"yes", "no", "on", "off"}:
        meant = value.lower() in {"yes", "on"}
        return f"write `{'true' if meant else 'false'}`", Replaced(meant)
    if kind == "int_type" and isinstance(value, str) and value.isdecimal():
        return "remove the quotes", Replaced(int(value))
    if kind == "float_type" and isinstance(value, str) and value.replace(".", "", 1).isdecimal():
        return "remove the quotes", Replaced(float(value))
    return None


_Worder = Callable[[Shape, dict[str, Any], Path], Told | None]
_WORDERS: tuple[tuple[frozenset[str], _Worder], ...] = (
    (frozenset({"extra_forbidden"}), Shape._unknown_key),
    (frozenset({"missing"}), Shape._missing_key),
    (frozenset(_EXPECTED), Shape._wrong_type),
    (frozenset({"literal_error"}), Shape._not_a_choice),
    (frozenset({"string_pattern_mismatch"}), Shape._pattern),
    (frozenset(_LIMITS), Shape._limit),
    (frozenset(_LENGTHS), Shape._length),
)
