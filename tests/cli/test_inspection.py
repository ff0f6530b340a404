"""What `mlcycle doctor` looks at."""

from __future__ import annotations

import socket
from importlib import metadata

import pytest

from mlcycle.cli import inspection
from mlcycle.telemetry import SWITCHES, silence


def test_every_library_of_base_run_and_serve_is_listed_once() -> None:
    names = [library.name for library in inspection.libraries()]
    assert len(names) == len(set(names))
    assert {"pydantic", "dagster", "bentoml", "prometheus-client"} <= set(names)
    assert "pytest" not in names


def test_a_library_belongs_to_the_smallest_extra() -> None:
    extras = {library.name: library.extra for library in inspection.libraries()}
    assert (extras["click"], extras["bentoml"], extras["dagster"]) == (None, "serve", "run")


def test_missing_and_old_libraries_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = metadata.version

    def version(name: str) -> str:
        if name == "dagster":
            raise metadata.PackageNotFoundError(name)
        return "0.1" if name == "mlflow" else installed(name)

    monkeypatch.setattr(metadata, "version", version)
    verdicts = {library.name: library.verdict for library in inspection.libraries()}
    assert (verdicts["dagster"], verdicts["mlflow"], verdicts["pydantic"]) == ("missing", "too old", "")


def test_a_connector_that_is_not_installed_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = metadata.version

    def version(name: str) -> str:
        if name == "psycopg":
            raise metadata.PackageNotFoundError(name)
        return "1.0" if name == "redis" else installed(name)

    wanted = ["click", "psycopg[binary]>=3.2; extra == 'postgres'", "redis>=4.2.2; extra == 'redis'"]
    monkeypatch.setattr(metadata, "requires", lambda name: wanted)
    monkeypatch.setattr(metadata, "version", version)
    told = {library.name: (library.verdict, library.needed) for library in inspection.libraries()}
    assert told == {
        "click": ("", True),
        "psycopg": ("only for a state database, an online store or a source in PostgreSQL", False),
        "redis": ("too old", True),
    }


def test_a_taken_port_is_told() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        number = server.getsockname()[1]
        assert inspection._taken(number)
    assert not inspection._taken(number)


def test_switches_that_are_not_off_are_told() -> None:
    environ: dict[str, str] = {}
    assert {state for _, _, state, _ in inspection.switches(environ)} == {"NOT OFF"}
    silence(environ)
    assert {state for _, _, state, _ in inspection.switches(environ)} == {"off"}


def test_what_the_user_set_is_left() -> None:
    variable = SWITCHES[0].variable
    environ = {variable: "no"}
    silence(environ)
    assert environ[variable] == "no"
