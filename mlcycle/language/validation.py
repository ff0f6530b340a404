"""A document -> a model whose parts know where they were written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from pydantic import ValidationError

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import Span
from mlcycle.language.base import SpecModel
from mlcycle.language.kinds import Kinds
from mlcycle.language.shape import Shape, Told
from mlcycle.language.tree import Data, Mapping, YamlNode

M = TypeVar("M", bound=SpecModel)


class Misshapen(Exception):
    """A document that is not what it should be; carries every mistake that this validation came to."""

    def __init__(self, told: tuple[Told, ...]) -> None:
        super().__init__("\n".join(one.diagnostic.message for one in told))
        self.told = told


def shaped(model: type[M], root: YamlNode, kinds: Kinds, **filled: Data) -> M:
    """A document as a model that does not know its places yet; `filled` are values that were not written.

    Raises Misshapen.
    """
    data = root.data()
    try:
        return model.model_validate({**data, **filled} if isinstance(data, dict) else data, context=kinds)
    except ValidationError as error:
        raise Misshapen(Shape(model=model, root=root, data=data, kinds=kinds).told(error)) from None


def attach(value: object, node: YamlNode, key: Span | None = None) -> Iterator[Diagnostic]:
    """Tell every model below where it was written; finds keys that were written without a value."""
    if isinstance(value, SpecModel):
        value._node, value._key = node, key
        if isinstance(node, Mapping):
            yield from _attach_fields(value, node)
        else:
            for name in value.model_fields_set:
                yield from attach(getattr(value, name), node)
    elif isinstance(value, dict) and isinstance(node, Mapping):
        for name, item in value.items():
            entry = node.entries[name]
            yield from attach(item, entry.value, entry.key)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from attach(item, node.child(index) or node)


def _attach_fields(value: SpecModel, node: Mapping) -> Iterator[Diagnostic]:
    fields = type(value).model_fields
    for name in value.model_fields_set:
        entry = node.entries.get(fields[name].alias or name)
        item = getattr(value, name)
        if entry is None:
            continue
        if item is None:
            help_line = "give it a value, or remove the line"
            yield Diagnostic(code="MLC110", message=f"`{name}` has no value", span=entry.key, help=help_line)
        yield from attach(item, entry.value, entry.key)
