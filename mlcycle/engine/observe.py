"""Facts of the outside that a node's result depends on, looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import Span
from mlcycle.engine.session import Session
from mlcycle.engine.versions import files, pinned, version
from mlcycle.graph.canonical import digest
from mlcycle.graph.chunks import boundary
from mlcycle.graph.node import Graph, Node
from mlcycle.graph.partitions import PARTITION, PARTITIONED
from mlcycle.language.paths import inside
from mlcycle.store.result import Result

#: What a source sees as `now` where now is the newest row: nothing is newer than its own data.
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)

Newest = Callable[[str], Result | None]


def observe(session: Session, node: Node, newest: Newest) -> dict[str, str | None]:
    """The value of each of the node's observed facts; raises `Refused` for a file that is not there."""
    return {fact: _look_up(session, node, fact, newest) for fact in node.observes}


def data_version(session: Session, node: Node, within: tuple[str, str]) -> str | None:
    """What tells whether the rows in [start, end) changed; None for a source that nothing tells of."""
    found = {
        fact: version(session, node, within)
        if fact.startswith("version:")
        else _look_up(session, node, fact, _none)
        for fact in node.observes
    }
    return digest(found) if found else None


def _none(name: str) -> Result | None:
    return None


def look_up_files(session: Session, node: Node) -> None:
    """Raise `Refused` for a file that a node observes and that is not there; asks nothing else."""
    for fact in node.observes:
        if fact.startswith("file:"):
            _file(session, node, fact.removeprefix("file:"))
        elif fact.startswith("files:"):
            files(session, node, fact.removeprefix("files:"))


def _look_up(session: Session, node: Node, fact: str, newest: Newest) -> str | None:
    scheme, _, rest = fact.partition(":")
    if scheme == "file":
        return _file(session, node, rest)
    if scheme == "files":
        return files(session, node, rest)
    if scheme == "version":
        return version(session, node)
    if scheme == "snapshot":
        return pinned(session, node, rest).data_version
    if scheme == "now":
        return now(session, node, newest).isoformat()
    if scheme == "champion":
        release = session.ports.rollouts.champion(rest)
        return release.package if release else None
    if scheme == "online_store":
        return session.settings.online_store()
    if scheme == "predictions":
        return _predictions(session, node, f"{session.graph.project}.{rest}", newest)
    raise ValueError(f"{node.name} observes `{fact}`, which the engine does not know how to look up")


def _file(session: Session, node: Node, path: str) -> str:
    try:
        return session.files.sha256(inside(session.settings.root, path))
    except (OSError, ValueError) as error:
        raise Refused(
            (
                Diagnostic(
                    code="MLC811",
                    message=f"the file `{path}` {_unreadable(error)}",
                    span=_read_by(node, path),
                    help="paths are relative to the folder of mlcycle.yaml",
                ),
            )
        ) from None


def _read_by(node: Node, path: str) -> Span:
    """Where the step is written that reads the file, else its node."""
    return next((step.span for step in node.steps if step.config.get("path") == path), node.span)


def _predictions(session: Session, node: Node, service: str, newest: Newest) -> str | None:
    """What has been predicted, and told of, in closed chunks; None while there is nothing in one."""
    until = boundary(now(session, node, newest), node.config["every_seconds"])
    found = session.ports.predictions.closed(service, until)
    return None if found is None or not any(found) else f"{until.isoformat()} {found[0]} {found[1]}"


def _unreadable(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "is not there"
    return f"cannot be read: {error.strerror if isinstance(error, OSError) else error}"


def now(session: Session, node: Node, newest: Newest) -> datetime:
    """The environment's idea of now for a node: the clock, a fixed time, or the newest row of all sources.

    Which partitions there are cannot be told by the rows that are in them: there the clock stands in.
    """
    setting = session.settings.now
    if setting == "newest_row" and node.kind in (PARTITIONED, PARTITION):
        return session.started
    if setting == "newest_row" and node in sources(session.graph):
        return BEFORE_ALL
    return moment(setting, session.graph, session.started, newest)


def moment(setting: str, graph: Graph, clock: datetime, newest: Newest) -> datetime:
    """What `now` of an environment stands for: `clock`, a fixed time, or the newest row of all sources."""
    if setting == "clock":
        return clock
    if setting != "newest_row":
        given = datetime.fromisoformat(setting)
        return given if given.tzinfo else given.replace(tzinfo=UTC)
    rows = (newest(source.name) for source in sources(graph))
    return max((_newest_row(result) for result in rows if result is not None), default=BEFORE_ALL)


def _newest_row(result: Result) -> datetime:
    text = result.figures.get("newest")
    if not isinstance(text, str):
        return BEFORE_ALL
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def sources(graph: Graph) -> tuple[Node, ...]:
    """The nodes that load data from outside."""
    prefix = f"{graph.project}/sources/"
    return tuple(node for node in graph.nodes if node.name.startswith(prefix))


def clocks(graph: Graph, node: Node) -> tuple[str, ...]:
    """The nodes whose newest rows tell a node what now is."""
    data = sources(graph)
    asks = any(fact == "now" or fact.startswith("predictions:") for fact in node.observes)
    return tuple(source.name for source in data) if asks and node not in data else ()


def required(graph: Graph, node: Node) -> tuple[str, ...]:
    """The nodes that run before this one: its inputs, what it follows, and what tells it the time.

    A source that it rests on anyway is not named again.
    """
    told = clocks(graph, node)
    if not told:
        return node.upstream
    above = ancestors(graph, node.upstream) | set(node.upstream)
    return (*node.upstream, *(name for name in told if name not in above))


def ancestors(graph: Graph, names: Iterable[str]) -> frozenset[str]:
    """Everything the named nodes rest on, without themselves unless one rests on another."""
    found: set[str] = set()
    waiting = [up for name in names for up in required(graph, graph[name])]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += required(graph, graph[name])
    return frozenset(found)
