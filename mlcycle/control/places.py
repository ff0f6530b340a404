"""Where on this machine things of a service lie, below the folder of an environment's state."""

from __future__ import annotations

from pathlib import Path


def traffic_folder(home: Path, service: str) -> Path:
    """The folder of the traffic document of `service` (project/name), which its workers watch."""
    return home / "bentoml" / "traffic" / _name(service)


def predictions_folder(home: Path, service: str) -> Path:
    """The folder of the service's prediction log."""
    return home / "bentoml" / "predictions" / _name(service)


def anchors_file(home: Path, environment: str) -> Path:
    """Where the audit trail's heads are noted."""
    return home / "audit" / f"{environment}.anchors"


def turns_folder(home: Path) -> Path:
    """Where processes on this machine wait for each other."""
    return home / "turns"


def _name(service: str) -> str:
    return service.replace("/", ".")
