"""Looking at the machine, for `mlcycle doctor`: nothing is imported, started or changed."""

from __future__ import annotations

import platform
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from mlcycle.telemetry import SWITCHES

#: Extras that commands need, in the order in which they are shown; `dev` is for mlcycle's own development.
_EXTRAS = ("serve", "run")
#: Extras of one connector or step each, with who needs them.
_CONNECTORS: Mapping[str, str] = {
    "postgres": "only for a state database, an online store or a source in PostgreSQL",
    "redis": "only for an online store in Redis",
    "delta": "only for sources that are Delta tables",
    "s3": "only for sources in an object store",
    "embeddings": "only for training with `sentence_embedding`",
    "glove": "only for training with `word_embedding` without vectors of your own",
}

_PROGRAMS = (
    ("git", "records the spec's commit beside a run"),
    ("uv", "`bentoml build` inside an environment that uv made"),
    ("dvc", "sources that DVC tracks"),
    ("chromium", "the browser test of `make test`"),
    ("docker", "building an image of a service"),
)
_PORTS = (
    (3000, "`make dev`: Dagster's page"),
    (3001, "`mlcycle serve`, unless --port says otherwise"),
    (5000, "`mlflow ui`"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A distribution that mlcycle asks for: `extra` is None in the base; `verdict` is empty when it fits.

    needed: whether a command would stop for what `verdict` says; one that only a connector has is not.
    """

    name: str
    wanted: str
    extra: str | None
    installed: str | None
    verdict: str
    needed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    name: str
    use: str
    path: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    number: int
    use: str
    taken: bool


def python() -> str:
    """The interpreter's version and system."""
    return f"{platform.python_version()} on {platform.system()} {platform.machine()}"


def libraries() -> tuple[Library, ...]:
    """Every distribution that the base and the extras ask for, the base first, connectors last."""
    from packaging.requirements import Requirement

    found: dict[str, Library] = {}
    requirements = [Requirement(text) for text in metadata.requires("mlcycle") or ()]
    extras = (None, *_EXTRAS, *_CONNECTORS)
    for extra in extras:
        for asked in requirements:
            if asked.name != "mlcycle" and _asked(asked.marker, extra):
                found.setdefault(asked.name, _library(asked.name, str(asked.specifier), extra))
    return tuple(sorted(found.values(), key=lambda lib: (extras.index(lib.extra), lib.name)))


def _asked(marker: object, extra: str | None) -> bool:
    from packaging.markers import Marker

    return not isinstance(marker, Marker) or marker.evaluate({"extra": extra or ""})


def _library(name: str, wanted: str, extra: str | None) -> Library:
    from packaging.specifiers import SpecifierSet

    try:
        installed = metadata.version(name)
    except metadata.PackageNotFoundError:
        installed = None
    if installed is None:
        verdict = _CONNECTORS.get(extra or "", "missing")
    else:
        verdict = "" if SpecifierSet(wanted).contains(installed, prereleases=True) else "too old"
    needed = installed is not None or extra not in _CONNECTORS
    return Library(name=name, wanted=wanted, extra=extra, installed=installed, verdict=verdict, needed=needed)


def programs() -> tuple[Program, ...]:
    """Programs that some command or test uses, with where they are."""
    return tuple(Program(name=name, use=use, path=_find(name)) for name, use in _PROGRAMS)


def _find(name: str) -> str | None:
    """Where a program is: on the path, else beside the interpreter."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))


def ports() -> tuple[Port, ...]:
    """The ports that the tools take unless told otherwise, and whether another process has them."""
    return tuple(Port(number=number, use=use, taken=_taken(number)) for number, use in _PORTS)


def _taken(number: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", number)) == 0


def switches(environ: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Each switch as (tool, VARIABLE=value, on or off, what it would report)."""
    for switch in SWITCHES:
        state = "off" if environ.get(switch.variable) == switch.value else "NOT OFF"
        yield switch.tool, f"{switch.variable}={switch.value}", state, switch.what
