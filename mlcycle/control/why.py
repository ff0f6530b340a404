"""How a prediction came about: the request, the features as used, the version, what that was trained on
and why."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl

from mlcycle.control import archive
from mlcycle.control.frames import unavailable
from mlcycle.control.labels import sent
from mlcycle.control.lineage import behind, trained_on
from mlcycle.control.places import predictions_folder
from mlcycle.control.segments import KINDS
from mlcycle.graph.node import Graph
from mlcycle.serving.records import FEEDBACK, PREDICTIONS
from mlcycle.steps.package import Package, load
from mlcycle.store.artifacts import Artifacts
from mlcycle.store.audit import Audit
from mlcycle.store.result import Result
from mlcycle.store.results import Results
from mlcycle.store.rollouts import subject
from mlcycle.task import CheckResult

Origin = Literal["request", "looked up", "computed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A value as the model used it, and where it came from. kept: false where the log was not to keep it."""

    name: str
    origin: Origin
    value: Any
    kept: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the request. score: a number, or class -> probability. label: None while nobody told it."""

    features: tuple[Feature, ...]
    score: Any
    decision: Any
    label: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a source held when the model was trained. newest: ISO time of its newest row, where it has one."""

    name: str
    data_version: str
    rows: int | None
    newest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """Where a package comes from: its training, what that was for, its gates, its data."""

    model: str
    run_id: str
    when: datetime
    cause: tuple[str, ...]
    evidence: str
    gates: tuple[CheckResult, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The change of the service's rollout that had put this version in place."""

    event: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A prediction. package: that answered; assigned: that the request was given to; fallback: why the
    former.

    trained: None where the package is not one of this state (another machine, or its results are gone).
    """

    request_id: str
    service: str
    at: datetime
    origin: str
    status: int
    seconds: float
    version: str | None
    package: str | None
    assigned: str | None
    fallback: str | None
    generation: int | None
    rows: tuple[Row, ...]
    trained: Trained | None
    change: Change | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """Looks predictions of one project up. home: the folder of the environment's state on this machine."""

    graph: Graph
    results: Results
    artifacts: Artifacts
    audit: Audit
    home: Path

    def find(self, request_id: str, services: tuple[str, ...]) -> Why | None:
        """The prediction of that id by one of the services; None if no log has it."""
        for service in services:
            folder = predictions_folder(self.home, f"{self.graph.project}/{service}")
            lines = pl.concat(list(_lines(folder, PREDICTIONS, request_id)), how="vertical")
            if lines.height:
                return self._why(service, folder, lines.sort("row", maintain_order=True))
        return None

    def _why(self, service: str, folder: Path, lines: pl.DataFrame) -> Why:
        head = lines.row(0, named=True)
        made = self._made(head["package"]) if head["package"] is not None else None
        package = self._load(made) if made is not None else None
        return Why(
            request_id=head["request_id"],
            service=f"{self.graph.project}/{service}",
            at=head["at"],
            origin=head["origin"],
            status=head["status"],
            seconds=head["seconds"],
            version=head["version"],
            package=head["package"],
            assigned=head["assigned"],
            fallback=head["fallback"],
            generation=head["generation"],
            rows=tuple(_rows(lines.filter(pl.col("row").is_not_null()), package, _labels(folder, lines))),
            trained=self._trained(made) if made is not None else None,
            change=self._change(service, head["generation"]),
        )

    def _made(self, package: str) -> Result | None:
        nodes = (node.name for node in self.graph.nodes if node.name.endswith("/package"))
        found = (self.results.made(name, package) for name in nodes)
        return next((result for result in found if result is not None), None)

    def _load(self, made: Result) -> Package | None:
        folder = self.artifacts.folder(made) / "package"
        return load(folder, made.data_version) if folder.is_dir() else None

    def _trained(self, package: Result) -> Trained | None:
        model = package.node.rpartition("/")[0]
        found = {result.node: result for result in behind(self.results, self.graph, package)}
        training = found.get(f"{model}/training")
        if training is None:
            return None
        evaluation = self._judged(model, package.data_version)
        return Trained(
            model=model.split("/")[2],
            run_id=str(training.record.get("run_id", "")),
            when=training.ended,
            cause=training.cause,
            evidence=evaluation.data_version if evaluation is not None else "",
            gates=evaluation.checks if evaluation is not None else (),
            sources=tuple(map(_source, trained_on(self.results, self.graph, training).values())),
        )

    def _judged(self, model: str, package: str) -> Result | None:
        """The evaluation that the package was registered by, else the newest one of it."""
        role = {"package": package}
        registered = self._latest(f"{model}/registration", role)
        evidence = registered.parts.inputs.get("evaluation") if registered is not None else None
        found = self.results.made(f"{model}/evaluation", evidence) if evidence is not None else None
        return found or self._latest(f"{model}/evaluation", role)

    def _latest(self, node: str, inputs: Mapping[str, str]) -> Result | None:
        history = self.results.history(node, limit=1000)
        return next((one for one in history if inputs.items() <= one.parts.inputs.items()), None)

    def _change(self, service: str, generation: int | None) -> Change | None:
        for entry in reversed(self.audit.entries(subject(f"{self.graph.project}/{service}"))):
            if isinstance(entry.state, Mapping) and entry.state.get("generation") == generation:
                return Change(event=str(entry.event.get("event")), at=entry.at, actor=entry.actor)
        return None


def _lines(folder: Path, kind: str, request_id: str) -> Iterator[pl.DataFrame]:
    yield pl.DataFrame(schema=dict(KINDS[kind]))
    if folder.is_dir():
        for piece, _ in archive.pieces(folder, kind):
            yield piece.filter(pl.col("request_id") == request_id)


def _labels(folder: Path, lines: pl.DataFrame) -> dict[int, Any]:
    told = pl.concat(list(_lines(folder, FEEDBACK, lines["request_id"][0])), how="vertical")
    if not told.height:
        return {}
    known_by = told["at"].dt.offset_by("1us").to_list()
    newest = sent(told, lines.select("request_id", "row"), max(known_by)).labels
    return {row: json.loads(label) for row, label in newest.select("row", "label").iter_rows()}


def _rows(lines: pl.DataFrame, package: Package | None, labels: Mapping[int, Any]) -> Iterator[Row]:
    for line in lines.iter_rows(named=True):
        request, lookups = json.loads(line["request"]), json.loads(line["lookups"])
        yield Row(
            features=tuple(_features(request, lookups, package)),
            score=line["score"] if line["scores"] is None else json.loads(line["scores"]),
            decision=None if line["decision"] is None else json.loads(line["decision"]),
            label=labels.get(line["row"]),
        )


def _features(
    request: Mapping[str, Any], lookups: Mapping[str, Mapping[str, Any]], package: Package | None
) -> Iterator[Feature]:
    """What came with the request, what was looked up, and what the package's own program makes of both."""
    for name, value in request.items():
        yield Feature(name=name, origin="request", value=value)
    for view, found in lookups.items():
        for name, value in found.items():
            yield Feature(name=f"{view}.{name}", origin="looked up", value=value)
    if package is None:
        return
    manifest = package.manifest
    lost = [column.name for column in manifest.request if column.name not in request]
    for name in lost:
        yield Feature(name=name, origin="request", value=None, kept=False)
    hidden = unavailable(manifest, lost)
    views = {one.view: [lookups.get(one.view) or {}] for one in manifest.lookups}
    columns = package.features(package.reader.request([request]) | package.reader.lookups(views))
    for entry in manifest.program:
        kept = entry.output not in hidden
        value = _plain(columns[entry.output][0], entry.dtype) if kept else None
        yield Feature(name=entry.output, origin="computed", value=value, kept=kept)


def _plain(value: Any, dtype: str) -> Any:
    """A value of the program, which computes with floats, as its declared dtype has it."""
    found = value.item() if hasattr(value, "item") else value
    if isinstance(found, float) and math.isnan(found):
        return None
    if dtype in ("bool", "int64"):
        return bool(found) if dtype == "bool" else int(found)
    return found.isoformat() if isinstance(found, datetime) else found


def _source(result: Result) -> Source:
    newest = result.figures.get("newest")
    return Source(
        name=result.node.rpartition("/")[2],
        data_version=result.data_version,
        rows=result.figures.get("rows"),
        newest=str(newest) if newest is not None else None,
    )
