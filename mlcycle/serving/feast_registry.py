"""Feast's registry, in which nothing is run that is not of the one form that mlcycle generates.

Feast keeps functions in its registry as pickles and as text, and unpickles or executes them as it reads. So a
registry is looked through before Feast sees it: it has no pickle, and no function but calls of ours on data.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from feast.infra.registry.file import FileRegistryStore
from feast.protos.feast.core.FeatureView_pb2 import FeatureView
from feast.protos.feast.core.FeatureViewVersion_pb2 import FeatureViewVersionRecord
from feast.protos.feast.core.OnDemandFeatureView_pb2 import OnDemandFeatureView
from feast.protos.feast.core.Registry_pb2 import Registry
from feast.transformation.udf_rehydrate import _strip_leading_decorators
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message

_FORM = ast.dump(
    ast.parse(
        "def name(inputs: pd.DataFrame) -> pd.DataFrame:\n"
        "    from mlcycle.kinds.features.on_demand import computed\n"
        "    return computed(inputs, columns=data, program=data, features=data)\n"
    )
)
#: What declaring a view is written with, besides calls.
_WORDS = (ast.keyword, ast.Name, ast.Load, ast.Constant, ast.List, ast.Dict, ast.Subscript)
#: What a record of an earlier version of a view holds.
_SNAPSHOTS: Mapping[str, type[Message]] = {
    "feature_view": FeatureView,
    "on_demand_feature_view": OnDemandFeatureView,
}


class UnsafeRegistryError(ValueError):
    """A registry has something in it that Feast would run and that mlcycle did not generate.

    message: what and where; help: what to do about it.
    """

    def __init__(self, message: str) -> None:
        self.message = message
        self.help = (
            "find out who changed the file; then delete it, and apply the repository again: "
            "`mlcycle run --force --select feature_store`"
        )
        super().__init__(f"{message}; {self.help}")


class GuardedRegistryStore(FileRegistryStore):  # type: ignore[misc]
    """A registry file that is refused if reading it would run code of somebody's."""

    def get_registry_proto(self) -> Registry:
        """The registry. Raises UnsafeRegistryError, and FileNotFoundError where there is none yet."""
        registry: Registry = super().get_registry_proto()
        refuse_code(registry, self._filepath)
        return registry


def refuse_code(registry: Registry, path: Path) -> None:
    """Raise UnsafeRegistryError for bytes, which may be a pickle, and functions and classes of strangers."""
    for place, what in _found(registry, ()):
        where = ".".join(place)
        raise UnsafeRegistryError(
            f"Feast would run what mlcycle did not write: `{where}` {what}, in {path}. Nothing of it was used"
        )


def forget_pickles(registry: Registry) -> None:
    """Take out the pickle that Feast adds to the text of a function of ours, wherever that is."""
    for view in registry.on_demand_feature_views:
        _forget(view)
    for record in registry.feature_view_version_history.records:
        if record.feature_view_type == "on_demand_feature_view":
            view = OnDemandFeatureView.FromString(record.feature_view_proto)
            _forget(view)
            record.feature_view_proto = view.SerializeToString()


def _forget(view: OnDemandFeatureView) -> None:
    function = view.spec.feature_transformation.user_defined_function
    if is_ours(function.body_text):
        function.body = b""


@lru_cache(maxsize=256)
def is_ours(text: str) -> bool:
    """Whether the function that Feast would make of `text` does nothing but hand data to `computed`."""
    try:
        written = ast.parse(text)
        executed = ast.parse(_strip_leading_decorators(text))  # by Feast's own means
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    forms = [ast.dump(_without_data(module)) for module in (_undecorated(written), executed)]
    return forms == [_FORM, _FORM]


def _undecorated(module: ast.Module) -> ast.Module:
    """The module without the decorator that declares the view in the repository, if it does no more."""
    match module.body:
        case [ast.FunctionDef(decorator_list=[declared]) as function]:
            if all(_declares(node) for node in ast.walk(declared)):
                function.decorator_list = []
    return module


def _declares(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ("on_demand_feature_view", "Field")
    return isinstance(node, _WORDS)


def _without_data(module: ast.Module) -> ast.Module:
    """The module with one word in place of the function's name, and of each literal that it hands on."""
    match module.body:
        case [ast.FunctionDef(body=[_, ast.Return(value=ast.Call(keywords=given))]) as function]:
            function.name = "name"
            for keyword in given:
                if _is_data(keyword.value):
                    keyword.value = ast.Name(id="data", ctx=ast.Load())
    return module


def _is_data(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return False
    return True


def _found(message: Message, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is not allowed anywhere in a message, and where."""
    if isinstance(message, FeatureViewVersionRecord):
        yield from _in_snapshot(message, place)
        return
    risky = _risky(message.DESCRIPTOR)
    for field, value in message.ListFields():
        if field.name not in risky:
            continue
        here = (*place, field.name)
        if field.name == "body_text" and not is_ours(value):
            yield here, "is a function"
        if field.name.endswith("_class_type") and not value.startswith("feast."):
            yield here, "names a class to import that is not Feast's"
        for part in _parts(value):
            if isinstance(part, bytes):
                yield here, "holds bytes, as a pickle is"
            else:
                yield from _found(part, _within(here, part))


@lru_cache(maxsize=1024)
def _risky(kind: Descriptor) -> frozenset[str]:
    """The fields of messages of a kind that have something to run somewhere within, or may have."""
    return frozenset(
        field.name
        for field in kind.fields
        if _runs(field) or any(_runs(inner) for within in _within_kind(field) for inner in within.fields)
    )


def _runs(field: FieldDescriptor) -> bool:
    named = field.name == "body_text" or field.name.endswith("_class_type")
    return bool(named or field.type == FieldDescriptor.TYPE_BYTES)


def _within_kind(field: FieldDescriptor) -> Sequence[Descriptor]:
    """The kinds of messages that a field's value is made of, at any depth."""
    found: dict[str, Descriptor] = {}
    ahead = [field.message_type]
    while ahead:
        kind = ahead.pop()
        if kind is not None and kind.full_name not in found:
            found[kind.full_name] = kind
            ahead += [inner.message_type for inner in kind.fields]
    return list(found.values())


def _in_snapshot(
    record: FeatureViewVersionRecord, place: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    kind = _SNAPSHOTS.get(record.feature_view_type)
    here = (*place, record.feature_view_name, f"v{record.version_number}")
    if kind is None:
        yield here, f"is a view of the kind `{record.feature_view_type}`"
        return
    try:
        snapshot = kind.FromString(record.feature_view_proto)
    except DecodeError:
        yield here, "cannot be read"
        return
    yield from _found(snapshot, here)


def _parts(value: Any) -> Iterator[Message | bytes]:
    """The messages and bytes of a field's value, which may be one, a list or a mapping of them."""
    if isinstance(value, Mapping):
        value = list(value.values())
    values = value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]
    yield from (part for part in values if isinstance(part, Message | bytes))


def _within(place: tuple[str, ...], message: Message) -> tuple[str, ...]:
    """The place with the name that an author gave to what is there, once."""
    name = getattr(getattr(message, "spec", message), "name", "")
    return (*place, name) if isinstance(name, str) and name not in ("", *place) else place
