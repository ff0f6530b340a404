"""The manifest of a model package: what the package is, as frozen data read strictly.

The package's digest is the sha256 of the manifest's canonical bytes; the manifest holds the sha256 of every
other file, so that one digest stands for the whole folder.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import field
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

DType = Literal["int64", "float64", "bool", "string", "timestamp", "date"]
Task = Literal["binary_classification", "multiclass_classification", "regression"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.(onnx|ubj|json)$", max_length=64)]
Name = Annotated[str, Field(min_length=1, max_length=256)]
Seconds = Annotated[int, Field(ge=0)]

_STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class PackageError(Exception):
    """A model package cannot be trusted or read; the message says which file and why."""


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class RequestField:
    """A column of the predicted row that the request carries.

    moment: whether it is the moment of the request itself, which a service fills in where it is left out.
    """

    name: Name
    dtype: DType
    nullable: bool = True
    moment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Feature:
    """A named, typed feature; in `Manifest.features` the name is `view.feature`."""

    name: Name
    dtype: DType


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Lookup:
    """A view that is read from the online store by keys of the request, unless the request gives it.

    store_name: the store's name of the view, which carries a digest of its schema.
    ttl_seconds: values older than this count as missing; None keeps them for ever.
    """

    view: Name
    store_name: Name
    keys: tuple[Name, ...]
    features: tuple[Feature, ...]
    ttl_seconds: Seconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Computed:
    """One entry of the request-time program: `expression` is a tree of plain JSON."""

    output: Name
    dtype: DType
    expression: Any


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Inputs:
    """The features behind the graph's `numeric` and `text` inputs, in the order of their columns."""

    numeric: tuple[Name, ...] = ()
    text: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Words:
    """What is done to a text before the graph sees it: see `mlcycle.steps.words`."""

    lowercase: bool = True
    strip_accents: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Outputs:
    """The graph's output that holds the score."""

    score: Name = "score"


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Manifest:
    """Everything a reader of the package needs to know; see docs/architecture.md for an example.

    classes: what the labels stand for, in the order of the score's columns (for two classes: false, true).
    threshold: the least probability that decides for true; binary classification only.
    words: the text inputs that the graph takes as words.
    """

    format: Literal[1]
    project: Name
    model: Name
    task: Task
    files: dict[FileName, Sha256]
    request: tuple[RequestField, ...]
    lookups: tuple[Lookup, ...] = ()
    program: tuple[Computed, ...] = ()
    features: tuple[Feature, ...]
    inputs: Inputs
    words: dict[Name, Words] = field(default_factory=dict)
    outputs: Outputs = field(default_factory=Outputs)
    classes: tuple[bool | int | str, ...] = ()
    threshold: float | None = None
    horizon_seconds: Seconds = 0


_MANIFEST = TypeAdapter(Manifest)


def canonical_json(value: Any) -> bytes:
    """One text for one value: sorted keys, no spaces, ASCII, no NaN."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def parse_manifest(content: bytes) -> Manifest:
    """Read a manifest. Raises PackageError for unknown keys, wrong types, other bytes than the canonical
    ones (which also refuses duplicate keys), and parts that contradict each other."""
    try:
        manifest = _MANIFEST.validate_json(content)
        canonical = canonical_json(json.loads(content))
    except (ValidationError, ValueError, RecursionError) as error:
        raise PackageError(f"manifest.json: {_first(error)}") from error
    if canonical != content:
        raise PackageError("manifest.json: not in canonical form")
    for problem in _contradictions(manifest):
        raise PackageError(f"manifest.json: {problem}")
    return manifest


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)


def _contradictions(manifest: Manifest) -> list[str]:
    """What no single key shows: names used but never made, kinds of input that do not fit their type."""
    dtypes = {feature.name: feature.dtype for feature in manifest.features}
    made = {entry.output for entry in manifest.program}
    made |= {f"{lookup.view}.{feature.name}" for lookup in manifest.lookups for feature in lookup.features}
    requested = {column.name for column in manifest.request}
    used = (*manifest.inputs.numeric, *manifest.inputs.text)
    problems = [f"feature {name} comes from nowhere" for name in dtypes if name not in made]
    problems += [f"input {name} is no feature" for name in used if name not in dtypes]
    problems += [f"input {name} is text" for name in manifest.inputs.numeric if dtypes.get(name) == "string"]
    problems += [f"input {name} is no text" for name in manifest.inputs.text if dtypes.get(name) != "string"]
    problems += [f"words of {name}, no text" for name in manifest.words if name not in manifest.inputs.text]
    problems += [
        f"lookup {lookup.view} needs {key}, which no request carries"
        for lookup in manifest.lookups
        for key in lookup.keys
        if key not in requested
    ]
    problems += [
        f"{column.name} is a moment of type {column.dtype}"
        for column in manifest.request
        if column.moment and column.dtype != "timestamp"
    ]
    names = [column.name for column in manifest.request]
    if len(set(names)) != len(names) or len(set(used)) != len(used) or "lookups" in requested:
        problems.append("a name is used twice, or is `lookups`")
    if "model.onnx" not in manifest.files or "examples.json" not in manifest.files:
        problems.append("model.onnx or examples.json is not listed")
    if manifest.task == "binary_classification" and (
        manifest.threshold is None or len(manifest.classes) != 2
    ):
        problems.append("binary classification needs two classes and a threshold")
    if manifest.task == "multiclass_classification" and len(manifest.classes) < 2:
        problems.append("multiclass classification needs its classes")
    return problems
