"""The champion's scores for the rows on which the new model is judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from mlcycle.kinds.gates.scores import Champion
from mlcycle.kinds.packages.frames import score
from mlcycle.ports import Registry, Version
from mlcycle.steps.manifest import PackageError
from mlcycle.steps.package import Package, load


def champion(registry: Registry, model: str, package: Package, rows: pl.DataFrame) -> Champion | None:
    """The registered champion of `model` on `rows`; None if there is none or if it is `package` itself."""
    version = registry.by_alias(model, "champion")
    if version is None or version.package_digest == package.digest:
        return None
    scores, reason = _scores(version, package, rows)
    return Champion(
        version=version.version, package_digest=version.package_digest, scores=scores, reason=reason
    )


def _scores(
    version: Version, package: Package, rows: pl.DataFrame
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None, str]:
    try:
        other = load(Path(version.package_path), version.package_digest)
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
