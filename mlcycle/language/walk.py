"""Which model stands at a path of a spec: what an error needs to know the keys that would have been right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from mlcycle.language.base import SpecModel
from mlcycle.language.kinds import KindError, Kinds
from mlcycle.language.slots import SlotSpec, normalized


def keys(model: type[SpecModel]) -> tuple[str, ...]:
    """The keys of a model, as they are written."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def model_at(
    root: type[SpecModel], data: object, path: Sequence[str | int], kinds: Kinds
) -> type[SpecModel] | None:
    """The model of the mapping at `path` below `root`, or None if it has none."""
    annotation, value = _descend(root, data, path, kinds)
    return _model(annotation, value, kinds)


def choices_at(
    root: type[SpecModel], data: object, path: Sequence[str | int], kinds: Kinds
) -> tuple[str, ...]:
    """The texts that may stand at `path`, where only certain ones may."""
    annotation, _ = _descend(root, data, path, kinds)
    return tuple(
        str(choice)
        for option in options(annotation)
        if get_origin(option) is Literal
        for choice in get_args(option)
    )


def _descend(annotation: Any, data: object, path: Sequence[str | int], kinds: Kinds) -> tuple[Any, object]:
    for step in path:
        annotation = _below(annotation, data, step, kinds)
        data = _value(data, step)
    return annotation, data


def _below(annotation: Any, data: object, step: str | int, kinds: Kinds) -> Any:
    model = _model(annotation, data, kinds)
    if model is not None:
        for name, field in model.model_fields.items():
            if step in (name, field.alias):
                return field.annotation
        return None
    for option in options(annotation):
        arguments = get_args(option)
        if get_origin(option) is dict:
            return arguments[1]
        if get_origin(option) is tuple:
            return arguments[0]
    return None


def _value(data: object, step: str | int) -> object:
    if isinstance(data, dict):
        return data.get(step)
    if isinstance(data, tuple) and isinstance(step, int) and step < len(data):
        return data[step]
    return None


def _model(annotation: Any, data: object, kinds: Kinds) -> type[SpecModel] | None:
    for option in options(annotation):
        if isinstance(option, type) and issubclass(option, SlotSpec):
            return _kind(option, data, kinds)
        if isinstance(option, type) and issubclass(option, SpecModel):
            return option
    return None


def _kind(base: type[SlotSpec], data: object, kinds: Kinds) -> type[SpecModel]:
    given = normalized(data)
    if isinstance(given, dict) and isinstance(given.get("kind"), str):
        try:
            return base.choose(given["kind"], kinds)
        except (KeyError, KindError):
            return base
    return base


def options(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from options(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for option in get_args(annotation):
            yield from options(option)
    else:
        yield annotation
