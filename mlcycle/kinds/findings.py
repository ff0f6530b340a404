"""What a kind finds in its own fields: the columns that they name, and mistakes that their shape allows."""

from __future__ import annotations

from dataclasses import dataclass

from mlcycle.diagnostics.diagnostic import Severity
from mlcycle.graph.column import DType

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """A column that a kind reads: where the kind names it, and the dtypes it takes (none: any).

    key: whether the name is the key at `path`, not its value.
    """

    name: str
    path: Path
    accepts: tuple[DType, ...] = ()
    key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """Something wrong with a kind's own fields that its shape allows. `path` is below the kind.

    offset: the character at which it starts in the text at `path`.
    key: whether it is the key at `path` that is wrong, not its value.
    """

    code: str
    message: str
    path: Path = ()
    help: str | None = None
    severity: Severity = "error"
    offset: int | None = None
    key: bool = False
