"""Objects of a lakeFS repository."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake
from mlcycle.kinds.sources.formats import FormattedKind
from mlcycle.kinds.sources.storage import Storage

_PART = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.~-]*$")]


class Spec(FormattedKind):
    """A table in a lakeFS repository at a branch, a tag or a commit, through its S3 gateway.

    The columns are declared. A commit or a tag stays as it is; a branch is read as it stands.
    """

    work: ClassVar[str] = "mlcycle.kinds.sources.lakefs.work:read"
    version: ClassVar[str] = "mlcycle.kinds.sources.objects:version"

    kind: Literal["lakefs"]
    repository: _PART
    """The repository's name."""
    ref: _PART
    """A branch, a tag or a commit."""
    path: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^/\s][^\x00-\x1f]*$")]
    """The object in it; `*` and `**` stand for any number of objects of the same columns."""
    storage: Storage
    """How the S3 gateway is reached: `endpoint`, `key` and `secret`."""

    def files(self) -> str:
        return self.path

    def file(self) -> str:
        return f"lakefs://{self.repository}/{self.ref}/{self.path}"

    def config(self) -> Config:
        path = f"s3://{self.repository}/{self.ref}/{self.path}"
        return {"path": path, **self.reading(), "connect": self.storage.connect()}

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        if self.storage.endpoint is None:
            message = "the address of the lakeFS server is not given"
            yield Mistake(
                code="MLC233",
                message=message,
                path=("storage",),
                help="add `endpoint: https://lakefs.example`",
            )
