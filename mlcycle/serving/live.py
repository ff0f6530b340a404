"""What a worker answers with: the packages it holds, made into arms that were agreed on together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel

from mlcycle.serving.aside import Aside
from mlcycle.serving.breaker import Breaker
from mlcycle.serving.lookups import OnlineStore
from mlcycle.serving.routing import bounds
from mlcycle.serving.schema import NOTHING, Passed, passed, request_type, shape
from mlcycle.serving.settings import Deployment, utc
from mlcycle.serving.terms import Terms, together
from mlcycle.serving.traffic import Arm as ArmSaid
from mlcycle.serving.traffic import Origin, Traffic
from mlcycle.serving.version import Version
from mlcycle.steps.manifest import Manifest
from mlcycle.steps.package import Package

Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loaded:
    """A package in memory, and what lasts as long as it: its store, and what guards others from it.

    folder: the generated folder it came with, and terms: what that says of requests.
    """

    package: Package
    store: OnlineStore | None
    folder: Path
    terms: Terms = field(default_factory=Terms)
    aside: Aside = field(default_factory=lambda: Aside("mlcycle-challenger"))
    breaker: Breaker = field(default_factory=Breaker)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arm:
    """A version that answers requests. registered: its version in the registry; weight: its share."""

    loaded: Loaded
    version: Version
    registered: str | None = None
    weight: float = 1.0

    @property
    def digest(self) -> str:
        return self.loaded.package.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A challenger whose package could not be loaded: the champion answers for it."""

    digest: str
    registered: str | None
    weight: float


Challenger = Arm | Absent


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Live:
    """Everything that a request is answered with. Replaced as a whole, so that none sees half a change.

    ends: as `routing.bounds` gives them. now: what ttl is counted to (UTC, naive).
    """

    champion: Arm
    challengers: tuple[Challenger, ...] = ()
    terms: Terms
    now: Now
    origin: Origin = "live"
    generation: int = 0
    effective_at: float = 0.0
    ends: tuple[float, ...] = ()
    salt: str = ""
    sticky_by: str | None = None

    @property
    def arms(self) -> tuple[Challenger, ...]:
        """The champion first."""
        return (self.champion, *self.challengers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The generated service around the packages: its request type stands for `manifest` under `terms`."""

    request: type[BaseModel]
    deployment: Deployment
    max_rows: int
    manifest: Manifest | None = None
    terms: Terms = field(default_factory=Terms)


def alone(shell: Shell, loaded: Loaded) -> Live:
    """One package answers all requests: a service that follows no traffic document."""
    version = _version(shell, loaded.package, NOTHING, loaded.terms)
    arm = Arm(loaded=loaded, version=version, registered=shell.deployment.version)
    origin = shell.deployment.origin or "live"
    return Live(champion=arm, terms=loaded.terms, now=clock(shell.deployment.now), origin=origin)


def agreed(shell: Shell, traffic: Traffic, held: Mapping[str, Loaded]) -> Live:
    """The arms of a document side by side, by their packages; of the challengers some may not be held."""
    there = [held[arm.package] for arm in traffic.arms if arm.package in held]
    terms = together(loaded.terms for loaded in there)
    manifests = [loaded.package.manifest for loaded in there]

    def made(said: ArmSaid) -> Arm:
        loaded = held[said.package]
        beyond = passed(loaded.package.manifest, manifests)
        version = _version(shell, loaded.package, beyond, terms)
        return Arm(loaded=loaded, version=version, registered=said.version, weight=said.weight)

    champion, *others = traffic.arms
    fixed = utc(datetime.fromisoformat(traffic.now)) if traffic.now is not None else shell.deployment.now
    return Live(
        champion=made(champion),
        challengers=tuple(
            made(arm)
            if arm.package in held
            else Absent(digest=arm.package, registered=arm.version, weight=arm.weight)
            for arm in others
        ),
        terms=terms,
        now=clock(fixed),
        origin=shell.deployment.origin or traffic.origin,
        generation=traffic.generation,
        effective_at=traffic.effective_at,
        ends=bounds([arm.weight for arm in traffic.arms]),
        salt=traffic.salt,
        sticky_by=traffic.sticky_by,
    )


def _version(shell: Shell, package: Package, beyond: Passed, terms: Terms) -> Version:
    """A package with the type of its requests: the generated one wherever that declares the same."""
    manifest = package.manifest
    own = shell.manifest is not None and shape(shell.manifest) == shape(manifest)
    if own and beyond == NOTHING and terms.context == shell.terms.context:
        request = shell.request
    else:
        request = request_type(manifest, context=terms.context, beyond=beyond, max_rows=shell.max_rows)
    columns = dict.fromkeys([c.name for c in manifest.request] + [name for name, _ in terms.context])
    return Version(package, request, [name for name in columns if name not in terms.redact])


def clock(fixed: datetime | None) -> Now:
    """The time that ttl is counted to: UTC, naive."""
    if fixed is not None:
        return lambda: fixed
    return lambda: datetime.now(UTC).replace(tzinfo=None)
