"""The model package: a folder whose every byte is vouched for by one digest.

Reading it executes nothing: JSON, an ONNX graph and a program of expression trees. Pickle has no place in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlcycle.steps.agreement import TOLERANCE, differences
from mlcycle.steps.columns import Array, Columns, Reader, Row
from mlcycle.steps.manifest import Manifest, PackageError, canonical_json, parse_manifest, sha256
from mlcycle.steps.onnx import Graph, Stop
from mlcycle.steps.program import Entry, parse_program, run_program

MANIFEST = "manifest.json"

_MAX_JSON = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A verified package, ready to score."""

    digest: str
    manifest: Manifest
    graph: Graph
    program: tuple[Entry, ...]
    reader: Reader

    def columns(self, rows: Sequence[Row]) -> Columns:
        """Columns of request rows whose `lookups` are given; a view left out is missing."""
        views = {
            lookup.view: [(row.get("lookups") or {}).get(lookup.view) or {} for row in rows]
            for lookup in self.manifest.lookups
        }
        return self.reader.request(rows) | self.reader.lookups(views)

    def features(self, columns: Mapping[str, Array]) -> Columns:
        """The model's features: `columns` and what the request-time program computes from them."""
        return {**columns, **run_program(self.program, columns)}

    def score(self, columns: Mapping[str, Array], stop: Stop | None = None) -> Array:
        """Scores of columns named `request.<c>` and `<view>.<feature>`: float32 [N], or [N, classes].

        `stop` ends it from another thread, and then it raises.
        """
        rows = len(next(iter(columns.values())))
        return self.graph.score(self.features(columns), rows, stop)


def load(folder: Path, expected_digest: str | None = None) -> Package:
    """Read and verify a package: every file by its digest before it is opened, then its examples.

    Raises PackageError for a file that is missing, changed, unexpected or no plain file, for a manifest
    that is not exactly one, and for a graph whose scores are not the recorded ones.
    """
    content = _read(folder / MANIFEST)
    digest = sha256(content)
    if expected_digest is not None and digest != expected_digest:
        raise PackageError(f"this is package {digest[:12]}, not the expected {expected_digest[:12]}")
    manifest = parse_manifest(content)
    files = _verified(folder, manifest)
    try:
        program = parse_program(json.loads(content)["program"]) if manifest.program else ()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise PackageError(f"manifest.json: its program is none: {error}") from error
    graph = Graph(files["model.onnx"], manifest)
    package = Package(digest=digest, manifest=manifest, graph=graph, program=program, reader=Reader(manifest))
    _check_examples(package, files["examples.json"])
    return package


def package_digest(folder: Path) -> str:
    """The digest that names a package: sha256 of its manifest. Verifies nothing."""
    return sha256(_read(folder / MANIFEST))


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> str:
    """Complete a package whose other files are in place: fills in `files` and writes the manifest.

    Returns the package's digest. Raises PackageError if the manifest is not valid.
    """
    files = {path.name: _digest(path) for path in sorted(folder.iterdir()) if path.name != MANIFEST}
    content = canonical_json({**manifest, "files": files})
    parse_manifest(content)
    (folder / MANIFEST).write_bytes(content)
    return sha256(content)


def _verified(folder: Path, manifest: Manifest) -> dict[str, bytes]:
    """The content of the files that are read here; all files are hashed, and read as they are hashed."""
    found = {path.name for path in folder.iterdir()} - {MANIFEST}
    for name in sorted(found - manifest.files.keys()):
        raise PackageError(f"{name}: the manifest does not list this file")
    contents: dict[str, bytes] = {}
    for name, digest in manifest.files.items():
        content = _read(folder / name)
        if sha256(content) != digest:
            raise PackageError(f"{name}: its content is not what the manifest says")
        if name in ("model.onnx", "examples.json"):
            contents[name] = content
    return contents


def _read(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise PackageError(f"{path.name}: there is no such plain file")
    if path.suffix == ".json" and path.stat().st_size > _MAX_JSON:
        raise PackageError(f"{path.name}: larger than {_MAX_JSON} bytes")
    return path.read_bytes()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_examples(package: Package, content: bytes) -> None:
    """Score the recorded rows again and compare."""
    try:
        examples = json.loads(content)
        rows, recorded = examples["rows"], np.array(examples["scores"], np.float64)
        scores = package.score(package.columns(rows)).astype(np.float64)
    except Exception as error:  # a crafted example or graph may fail anywhere
        raise PackageError(f"examples.json: cannot be scored: {error}") from error
    if not rows or scores.shape != recorded.shape:
        raise PackageError("examples.json: no rows, or not one score a row")
    difference = float(np.max(differences(scores, recorded)))
    if not difference <= TOLERANCE:
        raise PackageError(f"examples.json: a score differs by {difference:.3g} from the recorded one")
