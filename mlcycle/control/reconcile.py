"""Bring what follows from a service's state up to date: traffic, anchors, the registry's aliases.

Safe to run at any time, by any process, twice at once; killed anywhere, it is made good by the next time. The
state is read inside the service's turn, so that nobody can write an older one over a newer one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mlcycle.control.document import document
from mlcycle.control.places import anchors_file, traffic_folder, turns_folder
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE
from mlcycle.ports import Registry
from mlcycle.rollout.state import Release, State
from mlcycle.serving import traffic
from mlcycle.store.anchors import Anchors, parse, written
from mlcycle.store.audit import Head
from mlcycle.store.faults import Fault, no_fault
from mlcycle.store.rollouts import Rollouts
from mlcycle.store.turns import turn

CHAMPION = "champion"
CHALLENGER = "challenger"

#: Tags of a registered model: the service and generation its aliases are of, and the audit trail's head.
GENERATION_TAG = "mlcycle.rollout"
AUDIT_TAG = "mlcycle.audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What had to be written; nothing the second time."""

    state: State
    traffic: bool
    anchor: bool
    registry: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Whether everything agreed already."""
        return not (self.traffic or self.anchor or self.registry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciler:
    """Writes the projections of one environment.

    home: the folder of its state on this machine. wall: seconds since 1970. told: the time that a service
    takes for now (ISO 8601), None for the clock. lead_seconds: from writing a traffic document until workers
    follow it, so that they switch together.
    """

    store: Rollouts
    registry: Registry
    home: Path
    wall: Callable[[], float]
    told: Callable[[str], str | None] = lambda service: None
    lead_seconds: float = 1.0
    origin: traffic.Origin = "live"
    fault: Fault = no_fault

    def reconcile(self, service: str) -> Reconciled:
        """Make everything agree with where `service` stands, requests first.

        Raises Refused: MLC641 where something is of a later generation than the state, MLC642 where the
        registry cannot be written; traffic and anchors are up to date then.
        """
        name = f"{self.store.environment}.{service.replace('/', '.')}"
        with turn(self.store.engine, turns_folder(self.home), name):
            state = self.store.state(service)
            self.fault("reconcile:read")
            moved = self._traffic(state)
            self.fault("reconcile:traffic")
            head = self.store.audit.head()
            anchored = self.anchors.add(head)
            self.fault("reconcile:anchored")
            named = self._names(state, written(head))
        return Reconciled(state=state, traffic=moved, anchor=anchored, registry=named)

    @property
    def anchors(self) -> Anchors:
        """The file in which the audit trail's heads are noted."""
        return Anchors(file=anchors_file(self.home, self.store.environment))

    def noted(self, *, registry: bool = True) -> dict[str, tuple[Head, ...]]:
        """The heads of the audit trail that were noted outside of the database, by where."""
        found = {str(self.anchors.file): self.anchors.read()}
        models = {model for state in self.store.all() for model in _releases(state)} if registry else set()
        for model in sorted(models):
            head = parse(self.registry.standing(model).tags.get(AUDIT_TAG, ""))
            found[f"the registered model {model}"] = (head,) if head is not None else ()
        return found

    def _traffic(self, state: State) -> bool:
        folder = traffic_folder(self.home, state.service)
        wanted = document(
            state,
            effective_at=self.wall() + self.lead_seconds,
            now=self.told(state.service),
            origin=self.origin,
        )
        found = _document(folder)
        if found is not None and found.generation > state.generation:
            raise _later(state, f"{folder / traffic.FILE}", found.generation)
        if wanted is None or (found and replace(found, effective_at=wanted.effective_at) == wanted):
            return False
        traffic.write(folder, wanted)
        return True

    def _names(self, state: State, head: str) -> tuple[str, ...]:
        try:
            return tuple(
                done
                for model in sorted(_releases(state))
                if self.store.owner(model) == state.service
                for done in self._of_model(state, model, head)
            )
        except Refused:
            raise
        except Exception as error:
            reason = str(error).split("\n", 1)[0]
            message = f"the registry's aliases of {state.service} could not be written: {reason}"
            help_line = (
                "the rollout stands and requests follow it; `mlcycle rollout status` writes the aliases"
            )
            raise Refused((_diagnostic("MLC642", message, help_line),)) from error

    def _of_model(self, state: State, model: str, head: str) -> list[str]:
        standing = self.registry.standing(model)
        service, _, generation = standing.tags.get(GENERATION_TAG, "").partition(" ")
        if service == state.service and int(generation) > state.generation:
            raise _later(state, f"the registered model {model}", int(generation))
        done = []
        for alias, version in _aliases(state, model).items():
            if standing.aliases.get(alias) != version:
                if version is None:
                    self.registry.delete_alias(model, alias)
                else:
                    self.registry.set_alias(model, alias, version)
                done.append(alias)
            self.fault(f"reconcile:{alias}")
        for key, value in ((GENERATION_TAG, f"{state.service} {state.generation}"), (AUDIT_TAG, head)):
            if standing.tags.get(key) != value:
                self.registry.set_tag(model, key, value)
                done.append(key)
            self.fault(f"reconcile:{key}")
        return done


def _releases(state: State) -> set[str]:
    """The models that the state speaks of: a service may come to serve another one."""
    challenger = state.rollout.challenger if state.rollout is not None else None
    return {release.model for release in (state.champion, state.previous, challenger) if release is not None}


def _aliases(state: State, model: str) -> Mapping[str, str | None]:
    challenger = state.rollout.challenger if state.rollout is not None else None

    def version(release: Release | None) -> str | None:
        return release.version if release is not None and release.model == model else None

    return {CHAMPION: version(state.champion), CHALLENGER: version(challenger)}


def _document(folder: Path) -> traffic.Traffic | None:
    """The document that is there; one that cannot be read is written anew."""
    try:
        return traffic.read(folder)
    except ValueError:
        return None


def _later(state: State, what: str, generation: int) -> Refused:
    message = (
        f"{what} is of generation {generation}, but the state database knows {state.service} only up to "
        f"generation {state.generation}: it is an older copy"
    )
    help_line = "restore the newest state database; nothing was changed, and requests go where they went"
    return Refused((_diagnostic("MLC641", message, help_line),))


def _diagnostic(code: str, message: str, help_line: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, span=NOWHERE, help=help_line)
