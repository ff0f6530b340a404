"""NannyML over real rows: what it measures is right, and what it would pass over in silence is said."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from mlcycle.adapters.nannyml.library import frame
from mlcycle.adapters.nannyml.monitor import ESTIMATED, NannyMonitor
from mlcycle.kinds.gates.losses import Judged
from mlcycle.kinds.gates.metrics import figure
from mlcycle.kinds.signals import catalog
from mlcycle.kinds.signals.limits import of_distance
from mlcycle.ports import CannotMeasure

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("nannyml")]

BINARY = "binary_classification"
CHUNK = 2_000
FEATURES = ("AGEP", "SCHL", "MAR", "RELP", "DIS", "SEX", "RAC1P")


@pytest.fixture(scope="module")
def port() -> NannyMonitor:
    return NannyMonitor()


@pytest.fixture(scope="module")
def census() -> tuple[pl.DataFrame, pl.DataFrame]:
    """US census, employment in Massachusetts: 2015 as reference, the years after it; both in order."""
    found = importlib.util.find_spec("nannyml")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent / "datasets/data"
    reference = pl.read_parquet(folder / "employment_MA_reference.pq")
    later = pl.read_parquet(folder / "employment_MA_analysis.pq")
    target = pl.read_parquet(folder / "employment_MA_analysis_target.pq").unique("id")
    later = later.unique("id", keep="first", maintain_order=True).join(target, on="id", how="left")
    return _prepared(reference), _prepared(later)


def _prepared(rows: pl.DataFrame) -> pl.DataFrame:
    words = pl.col(FEATURES[1:]).cast(pl.String)
    return rows.sort("id").select(
        pl.col("AGEP").cast(pl.Float64),
        words,
        score=pl.col("predicted_probability").cast(pl.Float64),
        decision=(pl.col("predicted_probability") >= 0.5).cast(pl.Float64),
        label=pl.col("employed").cast(pl.Float64),
    )


def cut(rows: pl.DataFrame, size: int = CHUNK) -> list[pl.DataFrame]:
    return [rows.slice(start, size) for start in range(0, rows.height - size + 1, size)]


def auc(rows: pl.DataFrame) -> float:
    judged = Judged(task=BINARY, labels=rows["label"].to_numpy(), scores=rows["score"].to_numpy())
    return figure("roc_auc", judged)


def test_an_estimate_lies_near_what_labels_say(
    port: NannyMonitor, census: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    reference, later = census
    chunks = cut(later, 20_000)[:3]
    series = port.estimate(reference, chunks, task=BINARY, metric="roc_auc")
    for estimated, low, high, rows in zip(series.chunks, series.low, series.high, chunks, strict=True):
        assert estimated == pytest.approx(auc(rows), abs=0.006)
        assert low < estimated < high


def test_planted_drift_is_seen_and_no_drift_gives_few_alarms(
    port: NannyMonitor, census: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    reference = census[0].select(FEATURES).sample(fraction=1, shuffle=True, seed=3)
    known, held_out = reference.head(40_000), cut(reference.tail(-40_000), 1_000)
    older = held_out[0].with_columns(pl.col("AGEP") + 8)
    found = port.drift(known, [*held_out, older], method="jensen_shannon", chunk_rows=1_000)
    limits = {name: of_distance(series.reference, len(FEATURES)) for name, series in found.items()}
    alarms = [name for name, series in found.items() for value in series.chunks[:-1] if value > limits[name]]
    assert len(held_out) >= 8
    assert len(alarms) <= 1, alarms
    assert found["AGEP"].chunks[-1] > limits["AGEP"]
    assert found["SEX"].chunks[-1] < limits["SEX"]


def test_every_method_measures_numbers_and_texts(
    port: NannyMonitor, census: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    reference, later = (side.select("AGEP", "MAR").head(6_000) for side in census)
    swapped = later.head(CHUNK).with_columns(pl.lit("9").alias("MAR"), pl.col("AGEP") * 3)
    for method in ("jensen_shannon", "hellinger", "kolmogorov_smirnov"):
        found = port.drift(reference, [later.head(CHUNK), swapped], method=method, chunk_rows=CHUNK)
        for series in found.values():
            assert len(series.reference) == 3
            assert 0 <= series.chunks[0] < 0.3 < series.chunks[1] <= 1, method


def test_every_metric_that_is_offered_can_be_estimated(port: NannyMonitor) -> None:
    generator = np.random.default_rng(5)
    shares = generator.dirichlet([2, 1, 1], 6_000)
    labels = np.array([generator.choice(3, p=share) for share in shares], np.float64)
    several = pl.DataFrame(shares, schema=["score.a", "score.b", "score.c"]).with_columns(
        pl.Series("decision", shares.argmax(axis=1).astype(np.float64)), pl.Series("label", labels)
    )
    yes = pl.DataFrame({"score": shares[:, 0], "label": (labels == 0).astype(np.float64)}).with_columns(
        decision=(pl.col("score") >= 0.5).cast(pl.Float64)
    )
    size = generator.normal(0, 1, 6_000)
    numbers = pl.DataFrame({"x": size, "score": size, "label": size + generator.normal(0, 0.5, 6_000)})
    frames = {BINARY: yes, "multiclass_classification": several, "regression": numbers}
    for task, rows in frames.items():
        for metric in catalog.ESTIMATED[task]:
            found = port.estimate(
                rows.head(5_000), [rows.tail(1_000)], task=task, metric=metric, features=["x"]
            )
            scores = rows.tail(1_000).select(pl.col("^score.*$")).to_numpy()
            judged = Judged(
                task=task,
                labels=rows.tail(1_000)["label"].to_numpy(),
                scores=scores if scores.shape[1] > 1 else scores[:, 0],
                classes=3,
            )
            assert found.chunks[0] == pytest.approx(figure(metric, judged), abs=0.06), metric


def test_what_checking_offers_is_what_the_adapter_can() -> None:
    assert {task: tuple(names) for task, names in ESTIMATED.items()} == dict(catalog.ESTIMATED)


@pytest.mark.parametrize("dtype", [pl.Int64, pl.Boolean, pl.Datetime("us")])
def test_a_column_that_would_be_left_out_is_refused(dtype: Any) -> None:
    with pytest.raises(TypeError, match="neither float64 nor text"):
        frame([pl.DataFrame({"x": [0, 1]}).cast(dtype)])


def test_a_column_without_values_is_no_number_and_never_a_figure(port: NannyMonitor) -> None:
    there = pl.DataFrame({"x": np.arange(400.0), "c": ["a", "b"] * 200})
    gone = there.with_columns(pl.lit(None, pl.Float64).alias("x"), pl.lit(None, pl.String).alias("c"))
    found = port.drift(there, [gone, there], method="jensen_shannon", chunk_rows=100)
    assert [np.isnan(found[name].chunks[0]) for name in ("x", "c")] == [True, True]
    assert [found[name].chunks[1] < 0.05 for name in ("x", "c")] == [True, True]
    none = port.drift(gone, [there], method="jensen_shannon", chunk_rows=100)
    assert np.isnan(none["x"].chunks[0])


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (pl.col("score") * 2, "no probability"),
        (pl.lit(float("nan")), "no finite numbers"),
        (pl.lit(None, pl.Float64), "missing or no finite"),
    ],
)
def test_scores_that_are_no_probabilities_are_refused(
    port: NannyMonitor, census: tuple[pl.DataFrame, pl.DataFrame], broken: pl.Expr, message: str
) -> None:
    reference = census[0].head(3_000)
    chunk = reference.with_columns(broken.alias("score"))
    for frames in ((reference, [chunk]), (chunk, [reference])):
        with pytest.raises(CannotMeasure, match=message):
            port.estimate(*frames, task=BINARY, metric="roc_auc")


def test_a_reference_of_one_class_and_a_metric_it_cannot_are_refused(
    port: NannyMonitor, census: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    rows = census[0].head(3_000)
    with pytest.raises(CannotMeasure, match="no label of some class"):
        port.estimate(rows.with_columns(label=pl.lit(1.0)), [rows], task=BINARY, metric="roc_auc")
    with pytest.raises(CannotMeasure, match="`log_loss` cannot be estimated"):
        port.estimate(rows, [rows], task=BINARY, metric="log_loss")
    with pytest.raises(CannotMeasure, match="other columns, or other types"):
        port.drift(rows, [rows.drop("AGEP")], method="hellinger", chunk_rows=100)


_PROGRAM = """
import os
from mlcycle.adapters.nannyml.library import library
names = ("PLANTED", "PYTHON_DOTENV_DISABLED")
print(library().__file__, os.environ["NML_DISABLE_USAGE_LOGGING"], [n for n in names if n in os.environ])
"""


def test_an_env_file_is_not_read_and_nothing_is_reported(tmp_path: Path) -> None:
    """NannyML reads a `.env` above its own folder: here that of a project with its libraries inside."""
    found = importlib.util.find_spec("nannyml")
    assert found is not None
    assert found.origin is not None
    (tmp_path / ".env").write_text("PLANTED=1\n")
    packages = tmp_path / ".venv"
    packages.mkdir()
    (packages / "nannyml").symlink_to(Path(found.origin).parent)
    environ = {key: value for key, value in os.environ.items() if key != "NML_DISABLE_USAGE_LOGGING"}
    environ["PYTHONPATH"] = os.pathsep.join([str(packages), str(Path(__file__).resolve().parents[2])])
    command = [sys.executable, "-c", _PROGRAM]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.split() == [str(packages / "nannyml/__init__.py"), "1", "[]"], done.stderr
