"""What a service is told: by its generated module, and by the environment that starts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import cast, get_args

from mlcycle.serving.online_address import PASSWORD
from mlcycle.serving.traffic import Origin

#: The environment's names. `NOW` fixes the time that ttl is counted to; without it the clock counts.
NOW = "MLCYCLE_NOW"
FEATURE_REPOSITORY = "MLCYCLE_FEATURE_REPOSITORY"
MODEL_VERSION = "MLCYCLE_MODEL_VERSION"

#: The accepted keys, separated by commas. Where the variable is set, a request needs one of them.
API_KEYS = "MLCYCLE_API_KEYS"

#: Folders: of the traffic document that the service follows, and that the prediction log is written to.
#: Without them it answers with its own package, and keeps nothing.
TRAFFIC = "MLCYCLE_TRAFFIC"
LOG = "MLCYCLE_LOG"

#: What the requests are: `live`, `replay` or `simulation`. It wins over the traffic document's word.
ORIGIN = "MLCYCLE_ORIGIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request, and all of them together, may ask of a worker."""

    timeout_seconds: float = 1.0
    max_concurrency: int = 64
    max_body_bytes: int = 262_144
    max_rows: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A service as it was declared.

    folder: the generated folder, which holds `packages/` and `openapi.json`.
    """

    service: str
    folder: Path
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Where and when the service runs.

    now: a fixed time (UTC, naive) that ttl is counted to, or None for the clock.
    feature_repository: the folder of the Feast repository, needed if the model looks anything up.
    online_password: of its online store, where that asks for one.
    version: the registry's version of the model, as it was deployed.
    traffic, log: folders, or None. origin: what the requests are, or None where the traffic document says it.
    """

    now: datetime | None = None
    feature_repository: Path | None = None
    online_password: str | None = field(default=None, repr=False)
    version: str | None = None
    api_keys: tuple[str, ...] = ()
    traffic: Path | None = None
    log: Path | None = None
    origin: Origin | None = None


class DeploymentError(Exception):
    """The environment lacks something the service was declared to need."""


def deployment(environ: Mapping[str, str]) -> Deployment:
    """Read the environment. Raises DeploymentError for a time, keys or an origin that are none."""
    listed = environ.get(API_KEYS)
    keys = tuple(key for part in (listed or "").split(",") if (key := part.strip()))
    if listed is not None and not keys:
        raise DeploymentError(f"{API_KEYS} is set and holds no key")
    return Deployment(
        now=_now(environ.get(NOW)),
        feature_repository=_folder(environ, FEATURE_REPOSITORY),
        online_password=environ.get(PASSWORD) or None,
        version=environ.get(MODEL_VERSION) or None,
        api_keys=keys,
        traffic=_folder(environ, TRAFFIC),
        log=_folder(environ, LOG),
        origin=_origin(environ.get(ORIGIN)),
    )


def _folder(environ: Mapping[str, str], name: str) -> Path | None:
    path = environ.get(name)
    return Path(path) if path else None


def _origin(text: str | None) -> Origin | None:
    if not text:
        return None
    known = get_args(Origin)
    if text not in known:
        raise DeploymentError(f"{ORIGIN}: {text!r} is none of {', '.join(known)}")
    return cast(Origin, text)


def _now(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise DeploymentError(f"{NOW}: {error}") from error
    return utc(moment)


def utc(moment: datetime) -> datetime:
    """A time in UTC, naive; a naive one is that already."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
