"""`extends: other_model`: a model that takes another one's keys over whole, and says what differs.

Done on the tree, before anything is validated: every value keeps the place where it was really written.
"""

from __future__ import annotations

from dataclasses import replace

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.language.tree import Entry, Mapping, Node, Scalar

#: What a key of a model takes the place of, where its base has that.
_INSTEAD = {
    "horizon": ("predict_at",),
    "predict_at": ("horizon",),
    "rows": ("population",),
    "population": ("rows", "horizon", "predict_at"),
}


def with_bases(root: Node) -> Node:
    """The document with every `extends` filled in. Raises Refused: unknown (MLC120), circular (MLC121)."""
    models = root.entries.get("models") if isinstance(root, Mapping) else None
    if not isinstance(root, Mapping) or models is None or not isinstance(models.value, Mapping):
        return root
    given = models.value.entries
    filled = {name: Entry(entry.place, _filled(entry.value, given, (name,))) for name, entry in given.items()}
    if all(filled[name].value is given[name].value for name in given):
        return root
    replaced = Entry(models.place, replace(models.value, entries=filled))
    return replace(root, entries={**root.entries, "models": replaced})


def _filled(model: Node, models: dict[str, Entry], seen: tuple[str, ...]) -> Node:
    entry = model.entries.get("extends") if isinstance(model, Mapping) else None
    if not isinstance(model, Mapping) or entry is None or not isinstance(entry.value, Scalar):
        return model
    base = entry.value.value
    if not isinstance(base, str):
        return model
    if base in seen:
        message = "these models extend each other: " + " -> ".join(f"`{name}`" for name in (*seen, base))
        raise Refused((Diagnostic(code="MLC121", message=message, span=entry.value.span),))
    if base not in models:
        help_line = did_you_mean(base, set(models) - {seen[0]})
        message = f"there is no model `{base}` to extend"
        raise Refused((Diagnostic(code="MLC120", message=message, span=entry.value.span, help=help_line),))
    below = _filled(models[base].value, models, (*seen, base))
    if not isinstance(below, Mapping):
        return model
    taken = {key: entry for key, entry in below.entries.items() if key not in _dropped(model)}
    return replace(model, entries={**taken, **model.entries})


def _dropped(model: Mapping) -> set[str]:
    """The keys of the base that do not go with what the model itself says."""
    dropped = {other for key in model.entries for other in _INSTEAD.get(key, ())}
    label = model.entries.get("label")
    of_a_column = label is not None and isinstance(label.value, Scalar)
    return dropped | {"rows", "population"} if of_a_column else dropped
