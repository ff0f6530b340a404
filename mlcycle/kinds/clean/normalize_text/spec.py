"""Write equal texts equally."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import CleanKind, Made, Reads
from mlcycle.language.names import Columns


class Spec(CleanKind):
    """Writes texts that mean the same in the same way: blanks, case, and the forms of Unicode.

    The order is: Unicode, whitespace, blanks at the ends, case, empty texts.
    """

    kind: Literal["normalize_text"]
    columns: Columns
    """The columns, all of text."""
    trim: bool = True
    """Whether whitespace at both ends goes."""
    whitespace: Literal["keep", "collapse"] = "keep"
    """`collapse` makes each run of whitespace one blank."""
    case: Literal["keep", "lower", "upper"] = "keep"
    """The case of letters afterwards."""
    unicode: Literal["keep", "NFC", "NFD", "NFKC", "NFKD"] = "NFC"
    """The normal form of Unicode, in which a letter with an accent is written in one way."""
    empty: Literal["keep", "null"] = "keep"
    """Whether a text with nothing in it is missing."""

    def work_name(self) -> str:
        return "mlcycle.kinds.clean.normalize_text.work:apply"

    def reads(self) -> tuple[Reads, ...]:
        return tuple(
            Reads(name=name, path=("columns", i), accepts=("string",)) for i, name in enumerate(self.columns)
        )

    def makes(self, dtypes: Mapping[str, DType]) -> Mapping[str, Made]:
        nullable = True if self.empty == "null" else None
        return {name: Made(of=(name,), nullable=nullable, rewrites=True) for name in self.columns}

    def sentence(self) -> str:
        done = {
            self.unicode: self.unicode != "keep",
            "runs of whitespace as one blank": self.whitespace == "collapse",
            "trimmed": self.trim,
            f"in {self.case} case": self.case != "keep",
            "nothing as null": self.empty == "null",
        }
        names = ", ".join(f"`{name}`" for name in self.columns)
        return f"{names}: {', '.join(what for what, asked in done.items() if asked)}"

    def config(self) -> Config:
        return {
            "columns": list(self.columns),
            "unicode": self.unicode,
            "whitespace": self.whitespace,
            "trim": self.trim,
            "case": self.case,
            "empty": self.empty,
        }
