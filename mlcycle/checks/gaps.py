"""Which findings may be told of a spec that lacks what was wrong in it: those that hold either way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import Span
from mlcycle.language.places import Path, Places, within
from mlcycle.language.tree import Mapping, Node, Scalar, Sequence

#: The sections of a spec with named things, each after those whose names it may use.
_SECTIONS = ("sources", "entities", "feature_views", "models", "services", "monitors", "retraining")
#: Keys whose entries are names that may be used elsewhere.
_NAMING = frozenset({*_SECTIONS, "columns", "derive", "features"})
#: Keys by which nothing else is judged: what is missing below one upsets its own part, if anything.
_LEAVES = frozenset(
    {"description", "owner", "sheet", "card", "freshness", "checks", "nullable", "ttl", "decision"}
    | {"preprocess", "split", "trainer", "gates", "packages", "rollout", "limits", "log", "triggers"}
)
#: Keys with words that name nothing.
_WORDS = frozenset({"kind", "description", "owner", "sheet", "card"})
_NAME = re.compile(r"[A-Za-z_]\w*")
_QUOTED = re.compile(r"`([a-z_][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Looks:
    """How far a check looks for what it finds.

    upset_by: sections, with keys in them, of what may change what is found of a thing that it is missing in;
    None for every key by which anything is judged.
    """

    upset_by: frozenset[Path] | None


_NAMES: frozenset[Path] = frozenset(
    {("sources", "derive"), ("sources", "clean"), ("models", "features")}
    | {("feature_views", key) for key in ("source", "entity", "columns", "features")}
)
_SPLIT: frozenset[Path] = frozenset({("models", "split")})

#: At a name and whether it is there.
AT_NAMES = Looks(_NAMES)
#: At a trainer or a gate, which know the task and the split of their model.
AT_TRAINING = Looks(_SPLIT)
#: At names, at the split, and whether rows have a time to be split by.
AT_SPLITS = Looks(_NAMES | _SPLIT | {("sources", "timestamp")})
#: At everything that a thing is made of.
AT_ALL = Looks(None)


@dataclass(frozen=True)
class Gaps:
    """What is missing in a document, by its paths there; nobody knows what `strays` were meant to be."""

    whole: Node
    paths: frozenset[Path]
    strays: frozenset[Path] = frozenset()

    def tells(self, finding: Diagnostic, looks: Looks) -> bool:
        """Whether a finding holds whatever stands in the gaps."""
        missing = self.paths | self.strays
        if not missing:
            return True
        at = self._places.path(finding.span)
        sections = any(len(gap) == 1 and gap[0] in _SECTIONS for gap in missing)
        if sections or self._lost & set(_mentioned(self.whole, at, finding.span)):
            return False
        near = at if looks.upset_by is not None else _part(at)
        if any(gap[: len(near)] == near for gap in missing):
            return False
        upset = {gap[:2] for gap in self.paths if _upsets(gap, looks)}
        return upset.isdisjoint(self._made_of(self._about(finding, at)))

    def _about(self, finding: Diagnostic, at: Path) -> set[Path]:
        """The things that a finding is about: where it is, where it points to, and those that it names."""
        named = set(_QUOTED.findall(finding.message))
        places = {at[:2], *(self._places.path(other.span)[:2] for other in finding.related)}
        return places.union(*(self._called.get(name, ()) for name in named))

    @cached_property
    def _places(self) -> Places:
        return Places(self.whole)

    @cached_property
    def _lost(self) -> frozenset[str]:
        """The names of what is missing, and all that it names."""
        found: set[str] = set()
        for gap in self.paths | self.strays:
            if _LEAVES.isdisjoint(gap):
                found.update(_names(self.whole.find(gap), keys=True))
                if len(gap) > 1 and gap[-2] in _NAMING:
                    found.add(str(gap[-1]))
        return frozenset(found)

    @cached_property
    def _things(self) -> dict[Path, frozenset[str]]:
        """Each thing of the spec with the names in it; a model and one that extends it name each other."""
        found: dict[Path, frozenset[str]] = {}
        for section in _SECTIONS:
            listed = self.whole.child(section)
            for name, entry in listed.entries.items() if isinstance(listed, Mapping) else ():
                found[(section, name)] = frozenset(_names(entry.value))
        tests = self.whole.child("tests")
        for number, test in enumerate(tests.items if isinstance(tests, Sequence) else ()):
            found[("tests", number)] = frozenset(_names(test))
        for model in [thing for thing in found if thing[0] == "models"]:
            base = self.whole.find((*model, "extends"))
            extended = ("models", str(base.value) if isinstance(base, Scalar) else "")
            if extended in found:
                found[extended] |= {str(model[1])}
        return found

    @cached_property
    def _called(self) -> dict[str, list[Path]]:
        """Things by their name."""
        found: dict[str, list[Path]] = {}
        for thing in self._things:
            found.setdefault(str(thing[1]), []).append(thing)
        return found

    def _made_of(self, things: set[Path]) -> set[Path]:
        """Things and all that they name, and what those name."""
        found: set[Path] = set()
        left = list(things)
        while left:
            one = left.pop()
            if one not in found:
                found.add(one)
                left += self._parts_of(one)
        return found

    def _parts_of(self, thing: Path) -> list[Path]:
        """The things that a thing names."""
        if thing not in self._known_parts:
            named = self._things.get(thing, frozenset()) & self._called.keys()
            parts = [other for name in named for other in self._called[name]]
            self._known_parts[thing] = [other for other in parts if _rank(other) <= _rank(thing)]
        return self._known_parts[thing]

    @cached_property
    def _known_parts(self) -> dict[Path, list[Path]]:
        return {}


def _rank(thing: Path) -> int:
    section = str(thing[0]) if thing else ""
    return _SECTIONS.index(section) if section in _SECTIONS else len(_SECTIONS)


def _part(path: Path) -> Path:
    """The part of a thing that a path leads into: a key of it, or one of several under a key."""
    several = len(path) > 3 and (isinstance(path[3], int) or path[2] in _NAMING)
    return path[: 4 if several else 3]


def _upsets(gap: Path, looks: Looks) -> bool:
    """Whether a gap may change what is found of things that its own is a part of."""
    named = len(gap) > 3 and isinstance(gap[3], str)
    if looks.upset_by is None:
        return not (named and gap[2] in ("derive", "features")) and _LEAVES.isdisjoint(gap[2:])
    names_itself = named or (len(gap) > 3 and gap[2] == "clean")
    return not names_itself and gap[:1] + gap[2:3] in looks.upset_by


def _mentioned(whole: Node, path: Path, span: Span) -> Iterator[str]:
    """The names in what a path leads to; that of the key, if it is the key that the span is of."""
    node = whole.find(path)
    if path and not within(span, node.span):
        yield str(path[-1])
    yield from _names(node)


def _names(node: object, *, keys: bool = False) -> Iterator[str]:
    """The names in the texts of a value, and in its keys."""
    if isinstance(node, Scalar) and isinstance(node.value, str):
        yield from _NAME.findall(node.value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _names(item, keys=keys)
    elif isinstance(node, Mapping):
        for key, entry in node.entries.items():
            if key not in _WORDS:
                yield from _NAME.findall(key) if keys else ()
                yield from _names(entry.value, keys=keys)
