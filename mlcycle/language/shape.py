"""Pydantic's errors -> diagnostics on the line and column where the mistake was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import Span
from mlcycle.diagnostics.suggest import did_you_mean, nearest
from mlcycle.language.base import SpecModel
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A document and what it was validated as: everything that wording an error needs."""

    model: type[SpecModel]
    root: YamlNode
    data: Data
    kinds: Kinds

    def diagnostics(self, error: ValidationError) -> tuple[Diagnostic, ...]:
        """One diagnostic for each mistake, in the order of their places."""
        told = mistakes((dict(details) for details in error.errors(include_url=False)), self.data)
        worded = (self._one(one) for one in told)
        return tuple(sorted(dict.fromkeys(one for one in worded if one), key=lambda one: one.order))

    def _one(self, mistake: Mistake) -> Diagnostic | None:
        details, path = mistake.details, mistake.path
        kind: str = details["type"]
        if kind.startswith("MLC"):
            found = self._own(kind, details["ctx"], path)
            return self._with_choices(found, mistake)
        for codes, word in _WORDERS:
            if kind in codes:
                return word(self, details, path)
        raise AssertionError(f"no wording for pydantic's {kind}: {details['msg']}")

    def _with_choices(self, found: Diagnostic, mistake: Mistake) -> Diagnostic:
        """Name the words that could have been written instead, where a value may be one of those too."""
        if mistake.union is None or mistake.path != mistake.union[0]:
            return found
        names = choices_at(self.model, self.data, mistake.path, self.kinds)
        if not names:
            return found
        return replace(
            found,
            help=f"{found.help}, or {choice(names)}" if found.help else f"{choice(names)} may stand here too",
        )

    def _own(self, code: str, context: dict[str, Any], path: Path) -> Diagnostic:
        at_key = path[-1:] == ("[key]",)
        whole = (*(path[:-1] if at_key else path), *context["path"])
        span = self.root.key_span(whole) if at_key else self._place(whole)
        return Diagnostic(code=code, message=context["message"], span=span, help=context["help"])

    def _unknown_key(self, details: dict[str, Any], path: Path) -> Diagnostic:
        *above, key = path
        model = model_at(self.model, self.data, above, self.kinds)
        noun = model.noun if model else "mapping"
        hint = did_you_mean(str(key), keys(model)) if model else None
        listed = hint.replace("there are", "its keys are") if hint else None
        return Diagnostic(
            code="MLC101",
            message=f"`{short(str(key))}` is not a key of this {noun}",
            span=self.root.key_span(path),
            help=listed,
        )

    def _missing_key(self, details: dict[str, Any], path: Path) -> Diagnostic | None:
        *above, key = path
        model = model_at(self.model, self.data, above, self.kinds)
        noun = model.noun if model else "mapping"
        if self._misspelt(above, str(key), model):
            return None
        return Diagnostic(
            code="MLC102",
            message=f"this {noun} has no `{key}`",
            span=self._place(above),
            help=f"add `{key}:`",
        )

    def _misspelt(self, above: Sequence[str | int], key: str, model: type[SpecModel] | None) -> bool:
        """Whether the key is there with a slip: that is one mistake, which MLC101 tells."""
        written = self.root.find(above)
        known = keys(model) if model else ()
        others = written.entries if isinstance(written, MappingNode) else ()
        return any(nearest(name, known) == key for name in others if name not in known)

    def _wrong_type(self, details: dict[str, Any], path: Path) -> Diagnostic:
        value = self.root.find(path).data()
        expected = _EXPECTED[details["type"]]
        message = f"{_subject(path)} must be {expected}; found {found(value)}"
        return Diagnostic(
            code="MLC104", message=message, span=self._place(path), help=_hint(details["type"], value, path)
        )

    def _not_a_choice(self, details: dict[str, Any], path: Path) -> Diagnostic:
        value = self.root.find(path).data()
        names = choices_at(self.model, self.data, path, self.kinds)
        near = nearest(value, names) if isinstance(value, str) else None
        return Diagnostic(
            code="MLC105",
            message=f"{_subject(path)} cannot be {shown(value)}",
            span=self._place(path),
            help=f"did you mean `{near}`?" if near else f"write {choice(names)}",
        )

    def _pattern(self, details: dict[str, Any], path: Path) -> Diagnostic:
        value, form = self.root.find(path).data(), details["ctx"]["pattern"]
        message = f"{_subject(path)} cannot be {shown(value)}"
        return Diagnostic(
            code="MLC105", message=message, span=self._place(path), help=f"write what has the form `{form}`"
        )

    def _limit(self, details: dict[str, Any], path: Path) -> Diagnostic:
        key, word = _LIMITS[details["type"]]
        value = self.root.find(path).data()
        message = f"{_subject(path)} must be {word} {details['ctx'][key]}; found {value}"
        return Diagnostic(code="MLC106", message=message, span=self._place(path))

    def _length(self, details: dict[str, Any], path: Path) -> Diagnostic | None:
        key, words = _LENGTHS[details["type"]]
        limit = details["ctx"][key]
        value = self.root.find(path).data()
        if key == "min_length" and isinstance(value, str | tuple | dict) and len(value) >= limit:
            return None  # too short only because items that have a mistake of their own were left out
        needs = words.format(limit).replace("item(s)", "item" if limit == 1 else "items")
        needs = needs.replace("character(s)", "character" if limit == 1 else "characters")
        return Diagnostic(code="MLC112", message=f"{_subject(path)} needs {needs}", span=self._place(path))

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


def _hint(kind: str, value: Data, path: Path) -> str | None:
    if kind == "tuple_type" and isinstance(value, str | int | float):
        return f"write `[{short(str(value))}]`"
    if kind == "string_type" and isinstance(value, bool | int | float):
        return "put it in quotes"
    if kind == "bool_type" and isinstance(value, str) and value.lower() in {"yes", "no", "on", "off"}:
        return f"write `{'true' if value.lower() in {'yes', 'on'} else 'false'}`"
    if kind in {"int_type", "float_type"} and isinstance(value, str) and value.replace(".", "", 1).isdigit():
        return "remove the quotes"
    return None


_Worder = Callable[[Shape, dict[str, Any], Path], Diagnostic | None]
_WORDERS: tuple[tuple[frozenset[str], _Worder], ...] = (
    (frozenset({"extra_forbidden"}), Shape._unknown_key),
    (frozenset({"missing"}), Shape._missing_key),
    (frozenset(_EXPECTED), Shape._wrong_type),
    (frozenset({"literal_error"}), Shape._not_a_choice),
    (frozenset({"string_pattern_mismatch"}), Shape._pattern),
    (frozenset(_LIMITS), Shape._limit),
    (frozenset(_LENGTHS), Shape._length),
)
