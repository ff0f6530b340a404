"""Play a project's past: first a run on the data of the beginning, then day after day until the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mlcycle import composition
from mlcycle.deployed import deployed
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import Span
from mlcycle.engine.events import Listener
from mlcycle.engine.report import RunReport
from mlcycle.engine.selection import Options
from mlcycle.engine.session import HOME
from mlcycle.graph.node import Graph, Node
from mlcycle.language.workspace import Environment
from mlcycle.projects import compile_specs
from mlcycle.rollout.state import State
from mlcycle.simulation.asking import Users
from mlcycle.simulation.living import Living
from mlcycle.simulation.play import Moment, play
from mlcycle.simulation.stream import Stream
from mlcycle.simulation.world import World
from mlcycle.store.result import Result

_COMMAND = "mlcycle simulate"
#: The times of a row that a spec names -> the dataset's columns with them.
_TIMES = {"timestamp": "event_timestamp", "predict_at": "predict_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be played: [start, end) of one service, a share of its requests.

    step: how much time goes by between two looks at rollouts. look_every: between two looks at monitors and
    retrainings.
    """

    service: str
    start: datetime
    end: datetime
    sample: float = 1.0
    step: timedelta = timedelta(days=1)
    look_every: timedelta = timedelta(days=7)


class Simulation:
    """One simulation of a project; its folder is left as it was at the end, for every command to look at."""

    def __init__(self, graph: Graph, environment: Environment, root: Path, wanted: Wanted) -> None:
        self.wanted = wanted
        self._graph = graph
        self._environment = environment
        self._root = root
        name = f"{graph.project}-{wanted.start:%Y%m%d}-{wanted.end:%Y%m%d}"
        self.world = World(graph=graph, original=root, root=root / HOME / "simulations" / name)

    def dataset(self, progress: Listener) -> RunReport:
        """Bring the model's dataset up to date in the project itself: what will be asked, and the answers."""
        name = f"{self._graph.project}/models/{self.model}/dataset"
        options = Options(until=(name,))
        return composition.run(
            self._graph,
            self._environment,
            root=self._root,
            options=options,
            command=_COMMAND,
            progress=progress,
        )

    def first(self, progress: Listener) -> RunReport:
        """Make the world of the beginning and run it there, up to the first version in service."""
        self.world.create()
        self.world.move_to(self.wanted.start)
        return composition.run(
            self._inner(),
            self.world.environment(self.wanted.start),
            root=self.world.root,
            options=Options(),
            command=_COMMAND,
            progress=progress,
        )

    @contextmanager
    def playing(self) -> Iterator[Iterator[Moment]]:
        """The moments, as they are played; the service runs meanwhile."""
        wanted, graph = self.wanted, self._inner()
        place = self.world.environment(wanted.start)
        stream = self._stream()
        one = deployed(graph, wanted.service, place, self.world.root)
        with one.running() as running, Users(running.url, one.key) as users:
            living = Living(
                self.world,
                graph,
                self._served,
                users,
                told=not self._come_with_the_data(stream),
                now=wanted.start,
            )
            yield play(
                stream,
                living,
                start=wanted.start,
                end=wanted.end,
                step=wanted.step,
                look_every=wanted.look_every,
            )

    def state(self) -> State:
        """Where the service stands."""
        place = self.world.environment(self.wanted.end)
        return composition.rollouts(place, self.world.root).state(self._served)

    def monitors(self) -> tuple[tuple[str, Result], ...]:
        """The last result of each monitor, by its name."""
        graph, place = self._inner(), self.world.environment(self.wanted.end)
        results = {one.node: one for one in composition.latest(graph, place, root=self.world.root)}
        nodes = [node.name for node in graph.nodes if node.kind == "monitor" and node.name in results]
        return tuple((name.rsplit("/", 1)[-1], results[name]) for name in nodes)

    def page(self, result: Result) -> Path | None:
        """The page that a monitor wrote, if it has one."""
        place = self.world.environment(self.wanted.end)
        page = composition.settings(place, self.world.root).artifacts / result.path / "report.html"
        return page if page.is_file() else None

    @property
    def _served(self) -> str:
        return f"{self._graph.project}/{self.wanted.service}"

    @property
    def model(self) -> str:
        """The name of the model that the service serves."""
        return str(self._service.config["model"]).partition(".")[2]

    @property
    def _service(self) -> Node:
        return self._graph[f"{self._graph.project}/services/{self.wanted.service}/service"]

    def _inner(self) -> Graph:
        """The world's own graph: the same spec, over the files of its folder."""
        (graph,) = compile_specs(self.world.root, (self._graph.spec_file,))
        return graph

    def _stream(self) -> Stream:
        import polars as pl

        results = {
            one.node: one for one in composition.latest(self._graph, self._environment, root=self._root)
        }
        node = self._graph[f"{self._graph.project}/models/{self.model}/dataset"]
        artifacts = composition.settings(self._environment, self._root).artifacts
        result = results[node.name]
        return Stream(
            dataset=pl.read_parquet(artifacts / result.path / "dataset.parquet"),
            declared=node.config,
            classes=_classes(node, result.figures),
            context=self._context(node),
            label_after=_label_after(self._graph, node),
            label_from="predict_at" if self._graph[node.inputs["rows"]].kind == "rows" else "event_timestamp",
            sample=self.wanted.sample,
        )

    def _context(self, dataset: Node) -> dict[str, str]:
        """The service's own columns of a request that a row's key or times have, and where they stand."""
        config = dataset.config
        there = {name: f"key.{name}" for name in config["key"]}
        there |= {config[name]: column for name, column in _TIMES.items() if name in config}
        asked = [column["name"] for column in self._service.config.get("context", ())]
        return {name: there[name] for name in asked if name in there}

    def _come_with_the_data(self, stream: Stream) -> bool:
        """Whether the service takes labels from a source, by what the simulated requests carry."""
        labels = self._service.config.get("labels")
        carried = {*(column["name"] for column in stream.declared["request"]), *stream.context}
        return labels is not None and carried.issuperset(labels["key"])


def _classes(dataset: Node, figures: Any) -> tuple[Any, ...]:
    if dataset.config["task"] == "regression":
        return ()
    if dataset.config["task"] == "binary_classification":
        return (False, True)
    return tuple(figures["classes"])


def _label_after(graph: Graph, dataset: Node) -> timedelta:
    """How long after its event a row's label is known."""
    source = graph[dataset.inputs["rows"]]
    found = next((c for c in source.columns if c.name == dataset.config["label"]), None)
    delay = found.available_after if found is not None else None
    return delay if delay is not None and delay != timedelta.max else timedelta(0)


def service_of(graph: Graph, name: str | None) -> str:
    """The service to play: the one named, or the only one. Raises Refused (MLC771, MLC772)."""
    known = [node.name.split("/")[2] for node in graph.nodes if node.name.endswith("/service")]
    if name in known:
        return str(name)
    if name is None and len(known) == 1:
        return known[0]
    if name is None and known:
        raise _refused(graph, "MLC772", "the spec declares several services", f"write `--service {known[0]}`")
    listed = f"there is {', '.join(known)}" if known else "the spec declares no service"
    shown = f"there is no service `{name}` to simulate" if name else "there is no service to simulate"
    raise _refused(graph, "MLC771", shown, listed)


def _refused(graph: Graph, code: str, message: str, help_line: str) -> Refused:
    place = Span(graph.spec_file, 1, 1, 1, 1)
    return Refused((Diagnostic(code=code, message=message, span=place, help=help_line),))
