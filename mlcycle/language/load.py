"""A spec file -> its project, or the mistakes in it. It executes nothing and opens nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import Span
from mlcycle.language import paths
from mlcycle.language.extends import with_bases
from mlcycle.language.kinds import Kinds
from mlcycle.language.names import is_name
from mlcycle.language.project import Project
from mlcycle.language.reader import Document, read
from mlcycle.language.recovery import Draft, Recovered, recover
from mlcycle.language.text import MAX_BYTES
from mlcycle.language.tree import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A spec file as it was read.

    text: for excerpts, empty where the file could not be read. digest: sha256 of its bytes.
    project: None if there is any error among the diagnostics; draft: what the rest of it says, if anything.
    """

    file: str
    text: str
    digest: str
    kinds: Kinds
    project: Project | None = None
    draft: Draft[Project] | None = None
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
        found = _recovered(read(data, file), file, kinds)
    except Refused as refused:
        return Loaded(file=file, text=text, digest=digest, kinds=kinds, diagnostics=refused.diagnostics)
    whole = found.draft.value if found.draft is not None and not found.mistakes else None
    return Loaded(
        file=file,
        text=text,
        digest=digest,
        kinds=kinds,
        project=whole,
        draft=found.draft,
        diagnostics=found.mistakes,
    )


def _recovered(document: Document, file: str, kinds: Kinds) -> Recovered[Project]:
    """The project that a document describes, named after its file unless it says its name itself."""
    based = with_bases(document.root)
    name = PurePosixPath(file).name.split(".")[0].replace("-", "_")
    named = isinstance(based.root, Mapping) and "name" in based.root.entries
    found = recover(
        Project,
        based.root,
        kinds,
        filled={} if named else {"name": name if is_name(name) else "unnamed"},
        stand_ins={"mlcycle": 1, "name": "unnamed"},
        broken=(*document.broken, *based.broken),
    )
    unnamed = () if named or is_name(name) else (_no_name(name, file),)
    mistakes = sorted(
        {*unnamed, *document.mistakes, *based.mistakes, *found.mistakes}, key=lambda one: one.order
    )
    return replace(found, mistakes=tuple(mistakes))


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
