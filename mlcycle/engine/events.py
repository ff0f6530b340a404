"""What a run tells while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mlcycle.engine.decisions import Reason
from mlcycle.engine.report import Ran
from mlcycle.graph.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The run is planned: these nodes run, or will if something before them comes out different."""

    todo: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A node's work begins."""

    node: Node
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A node's work tells how far it is; `share` is between 0 and 1, or None."""

    node: Node
    message: str
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A node was built, reused, refused or failed."""

    ran: Ran


Event = Begun | Started | Progress | Finished
Listener = Callable[[Event], None]


def silent(event: Event) -> None:
    """A listener for those who do not want to know."""
