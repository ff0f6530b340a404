"""What a run did, for the terminal and for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.engine.decisions import Reason
from mlcycle.graph.node import Node
from mlcycle.store.result import Result

Status = Literal["built", "reused", "failed", "blocked", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What became of one node.

    blocked: a failed check upstream, told by `diagnostics`; skipped: a node upstream failed.
    result: the node's result after the run; where it did not finish the one from before, if any.
    same_content: it was built again and came out as before, so that what follows was left alone.
    waits_for: partitions that have to be read as well before there is a result of all.
    traceback: of a fault of ours; None where the diagnostics say what the author can do.
    """

    node: Node
    status: Status
    reasons: tuple[Reason, ...] = ()
    seconds: float = 0.0
    result: Result | None = None
    same_content: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    waits_for: tuple[str, ...] = ()
    traceback: str | None = None

    @property
    def key_figure(self) -> str:
        """The one figure worth showing on the node's line."""
        return self.result.key_figure if self.result else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """A whole run. `nodes` are those that were selected, in the graph's order."""

    project: str
    environment: str
    nodes: tuple[Ran, ...]
    seconds: float
    run_id: str = ""

    @property
    def ok(self) -> bool:
        """Every selected node has a result that holds, and nothing stops what follows."""
        good = all(ran.status in ("built", "reused") for ran in self.nodes)
        return good and not self.gate_failed

    @property
    def unchanged(self) -> bool:
        """Nothing had to run."""
        return all(ran.status == "reused" for ran in self.nodes)

    @property
    def gate_failed(self) -> bool:
        """A check of severity error did not pass."""
        done = [ran.result for ran in self.nodes if ran.result and ran.status in ("built", "reused")]
        return any(result.blocking for result in done)
