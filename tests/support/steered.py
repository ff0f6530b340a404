"""A controller of rollouts over a real state database, with a registry in JSON files; and what must agree.

The registry is not MLflow: a hundred kills of three processes need one that answers in microseconds and that
processes share. Each of its writes is done whole or not at all, as a request to a server is.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from mlcycle.control.document import document
from mlcycle.control.places import traffic_folder
from mlcycle.control.reconcile import AUDIT_TAG, GENERATION_TAG, Reconciler
from mlcycle.control.rollouts import Controller
from mlcycle.ports import Registry, Standing
from mlcycle.serving import traffic
from mlcycle.store.anchors import parse, written
from mlcycle.store.database import connect
from mlcycle.store.faults import Fault, no_fault
from mlcycle.store.rollouts import Rollouts
from mlcycle.store.verify import verify
from tests.support.releases import SERVICE
from tests.support.small import Ticking

MODEL = "flights.late"


class FileRegistry:
    """Aliases and tags of models, a file each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writes = 0

    def standing(self, model: str) -> Standing:
        file = self.folder / f"{model}.json"
        return Standing(**json.loads(file.read_bytes())) if file.exists() else Standing(aliases={}, tags={})

    def set_alias(self, model: str, alias: str, version: str) -> None:
        found = self.standing(model)
        self._write(model, {**found.aliases, alias: version}, found.tags)

    def delete_alias(self, model: str, alias: str) -> None:
        found = self.standing(model)
        self._write(model, {key: value for key, value in found.aliases.items() if key != alias}, found.tags)

    def set_tag(self, model: str, key: str, value: str) -> None:
        found = self.standing(model)
        self._write(model, found.aliases, {**found.tags, key: value})

    def _write(self, model: str, aliases: Mapping[str, str], tags: Mapping[str, str]) -> None:
        self.writes += 1
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self.folder, delete=False) as draft:
            json.dump({"aliases": dict(aliases), "tags": dict(tags)}, draft)
        Path(draft.name).replace(self.folder / f"{model}.json")


class Down(FileRegistry):
    """A registry that cannot be asked."""

    def standing(self, model: str) -> object:  # type: ignore[override]
        raise ConnectionError("no route to host\nand more")


def steered(
    home: Path, *, url: str = "", registry: Any = None, fault: Fault = no_fault, **changes: Any
) -> Controller:
    """A controller whose state database, traffic and registry lie in `home`."""
    store = Rollouts(
        engine=connect(url or f"sqlite:///{home}/state.db", hold=False),
        environment="local",
        clock=Ticking(),
        fault=fault,
    )
    names = cast(Registry, registry or FileRegistry(home / "registry"))
    values = {"store": store, "registry": names, "home": home, "wall": lambda: 1_000.0, "fault": fault}
    return Controller(store=store, reconciler=Reconciler(**{**values, **changes}), actor="ana")


def disagreements(controller: Controller, service: str = SERVICE) -> list[str]:
    """What does not agree with the state, after a reconcile: aliases, tags, traffic, the audit trail."""
    state, reconciler = controller.store.state(service), controller.reconciler
    challenger = state.rollout.challenger.version if state.rollout is not None else None
    champion = state.champion.version if state.champion is not None else None
    expected = {"champion": champion, "challenger": challenger}
    standing = reconciler.registry.standing(MODEL)
    found = list(verify(controller.store, {"the file": reconciler.anchors.read(), **_tagged(standing)}))
    if standing.aliases != {alias: version for alias, version in expected.items() if version is not None}:
        found.append(f"aliases {dict(standing.aliases)}, expected {expected}")
    if champion and standing.tags.get(GENERATION_TAG) != f"{service} {state.generation}":
        found.append(f"the tag {standing.tags.get(GENERATION_TAG)}")
    if champion and standing.tags.get(AUDIT_TAG) != written(controller.store.audit.head()):
        found.append("the audit trail's tag")
    directs = traffic.read(traffic_folder(reconciler.home, service))
    wanted = document(state, effective_at=directs.effective_at if directs else 0.0)
    if directs != wanted:
        found.append(f"traffic {directs}, expected {wanted}")
    return found


def _tagged(standing: Standing) -> dict[str, Any]:
    head = parse(standing.tags.get(AUDIT_TAG, ""))
    return {"the tag": (head,)} if head is not None else {}


def in_child(work: Any) -> int:
    """Fork and work; returns the child's process id. It ends without anything of the test's being run."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:
        os._exit(1)
    os._exit(0)


def ended(child: int) -> int:
    """How a child ended: 0, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
