"""A file or folder that DVC tracks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake
from mlcycle.kinds.sources.formats import FormattedKind
from mlcycle.language import paths

_REMOTE = re.compile(r"(https|ssh|git)://[^\s]+|[\w.-]+@[\w.-]+:[^\s]+")
#: Nothing that a program could take for an option, nothing that cannot be seen.
_PLAIN = r"^[^-\s\x00-\x1f][^\x00-\x1f]*$"


class Spec(FormattedKind):
    """A table in a file or a folder that DVC tracks, at a revision of its Git repository.

    The program `dvc` fetches it. The columns are declared.
    """

    work: ClassVar[str] = "mlcycle.kinds.sources.dvc.work:read"
    version: ClassVar[str] = "mlcycle.kinds.sources.dvc.work:version"

    kind: Literal["dvc"]
    repo: Annotated[str, Field(max_length=1000, pattern=_PLAIN)] | None = None
    """The Git repository: a folder below the project's root, or a URL; the project's own if left out."""
    path: Annotated[str, Field(max_length=1000, pattern=_PLAIN)]
    """The file or folder in it."""
    rev: Annotated[str, Field(max_length=200, pattern=_PLAIN)] | None = None
    """A branch, a tag or a commit; of a URL its default branch, of a folder what lies there, if left out."""
    remote: Annotated[str, Field(max_length=200, pattern=_PLAIN)] | None = None
    """The DVC remote to fetch from; the repository's default if left out."""

    def files(self) -> str:
        return self.path

    def file(self) -> str:
        return f"{self.path} of {self.repo or 'this repository'}" + (f" at {self.rev}" if self.rev else "")

    def config(self) -> Config:
        given = {"repo": self.repo, "path": self.path, "rev": self.rev, "remote": self.remote}
        return {**{key: value for key, value in given.items() if value is not None}, **self.reading()}

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        if "${" in (self.repo or "") or re.search(r"://[^/@]*:[^/@]*@", self.repo or ""):
            message = "DVC and Git are given no secrets from here: others could see them"
            help = "let Git's credential helper answer, and DVC's `config.local`"
            yield Mistake(code="MLC234", message=message, path=("repo",), help=help)
        elif self.repo is not None and _REMOTE.fullmatch(self.repo) is None:
            reason = paths.check(self.repo)
            if reason is not None or "://" in self.repo:
                message = f"the repository {reason or 'is a URL that is not read'}"
                help = "write a folder below the project, or `https://`, `ssh://`, `git://` or `user@host:`"
                yield Mistake(code="MLC234", message=message, path=("repo",), help=help)
        if paths.check(self.path) is not None:
            message = f"the path {paths.check(self.path)}"
            yield Mistake(
                code="MLC234", message=message, path=("path",), help="it is relative to the repository"
            )
