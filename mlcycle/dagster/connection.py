"""Where MLflow is. Imports nothing of Dagster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where runs are tracked; `artifact_root`: for their files beside a local database, else None."""

    tracking_uri: str
    artifact_root: Path | None
