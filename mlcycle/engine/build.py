"""The work of one node: aside, then moved into place, then one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlcycle.engine.decisions import Reason
from mlcycle.engine.events import Progress
from mlcycle.engine.examine import Examined
from mlcycle.engine.identity import identity_digest
from mlcycle.engine.observe import now
from mlcycle.engine.session import Session
from mlcycle.engine.touching import noticed
from mlcycle.engine.versions import pinned
from mlcycle.engine.work import call
from mlcycle.graph.node import Node
from mlcycle.language.secrets import fill, hide
from mlcycle.store.artifacts import content_digest, listing
from mlcycle.store.result import Result, as_input, as_last
from mlcycle.task import Last, Outcome, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What the work left aside, measured."""

    outcome: Outcome
    data_version: str
    folder: Path


def build(
    session: Session, node: Node, found: Mapping[str, Result], examined: Examined, reasons: tuple[Reason, ...]
) -> Result:
    """Do the node's work over the results `found` (role -> result) and keep what came out.

    Killed at any point, the node has either its old result or its new one.
    """
    started = session.clock()
    made = _work(session, node, found, examined)
    outcome, parts = made.outcome, examined.parts
    files = listing(made.folder)
    name = identity_digest(parts)
    path = _kept(session, node, made) or session.artifacts.finish(made.folder, node.name, name)
    session.fault(f"{node.name}:moved")
    result = Result(
        node=node.name,
        identity=name,
        parts=parts,
        data_version=made.data_version,
        path=path,
        files=files,
        started=started,
        ended=session.clock(),
        figures=outcome.figures,
        key_figure=outcome.key_figure,
        record=outcome.record,
        checks=outcome.checks,
        tables=outcome.tables,
        plots=outcome.plots,
        cause=(*([session.cause] if session.cause else []), *map(str, reasons)),
        environment=session.settings.environment,
        run_id=session.run_id,
    )
    session.results.add(result)
    session.fault(f"{node.name}:recorded")
    return result


def _kept(session: Session, node: Node, made: _Made) -> str | None:
    """The folder of an earlier result with the very same files: nothing is written twice.

    A version that the work itself gave may leave some files out, so that they are looked at.
    """
    whole = made.outcome.data_version is None
    for result in session.results.beginning_with(node.name, made.data_version):
        if session.artifacts.missing(result) is not None:
            continue
        if whole or content_digest(session.artifacts.folder(result)) == content_digest(made.folder):
            session.artifacts.discard(made.folder)
            return result.path
    return None


def _work(session: Session, node: Node, found: Mapping[str, Result], examined: Examined) -> _Made:
    folder = session.artifacts.begin(node.name)
    session.fault(f"{node.name}:begun")
    outcome = call(_task(session, node, found, examined, folder))
    session.fault(f"{node.name}:worked")
    version = outcome.data_version or content_digest(folder)
    session.fault(f"{node.name}:digested")
    return _Made(outcome=outcome, data_version=version, folder=folder)


def _task(
    session: Session, node: Node, found: Mapping[str, Result], examined: Examined, folder: Path
) -> Task:
    settings, folder_of = session.settings, session.artifacts.folder
    read = node.steps[0] if node.steps else None
    inputs = {**found, **_snapshot(session, node)}
    return Task(
        node=node,
        inputs={role: as_input(result, folder_of(result)) for role, result in inputs.items()},
        last=_last(session, node, examined),
        root=settings.root,
        out=folder,
        now=now(session, node, session.results.newest),
        ports=noticed(session.ports, lambda: session.results.touch(node.name)),
        observed=examined.parts.observed,
        environment=settings.environment,
        sample=settings.sample,
        run_id=session.run_id,
        progress=lambda message, share: session.listen(Progress(node=node, message=message, share=share)),
        fill=lambda config: fill(config, settings.environ, read.span if read else node.span),
        hide=lambda text, config: hide(text, config, settings.environ),
    )


def _snapshot(session: Session, node: Node) -> Mapping[str, Result]:
    """The recorded result that a source is pinned to, as one more input."""
    pin = next((fact for fact in node.observes if fact.startswith("snapshot:")), None)
    return {} if pin is None else {"snapshot": pinned(session, node, pin.removeprefix("snapshot:"))}


def _last(session: Session, node: Node, examined: Examined) -> Last | None:
    last = examined.previous
    if last is None:
        return None
    whole = session.artifacts.missing(last) is None
    before, after = last.parts, examined.parts
    same = before.work == after.work and before.steps[:1] == after.steps[:1] and before.sample == after.sample
    return as_last(
        last,
        session.artifacts.folder(last),
        whole=whole,
        continues=whole and same and node.name not in session.forced,
    )
