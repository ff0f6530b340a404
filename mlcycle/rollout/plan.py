"""How a challenger is to take over: stages of traffic, and what each must show. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A share of the requests for the challenger, and the least evidence before anything is decided.

    weight: from 0 to 1. min_requests: requests that were given to the challenger in this stage.
    """

    weight: float
    min_requests: int = 0
    min_duration_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A question that every stage asks; `work(config, window) -> CheckResult`, named and not loaded."""

    name: str
    work: str
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """No stages: at once. After the last stage the challenger is champion."""

    kind: str
    stages: tuple[Stage, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    deadline_seconds: int | None = None
    sticky_by: str | None = None
