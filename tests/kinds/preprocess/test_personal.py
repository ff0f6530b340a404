"""What is learned of personal features is said without their values, whatever step they go through.

Each kind is run over them, and everything that is shown of it is searched. tests/lowering/test_personal.py
refuses a kind that has no example.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from mlcycle.control.monitors import KeptChunks
from mlcycle.control.predictions import PredictionLogs
from mlcycle.graph.node import Graph, Step
from mlcycle.kinds.gates.evaluate import evaluate
from mlcycle.kinds.monitoring.monitor import watch
from mlcycle.kinds.packages.package import build
from mlcycle.kinds.preprocess import agreement
from mlcycle.kinds.preprocess.chain import Chain, fit
from mlcycle.kinds.preprocess.inputs import Inputs
from mlcycle.kinds.registration.card import write as write_card
from mlcycle.kinds.sheets.dataset import write as write_sheet
from mlcycle.kinds.splits.split import split
from mlcycle.kinds.trainers.training import train
from mlcycle.ports import Ports, Series
from mlcycle.serving.records import PREDICTIONS
from mlcycle.steps.package import load
from mlcycle.store.artifacts import content_digest
from mlcycle.task import Input, Outcome, Task, WorkError
from tests.support import prediction_log
from tests.support.datasets import as_input, dataset_input
from tests.support.personal import DAY, FEATURES, PERSONAL, PREPROCESS, VECTORS, betrayed, resolved, rows
from tests.support.releases import Champions

pytestmark = pytest.mark.slow

FOLDS = "{kind: k_fold, folds: 2, test: 20%, seed: 1}"


@dataclass(slots=True)
class Shown:
    """What nodes said: to the tracker, in their outcomes, files that are read, and pictures."""

    texts: list[str] = field(default_factory=list)

    def log_training(self, **run: Any) -> str:
        self.texts.append(repr({**run, "artifacts": [path.read_text() for path in run["artifacts"]]}))
        return "run"

    def log_evaluation(self, run_id: str, metrics: Mapping[str, float], artifacts: Sequence[Path]) -> None:
        self.texts.append(repr([metrics, *(path.name for path in artifacts)]))

    def said(self, outcome: Outcome, folder: Path) -> None:
        written = [path.read_text() for end in ("json", "md", "html") for path in folder.glob(f"*.{end}")]
        self.texts += [repr(asdict(outcome)), *written]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """The words of pictures are in it as well; at the end, nothing personal must be."""
    found = Shown()
    drawn = Figure.savefig

    def draw(figure: Figure, *given: Any, **more: Any) -> None:
        figure.canvas.draw()  # type: ignore[no-untyped-call]  # makes the words at the axes
        found.texts += [text.get_text() for text in figure.findobj(Text)]  # type: ignore[attr-defined]
        drawn(figure, *given, **more)

    monkeypatch.setattr(Figure, "savefig", draw)
    yield found
    assert found.texts
    assert [(sign, text[:500]) for text in found.texts for sign in betrayed(text)] == []


@dataclass(frozen=True, slots=True)
class Model:
    """Runs the nodes of the model `late` over the planted rows."""

    folder: Path
    graph: Graph
    shown: Shown
    made: dict[str, Input] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, shown: Shown, *kinds: str, count: int = 160, **more: str) -> Model:
        (folder / VECTORS).write_text("plantedann 1 0 0.5\nplantedbob 3 -1 0.5\n")
        made = cls(folder, resolved(*kinds, **more).graph, shown)
        dataset = dataset_input(folder / "dataset", rows(count), [False, True])
        made.made["dataset"] = replace(dataset, data_version=content_digest(dataset.path))
        return made

    def run(self, part: str, work: Any, name: str = "", **more: Any) -> Outcome:
        node = self.graph[name or f"shop/models/late/{part}"]
        inputs = {role: self.made[role] for role in node.inputs if role in self.made}
        out = self.folder / part
        out.mkdir()
        task = Task(
            node=node,
            inputs=inputs,
            root=self.folder,
            out=out,
            now=DAY + timedelta(days=900),
            ports=replace(_ports(self.shown), **more.pop("ports", {})),
            **more,
        )
        outcome: Outcome = work(task)
        self.made[part] = as_input(task, outcome, data_version=content_digest(out))
        self.shown.said(outcome, out)
        return outcome

    def trained(self) -> Outcome:
        self.run("split", split)
        return self.run("training", train)


def _ports(tracker: Any) -> Ports:
    none = cast(Any, None)
    return Ports(feature_store=none, tracker=tracker, registry=none, builder=none, rollouts=Champions())


@pytest.mark.parametrize("kind", PREPROCESS)
def test_training_shows_no_value(
    kind: str, tmp_path: Path, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the check of the graph fails, which names the column that differs most."""
    monkeypatch.setattr(agreement, "TOLERANCE", -1.0)
    (check,) = Model.of(tmp_path, shown, kind).trained().checks
    assert (check.verdict, "most in `own." in check.message) == ("fail", True)


def test_nor_do_gates_cards_sheets_and_their_pictures(tmp_path: Path, shown: Shown) -> None:
    model = Model.of(tmp_path, shown, "one_hot", "bin")
    model.trained()
    model.run("package", build)
    model.run("evaluation", evaluate)
    record = {"model": "shop.late", "version": "1"}
    model.made["registration"] = Input(node="", path=tmp_path, data_version="1", record=record)
    model.run("card", write_card)
    card = (tmp_path / "card/model_card.md").read_text()
    assert "own.carrier (not shown)" in card
    source = Input(node="shop/sources/flights", path=tmp_path, data_version="1")
    model.made["source:flights"] = source
    model.run("sheet", write_sheet)
    assert "ROC curve" in shown.texts


def test_nor_do_folds(tmp_path: Path, shown: Shown) -> None:
    found = Model.of(tmp_path, shown, "tfidf", split=FOLDS).trained()
    assert [table.title for table in found.tables] == ["Share of the gain", "Scores of the folds"]


class Measures:
    """Finds no difference in columns, of which none may be personal."""

    def drift(self, reference: pl.DataFrame, chunks: Sequence[pl.DataFrame], **how: Any) -> Any:
        for frame in (reference, *chunks):
            assert not {*frame.columns} & {*PERSONAL}
            assert betrayed(str(frame.rows())) == []
        known = Series(reference=(0.01, 0.02, 0.03) * 10, chunks=(0.02,) * len(chunks))
        return dict.fromkeys(reference.columns, known)

    def estimate(self, *frames: Any, **how: Any) -> Series:
        return Series(reference=(), chunks=(0.7,) * len(frames[1]), low=(0.6,), high=(0.8,))


def test_nor_do_monitors_and_their_pictures(tmp_path: Path, shown: Shown) -> None:
    """Over a log that holds what a service would never have written."""
    model = Model.of(tmp_path, shown, "one_hot", count=7_600)
    model.trained()
    model.run("package", build)
    package = load(model.made["package"].path / "package", model.made["package"].data_version)
    begin = DAY + timedelta(days=800)
    times = [begin + timedelta(minutes=8 * index) for index in range(60)]
    moved = rows(60).with_columns(pl.Series("predict_at", times).dt.cast_time_unit("us"))
    config = model.graph["shop/models/late/package"].config
    log = tmp_path / "logs/shop.api"
    prediction_log.write(log, PREDICTIONS, prediction_log.records(package, moved, config))
    until = begin + timedelta(days=2)
    chunks = KeptChunks(state=f"sqlite:///{tmp_path}/state.db", environment="local", folder=tmp_path / "kept")
    ports = {
        "predictions": PredictionLogs(home=tmp_path / "logs"),
        "chunks": chunks,
        "monitor": Measures(),
    }
    found = model.run(
        "monitor",
        watch,
        name="shop/monitors/watch",
        observed={"predictions:api": f"{until.isoformat()} 60 0"},
        ports=ports,
    )
    assert found.figures["rows"] == 60
    (chunk,) = chunks.closed("shop/watch")
    drifted = {c.name: c.figure is not None for c in chunk.checks if c.name.startswith("data_drift.")}
    assert drifted == {f"data_drift.{name}": name not in PERSONAL for name in FEATURES}
    assert "own.flight_number" in shown.texts


def quoting(config: Mapping[str, Any]) -> Any:
    """A step that cannot be fitted and says on which value."""

    class Quoting:
        def fit(self, values: Any) -> Any:
            raise config["error"](f"could not convert string to float: '{values[0, 0]}'")

    return Quoting()


def failing(error: Any) -> tuple[Chain, Inputs]:
    step = Step(name="preprocess.0.own", kind="own", work=f"{__name__}:quoting", config={"error": error})
    chain = Chain(input="text", columns=(0,), names=("own.carrier",), steps=(step,))
    texts = np.array([["planted ann"], [""]], dtype=object)
    return chain, Inputs(numeric=np.zeros((2, 0), dtype=np.float32), text=texts)


@pytest.mark.parametrize("error", [ValueError, lambda message: WorkError("MLC886", message)])
def test_a_step_that_fails_is_not_quoted(error: Any) -> None:
    chain, given = failing(error)
    with pytest.raises(WorkError) as said:
        fit(chain, given, personal=PERSONAL)
    assert said.value.message.endswith("its message quotes a value (not shown)")
    assert said.value.__cause__ is None
    with pytest.raises(WorkError, match="planted ann"):
        fit(chain, given)
