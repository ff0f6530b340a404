"""Documents that must be plain YAML."""

from __future__ import annotations

from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.language.reader import read
from mlcycle.language.tree import Node


def plain(data: bytes, file: str = "a.yaml") -> Node:
    """The tree of a document; raises Refused with everything in it that is not accepted."""
    document = read(data, file)
    if document.mistakes:
        raise Refused(document.mistakes)
    return document.root
