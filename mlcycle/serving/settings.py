"""What a service is told: by its generated module, and by the environment that starts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

#: The environment's names. `NOW` fixes the time that ttl is counted to; without it the clock counts.
NOW = "MLCYCLE_NOW"
FEATURE_REPOSITORY = "MLCYCLE_FEATURE_REPOSITORY"
MODEL_VERSION = "MLCYCLE_MODEL_VERSION"

#: The accepted keys, separated by commas. Where the variable is set, a request needs one of them.
API_KEYS = "MLCYCLE_API_KEYS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request, and all of them together, may ask of a worker. Rows are limited by its schema."""

    timeout_seconds: float = 1.0
    max_concurrency: int = 64
    max_body_bytes: int = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A service as it was declared.

    folder: the generated folder, which holds `packages/`.
    """

    service: str
    folder: Path
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Where and when the service runs.

    now: a fixed time (UTC, naive) that ttl is counted to, or None for the clock.
    feature_repository: the folder of the Feast repository, needed if the model looks anything up.
    version: the registry's version of the model, as it was deployed.
    """

    now: datetime | None = None
    feature_repository: Path | None = None
    version: str | None = None
    api_keys: tuple[str, ...] = ()


class DeploymentError(Exception):
    """The environment lacks something the service was declared to need."""


def deployment(environ: Mapping[str, str]) -> Deployment:
    """Read the environment. Raises DeploymentError for a time that is none, or for keys that are none."""
    listed = environ.get(API_KEYS)
    keys = tuple(key for part in (listed or "").split(",") if (key := part.strip()))
    if listed is not None and not keys:
        raise DeploymentError(f"{API_KEYS} is set and holds no key")
    repository = environ.get(FEATURE_REPOSITORY)
    return Deployment(
        now=_now(environ.get(NOW)),
        feature_repository=Path(repository) if repository else None,
        version=environ.get(MODEL_VERSION) or None,
        api_keys=keys,
    )


def _now(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise DeploymentError(f"{NOW}: {error}") from error
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
