"""When a model is trained again, as a spec lowers to it: plain data, no node, as it materializes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlcycle.diagnostics.span import NOWHERE, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One trigger. name: its kind and a digest of what it means, so that its count outlives a new order.

    work: `(config, facts) -> observations`. needed: breaches that make it fire. monitor, source: nodes'
    names.
    sentence: when it asks.
    """

    name: str
    kind: str
    work: str
    config: Mapping[str, Any] = field(default_factory=dict)
    needed: int = 1
    mends: bool = True
    monitor: str | None = None
    source: str | None = None
    sentence: str = ""
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraining:
    """A retraining by its name (without the project's) and the model that it trains again."""

    name: str
    model: str
    triggers: tuple[Trigger, ...]
    cooldown_seconds: int
    max_per_week: int
    span: Span = NOWHERE
