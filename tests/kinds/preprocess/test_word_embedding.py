"""Means of words' vectors: the graph against a mean by hand, and what is not a file of vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mlcycle.graph.node import Step
from mlcycle.kinds.preprocess.word_embedding.vectors import packaged
from mlcycle.steps.manifest import Words
from mlcycle.steps.words import words
from mlcycle.task import WorkError
from tests.kinds.preprocess.fitting import Made, made, texts
from tests.support.datasets import preprocess

pytestmark = pytest.mark.slow

MAILS = Path(__file__).resolve().parents[2] / "support/mails.parquet"
VECTORS = """the 1 0 0.5
money 3 -1 0.5
free 5 1e-2 0
u.s. 9 9 9
money 7 7 7
museum -2 4 8
"""


def step(path: Path | None = None, max_features: int = 500, vocabulary: int = 3) -> Step:
    own = {} if path is None else {"path": str(path)}
    return preprocess("word_embedding", ["t0"], max_features=max_features, vocabulary=vocabulary, **own)


def fitted(folder: Path, *training: str, vectors: str = VECTORS, vocabulary: int = 3) -> Made:
    (folder / "vectors.txt").write_text(vectors, encoding="utf-8")
    return made([step(folder / "vectors.txt", vocabulary=vocabulary)], texts(list(training)))


def test_a_text_is_the_mean_of_its_known_words(tmp_path: Path) -> None:
    graph = fitted(tmp_path, "free money", "the u.s. qqxzzv")
    asked = texts(["Free, MONEY!", "money money free", "the qqxzzv", "museum of money"])
    found = graph(asked)
    expected = [[4, -0.495, 0.25], [11 / 3, -1.99 / 3, 1 / 3], [1, 0, 0.5], [3, -1, 0.5]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert graph.outputs == ("t0_glove0", "t0_glove1", "t0_glove2")
    graph.agrees(asked)


def test_a_text_that_is_missing_or_has_no_known_word_is_zeros(tmp_path: Path) -> None:
    asked = texts(["", "x", "qqxzzv", "museum"])
    graph = fitted(tmp_path, "free money")
    assert graph(asked).tolist() == [[0] * 3] * 4
    graph.agrees(asked)


def test_training_words_and_the_first_ones_are_known(tmp_path: Path) -> None:
    trained = fitted(tmp_path, "museum", vocabulary=1)
    assert trained(texts(["the", "museum", "free"])).tolist() == [[1, 0, 0.5], [-2, 4, 8], [0] * 3]


def test_real_mails_are_the_means_of_gloves_own_vectors() -> None:
    bodies = pl.read_parquet(MAILS)["body"].head(40).to_list()
    graph = made([step(max_features=50_000, vocabulary=1_000)], texts(bodies[:25]))
    graph.agrees(texts(bodies))
    cut = [text.split() for text in words(bodies[:25], Words(lowercase=True))]
    seen = {word for text in cut for word in text}
    vectors = packaged(lambda word, place: word in seen)
    means = [
        np.mean([vectors[word] for word in text if word in vectors] or [np.zeros(50)], axis=0) for text in cut
    ]
    np.testing.assert_allclose(graph(texts(bodies[:25])), means, atol=1e-5)
    assert len(vectors) > 500


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("3 2\nthe 1 2\n", "line 1 of the file of vectors is not a word and its numbers"),
        ("the 1 2\nmoney 1\n", "line 2 of the file of vectors is not a word and 2 numbers"),
        ("the 1 2\nmoney 1 x\n", "line 2 .* something else than 2 numbers"),
        ("the 1 2\nmoney 1 1e39\n", "line 2 .* 32 bits"),
        ("the\n", "line 1 of the file of vectors is not a word and its numbers"),
    ],
)
def test_what_is_no_file_of_vectors(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(WorkError, match=message) as caught:
        fitted(tmp_path, "the money", vectors=content)
    assert (caught.value.code, caught.value.step) == ("MLC886", "preprocess.word_embedding")


def test_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "vectors.txt").write_bytes(b"caf\xe9 1 2\n")
    with pytest.raises(WorkError, match="not UTF-8"):
        made([step(tmp_path / "vectors.txt")], texts(["a text"]))


def test_a_column_without_a_word_that_has_a_vector(tmp_path: Path) -> None:
    with pytest.raises(WorkError, match="no word of a column has a vector") as caught:
        fitted(tmp_path, "qqxzzv", vocabulary=0)
    assert caught.value.code == "MLC854"
