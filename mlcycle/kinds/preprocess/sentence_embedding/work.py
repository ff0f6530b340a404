"""The mean of the vectors of a text's words, as wordllama gives it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import wordllama
from numpy.typing import NDArray

from mlcycle.kinds.packages.graphs import Fragment
from mlcycle.kinds.preprocess.nodes import Nodes
from mlcycle.kinds.preprocess.tfidf.graph import Weighting, rows_of_words
from mlcycle.steps.manifest import Words
from mlcycle.steps.words import words as cut

#: What begins a token of wordllama's that begins a word.
_BEGINS = "\u2581"
_WORDS = Words(lowercase=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """The model, and the words of each column that count."""

    model: Any
    known: tuple[tuple[str, ...], ...]

    def transform(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """wordllama's own answer to each text, without the words that are not known."""
        parts = [self._embed(values[:, index], set(known)) for index, known in enumerate(self.known)]
        return np.concatenate(parts, axis=1)

    def _embed(self, texts: NDArray[Any], known: set[str]) -> NDArray[np.float64]:
        found = np.zeros((len(texts), self.model.embedding.shape[1]))
        left = [" ".join(word for word in text.split(" ") if word in known) for text in texts]
        there = [index for index, text in enumerate(left) if text]
        if there:
            found[there] = self.model.embed([left[index] for index in there])
        return found

    def get_feature_names_out(self, names: NDArray[Any]) -> NDArray[Any]:
        listed = [f"{name}_embedding{i}" for name in names for i in range(self.model.embedding.shape[1])]
        return np.asarray(listed, dtype=object)

    def fragment(self, given: str, prefix: str) -> Fragment:
        """Counts of words times their vectors: a word counts for as many tokens as wordllama cuts it into."""
        nodes = Nodes(prefix)
        parts = []
        for index, known in enumerate(self.known):
            tokens = [self.model.tokenizer.encode(word, add_special_tokens=False).ids for word in known]
            sizes = np.array([len(ids) for ids in tokens], dtype=np.float64)
            vectors = np.stack([self.model.embedding[ids].mean(axis=0) for ids in tokens])
            how = Weighting(words=known, idf=sizes, sublinear=False, norm="l1", components=vectors.T)
            parts.append(rows_of_words(nodes, nodes.column(given, index), how))
        return nodes.fragment(nodes.side_by_side(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceEmbedding:
    """An embedding that does not know the training rows' words yet."""

    dimensions: int
    max_features: int

    @property
    def words(self) -> Words:
        return _WORDS

    def fit(self, values: NDArray[Any]) -> Embedding:
        model = load(self.dimensions)
        own = _whole_words(model)
        known = (self._known(values[:, index], own) for index in range(values.shape[1]))
        return Embedding(model=model, known=tuple(known))

    def _known(self, texts: NDArray[Any], own: set[str]) -> tuple[str, ...]:
        counts = Counter(word for text in texts for word in text.split(" ") if word and word not in own)
        frequent = sorted(counts, key=lambda word: (-counts[word], word))[: self.max_features]
        return tuple(sorted(own.union(frequent)))


def load(dimensions: int) -> Any:
    """wordllama with the first `dimensions` of its vectors, from the files that its package brings."""
    model = wordllama.WordLlama.load(
        cache_dir=Path(wordllama.__file__).parent, trunc_dim=dimensions, disable_download=True
    )
    model.tokenizer.no_truncation()
    return model


def _whole_words(model: Any) -> set[str]:
    """The tokens that are words as `mlcycle.steps.words` cuts them."""
    tokens = [token.removeprefix(_BEGINS) for token in model.tokenizer.get_vocab() if token[:1] == _BEGINS]
    return {token for token, word in zip(tokens, cut(tokens, _WORDS), strict=True) if token == word and word}


def transformer(config: Mapping[str, Any]) -> SentenceEmbedding:
    """config: `dimensions`, `max_features`."""
    return SentenceEmbedding(dimensions=config["dimensions"], max_features=config["max_features"])
