"""Vectors of texts: the graph against wordllama itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mlcycle.graph.node import Step
from mlcycle.kinds.preprocess.sentence_embedding.work import load
from mlcycle.steps.manifest import Words
from mlcycle.steps.words import words
from tests.kinds.preprocess.fitting import Made, made, texts
from tests.support.datasets import preprocess

pytestmark = pytest.mark.slow

MAILS = Path(__file__).resolve().parents[2] / "support/mails.parquet"


def step(columns: list[str], max_features: int = 500) -> Step:
    return preprocess("sentence_embedding", columns, dimensions=64, max_features=max_features)


@pytest.fixture(scope="module")
def bodies() -> list[str]:
    found: list[str] = pl.read_parquet(MAILS)["body"].to_list()
    return found


@pytest.fixture(scope="module")
def graph(bodies: list[str]) -> Made:
    return made([step(["t0"])], texts(bodies[:100]))


def test_real_mails_are_what_wordllama_makes_of_their_words(graph: Made, bodies: list[str]) -> None:
    graph.agrees(texts(bodies))
    every = made([step(["t0"], max_features=50_000)], texts(bodies[:40]))
    alone = load(64).embed(words(bodies[:40], Words()).tolist())
    np.testing.assert_allclose(every(texts(bodies[:40])), alone, atol=1e-5)


def test_what_is_alike_lies_close(graph: Made) -> None:
    money, cash, python = graph(texts(["free money now", "cash for free today", "python class inheritance"]))

    def likeness(one: np.ndarray, other: np.ndarray) -> float:
        return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))

    assert likeness(money, cash) > likeness(money, python) + 0.2


def test_a_text_that_is_missing_or_has_no_known_word_is_zeros(graph: Made) -> None:
    assert graph(texts(["", "x", "qqxzzv"])).tolist() == [[0] * 64] * 3
    assert graph.outputs[:2] == ("t0_embedding0", "t0_embedding1")


def test_a_word_that_training_never_had_counts_if_wordllama_has_it(graph: Made, bodies: list[str]) -> None:
    assert not any("museum" in body.lower() for body in bodies)
    plain, more, unknown = graph(texts(["money", "money museum", "money qqxzzv"]))
    assert plain.tolist() == unknown.tolist()
    assert plain.tolist() != more.tolist()
