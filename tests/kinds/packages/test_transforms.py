"""A model over whole mails: what preprocessing made of them in training, the package makes of a request."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
import pytest

from mlcycle.graph.node import Step
from mlcycle.kinds.packages.package import build
from mlcycle.kinds.trainers.training import train
from mlcycle.ports import Ports
from mlcycle.steps.manifest import PackageError
from mlcycle.steps.package import load, write_manifest
from mlcycle.task import Input
from tests.support.datasets import as_input, dataset_input, make_task, preprocess

pytestmark = pytest.mark.slow

MAILS = Path(__file__).resolve().parents[2] / "support/mails.parquet"
COLUMNS = {
    "subject": "string",
    "body": "string",
    "chars": "int64",
    "begins": "string",
    "sender": "string",
    "start": "string",
}
TFIDF = {
    "max_features": 60,
    "ngram_range": [1, 2],
    "min_df": 2,
    "max_df": 0.8,
    "sublinear_tf": True,
    "use_idf": True,
    "norm": "l2",
    "lowercase": True,
    "strip_accents": True,
}
STEPS = (
    preprocess("tfidf", ["mail.subject"], **TFIDF),
    preprocess("tfidf", ["mail.body"], **TFIDF, svd=6),
    preprocess("standardize", ["mail.body", "mail.chars"]),
    preprocess("target_encode", ["mail.begins"], smooth="auto", cv=3),
    preprocess("word_embedding", ["mail.start"], path="vectors.txt", max_features=100, vocabulary=5),
    preprocess("categorical", ["mail.sender"], unknown="other", min_frequency=2),
)
TRAINER = Step(
    name="trainer",
    kind="xgboost",
    work="mlcycle.kinds.trainers.xgboost.work:fit",
    config={"seed": 7, "rounds": 8, "threads": 1, "params": {"max_depth": 3}},
)


class NoTracker:
    def log_training(self, **run: Any) -> str:
        return "run"


def mails() -> pl.DataFrame:
    frame = pl.read_parquet(MAILS).with_row_index("row_id")
    frame = frame.with_columns(
        chars=pl.col("body").str.len_chars().cast(pl.Int64),
        begins=pl.col("subject").str.slice(0, 2),
        sender=pl.col("body").str.slice(0, 1),
        start=pl.col("subject").str.slice(0, 20),
    )
    label = pl.col("label").replace_strict({"ham": 0, "hard_ham": 1, "spam": 2}, return_dtype=pl.Int64)
    return frame.select(
        pl.col("row_id").cast(pl.Int64),
        event_timestamp="received_at",
        **{f"request.{name}": pl.col(name) for name in COLUMNS},
        **{f"mail.{name}": pl.col(name) for name in COLUMNS},
        label=label,
    )


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> tuple[Input, Input, Path]:
    """The training and the package of mails, and the package's folder."""
    folder = tmp_path_factory.mktemp("mails")
    frame = mails()
    dataset = dataset_input(folder / "dataset", frame, ["ham", "hard_ham", "spam"])
    sides = pl.Series(np.where(np.arange(frame.height) % 3 < 2, "train", "test"))
    (folder / "split").mkdir()
    frame.select("row_id", side=sides).write_parquet(folder / "split/split.parquet")
    divided = Input(node="split", path=folder / "split", data_version="split")
    none = cast(Any, None)
    ports = Ports(feature_store=none, tracker=NoTracker(), registry=none, builder=none, rollouts=none)
    features = [{"name": f"mail.{name}", "dtype": dtype} for name, dtype in COLUMNS.items()]
    config = {"task": "multiclass_classification", "features": features}
    task = make_task(
        folder / "training",
        "training",
        config=config,
        inputs={"dataset": dataset, "split": divided},
        ports=ports,
        steps=(*STEPS, TRAINER),
    )
    (task.root / "vectors.txt").write_text("the 0.4 0.2\nperl -1.5 0.25\nlist 0.5 3\n")
    training = as_input(task, train(task))
    config |= {
        "packages": ["ubj", "onnx"],
        "request": [{"name": n, "dtype": d, "nullable": True} for n, d in COLUMNS.items()],
        "lookups": [],
        "program": [
            {"output": f"mail.{n}", "dtype": d, "expression": {"column": f"request.{n}"}}
            for n, d in COLUMNS.items()
        ],
    }
    inputs = {"dataset": dataset, "split": divided, "training": training}
    task = make_task(folder / "package", "package", config=config, inputs=inputs, ports=ports)
    return training, as_input(task, build(task)), folder / "package/package"


def test_training_and_package_agree(package: tuple[Input, Input, Path]) -> None:
    training, built, _ = package
    (transforms,) = training.checks
    assert (transforms.name, transforms.verdict) == ("transforms", "pass")
    assert transforms.rows == 100
    assert [(check.name, check.verdict) for check in built.checks] == [
        ("parity", "pass"),
        ("program", "pass"),
    ]


def test_a_request_carries_the_text_as_it_is(package: tuple[Input, Input, Path]) -> None:
    loaded = load(package[2])
    shouted = {"subject": "FREE Money!!", "body": "Click HERE for Café offers", "chars": 26}
    calm = {"subject": "free, money", "body": "click here (for) cafe offers", "chars": 26}
    other = {"subject": "lunch", "body": "perl list", "chars": 9, "begins": "Re", "sender": "?"}
    missing = {"subject": None, "body": "", "chars": None, "begins": None}
    scores = loaded.score(loaded.columns([shouted, calm, other, missing]))
    assert scores[0].tolist() == scores[1].tolist()
    assert scores[0].tolist() != scores[2].tolist()
    assert np.isfinite(scores).all()


def test_words_of_what_is_no_text_are_refused(package: tuple[Input, Input, Path], tmp_path: Path) -> None:
    copy = tmp_path / "package"
    shutil.copytree(package[2], copy)
    manifest = json.loads((copy / "manifest.json").read_bytes())
    manifest["words"]["mail.chars"] = {}
    with pytest.raises(PackageError, match=r"words of mail\.chars, no text"):
        write_manifest(copy, manifest)
