"""The base of every spec model: strict, frozen, and knowing where it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, PrivateAttr

from mlcycle.diagnostics.span import NOWHERE, Span

if TYPE_CHECKING:
    from mlcycle.language.tree import YamlNode


class SpecModel(BaseModel):
    """One mapping of a spec. Unknown keys are errors; values are never converted silently.

    A field whose `json_schema_extra` has `{"documentation": True}` only documents: it counts towards no digest.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    _node: YamlNode | None = PrivateAttr(default=None)
    _key: Span | None = PrivateAttr(default=None)

    def span(self, *path: str | int) -> Span:
        """Where the value at `path` below this mapping was written.

        With no path: the key that names this mapping, or the mapping itself in a list. A path that was not
        written (a default) gives the nearest place that was.
        """
        if self._node is None:
            return NOWHERE
        if not path:
            return self._key or self._node.span
        return self._node.find(path).span
