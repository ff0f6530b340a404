"""`extends: other_model`: a model that takes another one's keys over whole, and says what differs.

Done on the tree, before anything is validated: every value keeps the place where it was really written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import Span
from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.language.tree import Entry, Mapping, Node, Scalar

#: What a key of a model takes the place of, where its base has that.
_INSTEAD = {
    "horizon": ("predict_at",),
    "predict_at": ("horizon",),
    "rows": ("population",),
    "population": ("rows", "horizon", "predict_at"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Based:
    """A document with every `extends` filled in. broken: the keys of models where that was not possible."""

    root: Node
    mistakes: tuple[Diagnostic, ...] = ()
    broken: tuple[Span, ...] = ()


def with_bases(root: Node) -> Based:
    """Fill in every `extends`. Mistakes: a base that is unknown (MLC120), models in a circle (MLC121)."""
    models = root.entries.get("models") if isinstance(root, Mapping) else None
    if not isinstance(root, Mapping) or models is None or not isinstance(models.value, Mapping):
        return Based(root=root)
    given, filled = models.value.entries, dict[str, Entry]()
    mistakes: dict[Span, Diagnostic] = {}
    broken: list[Span] = []
    for name, entry in given.items():
        try:
            filled[name] = Entry(entry.place, _filled(entry.value, given, (name,)))
        except _NoBase as none:
            filled[name] = entry
            broken.append(entry.key)
            mistakes.update({none.mistake.span: none.mistake} if none.circle.isdisjoint(mistakes) else {})
    replaced = Entry(models.place, replace(models.value, entries=filled))
    found = tuple(mistakes.values())
    return Based(
        root=replace(root, entries={**root.entries, "models": replaced}), mistakes=found, broken=tuple(broken)
    )


class _NoBase(Exception):
    """A model cannot be filled in. circle: where each model of a circle names the next one."""

    def __init__(self, mistake: Diagnostic, circle: frozenset[Span] = frozenset()) -> None:
        super().__init__(mistake.message)
        self.mistake = mistake
        self.circle = circle


def _filled(model: Node, models: dict[str, Entry], seen: tuple[str, ...]) -> Node:
    entry = model.entries.get("extends") if isinstance(model, Mapping) else None
    if not isinstance(model, Mapping) or entry is None or not isinstance(entry.value, Scalar):
        return model
    base = entry.value.value
    if not isinstance(base, str):
        return model
    if base in seen:
        raise _circle(models, (*seen, base))
    if base not in models:
        help_line = did_you_mean(base, set(models) - {seen[0]})
        message = f"there is no model `{base}` to extend"
        raise _NoBase(Diagnostic(code="MLC120", message=message, span=entry.value.span, help=help_line))
    below = _filled(models[base].value, models, (*seen, base))
    if not isinstance(below, Mapping):
        return model
    taken = {key: entry for key, entry in below.entries.items() if key not in _dropped(model)}
    return replace(model, entries={**taken, **model.entries})


def _circle(models: dict[str, Entry], way: tuple[str, ...]) -> _NoBase:
    places = [models[name].value.find(("extends",)).span for name in way[:-1]]
    message = "these models extend each other: " + " -> ".join(f"`{name}`" for name in way)
    return _NoBase(Diagnostic(code="MLC121", message=message, span=places[-1]), frozenset(places))


def _dropped(model: Mapping) -> set[str]:
    """The keys of the base that do not go with what the model itself says."""
    dropped = {other for key in model.entries for other in _INSTEAD.get(key, ())}
    label = model.entries.get("label")
    of_a_column = label is not None and isinstance(label.value, Scalar)
    return dropped | {"rows", "population"} if of_a_column else dropped
