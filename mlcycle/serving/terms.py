"""What a generated folder says of requests beyond what the package needs: it stands in its `openapi.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

from pydantic import Field, TypeAdapter, ValidationError

from mlcycle.steps.manifest import DType, PackageError

#: The document, and its key with the terms; without that key the defaults hold.
FILE = "openapi.json"
KEY = "x-mlcycle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """context: columns that a row may carry, with their dtypes: logged, and no input of the model.
    sample: the share of requests whose rows are logged.
    redact: columns of a row, and looked-up features as `view.feature`, that are never logged.
    """

    context: tuple[tuple[str, DType], ...] = ()
    sample: Annotated[float, Field(ge=0, le=1)] = 1.0
    redact: tuple[str, ...] = ()


_TERMS = TypeAdapter(Terms)


def read_terms(folder: Path) -> Terms:
    """The terms of a generated folder. Raises PackageError if they cannot be known: what is not known to be
    harmless is not logged."""
    try:
        document = json.loads((folder / FILE).read_bytes())
        return _TERMS.validate_python(document.get(KEY, {}))
    except (OSError, ValueError, AttributeError, ValidationError, RecursionError) as error:
        raise PackageError(f"{FILE}: {error}") from error


def together(terms: Iterable[Terms]) -> Terms:
    """The terms of folders that answer side by side, the champion's first: its sample, the columns of all,
    and nothing is logged that any of them redacts."""
    listed = tuple(terms)
    context: dict[str, DType] = {}
    for one in listed:
        for name, dtype in one.context:
            context.setdefault(name, dtype)
    redacted = dict.fromkeys(name for one in listed for name in one.redact)
    return Terms(
        context=cast(tuple[tuple[str, DType], ...], tuple(context.items())),
        sample=listed[0].sample,
        redact=tuple(redacted),
    )
