"""What is normal for a package: its test side, which it never learned from, scored by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from mlcycle.kinds.packages.frames import columns, needed
from mlcycle.kinds.sources.arrays import to_series
from mlcycle.kinds.trainers.sides import read, side_rows
from mlcycle.ports import Kept
from mlcycle.steps.decision import class_names, decisions
from mlcycle.steps.manifest import Manifest, PackageError
from mlcycle.steps.package import Package, load
from mlcycle.task import Task


class References:
    """The packages and references that a monitor needs; each package is read once."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._packages: dict[str, Package | None] = {}

    def keep(self) -> None:
        """Keep the reference of the newest package while its test side is at hand.

        A chunk that an older package answered is compared with the older one's.
        """
        digest = self._task.inputs["package"].data_version
        if self._task.ports.chunks.reference(digest) is not None:
            return
        package = self.package(digest, "")
        assert package is not None
        dataset, split = read(self._task.inputs["dataset"], self._task.inputs["split"])
        self._task.ports.chunks.refer(digest, rows(package, side_rows(dataset, split, "test")))

    def of(self, digest: str) -> Kept | None:
        """The reference of a package; None where it was never kept."""
        return self._task.ports.chunks.reference(digest)

    def package(self, digest: str, version: str) -> Package | None:
        """The package of that digest: this run's own, else the registry's; None where it cannot be had."""
        if digest not in self._packages:
            self._packages[digest] = self._read(digest, version)
        return self._packages[digest]

    def manifest(self, digest: str) -> Manifest:
        """The manifest of a package that was read before, else of the newest."""
        own = self._task.inputs["package"].data_version
        found = self._packages.get(digest) or self.package(own, "")
        assert found is not None
        return found.manifest

    def _read(self, digest: str, version: str) -> Package | None:
        given = self._task.inputs["package"]
        if digest == given.data_version:
            return load(given.path / "package", digest)
        model = f"{self._task.node.group}.{self._task.node.config['model']}"
        found = self._task.ports.registry.get(model, version) if version else None
        if found is None or found.package_digest != digest:
            return None
        try:
            return load(Path(found.package_path), digest)
        except (PackageError, OSError):
            return None


def rows(package: Package, test: pl.DataFrame) -> pl.DataFrame:
    """Features, score, decision and label of test rows as the prediction log would have them."""
    manifest = package.manifest
    given = columns(test, needed(manifest))
    features = package.features(given)
    scores = package.graph.score(features, test.height).astype(np.float64)
    found = [to_series(f.name, features[f.name], f.dtype) for f in manifest.features]
    several = manifest.task == "multiclass_classification"
    names = [f"score.{name}" for name in class_names(manifest)] if several else ["score"]
    parts = scores.T if several else [scores]
    decided = [_plain(value) for value in decisions(manifest, scores)]
    return pl.DataFrame(
        [
            *found,
            *(pl.Series(name, part) for name, part in zip(names, parts, strict=True)),
            pl.Series("decision", decided, dtype=pl.String),
            test["label"].cast(pl.Float64).alias("label"),
        ]
    )


def _plain(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
