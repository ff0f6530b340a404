"""Feature views that a feature store computes when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDemandView:
    """A feature view whose features are computed when they are asked for, and stored nowhere.

    request: columns of the row that are read, as (name, dtype).
    lookups: the store's name of a view -> what the program calls it, and its features that are read.
    program: entries of the request-time program, over `request.<column>` and `<view>.<feature>`.
    features: which of the program's outputs `<name>.<feature>` are the view's own, as (name, dtype).
    """

    name: str
    request: tuple[tuple[str, str], ...]
    lookups: Mapping[str, tuple[str, tuple[tuple[str, str], ...]]]
    program: tuple[Mapping[str, Any], ...]
    features: tuple[tuple[str, str], ...]
    description: str = ""
    tags: Mapping[str, str] | None = None
    owner: str = ""

    @classmethod
    def of(
        cls, name: str, declared: Mapping[str, Any], description: str = "", owner: str = ""
    ) -> OnDemandView:
        """The view as the config of a `feature_store` node has it."""
        return cls(
            name=name,
            request=_typed(declared["request"]),
            lookups={
                each["store_name"]: (each["view"], _typed(each["features"])) for each in declared["lookups"]
            },
            program=tuple(declared["program"]),
            features=_typed(declared["features"]),
            description=description,
            tags={"view": name},
            owner=owner,
        )


def _typed(columns: Sequence[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((column["name"], column["dtype"]) for column in columns)
