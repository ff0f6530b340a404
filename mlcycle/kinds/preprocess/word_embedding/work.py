"""The mean of the vectors of a text's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcycle.kinds.packages.graphs import Fragment
from mlcycle.kinds.preprocess.nodes import Nodes
from mlcycle.kinds.preprocess.tfidf.graph import Weighting, rows_of_words
from mlcycle.kinds.preprocess.word_embedding.vectors import Vectors, packaged, read
from mlcycle.steps.manifest import Words
from mlcycle.steps.words import words as cut

_WORDS = Words(lowercase=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """The vectors of the words of each column that count."""

    known: tuple[Vectors, ...]
    width: int

    def transform(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """[N, columns] of words with one space between to [N, columns x width]."""
        parts = [
            np.stack([self._mean(text, known) for text in values[:, index]])
            for index, known in enumerate(self.known)
        ]
        return np.concatenate(parts, axis=1)

    def _mean(self, text: str, known: Vectors) -> NDArray[np.float64]:
        found = [known[word] for word in text.split(" ") if word in known]
        return np.mean(found, axis=0) if found else np.zeros(self.width)

    def get_feature_names_out(self, names: NDArray[Any]) -> NDArray[Any]:
        return np.asarray([f"{name}_glove{i}" for name in names for i in range(self.width)], dtype=object)

    def fragment(self, given: str, prefix: str) -> Fragment:
        """Shares of the known words times their vectors."""
        nodes = Nodes(prefix)
        parts = []
        for index, known in enumerate(self.known):
            words = tuple(sorted(known))
            vectors = np.stack([known[word] for word in words])
            how = Weighting(
                words=words, idf=np.ones(len(words)), sublinear=False, norm="l1", components=vectors.T
            )
            parts.append(rows_of_words(nodes, nodes.column(given, index), how))
        return nodes.fragment(nodes.side_by_side(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class WordEmbedding:
    """Vectors that do not know the training rows' words yet; `path`: a file of the author's, else GloVe."""

    path: Path | None
    max_features: int
    vocabulary: int

    @property
    def words(self) -> Words:
        return _WORDS

    def fit(self, values: NDArray[Any]) -> Embedding:
        """ValueError where no word of a column has a vector."""
        counts = [Counter(" ".join(values[:, index]).split()) for index in range(values.shape[1])]
        found, first = self._looked_up(set[str]().union(*counts))
        known = tuple(self._known(column, found, first) for column in counts)
        if not all(known):
            raise ValueError("no word of a column has a vector")
        return Embedding(known=known, width=len(next(iter(known[0].values()))))

    def _looked_up(self, seen: set[str]) -> tuple[Vectors, set[str]]:
        """The vectors of `seen` and of the first words, and these; only words that a text can hold."""
        first: set[str] = set()

        def wanted(word: str, place: int) -> bool:
            if place < self.vocabulary:
                first.add(word)
            return place < self.vocabulary or word in seen

        found = packaged(wanted) if self.path is None else read(self.path, wanted)
        listed = list(found)
        whole = {word for word, left in zip(listed, cut(listed, _WORDS), strict=True) if word == left}
        return {word: vector for word, vector in found.items() if word in whole}, first & whole

    def _known(self, counts: Counter[str], found: Vectors, first: set[str]) -> Vectors:
        there = (word for word in counts if word in found)
        frequent = sorted(there, key=lambda word: (-counts[word], word))[: self.max_features]
        return {word: found[word] for word in first.union(frequent)}


def transformer(config: Mapping[str, Any]) -> WordEmbedding:
    """config: `max_features`, `vocabulary`, and `path`?, which training makes absolute."""
    path = config.get("path")
    return WordEmbedding(
        path=None if path is None else Path(path),
        max_features=config["max_features"],
        vocabulary=config["vocabulary"],
    )
