"""The champion's scores for the rows on which the new model is judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from mlcycle.kinds.gates.scores import Champion
from mlcycle.kinds.packages.frames import score
from mlcycle.ports import Ports
from mlcycle.rollout.state import Release
from mlcycle.steps.manifest import PackageError
from mlcycle.steps.package import Package, load


def champion(ports: Ports, model: str, package: Package, rows: pl.DataFrame) -> Champion | None:
    """What answers for `model` now, on `rows`; None if nothing does, or if it is `package` itself."""
    release = ports.rollouts.champion(model)
    if release is None or release.package == package.digest:
        return None
    scores, reason = _scores(_folder(ports, release), release, package, rows)
    return Champion(version=release.version, package_digest=release.package, scores=scores, reason=reason)


def _folder(ports: Ports, release: Release) -> Path:
    """Where its package lies: on this machine, else what the registry keeps of it."""
    here = Path(release.folder) / "packages" / release.package
    if here.is_dir():
        return here
    kept = ports.registry.get(release.model, release.version)
    return here if kept is None else Path(kept.package_path)


def _scores(
    folder: Path, release: Release, package: Package, rows: pl.DataFrame
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None, str]:
    try:
        other = load(folder, release.package)
    except PackageError as error:
        return None, f"its package cannot be read ({error})"
    except OSError as error:
        return None, f"its package is not there ({error.strerror})"
    if other.manifest.task != package.manifest.task or other.manifest.classes != package.manifest.classes:
        return None, "it has another task or other classes"
    try:
        return score(other, rows), ""
    except KeyError as error:
        return None, f"it needs `{error.args[0]}`, which this dataset does not have"
