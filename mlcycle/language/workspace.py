"""The project's root: `mlcycle.yaml`, which lists the specs and the environments they run in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE, Span
from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.language import paths
from mlcycle.language.base import SpecModel, documentation, problem
from mlcycle.language.kinds import Kinds
from mlcycle.language.load import read_file
from mlcycle.language.names import Name, Text
from mlcycle.language.quantities import Version, instant
from mlcycle.language.reader import read
from mlcycle.language.recovery import recover
from mlcycle.language.secrets import Location

FILE = "mlcycle.yaml"

#: Where requests come from: users, or a simulation that plays them.
Origin = Literal["live", "simulation"]
_NO_KINDS = Kinds(found={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where the projects of a root run.

    state: an SQLAlchemy URL. tracking: an MLflow URI. online_store, artifacts: a URL or a path below the
    root; all four may hold `${env:NAME}`, which `secrets.resolve` fills in. now: `newest_row` (of the data),
    `clock`, or a fixed ISO time. api_keys_env: the environment variable with the keys a service accepts.
    origin: what the requests of its services are; records of another origin are not looked at.
    """

    name: str
    state: str = "sqlite:///.mlcycle/state.db"
    tracking: str = "sqlite:///.mlcycle/mlflow.db"
    online_store: str = ".mlcycle/online.db"
    artifacts: str = ".mlcycle/artifacts"
    now: str = "newest_row"
    api_keys_env: str | None = None
    origin: Origin = "live"
    span: Span = NOWHERE


LOCAL = Environment(name="local")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A root and what its `mlcycle.yaml` says. `specs` are the files there are, relative to it, sorted.

    One that a link takes out of the root is among them, to be refused when it is read.
    """

    root: Path
    text: str
    specs: tuple[str, ...]
    environments: Mapping[str, Environment]

    def environment(self, name: str) -> Environment:
        """Raises Refused (MLC891) for a name that is not declared."""
        if name in self.environments:
            return self.environments[name]
        message = f"there is no environment `{name}`"
        hint = did_you_mean(name, self.environments)
        raise Refused((Diagnostic(code="MLC891", message=message, span=Span(FILE, 1, 1, 1, 1), help=hint),))


def _now(value: object) -> str:
    if isinstance(value, str) and value not in ("newest_row", "clock"):
        return instant(value).isoformat()
    if not isinstance(value, str):
        raise problem("MLC104", "expected `newest_row`, `clock` or a time")
    return value


def _variable(value: object) -> str:
    if not isinstance(value, str) or not value.isidentifier() or not value.isascii():
        raise problem(
            "MLC108", "expected the name of an environment variable", help="such as `MLCYCLE_API_KEYS`"
        )
    return value


def _pattern(value: object) -> str:
    reason = paths.check(value) if isinstance(value, str) else "must be text"
    if reason is not None or not isinstance(value, str):
        raise problem("MLC111", f"the path {reason}", help="such as `specs/*.yaml`")
    return value


class EnvironmentSpec(SpecModel):
    """An environment as written; what is left out is as in `local`."""

    noun: ClassVar[str] = "environment"

    description: Text | None = documentation()
    """What it is for."""
    state: Location | None = None
    """Where results are kept: an SQLAlchemy URL."""
    tracking: Location | None = None
    """The MLflow tracking server: its URI."""
    online_store: Location | None = None
    """Feast's online store: a URL, or a file of SQLite below the root."""
    artifacts: Location | None = None
    """The folder of results below the root."""
    now: (
        Annotated[
            str,
            PlainValidator(_now),
            WithJsonSchema(
                {"type": "string", "description": "`newest_row`, `clock`, or a fixed time in ISO 8601."}
            ),
        ]
        | None
    ) = None
    """What time it is: the newest row's, the clock's, or a fixed one; the clock's if left out."""
    api_keys: Annotated[str, PlainValidator(_variable), WithJsonSchema({"type": "string"})] | None = None
    """The environment variable with the API keys that services accept, separated by commas."""
    origin: Origin | None = None
    """What the requests of its services are: `live`, or `simulation`; never mixed. `live` if left out."""


class WorkspaceSpec(SpecModel):
    """`mlcycle.yaml`."""

    noun: ClassVar[str] = "workspace"

    mlcycle: Version
    """The version of the language: 1."""
    specs: tuple[Annotated[str, BeforeValidator(_pattern)], ...] = Field(
        default=("specs/*.yaml",), min_length=1
    )
    """The spec files, as patterns relative to this file."""
    environments: dict[Name, EnvironmentSpec] = Field(default_factory=dict)
    """Environments by name; `local` is there without being declared."""


def find_root(start: Path) -> Path:
    """The nearest folder from `start` upwards with an `mlcycle.yaml`; without one, Refused (MLC890)."""
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / FILE).is_file():
            return folder
    message = f"there is no {FILE} in this folder or above it"
    help_line = "`mlcycle init` writes one; the least it may say is `mlcycle: 1`"
    raise Refused((Diagnostic(code="MLC890", message=message, span=NOWHERE, help=help_line),))


def parse_workspace(data: bytes) -> WorkspaceSpec:
    """What a `mlcycle.yaml` says. Raises Refused with every mistake in it."""
    document = read(data, FILE)
    found = recover(WorkspaceSpec, document.root, _NO_KINDS, broken=document.broken)
    mistakes = {*document.mistakes, *found.mistakes}
    if mistakes or found.draft is None:
        raise Refused(tuple(sorted(mistakes, key=lambda one: one.order)))
    return found.draft.value


def load_workspace(root: Path) -> Workspace:
    """Read the root's `mlcycle.yaml`. Raises Refused with every mistake in it."""
    data = read_file(root, FILE)
    spec = parse_workspace(data)
    files = {
        path.relative_to(root).as_posix()
        for pattern in spec.specs
        for path in root.glob(pattern)
        if path.is_file()
    }
    declared = {name: _environment(name, given) for name, given in spec.environments.items()}
    environments = {LOCAL.name: LOCAL, **declared}
    return Workspace(
        root=root, text=data.decode("utf-8-sig"), specs=tuple(sorted(files)), environments=environments
    )


def _environment(name: str, given: EnvironmentSpec) -> Environment:
    return Environment(
        name=name,
        state=given.state or LOCAL.state,
        tracking=given.tracking or LOCAL.tracking,
        online_store=given.online_store or LOCAL.online_store,
        artifacts=given.artifacts or LOCAL.artifacts,
        now=given.now or (LOCAL.now if name == LOCAL.name else "clock"),
        api_keys_env=given.api_keys,
        origin=given.origin or LOCAL.origin,
        span=given.span(),
    )
