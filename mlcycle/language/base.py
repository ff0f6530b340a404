"""The base of every spec model: strict, frozen, and knowing where it was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr
from pydantic_core import PydanticCustomError

from mlcycle.diagnostics.span import NOWHERE, Span

if TYPE_CHECKING:
    from mlcycle.language.tree import YamlNode


class SpecModel(BaseModel):
    """One mapping of a spec. Unknown keys are errors; values are never converted silently.

    Lists of a spec are tuples here. A field whose `json_schema_extra` has `{"documentation": True}` only
    documents: it counts towards no digest.
    """

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        hide_input_in_errors=True,
        defer_build=True,  # only what a spec uses is built: a seventh of the time of checking it
    )

    noun: ClassVar[str] = "mapping"
    """What one of these is called in a sentence."""

    short_forms: ClassVar[tuple[Mapping[str, Any], ...]] = ()
    """JSON Schemas of what else may be written for it; a validator turns those into the mapping."""

    _node: YamlNode | None = PrivateAttr(default=None)
    _key: Span | None = PrivateAttr(default=None)

    def span(self, *path: str | int) -> Span:
        """Where the value at `path` below this mapping was written.

        With no path: the key that names this mapping, or the mapping itself in a list. A path that was not
        written (a default) gives the nearest place that was.
        """
        node, key = self._written
        if node is None:
            return NOWHERE
        if not path:
            return key or node.span
        found = node.find(path)
        unwritten = found is node and found.is_mapping
        return self.span() if unwritten else found.span

    def key_span(self, *path: str | int) -> Span:
        """Where the key of the value at `path` was written; the nearest place above it where it was not."""
        node, _ = self._written
        if node is None:
            return NOWHERE
        return node.key_span(path) if node.child(path[0]) is not None else self.span()

    @property
    def _written(self) -> tuple[YamlNode | None, Span | None]:
        """What it was written as, and the key that names it; past pydantic's attributes, which are slow."""
        private = self.__pydantic_private__ or {}
        return private.get("_node"), private.get("_key")


def documentation(**given: Any) -> Any:
    """A field, not required, that only documents: it counts towards no digest."""
    return Field(default=None, json_schema_extra={"documentation": True}, **given)


def problem(
    code: str,
    message: str,
    *path: str | int,
    help: str | None = None,
    meant: str | tuple[str, ...] | None = None,
) -> PydanticCustomError:
    """A mistake for a validator to raise; `path` leads from the validated value to what is wrong.

    `meant` is what the author most likely meant, a key by a key (MLC101) and else a value: the rest of the
    spec is checked as if it stood there.
    """
    context = {"message": message, "path": path, "help": help, "meant": meant}
    return PydanticCustomError(code, "{message}", context)
