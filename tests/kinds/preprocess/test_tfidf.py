"""Words of real mails and of made-up ones: the graph against scikit-learn as it would be used by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from mlcycle.graph.node import Step
from mlcycle.steps.manifest import Words
from mlcycle.steps.words import words
from mlcycle.task import WorkError
from tests.kinds.preprocess.fitting import made, texts
from tests.support.datasets import preprocess

pytestmark = pytest.mark.slow

MAILS = Path(__file__).resolve().parents[2] / "support/mails.parquet"
DEFAULTS: dict[str, Any] = {
    "max_features": 200,
    "ngram_range": [1, 1],
    "min_df": 1,
    "max_df": 1.0,
    "sublinear_tf": False,
    "use_idf": True,
    "norm": "l2",
    "lowercase": True,
    "strip_accents": False,
}
AWKWARD = (
    "",
    " ",
    "a I ,",
    "Straße STRASSE straße",
    "İstanbul ISTANBUL ıstanbul",
    "ΟΔΟΣ οδός",
    "café cafe\u0301 CAFÉ",
    "naïve_user 123 ١٢٣ ½ ²³",
    "日本語 テスト 中文",
    "tab\tand\nline\r\nend\x00nul\u00a0space\u2028break",
    "# ## \x02\x03 start end",
    "\U0001f600 emoji\U0001f600joined",
    "don't e-mail_me x" * 3,
)


def tfidf(columns: list[str], **changes: Any) -> Step:
    return preprocess("tfidf", columns, **{**DEFAULTS, **changes})


def mails() -> tuple[list[str], list[str]]:
    frame = pl.read_parquet(MAILS)
    return frame["subject"].to_list(), frame["body"].to_list()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"ngram_range": [1, 2], "min_df": 2, "max_df": 0.5},
        {"ngram_range": [2, 3], "sublinear_tf": True, "norm": "l1"},
        {"use_idf": False, "norm": "none", "lowercase": False},
        {"strip_accents": True, "max_features": 1000},
    ],
    ids=lambda changes: "-".join(changes) or "defaults",
)
def test_the_graph_says_of_real_mails_what_scikit_learn_says(changes: dict[str, Any]) -> None:
    _, bodies = mails()
    train, fresh = bodies[:100], [*bodies[100:], *AWKWARD]
    graph = made([tfidf(["t0"], **changes)], texts(train))
    config = {**DEFAULTS, **changes}
    config["strip_accents"] = "unicode" if config["strip_accents"] else None
    config["norm"] = None if config["norm"] == "none" else config["norm"]
    config["ngram_range"] = tuple(config["ngram_range"])
    alone = TfidfVectorizer(**config).fit(train)
    assert graph.outputs == tuple(f"t0_{word}" for word in alone.get_feature_names_out())
    np.testing.assert_allclose(graph(texts(fresh)), alone.transform(fresh).toarray(), rtol=1e-5, atol=1e-6)
    graph.agrees(texts(fresh))


def test_each_column_has_words_of_its_own() -> None:
    subjects, bodies = mails()
    graph = made([tfidf(["t0", "t1"], max_features=20)], texts(subjects, bodies))
    assert [name.partition("_")[0] for name in graph.outputs] == ["t0"] * 20 + ["t1"] * 20
    graph.agrees(texts(subjects, bodies))


def test_components_of_words_agree_and_can_be_scaled() -> None:
    _, bodies = mails()
    steps = [tfidf(["t0"], svd=8), preprocess("standardize", ["t0"])]
    graph = made(steps, texts(bodies[:100]))
    assert graph.outputs == tuple(f"t0_svd{index}" for index in range(8))
    graph.agrees(texts([*bodies[100:], *AWKWARD]))


def test_texts_that_are_missing_or_have_no_known_word_are_zeros() -> None:
    graph = made([tfidf(["t0"])], texts(["free money", "dear friend"]))
    assert graph(texts(["", "a ?", "unheard of", "money"])).tolist() == [[0] * 4] * 3 + [[0, 0, 0, 1]]
    components = made([tfidf(["t0"], svd=2)], texts(["free money", "dear friend"]))
    assert components(texts(["", "unheard"])).tolist() == [[0, 0]] * 2


def test_no_rows_are_no_rows() -> None:
    graph = made([tfidf(["t0"])], texts(["free money"]))
    assert graph(texts([])).shape == (0, 2)


def test_words_that_look_like_the_graphs_own_marks_are_words() -> None:
    graph = made([tfidf(["t0"])], texts(["__ ___ __init__", "plain"]))
    assert graph.outputs == ("t0___", "t0____", "t0___init__", "t0_plain")
    graph.agrees(texts(["__ ___", "#", "__init__"]))


@pytest.mark.parametrize(
    ("train", "changes", "reason"),
    [
        (["a", "?"], {}, "empty vocabulary"),
        (["one two", "one two"], {"max_df": 0.5}, "no terms remain"),
        (["one two"], {"svd": 2}, "2 components cannot be made of 2 words"),
    ],
    ids=["no word", "too frequent", "components"],
)
def test_what_cannot_be_learned_is_an_error(train: list[str], changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(WorkError, match=rf"`tfidf` cannot be fitted on `t0`: .*{reason}") as error:
        made([tfidf(["t0"], **changes)], texts(train))
    assert error.value.code == "MLC854"


def test_the_same_texts_give_the_same_bytes() -> None:
    _, bodies = mails()
    steps = [tfidf(["t0"], svd=5, max_features=50)]
    assert made(steps, texts(bodies)).graph == made(steps, texts(bodies)).graph


@given(st.lists(st.text(max_size=40), min_size=1, max_size=4), st.booleans())
@settings(max_examples=60, deadline=None)
def test_words_are_those_of_scikit_learn(given: list[str], strip: bool) -> None:
    alone = TfidfVectorizer(strip_accents="unicode" if strip else None).build_analyzer()
    found = words([*given, None], Words(strip_accents=strip))
    assert [text.split(" ") if text else [] for text in found] == [*(alone(text) for text in given), []]
