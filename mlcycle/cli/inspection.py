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

#: Extras that commands need; the others of the package are for its own development.
_EXTRAS = ("serve", "run")

_PROGRAMS = (
    ("git", "records the spec's commit beside a run"),
    ("uv", "`bentoml build` inside an environment that uv made"),
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
    """A distribution that mlcycle asks for: `extra` is None in the base; `verdict` is empty when it fits."""

    name: str
    wanted: str
    extra: str | None
    installed: str | None
    verdict: str


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
    """Every distribution that the base, `run` and `serve` ask for, the base first."""
    from packaging.requirements import Requirement

    found: dict[str, Library] = {}
    requirements = [Requirement(text) for text in metadata.requires("mlcycle") or ()]
    for extra in (None, *_EXTRAS):
        for asked in requirements:
            if asked.name != "mlcycle" and _asked(asked.marker, extra):
                found.setdefault(asked.name, _library(asked.name, str(asked.specifier), extra))
    order = {None: 0, "serve": 1, "run": 2}
    return tuple(sorted(found.values(), key=lambda lib: (order[lib.extra], lib.name)))


def _asked(marker: object, extra: str | None) -> bool:
    from packaging.markers import Marker

    return not isinstance(marker, Marker) or marker.evaluate({"extra": extra or ""})


def _library(name: str, wanted: str, extra: str | None) -> Library:
    from packaging.specifiers import SpecifierSet

    try:
        installed = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Library(name=name, wanted=wanted, extra=extra, installed=None, verdict="missing")
    fits = SpecifierSet(wanted).contains(installed, prereleases=True)
    return Library(
        name=name, wanted=wanted, extra=extra, installed=installed, verdict="" if fits else "too old"
    )


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
