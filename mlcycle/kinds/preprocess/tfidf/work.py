"""Words weighted by rarity: scikit-learn's TfidfVectorizer and TruncatedSVD, one of each for a column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from mlcycle.kinds.packages.graphs import Fragment
from mlcycle.kinds.preprocess.nodes import Nodes
from mlcycle.kinds.preprocess.tfidf.graph import Weighting, rows_of_words
from mlcycle.steps.manifest import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class OneColumn:
    """The fitted vectorizer of one column, and the components that are kept of its words."""

    vectorizer: TfidfVectorizer
    svd: TruncatedSVD | None

    def transform(self, texts: NDArray[np.object_]) -> NDArray[np.float64]:
        weighted = self.vectorizer.transform(texts)
        found: NDArray[np.float64] = weighted.toarray() if self.svd is None else self.svd.transform(weighted)
        return found

    def names(self, column: str) -> list[str]:
        if self.svd is not None:
            return [f"{column}_svd{index}" for index in range(self.svd.n_components)]
        return [f"{column}_{word}" for word in self.vectorizer.get_feature_names_out()]

    def weighting(self) -> Weighting:
        made = self.vectorizer
        return Weighting(
            words=tuple(made.get_feature_names_out()),
            idf=made.idf_ if made.use_idf else np.ones(len(made.vocabulary_)),
            sublinear=made.sublinear_tf,
            norm=made.norm,
            components=None if self.svd is None else self.svd.components_,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedTfidf:
    """The columns' vectorizers; texts come as words with one space between."""

    columns: tuple[OneColumn, ...]

    def transform(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """[N, columns] to [N, all words or components]."""
        parts = [column.transform(values[:, index]) for index, column in enumerate(self.columns)]
        return np.concatenate(parts, axis=1)

    def get_feature_names_out(self, names: NDArray[Any]) -> NDArray[Any]:
        listed = [
            made for name, column in zip(names, self.columns, strict=True) for made in column.names(name)
        ]
        return np.asarray(listed, dtype=object)

    def fragment(self, given: str, prefix: str) -> Fragment:
        nodes = Nodes(prefix)
        parts = [
            rows_of_words(nodes, nodes.column(given, index), column.weighting())
            for index, column in enumerate(self.columns)
        ]
        return nodes.fragment(nodes.side_by_side(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tfidf:
    """Vectorizers that have not seen their columns yet; `params` are TfidfVectorizer's own."""

    words: Words
    params: Mapping[str, Any]
    svd: int | None

    def fit(self, values: NDArray[Any]) -> FittedTfidf:
        """ValueError where no word of a column is left, or fewer than there are components."""
        return FittedTfidf(columns=tuple(self._fit(values[:, index]) for index in range(values.shape[1])))

    def _fit(self, texts: NDArray[np.object_]) -> OneColumn:
        vectorizer = TfidfVectorizer(lowercase=False, tokenizer=str.split, token_pattern=None, **self.params)
        weighted = vectorizer.fit_transform(texts)
        if self.svd is None:
            return OneColumn(vectorizer=vectorizer, svd=None)
        if weighted.shape[1] <= self.svd:
            raise ValueError(f"{self.svd} components cannot be made of {weighted.shape[1]} words")
        return OneColumn(
            vectorizer=vectorizer, svd=TruncatedSVD(n_components=self.svd, random_state=0).fit(weighted)
        )


def transformer(config: Mapping[str, Any]) -> Tfidf:
    """config: the keys of the kind; `norm: none` is scikit-learn's None."""
    params = {name: config[name] for name in ("max_features", "min_df", "max_df", "sublinear_tf", "use_idf")}
    params |= {
        "ngram_range": tuple(config["ngram_range"]),
        "norm": None if config["norm"] == "none" else config["norm"],
    }
    words = Words(lowercase=config["lowercase"], strip_accents=config["strip_accents"])
    return Tfidf(words=words, params=params, svd=config.get("svd"))
