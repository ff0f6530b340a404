"""Real servers for tests, from the system's packages: started on a free port, gone with the tests.

Each gives every test that asks a database of its own. They end with this process, even when it is killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

#: Marks of a test, or of one of its parameters, that asks for a server: one worker starts it for all.
POSTGRES = (pytest.mark.slow, pytest.mark.xdist_group("postgres"))
REDIS = (pytest.mark.slow, pytest.mark.xdist_group("redis"))

#: Every online store, as parameters of a fixture.
ONLINE = (
    "sqlite",
    pytest.param("redis", marks=REDIS),
    pytest.param("postgres", marks=POSTGRES),
)

#: The same, of a server that is a thread of the tests' own process.
DVC = (pytest.mark.slow, pytest.mark.xdist_group("dvc"))
OBJECTS = (pytest.mark.slow, pytest.mark.xdist_group("objects"))

_HOST = "127.0.0.1"
#: Everything that an address, a connection string of Feast or a configuration file could stumble over.
PASSWORD = "s3cret,=@:/?#%\"' end"
_DATABASES = 500
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server. `database` gives the URL of a new, empty database."""

    port: int
    create: Callable[[str], str]
    _numbers: Iterator[int] = field(default_factory=count)

    def database(self) -> str:
        """The URL of a database that nobody had before."""
        return self.create(str(next(self._numbers)))


@contextmanager
def postgres_server() -> Iterator[Server]:
    """An empty PostgreSQL. It refuses to run as root: then it runs as the user `postgres`."""
    initdb, postgres = program("initdb", "postgresql"), program("postgres", "postgresql")
    user = "postgres" if os.geteuid() == 0 else None
    with _folder(user) as folder:
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if user:
            shutil.chown(secret, user)
        data = folder / "data"
        begin = ["-D", str(data), "-U", "mlcycle", "--pwfile", str(secret), "--auth=scram-sha-256"]
        begin += ["--no-sync", "--no-locale", "--encoding=UTF8"]
        subprocess.run([*_as(user), initdb, *begin], check=True, capture_output=True, cwd=folder)
        port = free_port()
        options = [
            f"listen_addresses={_HOST}",
            f"port={port}",
            f"unix_socket_directories={folder}",
            "fsync=off",
        ]
        command = [postgres, "-D", str(data), *(word for option in options for word in ("-c", option))]

        def url(database: str) -> str:
            return f"postgresql://mlcycle:{quote(PASSWORD, safe='')}@{_HOST}:{port}/{database}"

        def create(number: str) -> str:
            _execute(url("postgres"), f"create database test_{number}")
            return url(f"test_{number}")

        with running(command, folder, user, lambda: _execute(url("postgres"), "select 1"), signal.SIGQUIT):
            yield Server(port=port, create=create)


@contextmanager
def redis_server() -> Iterator[Server]:
    """A Redis with nothing in it, which asks for a password and writes nothing to disk."""
    redis = program("redis-server", "redis-server")
    with _folder(None) as folder:
        port = free_port()
        quoted = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
        config = [f"bind {_HOST}", f"port {port}", f"databases {_DATABASES}", 'save ""', "appendonly no"]
        (folder / "redis.conf").write_text("\n".join([*config, f'requirepass "{quoted}"', ""]))

        def create(number: str) -> str:
            return f"redis://:{quote(PASSWORD, safe='')}@{_HOST}:{port}/{number}"

        def ping() -> None:
            from redis import Redis

            with Redis.from_url(create("0")) as client:
                client.ping()

        with running([redis, "redis.conf"], folder, None, ping, signal.SIGKILL):
            yield Server(port=port, create=create)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStore:
    """An S3-compatible server. `files` is its file system; any key and secret are let in."""

    endpoint: str
    files: Any
    _numbers: Iterator[int] = field(default_factory=count)

    def bucket(self) -> str:
        """The name of a bucket that nobody had before."""
        name = f"bucket-{next(self._numbers)}"
        self.files.mkdir(name)
        return name


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """moto's server, with nothing in it."""
    import logging

    import fsspec
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address=_HOST, port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        files = fsspec.filesystem(
            "s3", key="key", secret="secret", endpoint_url=endpoint, use_listings_cache=False
        )
        yield ObjectStore(endpoint=endpoint, files=files)
    finally:
        server.stop()


def _execute(url: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        connection.execute(statement.encode())


def program(name: str, package: str) -> str:
    """Where a server's program is; Debian keeps PostgreSQL's out of the path, a folder a version."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = shutil.which(name) or (str(debian[-1]) if debian else None)
    if found is None:
        raise RuntimeError(
            f"this test starts a real server and `{name}` is not installed: `make servers` installs it,"
            f" or (Debian) apt-get install {package}"
        )
    return found


@contextmanager
def _folder(user: str | None) -> Iterator[Path]:
    """A folder that `user` may write to. pytest's own are closed to other users, so it lies beside them."""
    folder = Path(tempfile.mkdtemp(prefix="mlcycle-server-"))
    if user:
        shutil.chown(folder, user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as(user: str | None) -> Sequence[str]:
    """How to run a command as a user. It ends when this process does."""
    return () if user is None else ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups")


@contextmanager
def running(
    command: Sequence[str],
    folder: Path,
    user: str | None,
    answers: Callable[[], None],
    end: signal.Signals,
) -> Iterator[None]:
    """Run a server until the block is left; it is there once `answers` raises nothing any more."""
    log = folder / "server.log"
    mortal = ["setpriv", f"--pdeathsig={end.name.removeprefix('SIG')}", *_as(user)[1:], *command]
    with log.open("w") as stream:
        process = subprocess.Popen(mortal, cwd=folder, stdout=stream, stderr=stream, start_new_session=True)
    try:
        _wait(process, answers, log)
        yield
    finally:
        process.send_signal(end)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: subprocess.Popen[bytes], answers: Callable[[], None], log: Path) -> None:
    end, said = time.monotonic() + _PATIENCE, ""
    while time.monotonic() < end and process.poll() is None:
        try:
            return answers()
        except Exception as error:
            said = str(error)
            time.sleep(0.05)  # nothing tells when a port of another process opens
    raise RuntimeError(f"the server did not come up: {said}\n{log.read_text()[-2000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        number: int = probe.getsockname()[1]
        return number
