"""A spec file -> its project, or the mistakes in it. It executes nothing and opens nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from pydantic import ValidationError

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import Span
from mlcycle.language import paths
from mlcycle.language.base import SpecModel
from mlcycle.language.extends import with_bases
from mlcycle.language.kinds import Kinds
from mlcycle.language.names import is_name
from mlcycle.language.project import Project
from mlcycle.language.reader import read
from mlcycle.language.shape import Shape
from mlcycle.language.text import MAX_BYTES
from mlcycle.language.tree import Mapping, YamlNode

M = TypeVar("M", bound=SpecModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A spec file as it was read.

    text: for excerpts, empty where the file could not be read. digest: sha256 of its bytes.
    project: None if there is any error among the diagnostics.
    """

    file: str
    text: str
    digest: str
    kinds: Kinds
    project: Project | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


def load_spec(root: Path, file: str, kinds: Kinds) -> Loaded:
    """Read and validate one spec; `file` is relative to the root. A mistake in it is never an exception."""
    try:
        data = read_file(root, file)
    except Refused as refused:
        return Loaded(file=file, text="", digest="", kinds=kinds, diagnostics=refused.diagnostics)
    return load_bytes(data, file, kinds)


def load_bytes(data: bytes, file: str, kinds: Kinds) -> Loaded:
    """As `load_spec`, from the file's content."""
    text = data.decode("utf-8-sig", errors="replace") if len(data) <= MAX_BYTES else ""
    digest = hashlib.sha256(data).hexdigest()
    try:
        project = parse(data, file, kinds)
    except Refused as refused:
        return Loaded(file=file, text=text, digest=digest, kinds=kinds, diagnostics=refused.diagnostics)
    return Loaded(file=file, text=text, digest=digest, kinds=kinds, project=project)


def parse(data: bytes, file: str, kinds: Kinds) -> Project:
    """The project in a file's bytes. Raises Refused with its text error or all of its shape errors."""
    root = with_bases(read(data, file))
    if not isinstance(root, Mapping) or "name" in root.entries:
        return validate(Project, root, kinds)
    name = PurePosixPath(file).name.split(".")[0].replace("-", "_")
    if is_name(name):
        return validate(Project, root, kinds, name=name)
    unnamed = _no_name(name, file)
    try:
        validate(Project, root, kinds, name="unnamed")
    except Refused as refused:
        raise Refused((unnamed, *refused.diagnostics)) from None
    raise Refused((unnamed,))


def validate(model: type[M], root: YamlNode, kinds: Kinds, **filled: str) -> M:
    """A document as a model whose parts know their places; `filled` are values that were not written.

    Raises Refused with every mistake.
    """
    data = root.data()
    try:
        value = model.model_validate({**data, **filled} if isinstance(data, dict) else data, context=kinds)
    except ValidationError as error:
        raise Refused(Shape(model=model, root=root, data=data, kinds=kinds).diagnostics(error)) from None
    empty = tuple(_attach(value, root, None))
    if empty:
        raise Refused(empty)
    return value


def read_file(root: Path, file: str) -> bytes:
    """The bytes of a file below the root. Raises Refused (MLC018) where there is none to read."""
    place = Span(file, 1, 1, 1, 1)
    try:
        with paths.inside(root, file).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except ValueError as error:
        raise Refused((Diagnostic(code="MLC018", message=f"cannot be read: {error}", span=place),)) from None
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise Refused((Diagnostic(code="MLC018", message=message, span=place),)) from None


def _no_name(name: str, file: str) -> Diagnostic:
    message = f"the file's name `{name}` cannot be the project's"
    help_line = "rename the file, or add `name:` with lower case letters, digits and single underscores"
    return Diagnostic(code="MLC117", message=message, span=Span(file, 1, 1, 1, 1), help=help_line)


def _attach(value: object, node: YamlNode, key: Span | None) -> Iterator[Diagnostic]:
    """Tell every model below where it was written; finds keys that were written without a value."""
    if isinstance(value, SpecModel):
        value._node, value._key = node, key
        if isinstance(node, Mapping):
            yield from _attach_fields(value, node)
        else:
            for name in value.model_fields_set:
                yield from _attach(getattr(value, name), node, None)
    elif isinstance(value, dict) and isinstance(node, Mapping):
        for name, item in value.items():
            entry = node.entries[name]
            yield from _attach(item, entry.value, entry.key)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _attach(item, node.child(index) or node, None)


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
        yield from _attach(item, entry.value, entry.key)
