"""Something counted in a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mlcycle.graph.column import DType
from mlcycle.kinds.interface import Computed, Reads, RowFeature
from mlcycle.language.names import ColumnName

Statistic = Literal[
    "characters",
    "words",
    "unique_words",
    "lines",
    "digits",
    "uppercase",
    "punctuation",
    "links",
    "mean_word_length",
]


class Spec(RowFeature):
    """A number that a text has: its length, its words, its links. A missing text has none: null.

    A word is a run of letters, digits and underscores of any script; links begin with `http://`, `https://`
    or `www.`; `mean_word_length` of a text without a word is null. Everything else of an empty text is 0.
    """

    kind: Literal["text_statistics"]
    column: ColumnName
    """The text."""
    statistic: Statistic
    """What is counted."""

    def compute(self, dtypes: Mapping[str, DType]) -> Computed:
        return Computed(
            dtype="float64" if self.statistic == "mean_word_length" else "int64",
            expression={
                "call": "text_statistic",
                "arguments": [{"column": self.column}, {"literal": self.statistic}],
            },
            reads=(Reads(name=self.column, path=("column",), accepts=("string",)),),
        )
